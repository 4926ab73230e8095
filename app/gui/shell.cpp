#include "app/gui/shell.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "app/gui/command_table.h"
#include "app/gui/compare_page.h"
#include "app/gui/dialogs.h"
#include "app/gui/distill_page.h"
#include "app/gui/evaluate_page.h"
#include "app/gui/explore_page.h"
#include "app/gui/file_browser.h"
#include "app/gui/fonts.h"
#include "app/gui/inspector.h"
#include "app/gui/layout_file.h"
#include "app/gui/objectives_page.h"
#include "app/gui/open_path.h"
#include "app/gui/palette.h"
#include "app/gui/sources_panel.h"
#include "app/gui/start_page.h"
#include "app/gui/status_bar.h"
#include "app/gui/toolbar.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

struct Shell::State {
  UiState ui;
  Toolbar toolbar{ui};
  SourcesPanel sources{ui};
  ExampleList examples{ui};
  ExplorePage explore{ui};
  ComparePage compare{ui};
  EvaluatePage evaluate{ui};
  DistillPage distill{ui};
  ObjectivesPage objectives{ui};
  StartPage start{ui};
  Inspector inspector{ui};
  StatusBar status{ui};
  Palette palette{ui};
  FileBrowser browser{ui};
  Dialogs dialogs{ui};
  std::uint64_t remembered = 0;  ///< workspace that is in the recent list
  bool animating = false;

  void draw_menus(PanelContext& context);
  void draw_toolbar(PanelContext& context);
  void draw_body(PanelContext& context, float height);
  void draw_left(PanelContext& context, float width, float height);
  void draw_right(PanelContext& context, float width, float height);
  void draw_centre(PanelContext& context, float width, float height);
  void draw_tabs(PanelContext& context);
  void serve_requests(PanelContext& context);
};

namespace {

struct TabInfo {
  Tab tab;
  const char* title;
  const char* help;
};
constexpr std::array tabs{
    TabInfo{Tab::explore, "Explore", "One student against the teacher, token by token (Ctrl+1)"},
    TabInfo{Tab::compare, "Compare", "Two students against one teacher (Ctrl+2)"},
    TabInfo{Tab::evaluate, "Evaluate",
            "Checkpoints over evaluation sets: answers, scores, what differs (Ctrl+3)"},
    TabInfo{Tab::distill, "Distill", "Short distillation runs: start, watch, compare (Ctrl+4)"},
    TabInfo{Tab::objectives, "Objectives", "What the objectives are, and how two of them differ (Ctrl+5)"}};

/// A tab: text with a line under it where it is chosen.
bool tab_button(const PanelContext& context, const TabInfo& info, bool chosen) {
  const ImVec2 label = ImGui::CalcTextSize(info.title);
  const ImVec2 size(label.x + context.em(1.2f), ImGui::GetFrameHeight() + context.em(0.1f));
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const bool pressed = ImGui::InvisibleButton(info.title, size);
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (hovered && !chosen) {
    list->AddRectFilled(corner, ImVec2(corner.x + size.x, corner.y + size.y),
                        packed(with_alpha(context.theme.ink, 0.07)), context.em(0.25f));
  }
  list->AddText(ImVec2(corner.x + (size.x - label.x) / 2, corner.y + (size.y - label.y) / 2),
                packed(chosen ? context.theme.ink : context.theme.muted), info.title);
  if (chosen) {
    const float thick = std::max(2.0f, std::round(context.em(0.13f)));
    list->AddRectFilled(ImVec2(corner.x, corner.y + size.y - thick),
                        ImVec2(corner.x + size.x, corner.y + size.y), packed(context.theme.accent));
  }
  tooltip(info.help);
  return pressed;
}

bool begin_column(const PanelContext& context, const char* id, const ImVec2& size) {
  ImGui::PushStyleColor(ImGuiCol_ChildBg, packed(context.theme.panel));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(context.em(0.5f), context.em(0.5f)));
  const bool visible = ImGui::BeginChild(id, size, false, ImGuiWindowFlags_AlwaysUseWindowPadding);
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
  return visible;
}

}  // namespace

