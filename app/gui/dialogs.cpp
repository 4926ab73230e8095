#include "app/gui/dialogs.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/gui/command_table.h"
#include "app/gui/export_path.h"
#include "app/gui/folder_listing.h"
#include "app/gui/fonts.h"
#include "app/gui/widgets.h"
#include "app/session/view_tables.h"

namespace tauscope::gui {

namespace {

constexpr std::array figure_formats{"PNG", "SVG", "PDF", "CSV"};
constexpr std::array figure_endings{".png", ".svg", ".pdf", ".csv"};
constexpr std::array figure_helps{"Pixels, 300 per inch", "Vectors for slides and the web",
                                  "Vectors for papers", "The numbers that are drawn"};
constexpr std::array table_formats{"CSV", "Markdown", "LaTeX"};
constexpr std::array table_endings{".csv", ".md", ".tex"};
constexpr std::array table_helps{"All digits", "As shown", "A booktabs tabular, as shown"};

/// A centred pop-up `width` em wide.
bool begin_dialog(const PanelContext& context, const char* title, float width) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos(ImVec2(display.x / 2, display.y * 0.4f), ImGuiCond_Always, ImVec2(0.5f, 0.5f));
  ImGui::SetNextWindowSize(ImVec2(std::min(context.em(width), display.x * 0.95f), 0));
  return ImGui::BeginPopupModal(
      title, nullptr, ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings);
}

}  // namespace

void Dialogs::set_ending(const char* ending) {
  std::filesystem::path path = path_;
  path.replace_extension(ending);
  path_ = path.string();
}

bool Dialogs::path_field(PanelContext& context, const char* label, bool folder) {
  heading(context, label);
  if (appearing_) ImGui::SetKeyboardFocusHere();
  const float button = context.em(6);
  ImGui::SetNextItemWidth(-button - ImGui::GetStyle().ItemSpacing.x);
  const bool entered = ImGui::InputText("##path", &path_, ImGuiInputTextFlags_EnterReturnsTrue);
  ImGui::SameLine();
  const bool asked = !browsing_ && ImGui::GetIO().KeyCtrl && key_pressed(Key::o);
  if (ImGui::Button("Browse…", ImVec2(button, 0)) || asked) browser_.open_to_save(path_);
  tooltip("Choose the folder it is saved in (Ctrl+O)");
  browsing_ = browser_.draw(context);
  if (const auto chosen = browser_.take_folder())
    path_ = (*chosen / std::filesystem::path(path_).filename()).string();
  if (path_.empty()) {
    text_muted(context, folder ? "a folder is needed" : "a file name is needed");
    return entered;
  }
  const PathKind kind = kind_of_path(absolute_path(path_));
  if (kind == PathKind::missing) {
    text_muted(context, folder ? "a new folder" : "a new file");
  } else {
    text_coloured(context.theme.warning,
                  folder ? "this folder is there already" : "this file is there and will be replaced");
  }
  return entered;
}

bool Dialogs::decide(PanelContext& context, const char* accept, bool entered, bool possible) {
  ImGui::Spacing();
  const float width = context.em(8), gap = ImGui::GetStyle().ItemSpacing.x;
  ImGui::SetCursorPosX(std::max(0.0f, ImGui::GetWindowContentRegionMax().x - 2 * width - gap));
  const bool cancel = ImGui::Button("Cancel", ImVec2(width, 0)) || (!browsing_ && key_pressed(Key::escape));
  ImGui::SameLine();
  ImGui::BeginDisabled(!possible);
  const bool pressed = ImGui::Button(accept, ImVec2(width, 0));
  ImGui::EndDisabled();
  const bool done = possible && (pressed || entered);
  if (cancel || done) ImGui::CloseCurrentPopup();
  return done && !cancel;
}

void Dialogs::open_asked(PanelContext& context) {
  const auto open = [&](const char* title) {
    ImGui::OpenPopup(title);
    appearing_ = true;
  };
  if (auto asked = std::exchange(ui_.save_figure, std::nullopt)) {
    name_ = asked->plot;
    if (name_.empty() && !ui_.shown_plots.empty()) name_ = ui_.shown_plots.front();
    for (const PlotInfo& info : plot_infos())  // a page without plots: the first one of its tab
      if (info.tab == context.view().tab && !find_plot(name_)) name_ = info.name;
    const auto format = std::find(figure_endings.begin(), figure_endings.end(), "." + asked->ending);
    format_ = format == figure_endings.end() ? 0 : static_cast<int>(format - figure_endings.begin());
    path_ = default_export_path(name_, asked->ending).string();
    open("Save figure");
  }
  if (auto name = std::exchange(ui_.save_table, std::nullopt)) {
    name_ = *name;
    format_ = 0;
    path_ = default_export_path(name_, "csv").string();
    open("Save table");
  }
  if (std::exchange(ui_.export_all, false)) {
    path_ = free_folder("export");
    open("Export all");
  }
  if (std::exchange(ui_.analyse, false)) {
    path_ = free_folder("analysis");
    limit_ = 0;
    open("Analyse the data set");
  }
  if (std::exchange(ui_.shortcuts, false)) open("Keyboard shortcuts");
}

