#include "app/gui/evaluate_page.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/gui/jobs_panel.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

bool alive(const std::optional<JobStatus>& job) {
  return job && (job->state == JobState::queued || job->state == JobState::running);
}

/// One of a list of names; true when another one was chosen.
bool name_combo(PanelContext& context, const char* id, const std::vector<std::string>& names,
                std::string& chosen, const char* help) {
  bool changed = false;
  float width = context.em(5);
  for (const std::string& name : names)
    width = std::max(width, text_width(name) + ImGui::GetFrameHeight() + context.em(1));
  ImGui::SetNextItemWidth(std::min(width, context.em(14)));
  if (ImGui::BeginCombo(id, chosen.c_str())) {
    for (const std::string& name : names) {
      if (!ImGui::Selectable(name.c_str(), name == chosen) || name == chosen) continue;
      chosen = name;
      changed = true;
    }
    ImGui::EndCombo();
  }
  tooltip(help);
  return changed;
}

std::vector<std::string> model_names(const EvaluationResult& result) {
  std::vector<std::string> names;
  for (const NamedPath& model : result.spec.models)
    names.push_back(model.name);
  return names;
}

}  // namespace

/// The pages, and what is open.
void EvaluatePage::draw_bar(PanelContext& context) {
  constexpr std::array labels{"Set up", "Scores", "Answers"};
  constexpr std::array helps{"Which checkpoints answer which sets, and how",
                             "Means with intervals, and which differences are more than noise",
                             "Every prompt: its references and all answers side by side"};
  int chosen = static_cast<int>(context.view().evaluate_view);
  if (segmented(context, "pages", labels, helps, chosen))
    context.out.emplace_back(SetEvaluateView{static_cast<EvaluateView>(chosen)});
  const auto evaluation = context.session.evaluation();
  flow(context.em(6));
  if (ImGui::Button("Open…")) ui_.browse = UiState::Browse{Pick::evaluation, 0};
  tooltip("The folder of an earlier evaluation");
  if (evaluation.folder.empty()) return;
  const bool unfinished = evaluation.result && !evaluation.result->complete && !alive(evaluation.job);
  if (unfinished) {
    flow(context.em(6));
    if (ImGui::Button("Resume"))
      context.out.emplace_back(RunEvaluation{evaluation.result->spec, evaluation.folder.string()});
    tooltip("Go on where it stopped: answers that are there are kept");
  }
  const std::string name = evaluation.folder.filename().string();
  flow(text_width(name) + context.em(1));
  ImGui::AlignTextToFramePadding();
  text_muted(context, name);
  tooltip(evaluation.folder.string());
}

/// The job on its way, and what went wrong.
void EvaluatePage::draw_job(PanelContext& context) {
  const auto evaluation = context.session.evaluation();
  if (evaluation.state == Session::Loading::failed)
    error_note(context, "The evaluation cannot be read", evaluation.error);
  if (!evaluation.job) return;
  const JobStatus& job = *evaluation.job;
  if (job.state == JobState::failed) {
    error_note(context, "The evaluation failed", job.error);
    return;
  }
  if (!alive(evaluation.job)) return;
  const float cancel = text_width("Cancel") + ImGui::GetStyle().FramePadding.x * 2 + context.em(0.5f);
  const float share = job.total > 0 ? static_cast<float>(job.done) / static_cast<float>(job.total) : 0;
  ImGui::AlignTextToFramePadding();
  text_elided(job.state == JobState::queued ? "waits for the job before it" : progress_text(job),
              std::max(context.em(4), ImGui::GetContentRegionAvail().x - cancel));
  ImGui::SameLine(std::max(0.0f, ImGui::GetWindowContentRegionMax().x - cancel + context.em(0.5f)));
  if (ImGui::Button("Cancel")) context.out.emplace_back(CancelJob{job.id});
  tooltip("Stop; answers that are there stay, and Resume goes on with the rest");
  ImGui::ProgressBar(std::clamp(share, 0.0f, 1.0f), ImVec2(-1, context.em(0.4f)), "");
  request_frame();
}

