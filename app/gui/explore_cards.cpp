#include "app/gui/explore_cards.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "app/gui/command_table.h"
#include "app/gui/tau_slider.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

void histogram_control(PanelContext& context) {
  constexpr std::array labels{"by rank", "by p"};
  constexpr std::array helps{
      "Teacher and student side by side for the most probable tokens, in the teacher's order; the "
      "target is marked and the tail is one bar.",
      "How much probability mass lies in tokens of each order of magnitude of probability."};
  flow(segmented_width(labels) + 1);
  int chosen = static_cast<int>(context.view().histogram);
  if (segmented(context, "view", labels, helps, chosen))
    context.out.emplace_back(SetHistogram{static_cast<HistogramView>(chosen)});
}

double rounded_tau(double tau) {
  return tau_at(slider_place(tau));
}

}  // namespace

void scale_control(PanelContext& context) {
  flow(text_width("log") + 2 * ImGui::GetStyle().FramePadding.x);
  const bool log = context.view().log_scale;
  if (toggle_button(context, "log", log)) context.out.emplace_back(SetLogScale{!log});
  tooltip("Probabilities and gradients on a logarithmic scale: the tail becomes visible");
}

void top_k_control(PanelContext& context) {
  constexpr std::array choices{5, 10, 15, 25, 50, 100, 200};
  const float width = context.em(5.2f);
  flow(width);
  ImGui::SetNextItemWidth(width);
  const int now = context.view().top_k;
  if (ImGui::BeginCombo("##top_k", fmt::format("top {}", now).c_str(), ImGuiComboFlags_HeightLargest)) {
    for (const int k : choices) {
      if (ImGui::Selectable(fmt::format("top {}", k).c_str(), k == now) && k != now)
        context.out.emplace_back(SetTopK{k});
    }
    ImGui::EndCombo();
  } else {
    tooltip("How many of the teacher's most probable tokens are shown; all others are one bar.");
  }
}

void data_set_control(PanelContext& context, UiState& ui) {
  const auto data = context.session.data();
  if (!context.session.workspace() || data.state == Session::Loading::loading ||
      data.state == Session::Loading::loaded || data.is_on_its_way)
    return;
  const float pad = 2 * ImGui::GetStyle().FramePadding.x;
  const Action* analyse = find_action("analyse");
  const Action* read = find_action("read_analysis");
  for (const auto& [action, label] : {std::pair{analyse, "Analyse…"}, std::pair{read, "Read…"}}) {
    flow(text_width(label) + pad);
    ImGui::BeginDisabled(!enabled(*action, context));
    if (quiet_button(context, label)) action->run(context, ui);
    ImGui::EndDisabled();
    tooltip(action->help);
  }
}

void scope_control(PanelContext& context, UiState& ui) {
  constexpr std::array labels{"token", "example", "data set"};
  constexpr std::array helps{"The pinned token",
                             "All tokens of the example: the mean, with the quartiles as a band",
                             "All tokens of an analysed data set: run or open an analysis first (File menu)"};
  flow(segmented_width(labels) + 2);
  int chosen = static_cast<int>(context.view().curve_scope);
  if (segmented(context, "scope", labels, helps, chosen))
    context.out.emplace_back(SetCurveScope{static_cast<CurveScope>(chosen)});
  if (context.view().curve_scope == CurveScope::data) data_set_control(context, ui);
}

PlotOptions tau_line(PanelContext& context) {
  PlotOptions options;
  options.drag_x = context.view().tau;
  options.drag_low = tau_low;
  options.drag_high = tau_high;
  return options;
}

void follow_tau_line(PanelContext& context, const PlotEvents& events) {
  if (!events.dragged_to) return;
  const double tau = rounded_tau(*events.dragged_to);
  if (tau != context.view().tau) context.out.emplace_back(SetTau{tau});
}

Card histogram_card() {
  Card card{.plot = "histogram", .height = 2, .least = 17};
  card.controls = [](PanelContext& context) {
    histogram_control(context);
    scale_control(context);
    if (context.view().histogram == HistogramView::by_rank) top_k_control(context);
  };
  return card;
}

Card gradients_card(bool log) {
  Card card{.plot = "gradients", .height = 2, .least = log ? 22.0f : 17.0f};  // by sign: two panels
  card.controls = [](PanelContext& context) {
    scale_control(context);
    top_k_control(context);
  };
  return card;
}

Card shares_card() {
  return {.plot = "shares"};
}

Card head_curve_card() {
  return {.plot = "head_curve"};
}

Card curves_card(UiState& ui) {
  Card card{.plot = "curves", .height = 1.7f, .wide = true, .least = 22, .columns = 3};
  card.controls = [&ui](PanelContext& context) { scope_control(context, ui); };
  card.options = tau_line;
  card.events = follow_tau_line;
  return card;
}

Card heat_map_card() {
  Card card{.plot = "heat_map", .wide = true, .least = 12.5f};
  card.options = [](PanelContext& context) {
    PlotOptions options;
    options.clickable = true;
    options.mark_row = context.session.shown_tau();
    if (const auto position = context.session.focused_position())
      options.mark_column = static_cast<double>(*position);
    return options;
  };
  card.events = [](PanelContext& context, const PlotEvents& events) {
    const auto example = context.session.example();
    if (!events.clicked || !example || example->rows == 0) return;
    const auto last = static_cast<double>(example->rows) - 1;
    const auto position = static_cast<std::int64_t>(std::clamp(std::round(events.clicked->x), 0.0, last));
    context.out.emplace_back(PinToken{position});
    const double tau = rounded_tau(events.clicked->y);
    if (tau != context.view().tau) context.out.emplace_back(SetTau{tau});
  };
  return card;
}

}  // namespace tauscope::gui
