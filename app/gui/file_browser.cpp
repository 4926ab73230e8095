#include "app/gui/file_browser.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <cstdlib>

#include "app/gui/keys.h"
#include "app/gui/open_path.h"
#include "app/gui/palette.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace fs = std::filesystem;

namespace {

const char* title_of(Pick pick) {
  switch (pick) {
    case Pick::teacher:
      return "Open teacher: a checkpoint folder###browser";
    case Pick::student:
      return "Add student: a checkpoint folder###browser";
    case Pick::replace_student:
      return "Replace student: a checkpoint folder###browser";
    case Pick::data:
      return "Open data: a JSON or JSON lines file###browser";
    case Pick::teacher_logits:
      return "Open teacher logits: a safetensors file###browser";
    case Pick::student_logits:
      return "Add student logits: a safetensors file###browser";
    case Pick::run:
      return "Open analysis: the folder of an earlier run###browser";
    case Pick::data_analysis:
      return "Read an analysis of this data: its folder###browser";
    case Pick::evaluation:
      return "Open evaluation: the folder of an earlier one###browser";
    case Pick::evaluated_model:
      return "Evaluate: a checkpoint folder###browser";
    case Pick::evaluated_set:
      return "Evaluate: a data file###browser";
    case Pick::references:
      return "References: a file of answers###browser";
    case Pick::runs:
      return "Open runs: the folder of one, or of several###browser";
    case Pick::spec:
      return "Spec of a run: a TOML file###browser";
    case Pick::save_folder:
      return "Choose the folder to save in###browser";
  }
  return "###browser";
}

bool goes_to_form(Pick pick) {
  return pick == Pick::evaluated_model || pick == Pick::evaluated_set || pick == Pick::references ||
         pick == Pick::spec;
}

bool is_folder(PathKind kind) {
  return kind == PathKind::folder || kind == PathKind::checkpoint || kind == PathKind::analysis ||
         kind == PathKind::evaluation || kind == PathKind::run;
}

}  // namespace

bool FileBrowser::wanted(PathKind kind) const {
  switch (what_.pick) {
    case Pick::teacher:
    case Pick::student:
    case Pick::replace_student:
    case Pick::evaluated_model:
      return kind == PathKind::checkpoint;
    case Pick::data:
    case Pick::evaluated_set:
    case Pick::references:
      return kind == PathKind::data;
    case Pick::teacher_logits:
    case Pick::student_logits:
      return kind == PathKind::logits;
    case Pick::run:
    case Pick::data_analysis:
      return kind == PathKind::analysis;
    case Pick::evaluation:
      return kind == PathKind::evaluation;
    case Pick::runs:
      return kind == PathKind::run;
    case Pick::spec:
      return kind == PathKind::spec;
    case Pick::save_folder:
      break;  // any folder; Enter steps into those of the list
  }
  return false;
}

void FileBrowser::open(UiState::Browse what, const Sources& sources) {
  begin(what);
  // Beside what it stands for or beside the teacher, else where the browser was.
  const bool checkpoint = what.pick == Pick::teacher || what.pick == Pick::student ||
                          what.pick == Pick::replace_student || what.pick == Pick::evaluated_model;
  const bool data =
      what.pick == Pick::data || what.pick == Pick::evaluated_set || what.pick == Pick::references;
  const fs::path& beside = checkpoint ? sources.teacher : data ? sources.data : fs::path();
  std::error_code error;
  fs::path start = beside.empty() ? fs::path() : absolute_path(beside.string()).parent_path();
  if (start.empty() || !fs::is_directory(start, error)) start = ui_.browser_folder;
  // What is open already is the best guess of where its companions are.
  for (const fs::path& known : {sources.data, sources.teacher_logits, sources.run, sources.teacher}) {
    if (!known.empty() && start.empty()) start = known.parent_path();
  }
  if (start.empty() || !fs::is_directory(start, error)) start = fs::current_path(error);
  go(start.empty() ? fs::path("/") : start);
}

void FileBrowser::open_to_save(const fs::path& beside) {
  begin({Pick::save_folder, 0});
  std::error_code error;
  fs::path start = absolute_path(beside.string()).parent_path();
  while (!fs::is_directory(start, error) && start.has_relative_path())  // some of it may be still to be made
    start = start.parent_path();
  go(start);
}

