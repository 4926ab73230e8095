#include "app/gui/sources_panel.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>

#include "app/gui/fonts.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

std::string count_text(std::int64_t n) {
  if (n >= 1'000'000'000) return fmt::format("{:.1f} B", static_cast<double>(n) / 1e9);
  if (n >= 1'000'000) return fmt::format("{:.1f} M", static_cast<double>(n) / 1e6);
  if (n >= 10'000) return fmt::format("{:.0f} k", static_cast<double>(n) / 1e3);
  return std::to_string(n);
}

/// "llama · 1.1 M · float32"; parts that are not known are left out.
std::string card_text(const ModelCard& card) {
  std::string out;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) out += (out.empty() ? "" : " · ") + part;
  };
  add(card.architecture);
  if (card.parameters > 0) add(count_text(card.parameters));
  add(card.dtype);
  return out;
}

std::string file_name(const std::filesystem::path& path) {
  return path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
}

/// Three dots that open a row's menu: what can be done to it is found without a right click.
void menu_button(const PanelContext& context, const char* menu, const ImVec2& size) {
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  if (ImGui::InvisibleButton("##more", size)) ImGui::OpenPopup(menu);
  const bool lit = ImGui::IsItemHovered() || ImGui::IsPopupOpen(menu);
  for (const float step : {-1.0f, 0.0f, 1.0f}) {
    ImGui::GetWindowDrawList()->AddCircleFilled(
        ImVec2(corner.x + size.x / 2 + step * context.em(0.28f), corner.y + size.y / 2), context.em(0.08f),
        packed(lit ? context.theme.accent : context.theme.muted));
  }
  tooltip("Replace or remove this student");
  ImGui::OpenPopupOnItemClick(menu, ImGuiPopupFlags_MouseButtonRight);
}

/// A caption with a small button at the end of its line; true when that was pressed.
bool caption_button(const PanelContext& context, const char* caption, const char* button, const char* help) {
  ImGui::AlignTextToFramePadding();
  heading(context, caption);
  const float width = text_width(button) + ImGui::GetStyle().FramePadding.x * 2;
  ImGui::SameLine(std::max(0.0f, ImGui::GetWindowContentRegionMax().x - width));
  ImGui::PushID(caption);
  const bool pressed = quiet_button(context, button);
  ImGui::PopID();
  tooltip(help);
  return pressed;
}

}  // namespace

bool SourcesPanel::draw_entry(PanelContext& context, const char* id, std::string_view name,
                              std::string_view detail, std::string_view path, bool chosen,
                              const Colour* colour, const char* menu) {
  const float line = ImGui::GetTextLineHeight();
  const float height = line * (detail.empty() ? 1.0f : 2.0f) + context.em(0.3f);
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const float dots = menu ? context.em(1.4f) : 0;
  const float width = std::max(context.em(1), ImGui::GetContentRegionAvail().x - dots);
  const bool clicked = ImGui::Selectable(id, chosen, 0, ImVec2(width, height));
  tooltip(path);
  if (menu) {
    ImGui::OpenPopupOnItemClick(menu, ImGuiPopupFlags_MouseButtonRight);
    ImGui::SameLine(0, 0);
    menu_button(context, menu, ImVec2(dots, height));
  }
  const ImVec2 after = ImGui::GetCursorPos();
  const float indent = colour ? context.em(1.0f) : context.em(0.2f);
  if (colour) {
    ImGui::GetWindowDrawList()->AddCircleFilled(ImVec2(corner.x + context.em(0.45f), corner.y + line * 0.6f),
                                                line * 0.28f, packed(*colour));
  }
  ImGui::SetCursorScreenPos(ImVec2(corner.x + indent, corner.y + context.em(0.1f)));
  text(elide(name, width - indent));
  if (!detail.empty()) {
    ImGui::SetCursorScreenPos(ImVec2(corner.x + indent, corner.y + context.em(0.1f) + line));
    ImGui::PushFont(context.fonts.small_text());
    text_muted(context, elide(detail, width - indent));
    ImGui::PopFont();
  }
  ImGui::SetCursorPos(after);
  return clicked;
}

void SourcesPanel::draw_teacher(PanelContext& context) {
  const Session& session = context.session;
  const Sources& sources = session.sources();
  const auto workspace = session.workspace();
  const bool logits = !sources.teacher_logits.empty();
  const Pick pick = logits ? Pick::teacher_logits : Pick::teacher;
  const auto path = logits ? sources.teacher_logits : sources.teacher;
  if (caption_button(context, logits ? "Teacher logits" : "Teacher", path.empty() ? "Open…" : "Change…",
                     "Choose a checkpoint folder (Ctrl+O)"))
    ui_.browse = UiState::Browse{pick, 0};
  if (workspace && !workspace->teacher.name.empty()) {
    draw_entry(context, "##teacher", workspace->teacher.name, card_text(workspace->teacher),
               path.empty() ? workspace->teacher.path : path.string(), false, nullptr);
  } else if (!path.empty()) {
    draw_entry(context, "##teacher", file_name(path), "", path.string(), false, nullptr);
  } else {
    text_muted_wrapped(context, "none yet");
  }
}

