#include "app/engine/sweep_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/csv.h"
#include "core/base/files.h"
#include "eval/statistics/sample.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

std::string number(const Json& value, int digits = 4) {
  return value.is_number() ? fmt::format("{:.{}g}", value.get<double>(), digits) : "";
}

std::string number(double value, int digits = 4) {
  return std::isnan(value) ? "" : fmt::format("{:.{}g}", value, digits);
}

/// The number `key` of the last event of a kind; NaN where there is none.
double last_number(const std::vector<Json>& events, const std::string& kind, const char* key) {
  const Json event = last_event(events, kind);
  const Json value = event.is_object() ? event.value(key, Json()) : Json();
  return value.is_number() ? value.get<double>() : std::nan("");
}

/// Mean of a step's figure over all steps.
double mean_over_steps(const std::vector<Json>& events, const char* key) {
  std::vector<double> values;
  for (const Json& event : events)
    if (event.value("event", "") == "step" && event.value(key, Json()).is_number())
      values.push_back(event.at(key).get<double>());
  return mean(values);
}

/// The metrics of the last evaluation: {"rouge-l": {"mean": …}}; an empty object where there was none.
Json last_metrics(const SweepRun& run) {
  const Json event = last_event(run.events, "evaluation");
  return event.is_object() ? event.value("metrics", Json::object()) : Json::object();
}