void Shell::State::draw_menus(PanelContext& context) {
  if (!ImGui::BeginMenuBar()) return;
  for (const Menu menu : {Menu::file, Menu::edit, Menu::view, Menu::go, Menu::help}) {
    if (!ImGui::BeginMenu(menu_title(menu))) continue;
    draw_menu(context, ui, menu);
    ImGui::EndMenu();
  }
  const char* hint = "Find a command   Ctrl+P";
  const float width = text_width(hint) + ImGui::GetStyle().FramePadding.x * 2;
  const float x = ImGui::GetWindowContentRegionMax().x - width - ImGui::GetStyle().ItemSpacing.x;
  if (x > ImGui::GetCursorPosX() + context.em(1)) {
    ImGui::SetCursorPosX(x);
    ImGui::PushStyleColor(ImGuiCol_Text, packed(context.theme.muted));
    if (ImGui::MenuItem(hint)) ui.palette = true;
    ImGui::PopStyleColor();
    tooltip("Every command by its name, a τ as a number, an example by its title");
  }
  ImGui::EndMenuBar();
}

void Shell::State::draw_toolbar(PanelContext& context) {
  const ImVec2 pad(context.em(0.6f), context.em(0.35f));
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = toolbar.height(context, width - 2 * pad.x) + 2 * pad.y;
  ImGui::PushStyleColor(ImGuiCol_ChildBg, packed(context.theme.panel));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, pad);
  if (ImGui::BeginChild("##toolbar", ImVec2(0, height), false,
                        ImGuiWindowFlags_AlwaysUseWindowPadding | ImGuiWindowFlags_NoScrollbar)) {
    ImGui::PopStyleVar();
    toolbar.draw(context);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, pad);
  }
  ImGui::EndChild();
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

void Shell::State::draw_left(PanelContext& context, float width, float height) {
  if (begin_column(context, "##left", ImVec2(width, height))) {
    sources.draw(context);
    if (context.session.workspace()) {
      ImGui::Spacing();
      ImGui::Separator();
      ImGui::Spacing();
      // Where the sources leave little room the column scrolls, and the list keeps a few lines.
      const float room = std::max(ImGui::GetContentRegionAvail().y, context.em(9));
      if (ImGui::BeginChild("##list", ImVec2(0, room))) examples.draw(context);
      ImGui::EndChild();
    }
  }
  ImGui::EndChild();
}

void Shell::State::draw_right(PanelContext& context, float width, float height) {
  if (begin_column(context, "##right", ImVec2(width, height))) inspector.draw(context);
  ImGui::EndChild();
}

void Shell::State::draw_tabs(PanelContext& context) {
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(context.em(0.2f), ImGui::GetStyle().ItemSpacing.y));
  for (const TabInfo& info : tabs) {
    if (&info != &tabs.front()) ImGui::SameLine();
    const bool chosen = context.view().tab == info.tab;
    if (tab_button(context, info, chosen) && !chosen) context.out.emplace_back(SetTab{info.tab});
  }
  ImGui::PopStyleVar();
}

void Shell::State::draw_centre(PanelContext& context, float width, float height) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(context.em(0.4f), context.em(0.15f)));
  const bool visible =
      ImGui::BeginChild("##centre", ImVec2(width, height), false, ImGuiWindowFlags_AlwaysUseWindowPadding);
  ImGui::PopStyleVar();
  ui.shown_plots.clear();
  if (visible) {
    draw_tabs(context);
    const Session& session = context.session;
    const bool opening = session.workspace_state() == Session::Loading::loading;
    if (context.view().tab == Tab::objectives) {
      objectives.draw(context);
    } else if (context.view().tab == Tab::evaluate) {
      evaluate.draw(context);
    } else if (context.view().tab == Tab::distill) {
      distill.draw(context);
    } else if (!session.workspace() && opening) {
      loading_note(context, fmt::format("Opening {}…", sources_text(session.sources())));
    } else if (!session.workspace()) {
      start.draw(context);
    } else if (context.view().tab == Tab::compare) {
      compare.draw(context);
    } else {
      explore.draw(context);
    }
  }
  ImGui::EndChild();
}

