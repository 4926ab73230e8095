// The pinned token: its distribution, its gradients, where they act.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/session/plot_parts.h"

namespace tauscope::detail {

namespace {

constexpr double faint = 0.4;  // opacity of what is outside the dominant set

std::array<std::size_t, 1> shown_student(const Session& session) {
  return {session.view().student};
}

PlotInputs token_inputs(const Session& session) {
  PlotInputs inputs = detail_inputs(session, shown_student(session));
  const ViewState& view = session.view();
  inputs.settings = fmt::format("{} {} {}", view.student, static_cast<int>(view.histogram), view.log_scale);
  return inputs;
}

Figure figure_of(const Session& session, std::string title, std::string description) {
  Figure figure;
  figure.title = std::move(title);
  figure.description = std::move(description);
  figure.provenance = provenance(session);
  figure.legend = LegendPlace::below;
  return figure;
}

// ---- histogram

void add_target(Panel& panel, const PositionDetail& detail) {
  for (std::size_t i = 0; i < detail.entries.size(); ++i) {
    const auto& entry = detail.entries[i];
    if (!entry.target) continue;
    Look look = look_of(4);
    look.marker = Marker::down_triangle;
    panel.series.push_back({fmt::format("target “{}”, rank {}", token_text(entry.label), entry.teacher_rank),
                            look, Scatter{{static_cast<double>(i)}, {std::max(entry.p, entry.q)}}});
  }
}

Panel ranked_panel(const PositionDetail& detail, const Look& student, bool log) {
  const TokenAxis tokens = token_axis(detail);
  Panel panel{"", tokens.axis, value_axis("probability", "", log ? Scale::log : Scale::linear)};
  panel.y.include_zero = true;
  BarGroup p(0, 2), q(1, 2);
  for (std::size_t i = 0; i < detail.entries.size(); ++i) {
    p.add(static_cast<double>(i), detail.entries[i].p);
    q.add(static_cast<double>(i), detail.entries[i].q);
  }
  if (detail.rest.tokens > 0) {
    p.add(tokens.rest_at(), detail.rest.p);
    q.add(tokens.rest_at(), detail.rest.q);
  }
  panel.series.push_back({"teacher", teacher_look(), p.bars()});
  panel.series.push_back({"student", student, q.bars()});
  if (!log) fit_to_tokens(panel, tokens);
  add_target(panel, detail);
  return panel;
}

Panel binned_panel(const PositionDetail& detail, const Look& student, bool log) {
  Panel panel{"", value_axis("token probability", "", Scale::log),
              value_axis("probability mass per factor of 2", "", log ? Scale::log : Scale::linear)};
  panel.y.include_zero = !log;
  std::vector<double> edges;
  for (std::size_t i = 0; i < detail.bin_low.size(); ++i) {
    const bool open = !(detail.bin_low[i] > 0);  // everything below the first bin's upper edge
    edges.push_back(open ? (i + 1 < detail.bin_low.size() ? detail.bin_low[i + 1] : 1.0) / 2
                         : detail.bin_low[i]);
  }
  edges.push_back(edges.empty() ? 1.0 : edges.back() * 2);
  // Bins without mass to speak of would make the others narrow.
  const auto mass = [&](std::size_t i) { return std::max(detail.teacher_mass[i], detail.student_mass[i]); };
  std::size_t first = 0;
  while (first + 1 < detail.bin_low.size() && mass(first) < 1e-4)
    ++first;
  if (!detail.bin_low.empty()) panel.x.low = edges[first];
  const Values x(edges);
  panel.series.push_back({"teacher", solid(teacher_look()), Steps{x, detail.teacher_mass, true}});
  panel.series.push_back({"student", solid(student), Steps{x, detail.student_mass, true}});
  return panel;
}

Figure make_histogram(const Session& session) {
  const std::size_t student = session.view().student;
  const auto result = session.detail(student).result;
  const ViewState& view = session.view();
  const bool ranked = view.histogram == HistogramView::by_rank;
  Figure figure = figure_of(
      session,
      fmt::format("Probabilities at {}{}", place_text(session, *result), of_student(session, student)),
      ranked
          ? "Probability of the tokens that the teacher finds most probable, teacher and student side by "
            "side; all "
            "other tokens as one bar at the end. The triangle marks the reference token."
          : "Probability mass on tokens of a given probability, per factor of 2, for teacher and student.");
  const Look look = student_look(student);
  figure.panels.push_back(ranked ? ranked_panel(result->detail, look, view.log_scale)
                                 : binned_panel(result->detail, look, view.log_scale));
  return figure;
}

// ---- gradients

struct GradientBars {
  const char* name;
  Look look;
  std::size_t place;
  double PositionDetail::Entry::*entry;
  double PositionDetail::Rest::*up;
  double PositionDetail::Rest::*down;
};

std::array<GradientBars, 2> both_gradients() {
  using Entry = PositionDetail::Entry;
  using Rest = PositionDetail::Rest;
  return {GradientBars{"FKL", forward_look(), 0, &Entry::fkl_gradient, &Rest::fkl_up, &Rest::fkl_down},
          GradientBars{"RKL", reverse_look(), 1, &Entry::rkl_gradient, &Rest::rkl_up, &Rest::rkl_down}};
}

void add_gradient_bars(Panel& panel, const PositionDetail& detail, const GradientBars& bars) {
  BarGroup dominant(bars.place, 2), other(bars.place, 2), rest(bars.place, 2);
  for (std::size_t i = 0; i < detail.entries.size(); ++i) {
    const auto& entry = detail.entries[i];
    (entry.dominant ? dominant : other).add(static_cast<double>(i), entry.*bars.entry);
  }
  if (detail.rest.tokens > 0) {
    rest.add(static_cast<double>(detail.entries.size()), detail.rest.*bars.up);
    rest.add(static_cast<double>(detail.entries.size()), detail.rest.*bars.down);
  }
  const std::string name = bars.name;
  if (!dominant.empty()) panel.series.push_back({name + ", dominant", bars.look, dominant.bars()});
  if (!other.empty())
    panel.series.push_back({name + ", non-dominant", with_opacity(bars.look, faint), other.bars()});
  if (!rest.empty()) panel.series.push_back({name + ", others", with_opacity(bars.look, 0.7), rest.bars()});
}

/// The border of the dominant set: a prefix of the teacher's order, but for a target that was added at the
/// end.
void add_border(Panel& panel, const PositionDetail& detail) {
  std::size_t dominant = 0;
  while (dominant < detail.entries.size() && detail.entries[dominant].dominant)
    ++dominant;
  if (dominant > 0 && dominant < detail.entries.size())
    panel.series.push_back(
        {"", {}, Rule{static_cast<double>(dominant) - 0.5, true, "end of the dominant set"}});
}

/// Only the bars of one sign, as sizes.
Bars of_sign(const Bars& bars, bool positive) {
  std::vector<double> low, high, top;
  for (std::size_t i = 0; i < bars.top.size(); ++i) {
    if ((bars.top[i] > 0) != positive || bars.top[i] == 0) continue;
    low.push_back(bars.x_low[i]);
    high.push_back(bars.x_high[i]);
    top.push_back(std::abs(bars.top[i]));
  }
  return {std::move(low), std::move(high), {}, std::move(top)};
}

/// A logarithm has no sign: what pushes down above, what pushes up below, upside down.
std::vector<Panel> split_by_sign(const Panel& both, const std::string& unit) {
  std::vector<Panel> out;
  double low = INFINITY, high = 0;
  for (const bool positive : {true, false}) {
    Panel panel{"", both.x, value_axis(positive ? "gⱼ > 0" : "−gⱼ > 0", unit, Scale::log)};
    panel.y.reversed = !positive;
    for (const Series& series : both.series) {
      if (const auto* bars = std::get_if<Bars>(&series.data)) {
        Bars part = of_sign(*bars, positive);
        for (const double top : part.top.span()) {
          low = std::min(low, top);
          high = std::max(high, top);
        }
        panel.series.push_back({series.name, series.look, std::move(part)});
      } else {
        panel.series.push_back(series);
        auto* rule = std::get_if<Rule>(&panel.series.back().data);
        if (rule != nullptr && !positive) rule->label.clear();  // the line goes through both panels
      }
    }
    out.push_back(std::move(panel));
  }
  for (Panel& panel : out) {
    if (!(low < INFINITY)) continue;
    // Entries that vanish beside the largest would leave no room for the rest.
    panel.y.low = std::max(low, high * 1e-8) / 1.5;
    panel.y.high = high * 1.5;
  }
  return out;
}

Figure make_gradients(const Session& session) {
  const ViewState& view = session.view();
  const auto result = session.detail(view.student).result;
  const PositionDetail& detail = result->detail;
  Figure figure = figure_of(
      session,
      fmt::format("Gradients at {}{}", place_text(session, *result), of_student(session, view.student)),
      "Gradient with respect to the student's logits, token by token. A negative entry raises the token's "
      "logit, a "
      "positive one lowers it; each gradient sums to 0. Full colour: the teacher's dominant set at τ = 1.");
  const std::string unit = scaling_name(result->key.basis.tau_scaling);
  const TokenAxis tokens = token_axis(detail);
  Panel panel{"", tokens.axis, value_axis("gradient gⱼ", unit)};
  for (const GradientBars& bars : both_gradients())
    add_gradient_bars(panel, detail, bars);
  add_border(panel, detail);
  if (view.log_scale) {
    figure.panels = split_by_sign(panel, "");
    figure.share_x = true;
  } else {
    panel.series.push_back({"", {}, Rule{0, false, ""}});
    fit_to_tokens(panel, tokens);
    figure.panels.push_back(std::move(panel));
  }
  return figure;
}

// ---- shares

/// Statistics of the focused position: with its detail, or from the tables of an earlier analysis.
PlotInputs share_inputs(const Session& session) {
  if (session.detail_note().empty()) return token_inputs(session);
  PlotInputs inputs = example_inputs(session);
  if (!inputs.ready) return inputs;
  const auto shown = session.all_rows(session.view().student);
  inputs.ready = session.focused_position() && shown.result;
  if (!session.focused_position()) inputs.note = no_token_note;
  if (!inputs.ready) return inputs;
  inputs.results.push_back(shown.result);
  inputs.is_current = shown.is_current;
  inputs.loading = !shown.is_current;
  inputs.note = nearest_note(session);
  inputs.settings = fmt::format("{} {}", session.view().student, *session.focused_position());
  return inputs;
}

Figure make_shares(const Session& session) {
  const std::size_t student = session.view().student;
  RowStatistics row;
  std::string place;
  if (const auto detail = session.detail(student).result) {
    row = detail->statistics;
    place = place_text(session, *detail);
  } else {
    const auto rows = session.all_rows(student).result;
    row = rows->rows[static_cast<std::size_t>(*session.focused_position())];
    place = fmt::format("position {}, τ = {}", position_of(session, *session.focused_position()),
                        tau_text(rows->key.tau));
  }
  Figure figure = figure_of(session, fmt::format("Shares at {}{}", place, of_student(session, student)),
                            "Share of each gradient's L1 norm, and of the probability, on the teacher's "
                            "dominant set at τ = 1, outside it, "
                            "and on the reference token (which lies in one of the two).");
  Panel panel;
  panel.y = share_axis("share of ‖g‖₁, or of probability");
  panel.y.high = 1.02;
  panel.x.ticks = {0, 1, 2};
  panel.x.tick_labels = {"dominant", "non-dominant", "target"};
  panel.x.low = -0.6;
  panel.x.high = 2.6;
  const auto add = [&](const char* name, const Look& look, std::size_t place_in_group, double outside,
                       double target) {
    BarGroup bars(place_in_group, 4);
    bars.add(0, 1 - outside);
    bars.add(1, outside);
    if (std::isfinite(target)) bars.add(2, target);
    panel.series.push_back({name, look, bars.bars()});
  };
  add("forward-KL gradient", forward_look(), 0, row.fkl_nd_share_l1, row.fkl_target_share_l1);
  add("reverse-KL gradient", reverse_look(), 1, row.rkl_nd_share_l1, row.rkl_target_share_l1);
  add("teacher probability", with_opacity(teacher_look(), 0.75), 2, row.teacher_nd_mass, row.p_target);
  add("student probability", student_look(student), 3, row.student_nd_mass, row.q_target);
  figure.panels.push_back(std::move(panel));
  return figure;
}

// ---- head curve

Figure make_head_curve(const Session& session) {
  const std::size_t student = session.view().student;
  const auto result = session.detail(student).result;
  Figure figure = figure_of(session,
                            fmt::format("Reach of the gradient at {}{}", place_text(session, *result),
                                        of_student(session, student)),
                            "Share of the gradient's L1 norm on the k tokens that the teacher finds most "
                            "probable, k on the horizontal axis. "
                            "The later a curve rises, the more of the gradient acts on improbable tokens.");
  Panel panel{"", value_axis("teacher rank k", "", Scale::log), share_axis("cumulative share of ‖g‖₁")};
  panel.y.high = 1.03;
  const PositionDetail& detail = result->detail;
  const Values rank(detail.head_rank);
  panel.series.push_back({forward_name, forward_look(), Line{rank, detail.fkl_head_share, true}});
  panel.series.push_back({reverse_name, reverse_look(), Line{rank, detail.rkl_head_share, true}});
  figure.panels.push_back(std::move(panel));
  return figure;
}

}  // namespace

std::span<const PlotBuilder> explore_plots() {
  static const std::array builders{
      PlotBuilder{
          {"histogram",
           "Probabilities",
           Tab::explore,
           "Teacher and student side by side for the tokens that the teacher finds most probable, with all "
           "others as one bar; or the mass on tokens of each probability.",
           {504, 210}},
          token_inputs,
          make_histogram},
      PlotBuilder{{"gradients",
                   "Gradient decomposition",
                   Tab::explore,
                   "Forward- and reverse-KL gradient for the same tokens. Negative entries raise a logit. "
                   "Full colour: "
                   "dominant set; pale: outside it.",
                   {504, 230},
                   false,
                   true},
                  token_inputs,
                  make_gradients},
      PlotBuilder{
          {"shares",
           "Shares",
           Tab::explore,
           "How much of each gradient lies on the dominant set, outside it, and on the target, beside the "
           "probability that lies there.",
           {345, 210}},
          share_inputs,
          make_shares},
      PlotBuilder{{"head_curve",
                   "Head curve",
                   Tab::explore,
                   "How far down the teacher's ranking each gradient reaches.",
                   {345, 210}},
                  token_inputs,
                  make_head_curve},
  };
  return builders;
}

}  // namespace tauscope::detail
