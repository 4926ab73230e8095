#include "app/gui/status_bar.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

float splitter_height(const PanelContext& context) {
  return std::max(3.0f, std::round(context.em(0.25f)));
}
float line_height(const PanelContext& context) {
  return std::ceil(ImGui::GetFrameHeight() + context.em(0.2f));
}

}  // namespace

float StatusBar::unfolded_height(const PanelContext& context) const {
  if (!ui_.show_jobs) return 0;
  const float display = ImGui::GetIO().DisplaySize.y;
  return std::min(context.em(ui_.jobs), display * 0.45f);
}

float StatusBar::height(const PanelContext& context) const {
  const float line = std::max(1.0f, context.em(0.1f));
  const float unfolded = ui_.show_jobs ? splitter_height(context) + unfolded_height(context) + line : 0;
  return unfolded + line_height(context);
}

void StatusBar::unfold_for_news(const PanelContext& context) {
  const auto& messages = context.session.messages();
  // An error is not to be missed; everything else waits behind its count.
  if (messages.size() > seen_ && messages.back().level == Message::Level::error) ui_.show_jobs = true;
  if (messages.empty() && seen_ > 0 && context.session.jobs().empty()) ui_.show_jobs = false;
  seen_ = messages.size();
  // What was said of sources that are no longer open is not news.
  const bool loading = context.session.workspace_state() == Session::Loading::loading;
  if (loading && !was_loading_) news_from_ = messages.size();
  was_loading_ = loading;
  news_from_ = std::min(news_from_, messages.size());
}

void StatusBar::draw_work(PanelContext& context) {
  const Session& session = context.session;
  const auto jobs = session.jobs();
  const auto running =
      std::find_if(jobs.begin(), jobs.end(), [](const JobStatus& j) { return j.state == JobState::running; });
  if (running != jobs.end()) {
    spinner(context);
    ImGui::SameLine();
    text(elide(fmt::format("{}: {}", running->name, progress_text(*running)), context.em(30)));
    ImGui::SameLine();
    if (ImGui::SmallButton("Cancel")) context.out.emplace_back(CancelJob{running->id});
    tooltip("Stop this job");
    return;
  }
  using Loading = Session::Loading;
  const char* what = session.workspace_state() == Loading::loading ? "opening…"
                     : session.example_state() == Loading::loading ? "running the models…"
                     : session.busy()                              ? "computing…"
                                                                   : "ready";
  text_muted(context, what);
}

void StatusBar::draw_latest(PanelContext& context, float width) {
  const auto& messages = context.session.messages();
  if (messages.size() <= news_from_ || ui_.show_jobs || width < context.em(6)) return;
  const Message& latest = messages.back();
  text_coloured(level_colour(context.theme, latest.level), fmt::format("{}:", level_name(latest.level)));
  ImGui::SameLine();
  text_elided(latest.text, width - text_width(level_name(latest.level)) - context.em(1));
}

void StatusBar::draw_line(PanelContext& context) {
  const auto& messages = context.session.messages();
  const std::string label =
      messages.empty() ? std::string(ui_.show_jobs ? "Hide jobs and messages" : "Jobs and messages")
                       : fmt::format("{} {}", messages.size(), messages.size() == 1 ? "message" : "messages");
  const float button = text_width(label) + ImGui::GetStyle().FramePadding.x * 2;
  ImGui::SetCursorPos(ImVec2(context.em(0.6f), context.em(0.1f)));
  ImGui::AlignTextToFramePadding();
  draw_work(context);
  ImGui::SameLine(0, context.em(1.5f));
  ImGui::AlignTextToFramePadding();
  const float right = ImGui::GetWindowContentRegionMax().x - button - context.em(0.4f);
  draw_latest(context, right - ImGui::GetCursorPosX() - context.em(1));
  ImGui::SameLine(std::max(0.0f, right));
  ImGui::PushStyleColor(ImGuiCol_Button, IM_COL32(0, 0, 0, 0));
  if (ImGui::Button(label.c_str())) ui_.show_jobs = !ui_.show_jobs;
  ImGui::PopStyleColor();
  tooltip("Show or hide jobs and messages (Ctrl+J)");
}

void StatusBar::draw_unfolded(PanelContext& context, float height) {
  const ImVec2 pad(context.em(0.6f), context.em(0.4f)),
      spacing(ImGui::GetStyle().ItemSpacing.x, context.em(0.35f));
  const auto part = [&](const char* id, float width, Panel& panel) {
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, pad);
    const bool visible =
        ImGui::BeginChild(id, ImVec2(width, height), false, ImGuiWindowFlags_AlwaysUseWindowPadding);
    ImGui::PopStyleVar();
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, spacing);
    if (visible) panel.draw(context);
    ImGui::PopStyleVar();
    ImGui::EndChild();
  };
  part("##jobs", ImGui::GetContentRegionAvail().x * 0.42f, jobs_);
  ImGui::SameLine(0, std::max(1.0f, context.em(0.1f)));
  part("##messages", 0, messages_);
}

void StatusBar::draw(PanelContext& context) {
  unfold_for_news(context);
  const float open = unfolded_height(context);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, packed(context.theme.panel));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(ImGui::GetStyle().ItemSpacing.x, 0));
  if (ui_.show_jobs) {
    float size = open;
    splitter("##jobs_splitter", false, splitter_height(context), ImGui::GetContentRegionAvail().x, size,
             context.em(4), ImGui::GetIO().DisplaySize.y * 0.45f, true, context.em(9));
    if (size != open) ui_.jobs = size / context.theme.em;
    draw_unfolded(context, open);
    ImGui::Dummy(ImVec2(1, std::max(1.0f, context.em(0.1f))));
  }
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  const bool visible =
      ImGui::BeginChild("##status", ImVec2(0, line_height(context)), false, ImGuiWindowFlags_NoScrollbar);
  ImGui::PopStyleVar();
  if (visible) draw_line(context);
  ImGui::EndChild();
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

}  // namespace tauscope::gui
