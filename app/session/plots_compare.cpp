// Two students against one teacher.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "app/session/plot_parts.h"
#include "core/report/manifest_text.h"

namespace tauscope::detail {

namespace {

constexpr const char* one_student =
    "A comparison needs two students: add another one, or choose different ones for A and B.";

bool has_two(const Session& session) {
  return session.view().compare_a != session.view().compare_b && session.workspace() &&
         session.workspace()->students.size() > 1;
}

PlotInputs with_two(const Session& session, PlotInputs inputs) {
  if (inputs.ready && !has_two(session)) {
    inputs.ready = false;
    inputs.note = one_student;
  }
  const ViewState& view = session.view();
  inputs.settings = fmt::format("{} {} {} {} {}", view.compare_a, view.compare_b, view.log_scale,
                                view.compare_quantity, static_cast<int>(view.curve_scope));
  return inputs;
}

PlotInputs token_inputs(const Session& session) {
  PlotInputs inputs = with_two(session, example_inputs(session));
  return inputs.ready ? with_two(session, detail_inputs(session, compared_students(session))) : inputs;
}

PlotInputs pair_curve_inputs(const Session& session) {
  const bool data = session.view().curve_scope == CurveScope::data;
  PlotInputs inputs = with_two(session, example_inputs(session));
  if (!inputs.ready) return inputs;
  const auto students = compared_students(session);
  return with_two(session, data ? data_inputs(session, students) : curves_inputs(session, students));
}

std::string names(const Session& session) {
  return student_name(session, session.view().compare_a) + " and " +
         student_name(session, session.view().compare_b);
}

Figure figure_of(const Session& session, std::string title, std::string description) {
  Figure figure;
  figure.title = std::move(title);
  figure.description = std::move(description);
  figure.provenance = provenance(session);
  figure.legend = LegendPlace::below;
  return figure;
}

Figure make_histogram(const Session& session) {
  const std::size_t a = session.view().compare_a, b = session.view().compare_b;
  const auto first = session.detail(a).result, second = session.detail(b).result;
  Figure figure =
      figure_of(session, fmt::format("Probabilities at {}: {}", place_text(session, *first), names(session)),
                "Probability of the tokens that the teacher finds most probable under the teacher and both "
                "students; all other "
                "tokens as one bar at the end. The marked token is the reference.");
  const auto& entries = first->detail.entries;
  const TokenAxis tokens = token_axis(first->detail);
  Panel panel{"", tokens.axis,
              value_axis("probability", "", session.view().log_scale ? Scale::log : Scale::linear)};
  panel.y.include_zero = true;
  BarGroup p(0, 3), qa(1, 3), qb(2, 3);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    p.add(static_cast<double>(i), entries[i].p);
    qa.add(static_cast<double>(i), entries[i].q);
    if (i < second->detail.entries.size()) qb.add(static_cast<double>(i), second->detail.entries[i].q);
  }
  if (first->detail.rest.tokens > 0) {
    p.add(tokens.rest_at(), first->detail.rest.p);
    qa.add(tokens.rest_at(), first->detail.rest.q);
    qb.add(tokens.rest_at(), second->detail.rest.q);
  }
  panel.series.push_back({"teacher", teacher_look(), p.bars()});
  panel.series.push_back({student_name(session, a), student_look(a), qa.bars()});
  panel.series.push_back({student_name(session, b), student_look(b), qb.bars()});
  if (!session.view().log_scale) fit_to_tokens(panel, tokens);
  figure.panels.push_back(std::move(panel));
  return figure;
}

Panel gradient_panel(const Session& session, const DetailResult& a, const DetailResult& b, const char* title,
                     double PositionDetail::Entry::*entry, double PositionDetail::Rest::*up,
                     double PositionDetail::Rest::*down) {
  const TokenAxis tokens = token_axis(a.detail);
  Panel panel{fmt::format("{} ({})", title, scaling_name(a.key.basis.tau_scaling)), tokens.axis,
              value_axis("gⱼ")};
  std::size_t place = 0;
  for (const DetailResult* result : {&a, &b}) {
    BarGroup bars(place++, 2);
    const auto& entries = result->detail.entries;
    for (std::size_t i = 0; i < std::min(entries.size(), tokens.tokens); ++i)
      bars.add(static_cast<double>(i), entries[i].*entry);
    if (result->detail.rest.tokens > 0) {
      bars.add(tokens.rest_at(), result->detail.rest.*up);
      bars.add(tokens.rest_at(), result->detail.rest.*down);
    }
    const std::size_t student = result->key.basis.student;
    panel.series.push_back({student_name(session, student), student_look(student), bars.bars()});
  }
  panel.series.push_back({"", {}, Rule{0, false, ""}});
  fit_to_tokens(panel, tokens);
  return panel;
}

Figure make_gradients(const Session& session) {
  const auto a = session.detail(session.view().compare_a).result,
             b = session.detail(session.view().compare_b).result;
  Figure figure =
      figure_of(session, fmt::format("Gradients at {}: {}", place_text(session, *a), names(session)),
                "Gradient with respect to each student's logits, token by token. A negative entry raises the "
                "token's logit; each "
                "gradient sums to 0.");
  using Entry = PositionDetail::Entry;
  using Rest = PositionDetail::Rest;
  figure.panels = {
      gradient_panel(session, *a, *b, "forward KL", &Entry::fkl_gradient, &Rest::fkl_up, &Rest::fkl_down),
      gradient_panel(session, *a, *b, "reverse KL", &Entry::rkl_gradient, &Rest::rkl_up, &Rest::rkl_down)};
  figure.share_x = true;
  return figure;
}

Figure make_curves(const Session& session) {
  const ViewState& view = session.view();
  const bool data = view.curve_scope == CurveScope::data;
  const auto summary = session.data().summary;
  std::optional<TableView> table;
  if (data) table.emplace(summary->tables);
  TauScaling scaling = view.tau_scaling;
  std::string scope = "the data set";
  if (data) {
    scaling = tau_squared(summary->manifest) ? TauScaling::squared : TauScaling::none;
  } else {
    const auto curves = session.curves(view.compare_a).result;
    scaling = curves->key.basis.tau_scaling;
    scope = curves->key.position ? fmt::format("position {}", position_of(session, *curves->key.position))
                                 : fmt::format("example {}", session.example()->index);
  }
  Figure figure = figure_of(session, fmt::format("Over the temperature: {}, {}", scope, names(session)),
                            "The same quantities over τ for both students, forward KL above and reverse KL "
                            "below. Lines: median over scored "
                            "positions (the token's value); bands: 25th to 75th percentile.");
  if (data) figure.provenance = provenance_text(summary->manifest);
  figure.columns = 4;
  figure.share_x = true;
  const std::array columns{"fkl", "fkl_grad_l2", "fkl_grad_cos_tau1", "fkl_nd_share_l1",
                           "rkl", "rkl_grad_l2", "rkl_grad_cos_tau1", "rkl_nd_share_l1"};
  const std::string gradient = " (" + scaling_name(scaling) + ")";
  const std::array<std::string, 8> titles{
      "forward KL (nats)", "FKL ‖g‖₂" + gradient, "FKL cosine with τ = 1", "FKL non-dominant share",
      "reverse KL (nats)", "RKL ‖g‖₂" + gradient, "RKL cosine with τ = 1", "RKL non-dominant share"};
  for (std::size_t c = 0; c < columns.size(); ++c) {
    Panel panel{titles[c], workbench_tau_axis(),
                value_axis("", "", quantity_axis(columns[c], scaling).scale)};
    for (const std::size_t student : compared_students(session)) {
      const std::string name = student_name(session, student);
      if (data)
        add_median(panel, table->curve(name, columns[c]), name, student_look(student));
      else
        add_curve(panel, *session.curves(student).result, columns[c], name, student_look(student));
    }
    fit_to_lines(panel);
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

PlotInputs scatter_inputs(const Session& session) {
  PlotInputs inputs = with_two(session, data_inputs(session, compared_students(session)));
  if (!inputs.ready) return inputs;
  const auto& summary = *session.data().summary;
  if (summary.example_means.empty() || summary.taus.empty()) {
    inputs.ready = false;
    inputs.note =
        "This analysis has no values of single examples: it was written with --tokens none. Analyse again "
        "with "
        "--tokens csv.";
    return inputs;
  }
  const double tau = summary.taus[nearest_tau(summary.taus, session.view().tau)];
  if (!same_tau(tau, session.view().tau))
    inputs.note = fmt::format("τ = {}, the nearest that was analysed{}{}", tau_text(tau),
                              inputs.note.empty() ? "" : "; ", inputs.note);
  inputs.settings +=
      fmt::format(" {} {} {}", tau, session.view().example, fmt::join(session.view().marked, ","));
  return inputs;
}

/// Points of one look.
struct Points {
  std::vector<double> x, y;
  std::vector<std::string> names;
  void add(const ExamplePoint& point) {
    x.push_back(point.a);
    y.push_back(point.b);
    names.push_back(fmt::format("example {}", point.example));
  }
  Scatter scatter() { return {std::move(x), std::move(y), std::move(names)}; }
};

Figure make_scatter(const Session& session) {
  const ViewState& view = session.view();
  const auto& summary = *session.data().summary;
  const double tau = summary.taus[nearest_tau(summary.taus, view.tau)];
  const TauScaling scaling = tau_squared(summary.manifest) ? TauScaling::squared : TauScaling::none;
  const std::string a = student_name(session, view.compare_a), b = student_name(session, view.compare_b);
  Figure figure = figure_of(
      session, fmt::format("{} by example, τ = {}", quantity_name(view.compare_quantity), tau_text(tau)),
      fmt::format("Mean over each example's positions: {} across, {} up. Above the "
                  "diagonal the value is larger for {}.",
                  a, b, b));
  figure.provenance = provenance_text(summary.manifest);
  Points others, marked, here;
  double low = INFINITY, high = -INFINITY, least = INFINITY;
  for (const ExamplePoint& point : compare_points(session)) {
    const bool is_marked = std::binary_search(view.marked.begin(), view.marked.end(), point.example);
    (point.example == view.example ? here : is_marked ? marked : others).add(point);
    for (const double value : {point.a, point.b}) {
      low = std::min(low, value);
      high = std::max(high, value);
      least = std::min(least, value);
    }
  }
  Panel panel;
  panel.x = quantity_axis(view.compare_quantity, scaling);
  if (!(least > 0)) panel.x.scale = Scale::linear;
  panel.y = panel.x;
  panel.x.label = a + ": " + panel.x.label;
  panel.y.label = b + ": " + panel.y.label;
  if (low <= high) {
    const bool log = panel.x.scale == Scale::log;
    const double pad =
        log ? std::max(1.05, std::pow(high / low, 0.04)) : std::max(0.04 * (high - low), 1e-12);
    low = log ? low / pad : low - pad;
    high = log ? high * pad : high + pad;
    for (Axis* axis : {&panel.x, &panel.y}) {
      axis->low = low;
      axis->high = high;
    }
    Look diagonal = neutral_look();
    diagonal.dash = Dash::dashed;
    diagonal.width = 0.7;
    panel.series.push_back({"equal", diagonal, Line{{low, high}, {low, high}}});
  }
  Look diamond = look_of(1);
  diamond.marker = Marker::diamond;
  panel.series.push_back({"examples", look_of(0), others.scatter()});
  if (!marked.names.empty()) panel.series.push_back({"marked", look_of(2), marked.scatter()});
  if (!here.names.empty())
    panel.series.push_back({fmt::format("example {}", view.example), diamond, here.scatter()});
  figure.panels.push_back(std::move(panel));
  return figure;
}

}  // namespace

std::span<const PlotBuilder> compare_plots() {
  static const std::array builders{
      PlotBuilder{
          {"compare_histogram",
           "Probabilities",
           Tab::compare,
           "Teacher and both students side by side for the tokens that the teacher finds most probable.",
           {504, 210}},
          token_inputs,
          make_histogram},
      PlotBuilder{{"compare_gradients",
                   "Gradients",
                   Tab::compare,
                   "Both students' gradients for the same tokens: forward KL above, reverse KL below.",
                   {504, 300},
                   false,
                   true},
                  token_inputs,
                  make_gradients},
      PlotBuilder{{"compare_curves",
                   "Over the temperature",
                   Tab::compare,
                   "One line per student, for the token, the example or the data set.",
                   {504, 280},
                   true,
                   true},
                  pair_curve_inputs,
                  make_curves},
      PlotBuilder{{"compare_scatter",
                   "Example by example",
                   Tab::compare,
                   "Mean over each example's positions, A across and B up, at the nearest analysed τ. Click "
                   "a point to open its example; hold Shift and draw round points to list them.",
                   {300, 280},
                   false,
                   false,
                   false},
                  scatter_inputs,
                  make_scatter},
  };
  return builders;
}

}  // namespace tauscope::detail

namespace tauscope {

std::vector<ExamplePoint> compare_points(const Session& session) {
  std::vector<ExamplePoint> points;
  const auto summary = session.data().summary;
  const auto a = detail::data_student(session, session.view().compare_a);
  const auto b = detail::data_student(session, session.view().compare_b);
  const auto column = detail::column_index(session.view().compare_quantity);
  if (!summary || !a || !b || !column || summary->taus.empty()) return points;
  const std::size_t tau = detail::nearest_tau(summary->taus, session.view().tau);
  for (std::size_t e = 0; e < summary->examples.size(); ++e) {
    const double x = summary->example_mean(*a, tau, *column, e),
                 y = summary->example_mean(*b, tau, *column, e);
    if (std::isfinite(x) && std::isfinite(y)) points.push_back({summary->examples[e], x, y});
  }
  return points;
}

}  // namespace tauscope
