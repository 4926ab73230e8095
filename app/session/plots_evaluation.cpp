// Means of an evaluation with their intervals, and the differences from the baseline.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/session/evaluation_view.h"
#include "app/session/plot_parts.h"

namespace tauscope::detail {

namespace {

/// Rows of the metric that is shown, by set.
std::vector<std::pair<std::string, std::vector<const ComparedRow*>>> rows_by_set(
    const EvaluationResult& result, const std::string& metric) {
  std::vector<std::pair<std::string, std::vector<const ComparedRow*>>> sets;
  for (const ComparedRow& row : result.table.rows) {
    if (row.metric != metric) continue;
    if (sets.empty() || sets.back().first != row.set) sets.push_back({row.set, {}});
    sets.back().second.push_back(&row);
  }
  return sets;
}

PlotInputs inputs_of(const Session& session, bool needs_tests) {
  PlotInputs inputs;
  const ShownSet shown = shown_set(session);
  inputs.note = shown.note;
  inputs.loading = session.evaluation().state == Session::Loading::loading;
  if (!shown.result) return inputs;
  inputs.results = {shown.result};
  inputs.settings = session.view().evaluation.metric;
  inputs.note.clear();
  if (shown.result->table.rows.empty())
    inputs.note = "nothing is scored yet";
  else if (needs_tests && shown.result->table.tests == 0)
    inputs.note = "There is one model alone so far: nothing to hold it against.";
  else
    inputs.ready = true;
  return inputs;
}

PlotInputs mean_inputs(const Session& session) {
  return inputs_of(session, false);
}
PlotInputs difference_inputs(const Session& session) {
  return inputs_of(session, true);
}

/// Place of a model in the order of the request: it keeps its colour in every panel.
std::size_t model_slot(const EvaluationResult& result, const std::string& model) {
  const auto& models = result.spec.models;
  const auto found =
      std::find_if(models.begin(), models.end(), [&](const NamedPath& each) { return each.name == model; });
  return static_cast<std::size_t>(found - models.begin());
}

/// One panel for each set, one mark for each row that `shows` takes, from the top down.
template <typename Value>
Figure interval_figure(const EvaluationResult& result, const std::string& metric, Value value) {
  Figure figure;
  figure.provenance =
      fmt::format("TauScope {}: evaluation {}", TAUSCOPE_VERSION, result.folder.filename().string());
  figure.share_y = true;
  figure.legend = LegendPlace::none;
  const auto sets = rows_by_set(result, metric);
  figure.columns = static_cast<int>(std::clamp<std::size_t>(sets.size(), 1, 3));
  for (const auto& [name, rows] : sets) {
    Panel panel;
    panel.title = sets.size() > 1 ? name : "";
    panel.y.reversed = true;
    double at = 0;
    for (const ComparedRow* row : rows) {
      const auto interval = value(*row);
      if (!interval) continue;
      const auto [mean, low, high] = *interval;
      panel.y.ticks.push_back(at);
      panel.y.tick_labels.push_back(row->model);
      panel.series.push_back({row->model, student_look(model_slot(result, row->model)),
                              Intervals{{mean}, {at}, {low}, {high}, true}});
      at += 1;
    }
    panel.y.low = -0.6;
    panel.y.high = at - 0.4;
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

using Mark = std::optional<std::array<double, 3>>;

Figure make_means(const Session& session) {
  const auto result = session.evaluation().result;
  const std::string metric = shown_table_metric(session, *result);
  Figure figure = interval_figure(*result, metric, [](const ComparedRow& row) {
    return Mark{{row.mean, row.interval.low, row.interval.high}};
  });
  figure.title = metric + ": means with 95% intervals";
  figure.description = "Mean of the metric over prompts for each model, with the 95% bootstrap interval.";
  for (Panel& panel : figure.panels)
    panel.x.label = metric;
  return figure;
}

Figure make_differences(const Session& session) {
  const auto result = session.evaluation().result;
  const std::string metric = shown_table_metric(session, *result);
  Figure figure = interval_figure(*result, metric, [](const ComparedRow& row) {
    return row.tested
               ? Mark{{row.difference.delta, row.difference.interval.low, row.difference.interval.high}}
               : Mark{};
  });
  figure.title = fmt::format("{}: difference from {}", metric, result->baseline);
  figure.description =
      "Difference of the means over the same prompts from the baseline's, with the 95% interval of the "
      "paired "
      "bootstrap. An interval that contains 0 is no evidence of a difference.";
  for (Panel& panel : figure.panels) {
    panel.x.label = fmt::format("{} − {}", metric, result->baseline);
    panel.series.push_back({"", neutral_look(), Rule{0, true, ""}});
  }
  return figure;
}

}  // namespace

std::span<const PlotBuilder> evaluation_plots() {
  static const std::array builders{
      PlotBuilder{{"evaluation_means",
                   "Means",
                   Tab::evaluate,
                   "Mean of the metric for each model and set, with the 95% bootstrap interval over prompts.",
                   {504, 180},
                   false,
                   false,
                   false},
                  mean_inputs,
                  make_means},
      PlotBuilder{
          {"evaluation_differences",
           "Differences from the baseline",
           Tab::evaluate,
           "Paired difference from the baseline over the same prompts, with its 95% interval: one that "
           "contains 0 is no evidence of a difference.",
           {504, 180},
           false,
           false,
           false},
          difference_inputs,
          make_differences},
  };
  return builders;
}

}  // namespace tauscope::detail
