#include "app/gui/objectives_page.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>

#include "app/gui/explore_cards.h"
#include "app/gui/fonts.h"
#include "app/gui/number_text.h"
#include "app/gui/widgets.h"
#include "app/session/objective_results.h"
#include "core/objectives/presets.h"

namespace tauscope::gui {

namespace {

/// A line of the definition list: what it is on the left, the formula on the right in the fixed-width font.
void fact(PanelContext& context, const char* name, std::string_view value, bool formula) {
  text_muted(context, name);
  ImGui::SameLine(context.em(6));
  if (formula) ImGui::PushFont(context.fonts.mono());
  text_wrapped(value);
  if (formula) ImGui::PopFont();
}

bool objective_combo(PanelContext& context, const char* id, ObjectivePick& pick) {
  const Objective* now = find_kernel_objective(pick.name);
  bool changed = false;
  ImGui::SetNextItemWidth(context.em(12));
  if (ImGui::BeginCombo(id, now ? now->text.title : pick.name.c_str(), ImGuiComboFlags_HeightLargest)) {
    for (const Objective& objective : kernel_objectives()) {
      const ObjectiveText& of = objective.text;
      if (ImGui::Selectable(of.title, pick.name == of.name) && pick.name != of.name) {
        pick = {of.name, ""};
        changed = true;
      }
      tooltip(of.help);
    }
    ImGui::EndCombo();
  } else if (now) {
    tooltip(now->text.help);
  }
  return changed;
}

/// A slider or a field for each parameter; those at their defaults are left out of the pick.
bool parameter_fields(PanelContext& context, ObjectivePick& pick) {
  const Objective* objective = find_kernel_objective(pick.name);
  if (!objective || objective->parameters.empty()) return false;
  std::vector<double> values;
  try {
    values = objective_spec(pick, 1, TauScaling::squared).parameters;
  } catch (const std::exception&) {
    values.clear();
  }
  if (values.empty()) values = default_parameters(*objective);
  bool changed = false;
  std::string text;
  for (std::size_t i = 0; i < objective->parameters.size(); ++i) {
    const ObjectiveParameter& p = objective->parameters[i];
    flow(context.em(6) + text_width(p.name));
    ImGui::SetNextItemWidth(context.em(4.5f));
    double value = values[i];
    ImGui::PushID(p.name);
    const bool edited =
        ImGui::InputDouble(p.name, &value, 0, 0, "%.4g", ImGuiInputTextFlags_EnterReturnsTrue);
    ImGui::PopID();
    tooltip(fmt::format("{}: from {} to {}, {} unless said otherwise", p.help, number_text(p.low),
                        number_text(p.high), number_text(p.fallback)));
    if (edited && p.allows(value) && value != values[i]) {
      values[i] = value;
      changed = true;
    }
    if (values[i] != p.fallback) text += fmt::format("{}{}={}", text.empty() ? "" : ",", p.name, values[i]);
  }
  if (changed) pick.parameters = text;
  return changed;
}

/// What a preset sets, in the pick's words.
ObjectivePick pick_of(const ObjectivePreset& preset) {
  ObjectivePick pick{preset.objective, ""};
  for (const PresetParameter& p : preset.parameters)
    if (p.name)
      pick.parameters += fmt::format("{}{}={}", pick.parameters.empty() ? "" : ",", p.name, p.value);
  return pick;
}

std::string scaling_text(TauScaling scaling) {
  return scaling == TauScaling::squared ? "τ²" : "no τ²";
}

}  // namespace

void ObjectivesPage::draw_objective(PanelContext& context, const Objective& registered) {
  const ObjectiveText& objective = registered.text;
  ImGui::PushID(objective.name);
  ImGui::PushFont(context.fonts.bold());
  text(objective.title);
  ImGui::PopFont();
  ImGui::SameLine();
  text_muted(context, objective.name);
  text_wrapped(objective.help);
  fact(context, "Value", objective.formula, true);
  fact(context, "Gradient", objective.gradient, true);
  for (const ObjectiveParameter& p : registered.parameters) {
    fact(context, p.name,
         fmt::format("{} (from {} to {}): {}", number_text(p.fallback), number_text(p.low),
                     number_text(p.high), p.help),
         false);
  }
  const auto presets = objective_presets(objective.name);
  if (!presets.empty()) {
    ImGui::Spacing();
    text_muted(context, "What others mean by it");
  }
  for (const ObjectivePreset& preset : presets) {
    ImGui::PushID(preset.name);
    if (ImGui::SmallButton("Apply")) {
      context.out.emplace_back(SetTauScaling{preset.tau_scaling});
      if (preset.tau) context.out.emplace_back(SetTau{*preset.tau});
      context.out.emplace_back(CompareObjectives{pick_of(preset), context.view().objective_b});
    }
    tooltip(fmt::format(
        "Compare this one (first), with {}{}. Weights of several losses are for `tauscope objective "
        "--preset`.",
        scaling_text(preset.tau_scaling),
        preset.tau ? fmt::format(" and τ = {}", number_text(*preset.tau)) : ", at the τ that is set"));
    ImGui::SameLine();
    text(preset.title);
    const std::string settings =
        scaling_text(preset.tau_scaling) +
        (preset.tau ? fmt::format(", τ = {}", number_text(*preset.tau)) : std::string());
    flow(text_width(settings));
    text_muted(context, settings);
    ImGui::Indent(context.em(1));
    text_muted_wrapped(context, preset.facts);
    ImGui::Unindent(context.em(1));
    ImGui::PopID();
  }
  ImGui::Spacing();
  ImGui::Separator();
  ImGui::Spacing();
  ImGui::PopID();
}

void ObjectivesPage::draw_registry(PanelContext& context) {
  for (const Objective& objective : kernel_objectives())
    draw_objective(context, objective);
  text_muted_wrapped(
      context,
      "p = softmax(z_T/τ) of the teacher, q = softmax(z_S/τ) of the student; natural logarithms. "
      "With τ² the loss is τ²·D, so gradients carry τ in place of 1/τ.");
}

void ObjectivesPage::draw_choice(PanelContext& context) {
  std::array<ObjectivePick, 2> picks{context.view().objective_a, context.view().objective_b};
  bool changed = false;
  for (std::size_t side = 0; side < picks.size(); ++side) {
    ImGui::PushID(static_cast<int>(side));
    ImGui::AlignTextToFramePadding();
    text_muted(context, side == 0 ? "Compare" : "against");
    ImGui::SameLine(context.em(5));
    changed = objective_combo(context, "##objective", picks[side]) || changed;
    changed = parameter_fields(context, picks[side]) || changed;
    ImGui::PopID();
  }
  if (changed) context.out.emplace_back(CompareObjectives{picks[0], picks[1]});
}

void ObjectivesPage::draw_plots(PanelContext& context) {
  draw_choice(context);
  std::vector<Card> cards;
  for (const PlotInfo& info : plot_infos()) {
    if (info.tab != Tab::objectives) continue;
    Card card{.plot = info.name};
    if (info.tau_on_x) {
      card.controls = [this](PanelContext& c) { scope_control(c, ui_); };
      card.options = tau_line;
      card.events = follow_tau_line;
      card.height = 1.2f;
    }
    cards.push_back(card);
  }
  draw_cards(context, ui_, "##plots", cards, 1, 14);
}

void ObjectivesPage::draw(PanelContext& context) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const bool side_by_side = room.x > context.em(44);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, packed(context.theme.panel));
  const ImVec2 size(side_by_side ? std::clamp(room.x * 0.42f, context.em(20), context.em(34)) : 0,
                    side_by_side ? 0 : room.y * 0.45f);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(context.em(0.7f), context.em(0.6f)));
  const bool visible = ImGui::BeginChild("##registry", size, true);
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
  if (visible) draw_registry(context);
  ImGui::EndChild();
  if (side_by_side) ImGui::SameLine();
  if (ImGui::BeginChild("##compared")) draw_plots(context);
  ImGui::EndChild();
}

}  // namespace tauscope::gui
