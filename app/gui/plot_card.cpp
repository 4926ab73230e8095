#include "app/gui/plot_card.h"

#include <algorithm>
#include <cmath>

#include "app/gui/fonts.h"
#include "app/gui/plot_memory.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

void draw_card(PanelContext& context, UiState& ui, const Card& card, const ImVec2& size) {
  const PlotInfo* info = find_plot(card.plot);
  ui.shown_plots.emplace_back(card.plot);
  ImGui::PushID(card.plot);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, packed(context.theme.panel));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(context.em(0.5f), context.em(0.35f)));
  const bool visible =
      ImGui::BeginChild("##card", size, true,
                        ImGuiWindowFlags_AlwaysUseWindowPadding | ImGuiWindowFlags_NoScrollbar |
                            ImGuiWindowFlags_NoScrollWithMouse);
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
  if (visible) {
    ImGui::AlignTextToFramePadding();
    ImGui::PushFont(context.fonts.bold());
    text_elided(info ? info->title : card.plot, ImGui::GetContentRegionAvail().x);
    ImGui::PopFont();
    if (info) tooltip(info->help);
    if (card.controls) card.controls(context);
    PlotOptions options = card.options ? card.options(context) : PlotOptions{};
    options.menu_above = !card.controls;
    const PlotEvents events = draw_plot(context, card.plot, 0, 0, options);
    if (events.save_as) ui.save_figure = UiState::SaveAs{card.plot, *events.save_as};
    if (card.events) card.events(context, events);
  }
  ImGui::EndChild();
  ImGui::PopID();
}

namespace {

struct Row {
  std::vector<const Card*> cards;
  float share = 0;
  float least = 0;  ///< pixels
};

/// Below the size of its file a figure is crowded: its text here is as large as there.
float least_height(const PanelContext& context, const Card& card, float least, float width) {
  const PlotInfo* info = find_plot(card.plot);
  const float figure = info ? static_cast<float>(info->size.height) * context.theme.scale : 0;
  if (card.least > 0) {
    const int beside = fitting_columns(context, card.columns, static_cast<double>(width));
    return context.em(card.least) * static_cast<float>(card.columns) / static_cast<float>(beside);
  }
  return std::max(context.em(least), 0.8f * figure + context.em(3.5f));
}

std::vector<Row> rows_of(const PanelContext& context, const std::vector<Card>& cards, int columns,
                         float least, float width) {
  std::vector<Row> rows;
  bool closed = true;
  for (const Card& card : cards) {
    if (closed || card.wide || static_cast<int>(rows.back().cards.size()) == columns) rows.emplace_back();
    Row& row = rows.back();
    row.cards.push_back(&card);
    row.share = std::max(row.share, card.height);
    row.least = std::max(row.least, least_height(context, card, least, width));
    closed = card.wide;
  }
  return rows;
}

}  // namespace

void draw_cards(PanelContext& context, UiState& ui, const char* id, const std::vector<Card>& cards,
                int columns, float least) {
  if (!ImGui::BeginChild(id)) {
    ImGui::EndChild();
    return;
  }
  const float width = ImGui::GetContentRegionAvail().x;
  const std::vector<Row> rows = rows_of(context, cards, std::max(columns, 1), least, width);
  const float gap = context.em(0.4f);
  float shares = 0, needed = gap * static_cast<float>(rows.size() - 1);
  for (const Row& row : rows) {
    shares += row.share;
    needed += row.least;
  }
  // What is left beyond the least heights is shared out; a little too much is no reason to scroll.
  constexpr float tightest = 0.86f;
  const float room = ImGui::GetContentRegionAvail().y, gaps = gap * static_cast<float>(rows.size() - 1);
  const float spare = std::max(0.0f, room - needed) / std::max(shares, 1e-3f);
  const float fitting = (room - gaps - 1) / std::max(needed - gaps, 1.0f);
  const float tight = fitting >= tightest ? std::min(fitting, 1.0f) : 1.0f;
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(gap, gap));
  for (const Row& row : rows) {
    const auto count = static_cast<float>(row.cards.size());
    const ImVec2 size(std::max(1.0f, (width - gap * (count - 1)) / count - 0.5f),
                      std::floor(tight * row.least + spare * row.share));
    for (std::size_t i = 0; i < row.cards.size(); ++i) {
      if (i > 0) ImGui::SameLine();
      ImGui::PopStyleVar();
      draw_card(context, ui, *row.cards[i], size);
      ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(gap, gap));
    }
  }
  ImGui::PopStyleVar();
  ImGui::EndChild();
}

}  // namespace tauscope::gui