void FileBrowser::begin(UiState::Browse what) {
  what_ = what;
  opening_ = true;
  all_files_ = false;
  places_ = places();
}

std::vector<FileBrowser::Place> FileBrowser::places() const {
  std::vector<Place> found;
  const auto add = [&](const std::string& name, const fs::path& path) {
    std::error_code error;
    if (path.empty() || !fs::is_directory(path, error)) return;
    const bool known =
        std::any_of(found.begin(), found.end(), [&](const Place& p) { return p.path == path; });
    if (!known) found.push_back({name, path});
  };
  if (const char* home = std::getenv("HOME")) add("Home", home);
  std::error_code error;
  add("Working folder", fs::current_path(error));
  add("Computer", "/");
  for (const Sources& recent : ui_.recent) {
    for (const fs::path& path : {recent.teacher, recent.data, recent.run, recent.teacher_logits}) {
      if (!path.empty() && found.size() < 12) add(path.parent_path().filename().string(), path.parent_path());
    }
  }
  return found;
}

void FileBrowser::go(const fs::path& folder) {
  listing_ = list_folder(absolute_path(folder.string()));
  path_ = listing_.folder.string();
  filter_.clear();
  chosen_ = 0;
  scroll_ = focus_filter_ = true;
  if (listing_.error.empty()) ui_.browser_folder = listing_.folder;
}

std::vector<const FolderEntry*> FileBrowser::shown() const {
  std::vector<const FolderEntry*> out;
  for (const FolderEntry& entry : listing_.entries) {
    const bool kind = (all_files_ && !saves()) || is_folder(entry.kind) || wanted(entry.kind);
    if (kind && (filter_.empty() || filter_is_path() || fuzzy_score(filter_, entry.name)))
      out.push_back(&entry);
  }
  return out;
}

void FileBrowser::choose(PanelContext& context, const fs::path& path) {
  if (saves()) {
    folder_ = path;
  } else if (goes_to_form(what_.pick)) {
    ui_.picked = UiState::Picked{what_.pick, path};
  } else {
    context.out.push_back(command_for(what_, path, context.session.sources()));
  }
  ImGui::CloseCurrentPopup();
}

void FileBrowser::activate(PanelContext& context, const FolderEntry& entry) {
  if (wanted(entry.kind) || !is_folder(entry.kind)) {
    choose(context, entry.path);
  } else {
    go(entry.path);
  }
}

void FileBrowser::take_path(PanelContext& context, const std::string& typed) {
  const fs::path path = absolute_path(typed);
  const PathKind kind = kind_of_path(path);
  if (!saves() && (wanted(kind) || kind == PathKind::other)) {
    choose(context, path);
  } else {
    go(path);
  }
}

void FileBrowser::draw_path(PanelContext& context) {
  if (ImGui::Button("Up")) go(listing_.folder.parent_path());
  tooltip("The folder above (Backspace)");
  ImGui::SameLine();
  if (ImGui::GetIO().KeyCtrl && key_pressed(Key::l)) ImGui::SetKeyboardFocusHere();
  ImGui::SetNextItemWidth(-1);
  const bool entered =
      ImGui::InputTextWithHint("##path", "a path", &path_, ImGuiInputTextFlags_EnterReturnsTrue);
  path_active_ = ImGui::IsItemActive();
  if (entered) take_path(context, std::string(path_));
  tooltip("Type or paste a path and press Enter (Ctrl+L)");
}

void FileBrowser::draw_places(PanelContext& context, const ImVec2& size) {
  if (ImGui::BeginChild("##places", size)) {
    heading(context, "Places");
    for (std::size_t i = 0; i < places_.size(); ++i) {
      ImGui::PushID(static_cast<int>(i));
      const Place place = places_[i];  // go() may not invalidate it while it is drawn
      if (ImGui::Selectable("##place", listing_.folder == place.path, ImGuiSelectableFlags_DontClosePopups))
        go(place.path);
      tooltip(place.path.string());
      ImGui::SameLine(0, 0);
      text(elide(place.name, ImGui::GetContentRegionAvail().x));
      ImGui::PopID();
    }
  }
  ImGui::EndChild();
}

