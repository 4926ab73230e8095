#include "app/gui/distill_page.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/gui/jobs_panel.h"
#include "app/gui/number_text.h"
#include "app/gui/widgets.h"
#include "app/session/runs.h"

namespace tauscope::gui {

namespace {

bool alive(const std::optional<JobStatus>& job) {
  return job && (job->state == JobState::queued || job->state == JobState::running);
}

bool can_go_on(RunState state) {
  return state == RunState::stopped || state == RunState::interrupted || state == RunState::failed;
}

}  // namespace

void DistillPage::draw_bar(PanelContext& context) {
  constexpr std::array labels{"Set up", "Runs"};
  constexpr std::array helps{"Start a run from a spec", "The runs that are open, while they grow"};
  int chosen = static_cast<int>(context.view().distill_view);
  if (segmented(context, "pages", labels, helps, chosen))
    context.out.emplace_back(SetDistillView{static_cast<DistillView>(chosen)});
  flow(context.em(6));
  if (ImGui::Button("Open…")) ui_.browse = UiState::Browse{Pick::runs, 0};
  tooltip("The folder of a run, or one with several runs in it; also while another process works there");
  if (context.view().distill_view != DistillView::runs || context.session.runs().folders.empty()) return;
  flow(context.em(16));
  auto weight = static_cast<float>(context.view().smoothing);
  ImGui::SetNextItemWidth(context.em(8));
  if (ImGui::SliderFloat("smoothing", &weight, 0, 0.999f, "%.2f"))
    context.out.emplace_back(SetSmoothing{std::clamp(static_cast<double>(weight), 0.0, 0.999)});
  tooltip("Weight of the moving average; the thin line behind it is what was logged");
}

/// One click takes a checkpoint to where it can be looked at.
void DistillPage::draw_checkpoints(PanelContext& context, const RunView& run) {
  if (run.record.checkpoints.empty()) {
    text_muted(context, "no checkpoint yet");
    return;
  }
  for (auto checkpoint = run.record.checkpoints.rbegin(); checkpoint != run.record.checkpoints.rend();
       ++checkpoint) {
    ImGui::PushID(static_cast<int>(checkpoint->step));
    ImGui::AlignTextToFramePadding();
    text(fmt::format("step {}{}", checkpoint->step,
                     checkpoint->validation_loss
                         ? fmt::format(", validation loss {}", number_text(*checkpoint->validation_loss))
                         : ""));
    const std::string name = fmt::format("{}-{}", run.record.spec.name, checkpoint->step);
    flow(context.em(5));
    if (ImGui::SmallButton("Explore")) {
      const Sources& open = context.session.sources();
      if (open.teacher.empty() && !run.record.spec.teacher.path.empty())
        context.out.emplace_back(SetTeacher{run.record.spec.teacher.path.string()});
      if (open.data.empty()) {
        const auto& data = run.record.spec.data;
        context.out.emplace_back(SetData{(data.validation.empty() ? data.train : data.validation).string()});
      }
      context.out.emplace_back(AddStudent{checkpoint->folder.string(), name});
      context.out.emplace_back(SetTab{Tab::explore});
    }
    tooltip("Add it to the students, and look at it in Explore and Compare");
    ImGui::SameLine();
    if (ImGui::SmallButton("Evaluate")) {
      ui_.picked = UiState::Picked{Pick::evaluated_model, checkpoint->folder};
      context.out.insert(context.out.end(), {SetTab{Tab::evaluate}, SetEvaluateView{EvaluateView::setup}});
    }
    tooltip("Add it to the checkpoints of an evaluation");
    ImGui::PopID();
  }
}

void DistillPage::draw_run(PanelContext& context, std::size_t at) {
  const auto set = context.session.runs().set;
  const RunView& run = *set->runs[at];
  const RunStatus& status = run.record.status;
  const auto folder = run.record.folder;
  const auto job = context.session.run_job(folder);
  ImGui::PushID(static_cast<int>(at));
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  ImGui::GetWindowDrawList()->AddCircleFilled(
      ImVec2(corner.x + context.em(0.4f), corner.y + ImGui::GetFrameHeight() / 2), context.em(0.28f),
      packed(context.theme.figure.colour_of(look_of(static_cast<int>(at)))));
  ImGui::Dummy(ImVec2(context.em(0.8f), ImGui::GetFrameHeight()));
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  text(fmt::format("{} · {}", set->names[at], run_state_name(status.state)));
  tooltip(folder.string());
  if (alive(job)) {
    flow(context.em(4));
    if (ImGui::SmallButton("Stop")) context.out.emplace_back(CancelJob{job->id});
    tooltip("The step ends, a checkpoint is written, and Resume goes on from it");
    text_muted(context, job->state == JobState::queued ? "waits for the job before it" : progress_text(*job));
    request_frame();
  } else {
    if (can_go_on(status.state)) {
      flow(context.em(5));
      if (ImGui::SmallButton("Resume")) context.out.emplace_back(ResumeRun{folder.string()});
      tooltip("Go on from its last checkpoint; the result is that of a run that was never interrupted");
    }
    flow(context.em(4));
    if (ImGui::SmallButton("Close")) context.out.emplace_back(CloseRun{folder.string()});
    tooltip("Watch it no longer; its folder stays");
  }
  if (job && job->state == JobState::failed)
    error_note(context, "It failed", job->error);
  else if (!status.message.empty())
    error_note(context, run_state_name(status.state), status.message);
  for (const std::string& warning : run.warnings)
    text_coloured(context.theme.warning, warning);
  draw_checkpoints(context, run);
  ImGui::Separator();
  ImGui::PopID();
}

void DistillPage::draw_runs(PanelContext& context) {
  const auto shown = context.session.runs();
  // Runs that were started and have no folder yet, or failed before they had one.
  for (const auto& folder : shown.folders) {
    const auto job = context.session.run_job(folder);
    if (!job || job->state == JobState::done) continue;
    const bool known =
        shown.set && std::any_of(shown.set->runs.begin(), shown.set->runs.end(),
                                 [&](const auto& run) { return run->record.folder == folder; });
    if (known) continue;
    if (job->state == JobState::failed)
      error_note(context, folder.filename().string() + " failed", job->error);
    else
      loading_note(context, fmt::format("{}: {}", folder.filename().string(), progress_text(*job)));
  }
  if (!shown.set || shown.set->runs.empty()) {
    empty_note(context, shown.folders.empty()
                            ? "No run is open. Start one from a spec, or open the folder of runs that were "
                              "started elsewhere: they are watched while they grow."
                            : "reading …");
    return;
  }
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  draw_card(context, ui_, {.plot = "run_curves"}, ImVec2(0, std::max(context.em(14), room.y * 0.6f)));
  const bool side_by_side = room.x > context.em(44);
  if (ImGui::BeginChild("##table", ImVec2(side_by_side ? (room.x - gap) * 0.62f : 0,
                                          side_by_side ? 0 : ImGui::GetContentRegionAvail().y * 0.5f)))
    runs_.draw(context, {});
  ImGui::EndChild();
  if (side_by_side) ImGui::SameLine();
  if (ImGui::BeginChild("##runs"))
    for (std::size_t run = 0; run < shown.set->runs.size(); ++run)
      draw_run(context, run);
  ImGui::EndChild();
}

void DistillPage::draw(PanelContext& context) {
  draw_bar(context);
  if (context.view().distill_view == DistillView::setup)
    setup_.draw(context);
  else
    draw_runs(context);
}

}  // namespace tauscope::gui
