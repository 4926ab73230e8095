// Two objectives of the registry on the same token and example.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/session/plot_parts.h"
#include "core/objectives/registry.h"
#include "core/report/manifest_text.h"

namespace tauscope::detail {

namespace {

/// Where a detail keeps an objective's gradient.
struct GradientPlace {
  const char* objective;
  double PositionDetail::Entry::*entry;
  double PositionDetail::Rest::*up;
  double PositionDetail::Rest::*down;
  int slot;  ///< its look, the same as in every other figure
};
constexpr std::array places{
    GradientPlace{"fkl", &PositionDetail::Entry::fkl_gradient, &PositionDetail::Rest::fkl_up,
                  &PositionDetail::Rest::fkl_down, 0},
    GradientPlace{"rkl", &PositionDetail::Entry::rkl_gradient, &PositionDetail::Rest::rkl_up,
                  &PositionDetail::Rest::rkl_down, 1},
};

const GradientPlace* place_of(const std::string& objective) {
  const auto found = std::find_if(places.begin(), places.end(),
                                  [&](const GradientPlace& place) { return objective == place.objective; });
  return found == places.end() ? nullptr : &*found;
}

std::array<std::size_t, 1> shown_student(const Session& session) {
  return {session.view().student};
}

PlotInputs with_objectives(const Session& session, PlotInputs inputs) {
  const ViewState& view = session.view();
  for (const std::string& name : {view.objective_a, view.objective_b}) {
    if (!inputs.ready || (find_objective(name) && place_of(name))) continue;
    inputs.ready = false;
    inputs.note = fmt::format("There is no objective called {}: choose one of {}.", name, objective_names());
  }
  inputs.settings = fmt::format("{} {} {} {}", view.objective_a, view.objective_b, view.student,
                                static_cast<int>(view.curve_scope));
  return inputs;
}

PlotInputs gradient_inputs(const Session& session) {
  return with_objectives(session, detail_inputs(session, shown_student(session)));
}

/// Of the scope: the token, the example or the data set.
PlotInputs value_inputs(const Session& session) {
  if (session.view().curve_scope == CurveScope::data)
    return with_objectives(session, data_inputs(session, shown_student(session)));
  return with_objectives(session, curves_inputs(session, shown_student(session)));
}

Figure make_gradients(const Session& session) {
  const ViewState& view = session.view();
  const auto result = session.detail(view.student).result;
  const PositionDetail& detail = result->detail;
  const std::array names{view.objective_a, view.objective_b};
  Figure figure;
  figure.title = fmt::format("{} against {} at {}{}", capital(find_objective(names[0])->title),
                             find_objective(names[1])->title, place_text(session, *result),
                             of_student(session, view.student));
  figure.description = fmt::format(
      "Gradients of both objectives with respect to the student's logits, and the second minus the first. A "
      "negative "
      "entry raises the token's logit.");
  figure.provenance = provenance(session);
  figure.legend = LegendPlace::below;
  const TokenAxis tokens = token_axis(detail);
  Panel panel{"", tokens.axis, value_axis("gradient gⱼ", scaling_name(result->key.basis.tau_scaling))};
  const GradientPlace &a = *place_of(names[0]), &b = *place_of(names[1]);
  std::size_t place = 0;
  for (const GradientPlace* at : {&a, &b}) {
    BarGroup bars(place++, 3);
    for (std::size_t i = 0; i < detail.entries.size(); ++i)
      bars.add(static_cast<double>(i), detail.entries[i].*at->entry);
    if (detail.rest.tokens > 0) {
      bars.add(tokens.rest_at(), detail.rest.*at->up);
      bars.add(tokens.rest_at(), detail.rest.*at->down);
    }
    panel.series.push_back({find_objective(at->objective)->title, look_of(at->slot), bars.bars()});
  }
  BarGroup difference(2, 3);
  for (std::size_t i = 0; i < detail.entries.size(); ++i)
    difference.add(static_cast<double>(i), detail.entries[i].*b.entry - detail.entries[i].*a.entry);
  if (detail.rest.tokens > 0)
    difference.add(tokens.rest_at(),
                   detail.rest.*b.up + detail.rest.*b.down - detail.rest.*a.up - detail.rest.*a.down);
  panel.series.push_back({"second minus first", with_opacity(neutral_look(), 0.6), difference.bars()});
  panel.series.push_back({"", {}, Rule{0, false, ""}});
  fit_to_tokens(panel, tokens);
  figure.panels.push_back(std::move(panel));
  return figure;
}

/// Adds an objective's column to a panel, in its look.
template <typename Add>
void add_objectives(const ViewState& view, Panel& value, Panel& norm, Add add) {
  for (const std::string& name : {view.objective_a, view.objective_b}) {
    const ObjectiveInfo& objective = *find_objective(name);
    const Look look = look_of(place_of(name)->slot);
    add(value, objective.value_column, objective.title, look);
    add(norm, objective.gradient_norm_column, objective.title, look);
    if (view.objective_a == view.objective_b) break;
  }
}

Figure make_values(const Session& session) {
  const ViewState& view = session.view();
  Figure figure;
  figure.description =
      "Value of both objectives (plain, without τ²) and the L2 norm of their gradients over τ. Lines: median "
      "over scored "
      "positions; bands: 25th to 75th percentile.";
  figure.columns = 2;
  figure.share_x = true;
  figure.legend = LegendPlace::below;
  Panel value{"", workbench_tau_axis(), value_axis("value", "nats", Scale::log)};
  Panel norm{"", workbench_tau_axis(), value_axis("‖g‖₂", "", Scale::log)};
  std::string scope;
  if (view.curve_scope == CurveScope::data) {
    const auto summary = session.data().summary;
    const TableView table(summary->tables);
    const std::string student = student_name(session, view.student);
    scope = "the data set";
    figure.provenance = provenance_text(summary->manifest);
    norm.y.unit = scaling_name(tau_squared(summary->manifest) ? TauScaling::squared : TauScaling::none);
    add_objectives(view, value, norm,
                   [&](Panel& panel, const char* column, const char* title, const Look& look) {
                     add_median(panel, table.curve(student, column), title, look);
                   });
  } else {
    const auto curves = session.curves(view.student).result;
    scope = curves->key.position ? fmt::format("position {}", position_of(session, *curves->key.position))
                                 : fmt::format("example {}", session.example()->index);
    figure.provenance = provenance(session);
    norm.y.unit = scaling_name(curves->key.basis.tau_scaling);
    add_objectives(view, value, norm,
                   [&](Panel& panel, const char* column, const char* title, const Look& look) {
                     add_curve(panel, *curves, column, title, look);
                   });
  }
  figure.title =
      fmt::format("Value and gradient over the temperature: {}{}", scope, of_student(session, view.student));
  fit_to_lines(value);
  fit_to_lines(norm);
  figure.panels = {std::move(value), std::move(norm)};
  return figure;
}

}  // namespace

std::span<const PlotBuilder> objective_plots() {
  static const std::array builders{
      PlotBuilder{{"objective_gradients",
                   "Gradients of both objectives",
                   Tab::objectives,
                   "What each objective does to the logits at the pinned token, and the difference.",
                   {504, 230}},
                  gradient_inputs,
                  make_gradients},
      PlotBuilder{{"objective_curves",
                   "Value and gradient over the temperature",
                   Tab::objectives,
                   "The objectives' values and the sizes of their gradients over τ.",
                   {504, 200},
                   true,
                   true},
                  value_inputs,
                  make_values},
  };
  return builders;
}

}  // namespace tauscope::detail
