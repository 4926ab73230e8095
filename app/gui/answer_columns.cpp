#include "app/gui/answer_columns.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "app/gui/fonts.h"
#include "app/gui/marked_text.h"
#include "app/gui/number_text.h"

namespace tauscope::gui {

namespace {

/// Place of a model among those that were asked for: its colour.
std::size_t colour_slot(const EvaluationResult& result, const std::string& model) {
  const auto& models = result.spec.models;
  const auto found =
      std::find_if(models.begin(), models.end(), [&](const NamedPath& each) { return each.name == model; });
  return static_cast<std::size_t>(found - models.begin());
}

/// A framed part of the given size; card_end() tells how high its content is.
void card_begin(const PanelContext& context, const char* id, const ImVec2& size) {
  ImGui::PushStyleColor(ImGuiCol_ChildBg, packed(context.theme.panel));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(context.em(0.6f), context.em(0.45f)));
  ImGui::BeginChild(id, size, true);
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

void card_end(const PanelContext& context, float& height) {
  const float content = ImGui::GetCursorPosY() + ImGui::GetScrollY() + context.em(0.5f);
  if (content != height) request_frame();  // the next one has the right height
  height = content;
  ImGui::EndChild();
}

}  // namespace

void AnswerColumns::refresh(const ShownSet& shown, const std::vector<std::size_t>& models) {
  const EvaluatedSet& set = *shown.set;
  if (result_ == shown.result->id && set_ == set.name && prompt_ == *shown.prompt && seed_ == shown.seed &&
      models_ == models)
    return;
  result_ = shown.result->id;
  set_ = set.name;
  prompt_ = *shown.prompt;
  seed_ = shown.seed;
  models_ = models;
  answers_.clear();
  for (const std::size_t model : models) {
    const std::size_t at = set.place(model, prompt_, seed_);
    answers_.push_back({set.answers[at], set.answered[at] != 0, {}});
    answers_.back().common = common_words(set.prompts[prompt_].references, set.answers[at]);
  }
  pointed_ = std::min(pointed_, models.empty() ? 0 : models.size() - 1);
}

void AnswerColumns::draw_references(PanelContext& context, const EvaluatedSet::Prompt& prompt) {
  if (prompt.references.empty()) {
    text_muted(context, "no reference");
    return;
  }
  for (std::size_t r = 0; r < prompt.references.size(); ++r) {
    const CommonWords* common = pointed_ < answers_.size() ? &answers_[pointed_].common : nullptr;
    const bool marked = common && common->reference == r;
    heading(context, prompt.references.size() == 1 ? "Reference" : fmt::format("Reference {}", r + 1));
    marked_text(context, prompt.references[r],
                marked ? std::span(common->in_reference) : std::span<const TextSpan>(), context.theme.accent);
  }
}

void AnswerColumns::draw_answer(PanelContext& context, const ShownSet& shown, std::size_t column,
                                std::size_t model) {
  const EvaluatedSet& set = *shown.set;
  const Shown& answer = answers_[column];
  const float line = ImGui::GetFrameHeight();
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const Colour colour = student_colour(context.theme, colour_slot(*shown.result, set.models[model]));
  ImGui::GetWindowDrawList()->AddCircleFilled(ImVec2(corner.x + context.em(0.4f), corner.y + line / 2),
                                              context.em(0.28f), packed(colour));
  ImGui::Dummy(ImVec2(context.em(0.8f), line));
  ImGui::SameLine(0, context.em(0.3f));
  ImGui::AlignTextToFramePadding();
  ImGui::PushFont(context.fonts.bold());
  text_elided(set.models[model], std::max(context.em(3), ImGui::GetContentRegionAvail().x - context.em(4)));
  ImGui::PopFont();
  ImGui::SameLine(std::max(0.0f, ImGui::GetWindowContentRegionMax().x - context.em(3)));
  if (quiet_button(context, "Copy")) ImGui::SetClipboardText(answer.answer.c_str());
  tooltip("This answer, to the clipboard");
  std::string facts;
  if (!set.prompts[prompt_].references.empty() && answer.answered)
    facts = fmt::format("ROUGE-L {}", number_text(std::round(answer.common.f1 * 1000) / 10));
  if (shown.metric) {
    const double value = set.value(*shown.metric, model, prompt_);
    if (std::isfinite(value) && set.seeds.size() > 1)
      facts += fmt::format("{}{} over {} seeds: {}", facts.empty() ? "" : " · ", shown.metric_name(),
                           set.seeds.size(), number_text(std::round(value * 10) / 10));
  }
  if (!facts.empty()) text_muted_wrapped(context, facts);
  if (!answer.answered) {
    text_muted(context, "no answer under this seed");
  } else if (answer.answer.empty()) {
    text_muted(context, "(empty)");
  } else {
    marked_text(context, answer.answer, answer.common.in_answer, colour);
  }
}

void AnswerColumns::draw(PanelContext& context, const ShownSet& shown,
                         const std::vector<std::size_t>& models) {
  if (!shown.set || !shown.prompt || models.empty()) {
    empty_note(context, shown.note.empty() ? "There are no answers yet." : shown.note);
    return;
  }
  refresh(shown, models);
  const EvaluatedSet::Prompt& prompt = shown.set->prompts[prompt_];
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const float least = context.em(5);
  heights_.resize(models.size() + 1, context.em(9));
  card_begin(context, "##prompt",
             ImVec2(0, std::clamp(heights_.back(), least, std::max(least, room.y * 0.5f))));
  heading(context, fmt::format("Prompt · example {}{}", prompt.example,
                               prompt.category.empty() ? "" : " · " + prompt.category));
  marked_text(context, prompt.text, {}, context.theme.accent);
  ImGui::Spacing();
  draw_references(context, prompt);
  card_end(context, heights_.back());
  const float each =
      (room.x - gap * static_cast<float>(models.size() - 1)) / static_cast<float>(models.size());
  const bool side_by_side = each >= context.em(13);
  if (side_by_side || ImGui::BeginChild("##answers", ImVec2(0, 0))) {
    for (std::size_t i = 0; i < models.size(); ++i) {
      if (i > 0 && side_by_side) ImGui::SameLine(0, gap);
      ImGui::PushID(static_cast<int>(i));
      card_begin(context, "##answer",
                 ImVec2(side_by_side ? each : 0, side_by_side ? 0 : std::max(least, heights_[i])));
      draw_answer(context, shown, i, models[i]);
      if (ImGui::IsWindowHovered()) pointed_ = i;
      card_end(context, heights_[i]);
      ImGui::PopID();
    }
  }
  if (!side_by_side) ImGui::EndChild();
}

}  // namespace tauscope::gui