void Dialogs::save_figure(PanelContext& context) {
  if (!begin_dialog(context, "Save figure", 36)) return;
  heading(context, "Plot");
  const PlotInfo* now = find_plot(name_);
  ImGui::SetNextItemWidth(-1);
  if (ImGui::BeginCombo("##plot", now ? now->title : name_.c_str())) {
    for (const PlotInfo& info : plot_infos()) {
      if (info.tab != context.view().tab) continue;
      if (ImGui::Selectable(info.title, name_ == info.name)) {
        name_ = info.name;
        path_ = default_export_path(name_, figure_endings.at(static_cast<std::size_t>(format_)) + 1).string();
      }
      tooltip(info.help);
    }
    ImGui::EndCombo();
  }
  if (segmented(context, "format", figure_formats, figure_helps, format_))
    set_ending(figure_endings.at(static_cast<std::size_t>(format_)));
  const bool entered = path_field(context, "File", false);
  if (decide(context, "Save", entered, !path_.empty() && now != nullptr))
    context.out.emplace_back(SaveFigure{name_, absolute_path(path_).string()});
  ImGui::EndPopup();
}

void Dialogs::save_table(PanelContext& context) {
  if (!begin_dialog(context, "Save table", 36)) return;
  if (segmented(context, "format", table_formats, table_helps, format_))
    set_ending(table_endings.at(static_cast<std::size_t>(format_)));
  const bool entered = path_field(context, "File", false);
  if (decide(context, "Save", entered, !path_.empty()))
    context.out.emplace_back(SaveTable{name_, absolute_path(path_).string()});
  ImGui::EndPopup();
}

void Dialogs::export_all(PanelContext& context) {
  if (!begin_dialog(context, "Export all", 36)) return;
  text_muted_wrapped(
      context,
      "Every table as CSV, Markdown and LaTeX and every figure as PNG, SVG, PDF and CSV, as they are shown.");
  const bool entered = path_field(context, "Folder", true);
  if (decide(context, "Export", entered, !path_.empty()))
    context.out.emplace_back(ExportAll{absolute_path(path_).string()});
  ImGui::EndPopup();
}

void Dialogs::analyse(PanelContext& context) {
  if (!begin_dialog(context, "Analyse the data set", 36)) return;
  const auto workspace = context.session.workspace();
  const auto count = workspace ? static_cast<int>(workspace->examples.size()) : 0;
  text_muted_wrapped(
      context,
      "Runs teacher and students over the examples in the background and writes tables, figures and a "
      "report. Afterwards the curves over the data set and the comparison by example use it.");
  const bool entered = path_field(context, "Folder", true);
  heading(context, "Examples");
  ImGui::SetNextItemWidth(context.em(8));
  ImGui::InputInt("##limit", &limit_, 10, 100);
  limit_ = std::clamp(limit_, 0, std::max(count, 0));
  tooltip("The first examples of the data; 0 takes all");
  ImGui::SameLine();
  text_muted(context,
             limit_ == 0 ? fmt::format("all {}", count) : fmt::format("the first {} of {}", limit_, count));
  if (decide(context, "Start", entered, !path_.empty() && workspace != nullptr)) {
    context.out.emplace_back(RunAnalysis{absolute_path(path_).string(), limit_});
    ui_.show_jobs = true;
  }
  ImGui::EndPopup();
}

void Dialogs::shortcuts(PanelContext& context) {
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowSizeConstraints(ImVec2(0, 0), ImVec2(FLT_MAX, display.y * 0.9f));
  if (!begin_dialog(context, "Keyboard shortcuts", 30)) return;
  if (ImGui::BeginChild("##list", ImVec2(0, std::min(context.em(30), display.y * 0.7f)))) {
    for (const Action& action : actions()) {
      if (action.shortcut.key == Key::none) continue;
      text(shortcut_text(action.shortcut));
      ImGui::SameLine(context.em(9));
      text_muted_wrapped(context, action.title);
    }
    ImGui::Separator();
    constexpr std::array<std::pair<const char*, const char*>, 6> mouse{
        {{"letters", "Search tokens"},
         {"wheel", "Zoom a plot"},
         {"drag", "Pan a plot"},
         {"right-drag", "Zoom a box of a plot"},
         {"double click", "Fit a plot"},
         {"Ctrl+click", "Type a slider's value"}}};
    for (const auto& [what, does] : mouse) {
      text(what);
      ImGui::SameLine(context.em(9));
      text_muted_wrapped(context, does);
    }
  }
  ImGui::EndChild();
  if (ImGui::Button("Close", ImVec2(-1, 0)) || key_pressed(Key::escape) ||
      (!appearing_ && key_pressed(Key::f1)))
    ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

void Dialogs::draw(PanelContext& context) {
  open_asked(context);
  save_figure(context);
  save_table(context);
  export_all(context);
  analyse(context);
  shortcuts(context);
  appearing_ = false;
}

}  // namespace tauscope::gui
