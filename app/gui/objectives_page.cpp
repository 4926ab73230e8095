#include "app/gui/objectives_page.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>

#include "app/gui/explore_cards.h"
#include "app/gui/fonts.h"
#include "app/gui/number_text.h"
#include "app/gui/widgets.h"

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

bool objective_combo(PanelContext& context, const char* id, std::string& name) {
  const ObjectiveInfo* now = find_objective(name);
  bool changed = false;
  ImGui::SetNextItemWidth(context.em(10));
  if (ImGui::BeginCombo(id, now ? now->title : name.c_str())) {
    for (const ObjectiveInfo& objective : objectives()) {
      if (ImGui::Selectable(objective.title, name == objective.name) && name != objective.name) {
        name = objective.name;
        changed = true;
      }
      tooltip(objective.help);
    }
    ImGui::EndCombo();
  } else if (now) {
    tooltip(now->help);
  }
  return changed;
}

std::string scaling_text(TauScaling scaling) {
  return scaling == TauScaling::squared ? "τ²" : "no τ²";
}

}  // namespace

void ObjectivesPage::draw_objective(PanelContext& context, const ObjectiveInfo& objective) {
  ImGui::PushID(objective.name);
  ImGui::PushFont(context.fonts.bold());
  text(objective.title);
  ImGui::PopFont();
  ImGui::SameLine();
  text_muted(context, objective.name);
  text_wrapped(objective.help);
  fact(context, "Value", objective.formula, true);
  fact(context, "Gradient", objective.gradient, true);
  for (const ObjectiveParameter& p : objective.parameters) {
    fact(context, p.name,
         fmt::format("{} (from {} to {}): {}", number_text(p.fallback), number_text(p.low),
                     number_text(p.high), p.help),
         false);
  }
  if (!objective.presets.empty()) {
    ImGui::Spacing();
    text_muted(context, "What others mean by it");
  }
  for (const ObjectivePreset& preset : objective.presets) {
    ImGui::PushID(preset.name);
    if (ImGui::SmallButton("Apply")) {
      context.out.emplace_back(SetTauScaling{preset.tau_scaling});
      if (preset.tau) context.out.emplace_back(SetTau{*preset.tau});
    }
    tooltip(fmt::format(
        "Set the toolbar to {}{}", scaling_text(preset.tau_scaling),
        preset.tau ? fmt::format(" and τ = {}", number_text(*preset.tau)) : "; τ stays as it is"));
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
  for (const ObjectiveInfo& objective : objectives())
    draw_objective(context, objective);
  text_muted_wrapped(
      context,
      "p = softmax(z_T/τ) of the teacher, q = softmax(z_S/τ) of the student; natural logarithms. "
      "With τ² the loss is τ²·D, so gradients carry τ in place of 1/τ.");
}

void ObjectivesPage::draw_choice(PanelContext& context) {
  std::string a = context.view().objective_a, b = context.view().objective_b;
  bool changed = objective_combo(context, "##objective_a", a);
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  text_muted(context, "against");
  ImGui::SameLine();
  changed = objective_combo(context, "##objective_b", b) || changed;
  if (changed) context.out.emplace_back(CompareObjectives{a, b});
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
