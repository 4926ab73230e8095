#include "app/gui/start_page.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>

#include "app/gui/fonts.h"
#include "app/gui/open_path.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

/// A numbered step with its button; a tick once it is done.
bool step(PanelContext& context, int number, const char* title, const std::string& chosen, const char* button,
          const char* help) {
  const float left = ImGui::GetCursorPosX();
  ImGui::AlignTextToFramePadding();
  text_coloured(chosen.empty() ? context.theme.muted : context.theme.good,
                chosen.empty() ? fmt::format("{}", number) : "✓");
  ImGui::SameLine(left + context.em(1.6f));
  ImGui::PushID(number);
  const bool pressed = ImGui::Button(button, ImVec2(context.em(10), 0));
  ImGui::PopID();
  tooltip(help);
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  if (chosen.empty()) {
    ImGui::PushStyleColor(ImGuiCol_Text, packed(context.theme.muted));
    text_elided(title, ImGui::GetContentRegionAvail().x);
    ImGui::PopStyleColor();
  } else {
    text_elided(chosen, ImGui::GetContentRegionAvail().x);
  }
  return pressed;
}

}  // namespace

void StartPage::draw_steps(PanelContext& context) {
  const Sources& sources = context.session.sources();
  if (step(context, 1, "the checkpoint folder to learn from", sources.teacher.filename().string(), "Teacher…",
           "A folder with config.json, weights and tokenizer, as Hugging Face has it (Ctrl+O)"))
    ui_.browse = UiState::Browse{Pick::teacher, 0};
  std::string students;
  for (const NamedPath& student : sources.students)
    students += (students.empty() ? "" : ", ") +
                (student.name.empty() ? student.path.filename().string() : student.name);
  if (step(context, 2, "one or more checkpoint folders to hold against it", students, "Student…",
           "Another checkpoint folder with the same vocabulary (Ctrl+Shift+O)"))
    ui_.browse = UiState::Browse{Pick::student, 0};
  if (step(context, 3, "prompts with responses: JSON lines", sources.data.filename().string(), "Data…",
           "Dolly, Alpaca, Self-Instruct, Unnatural Instructions, S-NI, or prompt and output (Ctrl+D)"))
    ui_.browse = UiState::Browse{Pick::data, 0};
}

void StartPage::draw_other(PanelContext& context) {
  if (!demo_) demo_ = bundled_demo();
  const ImVec2 size(context.em(10), 0);
  if (!demo_->empty()) {
    if (ImGui::Button("Open the demo", size)) context.out.emplace_back(OpenSources{*demo_});
    tooltip("A small teacher, two students and a test set that come with the program");
    flow(size.x);
  }
  if (ImGui::Button("Analysis…", size)) ui_.browse = UiState::Browse{Pick::run, 0};
  tooltip(
      "The folder of an earlier analysis, from this machine or another; no checkpoints needed "
      "(Ctrl+Shift+R)");
  flow(size.x);
  if (ImGui::Button("Logits…", size)) ui_.browse = UiState::Browse{Pick::teacher_logits, 0};
  tooltip("Logits of teacher and students as safetensors files, in place of checkpoints");
}

void StartPage::draw_recent(PanelContext& context) {
  if (ui_.recent.empty()) return;
  heading(context, "Recent");
  for (std::size_t i = 0; i < ui_.recent.size(); ++i) {
    const Sources& recent = ui_.recent[i];
    ImGui::PushID(static_cast<int>(i));
    if (ImGui::Selectable("##recent")) context.out.emplace_back(OpenSources{recent});
    const auto& place = !recent.run.empty()              ? recent.run
                        : !recent.teacher_logits.empty() ? recent.teacher_logits
                                                         : recent.teacher;
    tooltip(place.string());
    ImGui::SameLine(context.em(0.4f));
    text_elided(sources_text(recent), ImGui::GetContentRegionAvail().x);
    ImGui::PopID();
  }
}

void StartPage::draw(PanelContext& context) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float width = std::min(context.em(38), room.x - context.em(1));
  ImGui::SetCursorPosX(std::max(0.0f, (room.x - width) / 2));
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() + std::max(0.0f, std::min(context.em(5), room.y * 0.1f)));
  if (ImGui::BeginChild("##start", ImVec2(std::max(width, 1.0f), 0))) {
    ImGui::PushFont(context.fonts.heading());
    text("TauScope");
    ImGui::PopFont();
    text_muted_wrapped(
        context,
        "Which divergence, at which temperature, sends what signal to which tokens? Open a teacher, a "
        "student and a data file, and see the gradients of forward and reverse KL at every token as τ "
        "moves.");
    ImGui::Spacing();
    if (context.session.workspace_state() == Session::Loading::failed) {
      error_note(context, "What was chosen could not be opened", context.session.workspace_error());
      if (ImGui::Button("Try again")) context.out.emplace_back(OpenSources{context.session.sources()});
      ImGui::Spacing();
    }
    draw_steps(context);
    ImGui::Spacing();
    heading(context, "Or");
    draw_other(context);
    ImGui::Spacing();
    draw_recent(context);
    ImGui::Spacing();
    text_muted_wrapped(
        context, "Folders and files can be dropped anywhere on the window. Ctrl+P finds every command.");
  }
  ImGui::EndChild();
}

}  // namespace tauscope::gui