FileBrowser::RowClick FileBrowser::draw_row(PanelContext& context, const FolderEntry& entry, bool chosen) {
  const float width = ImGui::GetContentRegionAvail().x;
  const bool clicked = ImGui::Selectable(
      "##entry", chosen, ImGuiSelectableFlags_DontClosePopups | ImGuiSelectableFlags_AllowDoubleClick);
  const bool twice = clicked && ImGui::IsMouseDoubleClicked(0);
  const float detail = std::max(context.em(8), width - context.em(7));
  ImGui::SameLine(context.em(0.3f));
  const Colour ink = wanted(entry.kind)      ? context.theme.accent
                     : is_folder(entry.kind) ? context.theme.ink
                                             : context.theme.muted;
  text_coloured(ink, elide(is_folder(entry.kind) ? entry.name + "/" : entry.name, detail - context.em(1)));
  ImGui::SameLine(detail);
  if (entry.kind != PathKind::folder) {
    const bool file = !is_folder(entry.kind) && entry.kind != PathKind::missing;
    text_muted(context, file ? bytes_text(entry.bytes) : kind_name(entry.kind));
  } else {
    ImGui::NewLine();
  }
  return twice ? RowClick::twice : clicked ? RowClick::once : RowClick::none;
}

void FileBrowser::draw_entries(PanelContext& context, const ImVec2& size) {
  if (ImGui::BeginChild("##entries", size, true)) {
    const auto entries = shown();
    if (!listing_.error.empty()) {
      error_note(context, "This folder cannot be read",
                 listing_.error + ". Choose another one, or type a path.");
    } else if (entries.empty()) {
      text_muted_wrapped(context, !filter_.empty() ? "Nothing is called that."
                                  : saves()        ? "No folders in here."
                                                   : "Nothing here that could be opened.");
    }
    chosen_ = std::clamp(chosen_, 0, std::max(0, static_cast<int>(entries.size()) - 1));
    std::optional<FolderEntry> activated;  // after the loop: stepping into a folder replaces the list
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(entries.size()));
    while (clipper.Step()) {
      for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
        const FolderEntry& entry = *entries[static_cast<std::size_t>(i)];
        ImGui::PushID(i);
        const RowClick click = draw_row(context, entry, i == chosen_);
        if (click != RowClick::none) {
          chosen_ = i;
          focus_filter_ = true;
        }
        if (click == RowClick::twice) activated = entry;
        ImGui::PopID();
      }
    }
    if (scroll_) {
      const float row = ImGui::GetTextLineHeightWithSpacing();
      ImGui::SetScrollY(std::max(0.0f, (static_cast<float>(chosen_) + 0.5f) * row - size.y / 2));
      scroll_ = false;
    }
    if (activated) activate(context, *activated);
    if (listing_.left_out > 0)
      text_muted(context, fmt::format("and {} more: type a path, or filter", listing_.left_out));
  }
  ImGui::EndChild();
}

void FileBrowser::keyboard(bool filter_was_empty) {
  if (key_pressed(Key::escape)) ImGui::CloseCurrentPopup();
  if (path_active_) return;  // the keys edit the path
  const auto entries = shown();
  const int step = (key_pressed(Key::down, true) ? 1 : 0) - (key_pressed(Key::up, true) ? 1 : 0) +
                   (key_pressed(Key::page_down, true) ? 12 : 0) - (key_pressed(Key::page_up, true) ? 12 : 0);
  if (step != 0) {
    chosen_ = std::clamp(chosen_ + step, 0, std::max(0, static_cast<int>(entries.size()) - 1));
    scroll_ = true;
  }
  if (key_pressed(Key::backspace) && filter_was_empty && !ImGui::GetIO().KeyCtrl)
    go(listing_.folder.parent_path());
  if (key_pressed(Key::right) && filter_.empty() && !entries.empty()) {
    const FolderEntry& entry = *entries[static_cast<std::size_t>(chosen_)];
    if (is_folder(entry.kind)) go(fs::path(entry.path));
  }
}

