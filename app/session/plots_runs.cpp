// The curves of the distillation runs that are open, while they grow.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "app/session/plot_parts.h"
#include "app/session/runs.h"

namespace tauscope::detail {

namespace {

struct WatchedQuantity {
  std::string curve, title;
  bool smooth = true;  ///< of every step; the others are few and measured
};

/// The first temperature at which every run that was probed was probed, and what its signal looks like there.
std::string probed_share(const RunSet& set) {
  for (const auto& run : set.runs)
    for (const auto& [name, curve] : run->curves)
      if (name.starts_with("probe.fkl_nd_share_l1@")) return name;
  return "";
}

std::vector<WatchedQuantity> watched(const RunSet& set) {
  std::vector<WatchedQuantity> list{{"step.loss", "loss"}, {"validation.loss", "validation loss", false}};
  std::set<std::string> metrics;
  for (const auto& run : set.runs)
    for (const auto& [name, curve] : run->curves)
      if (name.starts_with("evaluation.")) metrics.insert(name);
  for (const std::string& metric : metrics)
    list.push_back({metric, metric.substr(11), false});
  list.push_back({"step.grad_norm", "gradient norm"});
  list.push_back({"step.student_entropy", "student entropy (nats)"});
  if (const std::string share = probed_share(set); !share.empty())
    list.push_back({share, "non-dominant share of FKL, τ = " + share.substr(share.find('@') + 1), false});
  return list;
}

PlotInputs inputs_of(const Session& session) {
  PlotInputs inputs;
  const auto shown = session.runs();
  if (!shown.set || shown.set->runs.empty()) {
    inputs.note =
        shown.folders.empty() ? "No run is open: start one, or open a folder of runs." : "reading …";
    inputs.loading = !shown.folders.empty() && !shown.set;
    return inputs;
  }
  inputs.results = {shown.set};
  inputs.settings = fmt::format("{}", session.view().smoothing);
  const bool has_steps = std::any_of(shown.set->runs.begin(), shown.set->runs.end(),
                                     [](const auto& run) { return !run->curves.empty(); });
  if (!has_steps) inputs.note = "no step yet";
  inputs.ready = has_steps;
  return inputs;
}

void add_run(Panel& panel, const WatchedQuantity& quantity, const RunCurve& curve, const std::string& name,
             std::size_t slot, double smoothing) {
  Look look = look_of(static_cast<int>(slot));
  if (!quantity.smooth || smoothing == 0) {
    panel.series.push_back({name, look, Line{curve.step, curve.value, !quantity.smooth}});
    return;
  }
  Look raw = look;
  raw.width = 0.35;
  raw.dash = Dash::solid;
  panel.series.push_back({name, look, Line{curve.step, smoothed(curve.value, smoothing)}});
  panel.series.push_back({name, raw, Line{curve.step, curve.value}});
}

Figure make_curves(const Session& session) {
  const auto set = session.runs().set;
  Figure figure;
  figure.title = "Distillation runs";
  figure.description = fmt::format(
      "What the runs logged over their steps. Thin lines: every step; thick ones: their moving average "
      "(weight {:g}).",
      session.view().smoothing);
  figure.provenance = fmt::format("TauScope {}: runs {}", TAUSCOPE_VERSION, fmt::join(set->names, ", "));
  figure.columns = 3;
  figure.share_x = true;
  figure.legend = LegendPlace::below;
  for (const WatchedQuantity& quantity : watched(*set)) {
    Panel panel;
    panel.title = quantity.title;
    panel.x.label = "step";
    for (std::size_t r = 0; r < set->runs.size(); ++r)
      if (const RunCurve* curve = set->runs[r]->curve(quantity.curve))
        add_run(panel, quantity, *curve, set->names[r], r, session.view().smoothing);
    if (!panel.series.empty()) figure.panels.push_back(std::move(panel));
  }
  return figure;
}

}  // namespace

std::span<const PlotBuilder> run_plots() {
  static const std::array builders{
      PlotBuilder{
          {"run_curves",
           "Runs",
           Tab::distill,
           "Loss, validation, scores, gradient norm, entropy and the non-dominant share of the probe, "
           "over the steps of every run that is open.",
           {504, 300},
           false,
           true,
           false},
          inputs_of,
          make_curves},
  };
  return builders;
}

}  // namespace tauscope::detail
