#include "app/gui/explore_page.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>

#include "app/gui/explore_cards.h"
#include "app/gui/fonts.h"
#include "app/gui/number_text.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

bool draw_example_state(PanelContext& context) {
  const Session& session = context.session;
  using Loading = Session::Loading;
  if (session.workspace_state() == Loading::loading) {
    loading_note(context, "Opening…");
    return true;
  }
  switch (session.example_state()) {
    case Loading::loading:
      loading_note(context,
                   fmt::format("Running teacher and students on example {}…", context.view().example));
      return true;
    case Loading::failed:
      error_note(context, fmt::format("Example {} could not be scored", context.view().example),
                 session.example_error());
      if (ImGui::Button("Try again")) context.out.emplace_back(SelectExample{context.view().example});
      tooltip("Run the models on this example once more; or choose another example on the left");
      return true;
    case Loading::nothing:
      empty_note(context, "No example is chosen. Choose one in the list on the left.");
      return true;
    case Loading::loaded:
      break;
  }
  if (session.example()) return false;
  loading_note(context, "Opening the example…");
  return true;
}

std::vector<double> values_of(const Session::Shown& shown, const std::string& column) {
  std::vector<double> values;
  const StatisticsColumn* found = find_statistics_column(column);
  if (!shown.result || !found) return values;
  values.reserve(shown.result->rows.size());
  for (const RowStatistics& row : shown.result->rows)
    values.push_back(row.*(found->member));
  return values;
}

StripContent ExplorePage::strip_content(const PanelContext& context) {
  StripContent content;
  const ViewState& view = context.view();
  const Session::Shown shown = context.session.rows(view.student);
  values_ = values_of(shown, view.colour_by);
  content.values = values_;
  content.value_name = quantity_name(view.colour_by);
  content.tau = shown.result ? shown.result->key.tau : view.tau;
  content.is_current = shown.is_current;
  if (const Quantity* quantity = find_quantity(view.colour_by)) content.scale = scale_for(*quantity, values_);
  return content;
}

void ExplorePage::draw_student(PanelContext& context) {
  const auto workspace = context.session.workspace();
  if (!workspace || workspace->students.empty()) return;
  std::size_t student = context.view().student;
  if (student_combo(context, "##student", student, "The student that Explore shows"))
    context.out.emplace_back(SelectStudent{student});
}

void ExplorePage::draw_header(PanelContext& context, const StripContent& content) {
  draw_student(context);
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const float room = ImGui::GetContentRegionAvail().x;
  const bool has_example = context.session.example() != nullptr;
  // Colours of another τ say so: the new ones are on their way.
  const std::string note = content.values.empty() ? "computing…"
                           : content.is_current   ? ""
                                                  : fmt::format("still τ = {}", number_text(content.tau));
  const float note_width = note.empty() ? 0 : text_width(note) + gap;
  const float bar =
      has_example ? note_width + (content.values.empty() ? 0 : colour_bar_width(context, content.scale)) : 0;
  const float right = ImGui::GetWindowContentRegionMax().x;
  const bool one_line = room > bar + context.em(22);
  const float search = one_line ? context.em(10) : std::max(context.em(4), right - bar - 3 * gap);
  const float caption = one_line ? room - bar - search - 3 * gap : room;
  example_caption(context, std::max(caption, context.em(3)));
  if (!has_example) return;
  if (one_line) {
    ImGui::SameLine(right - bar - search - gap);
    ImGui::AlignTextToFramePadding();
  }
  std::string name = content.value_name;
  if (const Quantity* q = find_quantity(context.view().colour_by))
    name += fmt::format(" at τ = {}. {}", number_text(content.tau), q->help);
  if (!note.empty())
    text_coloured(content.values.empty() ? context.theme.muted : context.theme.warning, note);
  if (!content.values.empty()) {
    if (!note.empty()) ImGui::SameLine();
    colour_bar(context, content.scale, name, bar - note_width);
  }
  ImGui::SameLine(right - search);
  search_.draw(context, search);
}

void ExplorePage::draw_strip(PanelContext& context, float height) {
  const StripContent content = strip_content(context);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, packed(context.theme.panel));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(context.em(0.5f), context.em(0.35f)));
  const bool visible = ImGui::BeginChild("##strip", ImVec2(0, height), true,
                                         ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
  if (visible) {
    draw_header(context, content);
    if (!draw_example_state(context)) {
      strip_.draw(context, "##tokens", content, ImVec2(0, 0));
    }
  }
  ImGui::EndChild();
}

void ExplorePage::draw_plots(PanelContext& context) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const bool large = room.x > context.em(80) && room.y > context.em(44);
  constexpr std::array labels{"Token", "Over τ", "All"};
  constexpr std::array helps{"The pinned (or hovered) token: distribution, gradients, shares, head curve",
                             "The same quantities as τ moves: curves, and every position of the example",
                             "Everything at once; scrolls where it does not fit"};
  const ExploreView asked = context.view().explore_view;
  const ExploreView now = asked != ExploreView::automatic ? asked
                          : large                         ? ExploreView::all
                                                          : ExploreView::token;
  int chosen = static_cast<int>(now) - 1;
  if (segmented(context, "plots", labels, helps, chosen))
    context.out.emplace_back(SetExploreView{static_cast<ExploreView>(chosen + 1)});
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  const auto pinned = context.session.focused_position();
  const auto example = context.session.example();
  if (example && pinned && *pinned < static_cast<std::int64_t>(example->response.size())) {
    const StripToken& token = example->response[static_cast<std::size_t>(*pinned)];
    text_elided(fmt::format("position {}: {}", *pinned, token_name(token.id, token.bytes)),
                ImGui::GetContentRegionAvail().x);
  } else if (example) {
    ImGui::PushStyleColor(ImGuiCol_Text, packed(context.theme.muted));
    text_elided("Click a token to pin it; the arrow keys step.", ImGui::GetContentRegionAvail().x);
    ImGui::PopStyleColor();
  } else {
    ImGui::NewLine();
  }
  const int columns = room.x > context.em(100) && now == ExploreView::all ? 4
                      : room.x > context.em(40)                           ? 2
                                                                          : 1;
  std::vector<Card> cards;
  if (now != ExploreView::over_tau)
    cards = {histogram_card(), gradients_card(context.view().log_scale), shares_card(), head_curve_card()};
  if (now != ExploreView::token) {
    cards.push_back(curves_card(ui_));
    cards.push_back(heat_map_card());
  }
  draw_cards(context, ui_, "##plots", cards, columns, columns == 1 ? 17 : 15);
}

void ExplorePage::draw(PanelContext& context) {
  const float room = ImGui::GetContentRegionAvail().y, bar = context.em(0.4f);
  // A small window leaves its height to the plots.
  float strip = std::min(context.em(ui_.strip), std::max(context.em(7), room * 0.4f));
  const float least = context.em(5), most = std::max(least, room - context.em(9));
  strip = std::clamp(strip, least, most);
  draw_strip(context, strip);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
  float size = strip;
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() - ImGui::GetStyle().ItemSpacing.y);
  splitter("##strip_splitter", false, bar, ImGui::GetContentRegionAvail().x, size, least, most, false,
           context.em(11));
  if (size != strip) ui_.strip = size / context.theme.em;
  ImGui::PopStyleVar();
  draw_plots(context);
}

}  // namespace tauscope::gui
