#include "app/gui/jobs_panel.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "app/gui/widgets.h"

namespace tauscope::gui {

std::string duration_text(double seconds) {
  if (!(seconds >= 0)) return "";
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::min(std::round(seconds), 1e12));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string progress_text(const JobStatus& job) {
  std::string out = job.phase;
  if (job.total > 0) out += fmt::format(" {} of {}", job.done, job.total);
  if (job.seconds_left >= 0)
    out += fmt::format(", {} left", duration_text(std::max(1.0, std::round(job.seconds_left))));
  return out;
}

void JobsPanel::draw_job(PanelContext& context, const JobStatus& job) {
  const Theme& theme = context.theme;
  const bool alive = job.state == JobState::queued || job.state == JobState::running;
  const float cancel =
      alive ? text_width("Cancel") + ImGui::GetStyle().FramePadding.x * 2 + context.em(0.5f) : 0;
  ImGui::AlignTextToFramePadding();
  text_elided(job.name, std::max(context.em(4), ImGui::GetContentRegionAvail().x - cancel));
  if (alive) {
    ImGui::SameLine(std::max(0.0f, ImGui::GetWindowContentRegionMax().x - cancel + context.em(0.5f)));
    if (ImGui::Button("Cancel")) context.out.emplace_back(CancelJob{job.id});
    tooltip("Stop this job; what it has written so far stays, marked as partial");
  }
  switch (job.state) {
    case JobState::queued:
      text_muted(context, "waits for the job before it");
      break;
    case JobState::running: {
      const float share = job.total > 0 ? static_cast<float>(job.done) / static_cast<float>(job.total) : 0;
      ImGui::ProgressBar(std::clamp(share, 0.0f, 1.0f), ImVec2(-1, context.em(0.4f)), "");
      text_muted_wrapped(context,
                         fmt::format("{}  ({} so far)", progress_text(job), duration_text(job.seconds)));
      request_frame();  // the clock runs without events
      break;
    }
    case JobState::done:
      text_coloured(theme.good, fmt::format("✓ done in {}", duration_text(job.seconds)));
      break;
    case JobState::cancelled:
      text_coloured(theme.warning, fmt::format("cancelled after {}", duration_text(job.seconds)));
      break;
    case JobState::failed:
      error_note(context, "failed", job.error);
      break;
  }
  for (const std::string& message : job.messages)
    text_muted_wrapped(context, message);
}

void JobsPanel::draw(PanelContext& context) {
  const auto jobs = context.session.jobs();
  if (jobs.empty()) {
    text_muted_wrapped(context, "No jobs. An analysis of the data set (Ctrl+R) runs here.");
    return;
  }
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {  // latest first
    ImGui::PushID(static_cast<int>(job->id));
    draw_job(context, *job);
    ImGui::Separator();
    ImGui::PopID();
  }
}

}  // namespace tauscope::gui