PlainTable runs_table(const std::vector<SweepRun>& runs) {
  std::set<std::string> metrics;
  for (const SweepRun& run : runs) {
    const Json known = last_metrics(run);
    for (const auto& [name, unused] : known.items())
      metrics.insert(name);
  }
  PlainTable table{"one row for each run",
                   {"run", "group", "objective", "tau", "seed", "state", "steps", "loss", "validation_loss",
                    "mean_grad_norm"},
                   {}};
  table.header.insert(table.header.end(), metrics.begin(), metrics.end());
  table.header.push_back("spec_sha256");
  for (const SweepRun& run : runs) {
    const auto& objective = run.cell.spec.objective;
    std::vector<std::string> row{run.cell.name,
                                 run.cell.group,
                                 objective.preset.empty() ? objective.name : objective.preset,
                                 number(objective.tau.to),
                                 std::to_string(run.cell.spec.seed),
                                 run_state_name(run.record.status.state),
                                 std::to_string(run.record.status.step),
                                 number(last_number(run.events, "step", "loss"), 6),
                                 number(last_number(run.events, "validation", "loss"), 6),
                                 number(mean_over_steps(run.events, "grad_norm"), 6)};
    const Json known = last_metrics(run);
    for (const std::string& metric : metrics)
      row.push_back(number(known.value(metric, Json::object()).value("mean", Json()), 6));
    row.push_back(run.record.spec_sha256);
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// What the runs of each group have in a figure, in the order of the groups.
template <class Figure>
std::vector<std::pair<std::string, std::vector<double>>> by_group(const SweepPlan& plan,
                                                                  const std::vector<SweepRun>& runs,
                                                                  const Figure& figure) {
  std::vector<std::pair<std::string, std::vector<double>>> groups;
  for (const std::string& name : plan.groups()) {
    groups.emplace_back(name, std::vector<double>());
    for (const SweepRun& run : runs) {
      if (run.cell.group != name) continue;
      const double value = figure(run);
      if (!std::isnan(value)) groups.back().second.push_back(value);
    }
  }
  return groups;
}

/// Cross entropy is in the same unit for every objective and temperature; each one's own loss is not.
PlainTable losses_table(const SweepPlan& plan, const std::vector<SweepRun>& runs) {
  const auto groups = by_group(
      plan, runs, [](const SweepRun& run) { return last_number(run.events, "validation", "cross_entropy"); });
  double baseline = std::nan("");
  for (const auto& [name, values] : groups)
    if (name == plan.baseline) baseline = mean(values);
  PlainTable table{
      "cross entropy with the labels on the validation file at the end, nats a token; baseline " +
          plan.baseline,
      {"group", "cross_entropy", "sd_over_seeds", "delta", "seeds"},
      {}};
  for (const auto& [name, values] : groups)
    table.rows.push_back({name, number(mean(values), 5), number(standard_deviation(values), 3),
                          name == plan.baseline ? "" : number(mean(values) - baseline, 3),
                          std::to_string(values.size())});
  return table;
}

/// The probe's figures at one of its temperatures, or null.
Json probe_at(const SweepRun& run, double tau) {
  const Json probe = last_event(run.events, "probe");
  if (!probe.is_object()) return nullptr;
  for (const Json& one : probe.value("tau", Json::array()))
    if (one.is_object() && one.value("tau", 0.0) == tau) return one;
  return nullptr;
}

PlainTable gradients_table(const SweepPlan& plan, const std::vector<SweepRun>& runs) {
  const std::vector<std::string> quantities{"fkl_grad_l2",     "rkl_grad_l2",       "grad_l2_ratio",
                                            "grad_cosine",     "fkl_grad_cos_tau1", "rkl_grad_cos_tau1",
                                            "fkl_nd_share_l1", "rkl_nd_share_l1"};
  PlainTable table{
      "gradients with respect to the logits on the probe's examples after training, token means, "
      "mean over seeds",
      {"group", "probe_tau"},
      {}};
  table.header.insert(table.header.end(), quantities.begin(), quantities.end());
  std::set<double> taus;
  for (const SweepRun& run : runs)
    taus.insert(run.cell.spec.probe.tau.begin(), run.cell.spec.probe.tau.end());
  for (const std::string& group : plan.groups()) {
    for (const double tau : taus) {
      std::vector<std::string> row{group, format_number(tau)};
      bool any = false;
      for (const std::string& quantity : quantities) {
        std::vector<double> values;
        for (const SweepRun& run : runs) {
          if (run.cell.group != group) continue;
          const Json figures = probe_at(run, tau);
          const Json value = figures.is_object() ? figures.value(quantity, Json()) : Json();
          if (value.is_number()) values.push_back(value.get<double>());
        }
        any = any || !values.empty();
        row.push_back(number(mean(values)));
      }
      if (any) table.rows.push_back(std::move(row));
    }
  }
  return table;
}

std::optional<ComparisonTable> compare_runs(const SweepPlan& plan, const std::vector<SweepRun>& runs,
                                            const BootstrapOptions& statistics, ProgressSink& progress) {
  std::vector<ScoredFolder> folders;
  for (const SweepRun& run : runs) {
    std::error_code absent;
    if (fs::exists(run.record.folder / "eval", absent))
      folders.push_back({run.cell.group, run.record.folder / "eval"});
  }
  if (folders.size() < runs.size() || plan.groups().size() < 2) {
    progress.warning(folders.size() < runs.size()
                         ? "not every run was scored, so that no table of scores is made"
                         : "there is one group alone, so that there is nothing to compare");
    return std::nullopt;
  }
  return compare_scores(folders, plan.baseline, {}, statistics, progress);
}

}  // namespace

ControlReport check_controls(const std::vector<SweepRun>& runs) {
  // By seed, by control: every value, with how many cells have it.
  std::map<std::uint64_t, std::map<std::string, std::map<std::string, int>>> seen;
  for (const SweepRun& run : runs)
    for (const auto& [control, value] : run.record.controls.items())
      seen[run.cell.spec.seed][control][value.is_string() ? value.get<std::string>() : value.dump()] += 1;
  ControlReport report;
  report.table = {"controls within each training seed; one value means that they are identical",
                  {"seed", "control", "cells", "values", "value"},
                  {}};
  for (const auto& [seed, controls] : seen) {
    for (const auto& [control, values] : controls) {
      int cells = 0;
      for (const auto& [unused, count] : values)
        cells += count;
      report.table.rows.push_back({std::to_string(seed), control, std::to_string(cells),
                                   std::to_string(values.size()),
                                   values.size() == 1 ? values.begin()->first : "differing"});
      if (values.size() > 1) report.differing.push_back(fmt::format("{} under seed {}", control, seed));
    }
  }
  return report;
}

SweepTables sweep_tables(const SweepPlan& plan, const std::vector<SweepRun>& runs,
                         const BootstrapOptions& statistics, ProgressSink& progress) {
  return {check_controls(runs), runs_table(runs), losses_table(plan, runs), gradients_table(plan, runs),
          compare_runs(plan, runs, statistics, progress)};
}

void write_sweep_tables(const SweepTables& tables, const fs::path& folder) {
  fs::create_directories(folder);
  write_plain_table(tables.controls.table, folder, "controls");
  write_plain_table(tables.runs, folder, "runs");
  write_plain_table(tables.losses, folder, "losses");
  if (!tables.gradients.rows.empty()) write_plain_table(tables.gradients, folder, "gradients");
  if (!tables.scores) return;
  for (const auto& [extension, format] :
       {std::pair{".csv", ComparisonFormat::csv}, std::pair{".md", ComparisonFormat::markdown},
        std::pair{".tex", ComparisonFormat::latex}})
    write_file_atomically(folder / (std::string("summary") + extension),
                          comparison_text(*tables.scores, format));
}

}  // namespace tauscope