void EvaluatePage::draw_choice(PanelContext& context, const ShownSet& shown) {
  EvaluationPick pick = context.view().evaluation;
  const bool answers = context.view().evaluate_view == EvaluateView::answers;
  bool changed = false, first = true;
  const auto combo = [&](const char* label, const char* id, const std::vector<std::string>& names,
                         std::string now, std::string& field, const char* help) {
    if (names.size() < 2 && now.empty()) return;
    if (!first) flow(context.em(8) + text_width(label));
    first = false;
    ImGui::AlignTextToFramePadding();
    text_muted(context, label);
    ImGui::SameLine();
    if (!name_combo(context, id, names, now, help)) return;
    field = now;
    changed = true;
  };
  const auto metrics = answers && shown.set ? shown.set->metrics : table_metrics(*shown.result);
  if (answers && shown.set) {
    std::vector<std::string> sets;
    for (const EvaluatedSet& set : shown.result->sets)
      sets.push_back(set.name);
    combo("set", "##set", sets, shown.set->name, pick.set, "The evaluation set");
  }
  combo("metric", "##metric", metrics,
        answers ? shown.metric_name() : shown_table_metric(context.session, *shown.result), pick.metric,
        "What the values and the plots are");
  combo("against", "##baseline", model_names(*shown.result), shown.result->baseline, pick.baseline,
        "The baseline: differences, intervals and p are against this one");
  if (answers && shown.set && shown.set->seeds.size() > 1) {
    std::vector<std::string> seeds;
    for (const std::int64_t seed : shown.set->seeds)
      seeds.push_back(std::to_string(seed));
    std::string seed;
    combo("seed", "##seed", seeds, seeds[shown.seed], seed, "Whose answers are shown");
    if (!seed.empty()) pick.seed = std::stoll(seed);
  }
  if (changed) context.out.emplace_back(ShowEvaluation{pick});
}

void EvaluatePage::draw_scores(PanelContext& context) {
  const ShownSet shown = shown_set(context.session);
  if (!shown.result || shown.result->table.rows.empty()) {
    empty_note(context, shown.result ? "Nothing is scored yet." : shown.note);
    return;
  }
  draw_choice(context, shown);
  std::vector<Card> cards;
  for (const PlotInfo& info : plot_infos())
    if (info.tab == Tab::evaluate) cards.push_back({.plot = info.name});
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const bool side_by_side = room.x > context.em(44);
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const float height = std::clamp(room.y * 0.38f, context.em(9), context.em(18));
  const float width = side_by_side ? (room.x - gap) / 2 : 0;
  const bool tests = shown.result->table.tests > 0;
  for (std::size_t i = 0; i < cards.size(); ++i) {
    if (i > 0 && (!side_by_side || !tests)) break;  // the table says the rest
    if (i > 0) ImGui::SameLine(0, gap);
    draw_card(context, ui_, cards[i], ImVec2(tests ? width : 0, height));
  }
  for (const std::string& warning : shown.result->warnings)
    text_coloured(context.theme.warning, warning);
  scores_.draw(context, {});
}

void EvaluatePage::draw_answers(PanelContext& context) {
  const ShownSet shown = shown_set(context.session);
  if (!shown.result || !shown.set) {
    empty_note(context, shown.note);
    return;
  }
  draw_choice(context, shown);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const bool side_by_side = room.x > context.em(50);
  const ImVec2 size(side_by_side ? room.x * 0.42f : 0, side_by_side ? 0 : room.y * 0.4f);
  if (ImGui::BeginChild("##prompts", size)) {
    constexpr std::array labels{"Prompts", "Categories"};
    constexpr std::array helps{"Every prompt; a click shows its answers", "Means by the set's categories"};
    int which = by_category_ ? 1 : 0;
    if (segmented(context, "which", labels, helps, which)) by_category_ = which == 1;
    if (by_category_) {
      categories_.draw(context, {});
    } else {
      TableWidget::Options options;
      options.clickable = "Show the answers to this prompt";
      if (shown.prompt) options.chosen = static_cast<double>(shown.set->prompts[*shown.prompt].example);
      if (const auto row = prompts_.draw(context, options); row && *row < prompts_.table().rows.size())
        context.out.emplace_back(
            SelectAnswer{static_cast<std::int64_t>(prompts_.table().rows[*row].front().value)});
    }
  }
  ImGui::EndChild();
  if (side_by_side) ImGui::SameLine();
  std::vector<std::size_t> models;
  for (std::size_t m = 0; m < shown.set->models.size(); ++m)
    models.push_back(m);
  if (ImGui::BeginChild("##texts")) answers_.draw(context, shown, models);
  ImGui::EndChild();
}

void EvaluatePage::draw(PanelContext& context) {
  draw_bar(context);
  draw_job(context);
  switch (context.view().evaluate_view) {
    case EvaluateView::setup:
      setup_.draw(context);
      break;
    case EvaluateView::scores:
      draw_scores(context);
      break;
    case EvaluateView::answers:
      draw_answers(context);
      break;
  }
}

}  // namespace tauscope::gui