void Shell::State::draw_body(PanelContext& context, float height) {
  const float all = ImGui::GetContentRegionAvail().x, bar = std::max(4.0f, context.em(0.3f));
  // The inspector is about the token that Explore shows; elsewhere it makes room sooner.
  const bool explores = context.view().tab == Tab::explore;
  const float centre_least = context.em(30), side_least = context.em(9);
  const float least_with_right = explores ? centre_least : context.em(44);
  const bool has_token = context.view().tab != Tab::evaluate && context.view().tab != Tab::distill;
  float left = ui.show_left ? context.em(ui.left) : 0;
  float right = ui.show_right && has_token ? context.em(ui.right) : 0;
  // Where there is no room for all three, sides give way down to their least width, then the right one goes,
  // then the left one.
  if (right > 0 && all - left - right < least_with_right)
    right = std::max(context.em(16), all - left - least_with_right);
  if (left > 0 && all - left - right < centre_least)
    left = std::max(context.em(11), all - right - centre_least);
  if (all - left - right < least_with_right) right = 0;
  if (all - left - right < centre_least) left = 0;
  const float most = all - centre_least;
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
  const auto within = [&](auto draw) {
    ImGui::PopStyleVar();
    draw();
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
  };
  if (left > 0) {
    within([&] { draw_left(context, left, height); });
    ImGui::SameLine();
    float size = left;
    splitter("##left_splitter", true, bar, height, size, side_least, std::max(side_least, most - right),
             false, context.em(14));
    if (size != left) ui.left = size / context.theme.em;
    ImGui::SameLine();
  }
  const float centre = all - (left > 0 ? left + bar : 0) - (right > 0 ? right + bar : 0);
  within([&] { draw_centre(context, std::max(centre, 1.0f), height); });
  if (right > 0) {
    ImGui::SameLine();
    float size = right;
    splitter("##right_splitter", true, bar, height, size, side_least, std::max(side_least, most - left), true,
             context.em(22));
    if (size != right) ui.right = size / context.theme.em;
    ImGui::SameLine();
    within([&] { draw_right(context, right, height); });
  }
  ImGui::PopStyleVar();
}

void Shell::State::serve_requests(PanelContext& context) {
  if (std::exchange(ui.palette, false)) palette.open();
  if (const auto what = std::exchange(ui.browse, std::nullopt))
    browser.open(*what, context.session.sources());
  palette.draw(context);
  browser.draw(context);
  dialogs.draw(context);
}

Shell::Shell() : state_(std::make_unique<State>()) {}
Shell::~Shell() = default;

void Shell::draw(PanelContext& context) {
  State& state = *state_;
  if (const auto workspace = context.session.workspace(); workspace && workspace->id != state.remembered) {
    state.remembered = workspace->id;
    remember(state.ui.recent, context.session.sources());
  }
  run_shortcuts(context, state.ui);
  const ImGuiIO& io = ImGui::GetIO();
  ImGui::SetNextWindowPos(ImVec2(0, 0));
  ImGui::SetNextWindowSize(io.DisplaySize);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  ImGui::PushStyleVar(ImGuiStyleVar_ChildRounding, 0);
  const bool visible =
      ImGui::Begin("##shell", nullptr,
                   ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                       ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
                       ImGuiWindowFlags_MenuBar | ImGuiWindowFlags_NoScrollWithMouse);
  ImGui::PopStyleVar(4);
  if (visible) {
    state.draw_menus(context);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing,
                        ImVec2(ImGui::GetStyle().ItemSpacing.x, std::max(1.0f, context.em(0.1f))));
    state.draw_toolbar(context);
    ImGui::PopStyleVar();
    const float gap = std::max(1.0f, context.em(0.1f)), below = state.status.height(context);
    const float bottom = std::max(ImGui::GetCursorPosY() + context.em(6), io.DisplaySize.y - below);
    state.draw_body(context, std::floor(bottom - ImGui::GetCursorPosY() - gap));
    ImGui::SetCursorPosY(bottom);
    state.status.draw(context);
  }
  ImGui::End();
  state.serve_requests(context);
  state.animating = take_frame_request();
}

bool Shell::animating() const {
  return state_->animating;
}

Json Shell::layout() const {
  return layout_to_json(state_->ui);
}

void Shell::restore_layout(const Json& saved) {
  layout_from_json(saved, state_->ui);
}

}  // namespace tauscope::gui
