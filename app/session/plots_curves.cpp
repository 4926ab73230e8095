// Quantities over τ: of the pinned token, the example or the data set; and position by τ.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/session/plot_parts.h"
#include "core/report/manifest_text.h"

namespace tauscope::detail {

namespace {

struct CurveLine {
  const char* column;
  std::string name;
  Look look;
};
struct CurvePanel {
  std::string title;  ///< in place of the vertical axis' label: a grid has no room for both
  Axis y;
  std::vector<CurveLine> lines;
  bool mark_one = false;  ///< a line at 1: equal norms, or no change
};

std::vector<CurvePanel> explored(std::size_t student, TauScaling scaling) {
  const auto both = [](const char* forward, const char* reverse) {
    return std::vector<CurveLine>{{forward, forward_name, forward_look()},
                                  {reverse, reverse_name, reverse_look()}};
  };
  const Axis linear, log = value_axis("", "", Scale::log), share = share_axis("");
  return {
      {"‖g‖₂ (" + scaling_name(scaling) + ")", log, both("fkl_grad_l2", "rkl_grad_l2")},
      {"‖g‖₂ FKL / RKL", log, {{"grad_l2_ratio", "forward / reverse KL", neutral_look()}}, true},
      {"cos(g(τ), g(1))", linear, both("fkl_grad_cos_tau1", "rkl_grad_cos_tau1")},
      {"non-dominant share", share, both("fkl_nd_share_l1", "rkl_nd_share_l1")},
      {"entropy (nats)",
       share,
       {{"entropy_teacher", "teacher", teacher_look()},
        {"entropy_student", "student", student_look(student)}}},
      {"divergence (nats)",
       log,
       {{"fkl", forward_name, forward_look()},
        {"rkl", reverse_name, reverse_look()},
        {"jsd", "Jensen–Shannon", look_of(4)}}},
  };
}

std::string scope_text(const Session& session, const CurvesResult& curves) {
  if (!curves.key.position) return fmt::format("example {}", session.example()->index);
  const auto position = static_cast<std::size_t>(*curves.key.position);
  return fmt::format("position {} “{}”", position_of(session, *curves.key.position),
                     token_text(session.example()->response[position], 24));
}

const char* const band_text = " Lines: median over scored positions; bands: 25th to 75th percentile.";

std::array<std::size_t, 1> shown_student(const Session& session) {
  return {session.view().student};
}

PlotInputs curve_plot_inputs(const Session& session) {
  const bool data = session.view().curve_scope == CurveScope::data;
  PlotInputs inputs =
      data ? data_inputs(session, shown_student(session)) : curves_inputs(session, shown_student(session));
  inputs.settings =
      fmt::format("{} {}", session.view().student, static_cast<int>(session.view().curve_scope));
  return inputs;
}

Figure make_curves(const Session& session) {
  const std::size_t student = session.view().student;
  const bool data = session.view().curve_scope == CurveScope::data;
  Figure figure;
  figure.columns = 3;
  figure.share_x = true;
  figure.legend = LegendPlace::below;
  figure.provenance = provenance(session);
  if (data) {
    const auto summary = session.data().summary;
    const TableView view(summary->tables);
    const std::string name = student_name(session, student);
    const TauScaling scaling = tau_squared(summary->manifest) ? TauScaling::squared : TauScaling::none;
    figure.title = "Over the temperature: the data set" + of_student(session, student);
    figure.description =
        std::string("Gradient norms, their directions and shares, entropies and divergences over τ.") +
        band_text;
    figure.provenance = provenance_text(summary->manifest);
    for (const CurvePanel& spec : explored(student, scaling)) {
      Panel panel{spec.title, workbench_tau_axis(), spec.y};
      for (const CurveLine& line : spec.lines)
        add_median(panel, view.curve(name, line.column), line.name, line.look);
      fit_to_lines(panel);
      if (spec.mark_one) panel.series.push_back({"", {}, Rule{1, false, ""}});
      figure.panels.push_back(std::move(panel));
    }
    return figure;
  }
  const auto curves = session.curves(student).result;
  figure.title =
      fmt::format("Over the temperature: {}{}", scope_text(session, *curves), of_student(session, student));
  figure.description =
      std::string("Gradient norms, their directions and shares, entropies and divergences over τ.") +
      (curves->positions > 1 ? band_text : "");
  for (const CurvePanel& spec : explored(student, curves->key.basis.tau_scaling)) {
    Panel panel{spec.title, workbench_tau_axis(), spec.y};
    for (const CurveLine& line : spec.lines)
      add_curve(panel, *curves, line.column, line.name, line.look);
    fit_to_lines(panel);
    if (spec.mark_one) panel.series.push_back({"", {}, Rule{1, false, ""}});
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

// ---- heat map

PlotInputs heat_map_inputs(const Session& session) {
  PlotInputs inputs = example_inputs(session);
  if (!inputs.ready) return inputs;
  const auto shown = session.example_curves(session.view().student);
  const StatisticsColumn* column = find_statistics_column(session.view().colour_by);
  if (column == nullptr) {
    inputs.ready = false;
    inputs.note = "There is no quantity called " + session.view().colour_by + ".";
    return inputs;
  }
  const bool there = shown.result && (shown.result->set == StatisticsSet::all || column->one_pass);
  if (!there) {
    inputs.ready = false;
    inputs.loading = true;
    inputs.note = "computing every position at every τ …";
    return inputs;
  }
  inputs.results.push_back(shown.result);
  inputs.is_current = shown.is_current;
  inputs.loading = !shown.is_current;
  if (!shown.is_current) inputs.note = "computing with the new settings; shown: the ones before";
  if (inputs.note.empty()) inputs.note = table_example_note(session);
  inputs.settings = fmt::format("{} {}", session.view().student, session.view().colour_by);
  return inputs;
}

/// Of a log colour scale: values that vanish beside the others would take all colours for themselves.
void fit_colours(HeatMap& map) {
  constexpr double least_share = 0.05, widest = 1e5;
  std::vector<double> values;
  for (const double value : map.cells.span()) {
    if (std::isfinite(value) && value > 0) values.push_back(value);
  }
  if (map.colour.scale != Scale::log || values.empty()) return;
  std::sort(values.begin(), values.end());
  const double low = values[static_cast<std::size_t>(least_share * static_cast<double>(values.size() - 1))];
  map.colour.low = std::max(low, values.back() / widest);
}

Figure make_heat_map(const Session& session) {
  const std::size_t student = session.view().student;
  const auto curves = session.example_curves(student).result;
  const auto member = find_statistics_column(session.view().colour_by)->member;
  const std::size_t taus = curves->taus.size();
  HeatMap map;
  map.colour = quantity_axis(session.view().colour_by, curves->key.basis.tau_scaling);
  std::vector<double> x, cells(curves->cells.size());
  for (std::size_t r = 0; r <= curves->positions; ++r)
    x.push_back(static_cast<double>(r) - 0.5);
  bool positive = false;
  for (std::size_t r = 0; r < curves->positions; ++r) {
    for (std::size_t k = 0; k < taus; ++k) {
      const double value = curves->cells[r * taus + k].*member;
      cells[k * curves->positions + r] = value;
      positive = positive || (std::isfinite(value) && value > 0);
    }
  }
  if (!positive) map.colour.scale = Scale::linear;
  map.x_edges = std::move(x);
  map.y_edges = tau_edges(curves->taus);
  map.cells = std::move(cells);
  fit_colours(map);
  Figure figure;
  figure.title =
      fmt::format("{} by position and temperature: example {}{}", quantity_name(session.view().colour_by),
                  session.example()->index, of_student(session, student));
  figure.description =
      axis_text(map.colour) + " at each scored position of the example and each temperature.";
  figure.provenance = provenance(session);
  Panel panel{"", value_axis("position"), tau_axis({0.125, 0.25, 0.5, 1, 2, 4, 8, 16})};
  constexpr std::size_t few = 24;  // of these every one has its tick, and none stands between two
  for (std::size_t r = 0; r < curves->positions && curves->positions <= few; ++r)
    panel.x.ticks.push_back(static_cast<double>(r));
  panel.series.push_back({"", {}, std::move(map)});
  figure.panels.push_back(std::move(panel));
  return figure;
}

}  // namespace

std::span<const PlotBuilder> curve_plots() {
  static const std::array builders{
      PlotBuilder{
          {"curves",
           "Over the temperature",
           Tab::explore,
           "Norms, ratio, cosine with τ = 1, non-dominant share, entropies and divergences over τ, for the "
           "token, the example or the data set.",
           {504, 320},
           true,
           true},
          curve_plot_inputs,
          make_curves},
      PlotBuilder{
          {"heat_map",
           "Position by temperature",
           Tab::explore,
           "The quantity that colours the tokens, at every position and every τ. Click a cell to go there.",
           {504, 210},
           false,
           false,
           false},
          heat_map_inputs,
          make_heat_map},
  };
  return builders;
}

}  // namespace tauscope::detail
