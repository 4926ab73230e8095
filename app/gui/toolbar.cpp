#include "app/gui/toolbar.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/gui/widgets.h"
#include "app/session/quantities.h"

namespace tauscope::gui {

namespace {

using Kind = DominantSpec::Kind;

constexpr std::array kind_names{"nucleus", "top-k", "threshold"};
constexpr std::array kind_helps{
    "The smallest set of the teacher's most probable tokens whose mass reaches the value.",
    "The given number of the teacher's most probable tokens.",
    "Every token whose teacher probability is at least the value.",
};
constexpr const char* dominant_help =
    "Dominant tokens: chosen per position from the teacher at τ = 1 and then held fixed over τ, so that a "
    "share that "
    "grows with τ is the effect of τ and not of a moving set.";

double usual_value(Kind kind) {
  return kind == Kind::nucleus ? 0.9 : kind == Kind::top_k ? 10 : 0.01;
}

bool valid(const DominantSpec& spec) {
  switch (spec.kind) {
    case Kind::nucleus:
      return spec.value > 0 && spec.value <= 1;
    case Kind::top_k:
      return spec.value >= 1 && spec.value <= 1e6 && spec.value == std::floor(spec.value);
    case Kind::threshold:
      return spec.value >= 0 && spec.value <= 1;
  }
  return false;
}

struct Widths {
  float slider, scaling, dominant, colour;
};
Widths widths_of(const PanelContext& context, float room) {
  const float gap = ImGui::GetStyle().ItemSpacing.x, pad = ImGui::GetStyle().FramePadding.x;
  Widths w{};
  w.scaling = text_width("τ²") + ImGui::GetFrameHeight() + ImGui::GetStyle().ItemInnerSpacing.x;
  w.dominant = text_width("Dominant") + context.em(6) + context.em(4) + 2 * gap;
  w.colour = text_width("Colour by") + context.em(15) + gap;
  const float rest = w.scaling + w.dominant + w.colour + 6 * gap + pad;
  w.slider = std::clamp(room - rest, std::min(context.em(17), room), context.em(30));
  return w;
}

}  // namespace

bool quantity_combo(PanelContext& context, const char* id, std::string& column, float width) {
  bool changed = false;
  ImGui::SetNextItemWidth(width);
  const Quantity* now = find_quantity(column);
  ImGui::SetNextWindowSizeConstraints(ImVec2(0, 0), ImVec2(FLT_MAX, ImGui::GetIO().DisplaySize.y * 0.7f));
  const bool open = ImGui::BeginCombo(id, quantity_name(column).c_str(), ImGuiComboFlags_HeightLargest);
  if (!open) {
    if (now) tooltip(now->help);
    return false;
  }
  const char* group = "";
  for (const Quantity& quantity : quantities()) {
    if (std::string_view(group) != quantity.group) {
      if (*group != 0) ImGui::Separator();
      group = quantity.group;
      heading(context, group);
    }
    const bool chosen = column == quantity.column;
    if (ImGui::Selectable(quantity.name, chosen) && !chosen) {
      column = quantity.column;
      changed = true;
    }
    tooltip(quantity.help);
    if (chosen && ImGui::IsWindowAppearing()) ImGui::SetScrollHereY();
  }
  ImGui::EndCombo();
  return changed;
}

float Toolbar::height(const PanelContext& context, float width) const {
  const Widths w = widths_of(context, width);
  const float gap = ImGui::GetStyle().ItemSpacing.x * 2;
  int rows = 1;
  float used = w.slider;
  for (const float part : {w.scaling, w.dominant, w.colour}) {
    if (used + gap + part > width) {
      ++rows;
      used = part;
    } else {
      used += gap + part;
    }
  }
  return slider_height() + static_cast<float>(rows - 1) * ImGui::GetFrameHeightWithSpacing();
}

void Toolbar::draw_scaling(PanelContext& context) {
  bool squared = context.view().tau_scaling == TauScaling::squared;
  if (ImGui::Checkbox("τ²", &squared))
    context.out.emplace_back(SetTauScaling{squared ? TauScaling::squared : TauScaling::none});
  tooltip(
      "On: the loss is τ²·D as in Hinton et al. (2015), so gradients carry a factor τ. Off: plain D, "
      "gradients carry "
      "1/τ. Divergences themselves are shown plain either way.");
}

void Toolbar::draw_dominant(PanelContext& context) {
  ImGui::BeginGroup();
  const DominantSpec& now = context.view().dominant;
  ImGui::AlignTextToFramePadding();
  text_muted(context, "Dominant");
  tooltip(dominant_help);
  ImGui::SameLine();
  ImGui::SetNextItemWidth(context.em(6));
  const auto kind = static_cast<std::size_t>(now.kind);
  if (ImGui::BeginCombo("##kind", kind_names.at(kind))) {
    for (std::size_t i = 0; i < kind_names.size(); ++i) {
      const auto other = static_cast<Kind>(i);
      if (ImGui::Selectable(kind_names[i], i == kind) && i != kind)
        context.out.emplace_back(SetDominant{{other, usual_value(other)}});
      tooltip(kind_helps[i]);
    }
    ImGui::EndCombo();
  } else {
    tooltip(kind_helps.at(kind));
  }
  ImGui::SameLine();
  if (!editing_) dominant_value_ = now.value;
  ImGui::SetNextItemWidth(context.em(4));
  ImGui::InputDouble("##value", &dominant_value_, 0, 0, now.kind == Kind::top_k ? "%.0f" : "%.4g");
  editing_ = ImGui::IsItemActive();
  const DominantSpec typed{now.kind, dominant_value_};
  if (ImGui::IsItemDeactivatedAfterEdit() && valid(typed) && typed.value != now.value)
    context.out.emplace_back(SetDominant{typed});
  tooltip(now.kind == Kind::nucleus ? "Teacher's mass that the set reaches: above 0, at most 1. Usual: 0.9."
          : now.kind == Kind::top_k ? "Number of tokens, from 1. Usual: 10."
                                    : "Probability from which a token is dominant: 0 to 1. Usual: 0.01.");
  ImGui::EndGroup();
}

void Toolbar::draw(PanelContext& context) {
  const float room = ImGui::GetContentRegionAvail().x;
  const Widths w = widths_of(context, room);
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const float right = ImGui::GetCursorScreenPos().x + room;
  const float top = ImGui::GetCursorPosY();
  bool first_row = true;
  const auto next = [&](float width) {
    first_row = ImGui::GetItemRectMax().x + 2 * gap + width <= right + 0.5f && first_row;
    const bool fits = ImGui::GetItemRectMax().x + 2 * gap + width <= right + 0.5f;
    if (fits) ImGui::SameLine(0, 2 * gap);
    // The slider is higher than the rest: what stands beside it is level with its line.
    if (first_row) ImGui::SetCursorPosY(top + std::round(ImGui::GetFrameHeight() * 0.02f));
  };
  slider_.draw(context, w.slider);
  next(w.scaling);
  draw_scaling(context);
  next(w.dominant);
  draw_dominant(context);
  next(w.colour);
  ImGui::BeginGroup();
  ImGui::AlignTextToFramePadding();
  text_muted(context, "Colour by");
  tooltip("The quantity that colours the tokens of the strip. Every entry explains itself.");
  ImGui::SameLine();
  std::string column = context.view().colour_by;
  const float combo =
      std::min(context.em(15), std::max(context.em(4), right - ImGui::GetCursorScreenPos().x));
  if (quantity_combo(context, "##colour", column, combo)) context.out.emplace_back(SetColourBy{column});
  ImGui::EndGroup();
}

}  // namespace tauscope::gui
