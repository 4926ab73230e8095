// Two objectives of the registry on the same token and example.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/session/objective_results.h"
#include "app/session/plot_parts.h"
#include "core/report/manifest_text.h"

namespace tauscope::detail {

namespace {

/// Forward and reverse KL look as in every other figure.
Look look_at(const ObjectivePick& pick, std::size_t side) {
  if (pick.parameters.empty() && pick.name == "fkl") return look_of(0);
  if (pick.parameters.empty() && pick.name == "rkl") return look_of(1);
  return look_of(side == 0 ? 2 : 3);
}

std::array<ObjectivePick, 2> picks(const Session& session) {
  return {session.view().objective_a, session.view().objective_b};
}

/// Objectives whose value and gradient's norm are columns of the statistics.
struct ObjectiveColumns {
  const char *objective, *value, *norm;
};
constexpr std::array columns{ObjectiveColumns{"fkl", "fkl", "fkl_grad_l2"},
                             ObjectiveColumns{"rkl", "rkl", "rkl_grad_l2"}};

/// Null where there are none: other parameters are another objective.
const ObjectiveColumns* columns_of(const ObjectivePick& pick) {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ObjectiveColumns& of) { return pick.name == of.objective; });
  return pick.parameters.empty() && found != columns.end() ? &*found : nullptr;
}

bool has_columns(const Session& session) {
  for (const ObjectivePick& pick : picks(session))
    if (!columns_of(pick)) return false;
  return true;
}

std::array<std::size_t, 1> shown_student(const Session& session) {
  return {session.view().student};
}

PlotInputs with_settings(const Session& session, PlotInputs inputs) {
  const ViewState& view = session.view();
  inputs.settings = fmt::format("{}:{} {}:{} {} {}", view.objective_a.name, view.objective_a.parameters,
                                view.objective_b.name, view.objective_b.parameters, view.student,
                                static_cast<int>(view.curve_scope));
  return inputs;
}

PlotInputs token_inputs(const Session& session) {
  PlotInputs inputs = detail_inputs(session, shown_student(session));
  if (!inputs.ready) return with_settings(session, inputs);
  const auto shown = session.objectives();
  inputs.is_current = shown.is_current;
  inputs.loading = !shown.is_current;
  inputs.note.clear();
  inputs.results = {shown.result};
  if (!shown.result) {
    inputs.ready = false;
    inputs.note = "computing …";
  } else if (!shown.is_current) {
    inputs.note = tau_note(shown.result->key.detail.tau, session.shown_tau());
  }
  for (std::size_t i = 0; shown.result && inputs.ready && i < 2; ++i) {
    if (!shown.result->sides[i].gradient.empty()) continue;
    inputs.ready = false;
    inputs.note = fmt::format("{} does not exist here: it needs a target, or the logits hold NaN.",
                              capital(objective_title(shown.result->key.picks[i])));
  }
  return with_settings(session, inputs);
}

/// Of the scope: the token, the example or the data set.
PlotInputs value_inputs(const Session& session) {
  const CurveScope scope = session.view().curve_scope;
  if (scope == CurveScope::token) return token_inputs(session);
  PlotInputs inputs = scope == CurveScope::data ? data_inputs(session, shown_student(session))
                                                : curves_inputs(session, shown_student(session));
  if (inputs.ready && !has_columns(session)) {
    inputs.ready = false;
    inputs.note =
        "Over an example or the data set, values are kept of forward and reverse KL alone: choose these two, "
        "or the token.";
  }
  return with_settings(session, inputs);
}

Figure make_gradients(const Session& session) {
  const auto result = session.objectives().result;
  const PositionDetail& detail = result->detail->detail;
  const auto& chosen = result->key.picks;
  Figure figure;
  figure.title = fmt::format("{} against {} at {}{}", capital(objective_title(chosen[0])),
                             objective_title(chosen[1]), place_text(session, *result->detail),
                             of_student(session, result->key.detail.basis.student));
  figure.description =
      "Gradients of both objectives with respect to the student's logits, and the second minus the first. A "
      "negative "
      "entry raises the token's logit.";
  figure.provenance = provenance(session);
  figure.legend = LegendPlace::below;
  const TokenAxis tokens = token_axis(detail);
  Panel panel{"", tokens.axis, value_axis("gradient gⱼ", scaling_name(result->key.detail.basis.tau_scaling))};
  const ObjectivesResult::Side &a = result->sides[0], &b = result->sides[1];
  for (std::size_t side = 0; side < 2; ++side) {
    BarGroup bars(side, 3);
    const ObjectivesResult::Side& of = result->sides[side];
    for (std::size_t i = 0; i < of.gradient.size(); ++i)
      bars.add(static_cast<double>(i), of.gradient[i]);
    if (detail.rest.tokens > 0) {
      bars.add(tokens.rest_at(), of.up);
      bars.add(tokens.rest_at(), of.down);
    }
    panel.series.push_back({objective_title(chosen[side]), look_at(chosen[side], side), bars.bars()});
  }
  BarGroup difference(2, 3);
  for (std::size_t i = 0; i < a.gradient.size(); ++i)
    difference.add(static_cast<double>(i), b.gradient[i] - a.gradient[i]);
  if (detail.rest.tokens > 0) difference.add(tokens.rest_at(), b.up + b.down - a.up - a.down);
  panel.series.push_back({"second minus first", with_opacity(neutral_look(), 0.6), difference.bars()});
  panel.series.push_back({"", {}, Rule{0, false, ""}});
  fit_to_tokens(panel, tokens);
  figure.panels.push_back(std::move(panel));
  return figure;
}

/// Adds an objective's column to a panel, in its look.
template <typename Add>
void add_objectives(const ViewState& view, Panel& value, Panel& norm, Add add) {
  for (const ObjectivePick& pick : {view.objective_a, view.objective_b}) {
    const ObjectiveColumns& of = *columns_of(pick);
    const Look look = look_at(pick, 0);
    const char* title = find_kernel_objective(pick.name)->text.title;
    add(value, of.value, title, look);
    add(norm, of.norm, title, look);
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
  } else if (view.curve_scope == CurveScope::token) {
    const auto result = session.objectives().result;
    scope = fmt::format("position {}", position_of(session, result->key.detail.position));
    figure.provenance = provenance(session);
    norm.y.unit = scaling_name(result->key.detail.basis.tau_scaling);
    for (std::size_t side = 0; side < 2; ++side) {
      const ObjectivePick& pick = result->key.picks[side];
      const std::string title = objective_title(pick);
      value.series.push_back({title, look_at(pick, side), Line{result->taus, result->sides[side].values}});
      norm.series.push_back({title, look_at(pick, side), Line{result->taus, result->sides[side].norms}});
    }
  } else {
    const auto curves = session.curves(view.student).result;
    scope = fmt::format("example {}", session.example()->index);
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
                  token_inputs,
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