void FileBrowser::footer_buttons(PanelContext& context, const char* accept, const fs::path& target,
                                 bool possible, const std::string& help) {
  const float buttons = context.em(13);
  ImGui::AlignTextToFramePadding();
  const float room = ImGui::GetContentRegionAvail().x - buttons - context.em(1);
  text_muted(context, elide(saves() ? target.string() : description_, std::max(room, 1.0f)));
  ImGui::SameLine(std::max(0.0f, ImGui::GetWindowContentRegionMax().x - buttons));
  if (ImGui::Button("Cancel", ImVec2(context.em(6), 0))) ImGui::CloseCurrentPopup();
  ImGui::SameLine();
  ImGui::BeginDisabled(!possible);
  if (ImGui::Button(accept, ImVec2(-1, 0))) choose(context, target);
  ImGui::EndDisabled();
  tooltip(help);
}

void FileBrowser::draw_footer(PanelContext& context) {
  if (saves()) {
    footer_buttons(context, "Choose", listing_.folder, listing_.error.empty(),
                   "The folder whose content is shown (Ctrl+Enter)");
    return;
  }
  const auto entries = shown();
  const FolderEntry* entry = entries.empty() ? nullptr : entries[static_cast<std::size_t>(chosen_)];
  // The folder that is shown may itself be what is wanted.
  const PathKind here = kind_of_path(listing_.folder);
  const fs::path target = entry && wanted(entry->kind) ? entry->path
                          : wanted(here)               ? listing_.folder
                          : entry                      ? entry->path
                                                       : fs::path();
  if (target != described_) {
    described_ = target;
    description_ = target.empty()
                       ? ""
                       : fmt::format("{}: {}", target.filename().string(), kind_name(kind_of_path(target)));
    if (const std::string more = describe_path(target); !more.empty()) description_ += ", " + more;
  }
  const bool can_open = !target.empty() && (wanted(kind_of_path(target)) || (all_files_ && entry));
  ImGui::Checkbox("All files", &all_files_);
  tooltip("Show files of every kind");
  ImGui::SameLine();
  footer_buttons(context, "Open", target, can_open,
                 can_open ? target.string() : "Choose what the title asks for; Enter steps into a folder");
}

bool FileBrowser::draw(PanelContext& context) {
  if (opening_) ImGui::OpenPopup("###browser");
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const ImVec2 size(std::min(context.em(54), display.x * 0.96f), std::min(context.em(36), display.y * 0.92f));
  ImGui::SetNextWindowPos(ImVec2(display.x / 2, display.y / 2), ImGuiCond_Always, ImVec2(0.5f, 0.5f));
  ImGui::SetNextWindowSize(size);
  if (!ImGui::BeginPopupModal(
          title_of(what_.pick), nullptr,
          ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings)) {
    return false;
  }
  draw_path(context);
  if (opening_ || focus_filter_) ImGui::SetKeyboardFocusHere();
  opening_ = focus_filter_ = false;
  const bool filter_was_empty = filter_.empty();
  ImGui::SetNextItemWidth(-1);
  const bool accepted = ImGui::InputTextWithHint("##filter", "Type to filter; arrows choose, Enter opens",
                                                 &filter_, ImGuiInputTextFlags_EnterReturnsTrue);
  const bool takes_folder = saves() && ImGui::GetIO().KeyCtrl && key_pressed(Key::enter);
  if (ImGui::IsItemEdited()) chosen_ = 0;
  if (accepted) ImGui::SetKeyboardFocusHere(-1);
  const float footer = ImGui::GetFrameHeightWithSpacing();
  const float height = std::max(context.em(3), ImGui::GetContentRegionAvail().y - footer);
  const float side = std::min(context.em(12), size.x * 0.28f);
  draw_places(context, ImVec2(side, height));
  ImGui::SameLine();
  draw_entries(context, ImVec2(0, height));
  keyboard(filter_was_empty);
  const auto entries = shown();
  if (takes_folder) {
    choose(context, listing_.folder);
  } else if (accepted && filter_is_path()) {
    take_path(context, std::string(filter_));
  } else if (accepted && !entries.empty()) {
    const FolderEntry entry =
        *entries[static_cast<std::size_t>(std::clamp(chosen_, 0, static_cast<int>(entries.size()) - 1))];
    activate(context, entry);
  }
  draw_footer(context);
  ImGui::EndPopup();
  return true;
}

}  // namespace tauscope::gui