void SourcesPanel::draw_student(PanelContext& context, std::size_t index, const std::string& name,
                                const std::string& detail, const std::string& path) {
  ImGui::PushID(static_cast<int>(index));
  const Colour colour = student_colour(context.theme, index);
  const bool shown = context.session.workspace() && context.view().student == index;
  const Sources& sources = context.session.sources();
  const bool removable = index < std::max(sources.students.size(), sources.student_logits.size());
  constexpr const char* menu = "##student_menu";
  const bool clicked =
      draw_entry(context, "##student", name, detail, path, shown, &colour, removable ? menu : nullptr);
  if (clicked && context.session.workspace() && !shown) context.out.emplace_back(SelectStudent{index});
  if (ImGui::BeginPopup(menu)) {
    if (ImGui::MenuItem("Show in Explore", nullptr, shown, context.session.workspace() != nullptr))
      context.out.emplace_back(SelectStudent{index});
    if (ImGui::MenuItem("Replace…", nullptr, false, index < sources.students.size()))
      ui_.browse = UiState::Browse{Pick::replace_student, index};
    if (ImGui::MenuItem("Remove", nullptr, false, removable)) context.out.emplace_back(RemoveStudent{index});
    ImGui::EndPopup();
  }
  ImGui::PopID();
}

void SourcesPanel::draw_students(PanelContext& context) {
  const Session& session = context.session;
  const Sources& sources = session.sources();
  const auto workspace = session.workspace();
  const bool logits = !sources.teacher_logits.empty();
  if (caption_button(
          context, "Students", "Add…",
          "Add a checkpoint folder (Ctrl+Shift+O). The dots beside a student replace or remove it."))
    ui_.browse = UiState::Browse{logits ? Pick::student_logits : Pick::student, 0};
  const auto& paths = logits ? sources.student_logits : sources.students;
  if (workspace) {
    for (std::size_t i = 0; i < workspace->students.size(); ++i) {
      const ModelCard& card = workspace->students[i];
      draw_student(context, i, card.name, card_text(card),
                   i < paths.size() ? paths[i].path.string() : card.path);
    }
  } else {
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const std::string name = paths[i].name.empty() ? file_name(paths[i].path) : paths[i].name;
      draw_student(context, i, name, "", paths[i].path.string());
    }
  }
  if (workspace ? workspace->students.empty() : paths.empty()) text_muted_wrapped(context, "none yet");
}

void SourcesPanel::draw_data(PanelContext& context) {
  const Session& session = context.session;
  const Sources& sources = session.sources();
  const auto workspace = session.workspace();
  if (!sources.run.empty()) {
    if (caption_button(context, "Analysis", "Change…", "Open the folder of another analysis (Ctrl+Shift+R)"))
      ui_.browse = UiState::Browse{Pick::run, 0};
    draw_entry(context, "##run", file_name(sources.run), workspace ? workspace->data_description : "",
               sources.run.string(), false, nullptr);
    return;
  }
  if (!sources.teacher_logits.empty()) return;  // the files are the data
  if (caption_button(context, "Data", sources.data.empty() ? "Open…" : "Change…",
                     "Choose a JSON lines file (Ctrl+D)"))
    ui_.browse = UiState::Browse{Pick::data, 0};
  if (sources.data.empty()) {
    text_muted_wrapped(context, "none yet");
  } else {
    draw_entry(context, "##data", file_name(sources.data), workspace ? workspace->data_description : "",
               sources.data.string(), false, nullptr);
  }
}

void SourcesPanel::draw_state(PanelContext& context) {
  const Session& session = context.session;
  switch (session.workspace_state()) {
    case Session::Loading::loading:
      spinner(context);
      ImGui::SameLine();
      text_muted_wrapped(context, "Loading…");
      break;
    case Session::Loading::failed:
      error_note(context, "Could not be opened", session.workspace_error());
      if (ImGui::Button("Try again")) context.out.emplace_back(OpenSources{session.sources()});
      tooltip("Open the same files once more, after what is wrong was put right");
      break;
    case Session::Loading::nothing: {
      const Sources& sources = session.sources();
      if (sources.empty()) break;
      const bool logits = !sources.teacher_logits.empty();
      const char* missing = logits                     ? "Add a student's logits."
                            : sources.teacher.empty()  ? "A teacher is missing."
                            : sources.students.empty() ? "Add a student."
                                                       : "Open a data file.";
      text_coloured(context.theme.accent, missing);
      break;
    }
    case Session::Loading::loaded:
      break;
  }
}

void SourcesPanel::draw(PanelContext& context) {
  const bool is_run = !context.session.sources().run.empty();
  if (is_run) draw_data(context);
  draw_state(context);
  if (is_run && !context.session.workspace()) return;
  draw_teacher(context);
  ImGui::Spacing();
  draw_students(context);
  ImGui::Spacing();
  if (!is_run) draw_data(context);
}

void ExampleList::refilter(const Workspace& workspace) {
  const auto contains = [&](const std::string& text) {
    const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    return std::search(text.begin(), text.end(), filter_.begin(), filter_.end(), same) != text.end();
  };
  shown_.clear();
  for (std::size_t i = 0; i < workspace.examples.size(); ++i) {
    const ExampleTitle& example = workspace.examples[i];
    if (filter_.empty() || contains(example.title) || contains(example.category) ||
        std::to_string(example.index) == filter_)
      shown_.push_back(i);
  }
  workspace_ = workspace.id;
  filtered_by_ = filter_;
}

}  // namespace tauscope::gui
