#include "app/gui/tau_slider.h"

#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "app/gui/fonts.h"
#include "app/gui/number_text.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

constexpr std::array marks{1.0, 2.0, 4.0, 8.0};

double clamped(double tau) {
  return std::clamp(tau, tau_low, tau_high);
}

}  // namespace

float slider_height() {
  return std::round(ImGui::GetFrameHeight() * 0.66f + ImGui::GetTextLineHeight() * 0.9f);
}

double slider_place(double tau) {
  return std::log(clamped(tau) / tau_low) / std::log(tau_high / tau_low);
}

double tau_at(double place) {
  const double tau = tau_low * std::pow(tau_high / tau_low, std::clamp(place, 0.0, 1.0));
  const double unit = std::pow(10.0, std::floor(std::log10(tau)) - 2);
  return clamped(std::round(tau / unit) * unit);
}

void TauSlider::draw_track(PanelContext& context, float width) {
  const Theme& theme = context.theme;
  const float height = slider_height();
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  ImGui::InvisibleButton("##tau", ImVec2(width, height));
  const bool active = ImGui::IsItemActive(), hovered = ImGui::IsItemHovered();
  const float pad = ImGui::GetFrameHeight() * 0.3f, left = corner.x + pad, room = width - 2 * pad;
  const auto x_of = [&](double tau) { return left + static_cast<float>(slider_place(tau)) * room; };
  if (active && ImGui::GetIO().KeyCtrl) {
    ui_.focus_tau = true;
  } else if (active) {
    const float mouse = ImGui::GetIO().MousePos.x;
    double tau = tau_at((mouse - left) / room);
    for (const double mark : marks) {  // catches what is meant; Shift moves freely
      if (!ImGui::GetIO().KeyShift && std::abs(x_of(mark) - mouse) < context.em(0.3f)) tau = mark;
    }
    if (tau != context.view().tau) context.out.emplace_back(SetTau{tau});
  }
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float frame = ImGui::GetFrameHeight();
  const float line = std::round(corner.y + frame * 0.36f), thick = std::max(2.0f, std::round(frame * 0.1f));
  const float handle = x_of(context.view().tau);
  list->AddRectFilled(ImVec2(left, line), ImVec2(left + room, line + thick),
                      ImGui::GetColorU32(ImGuiCol_FrameBgActive), thick);
  list->AddRectFilled(ImVec2(left, line), ImVec2(handle, line + thick), packed(theme.accent), thick);
  ImFont* font = context.fonts.small_text();
  const float size = font->FontSize;
  for (const double mark : marks) {
    const float x = std::round(x_of(mark));
    const std::string label = number_text(mark);
    list->AddLine(ImVec2(x, line - thick), ImVec2(x, line + 2 * thick), packed(theme.muted),
                  std::max(1.0f, thick / 2));
    const float w = font->CalcTextSizeA(size, FLT_MAX, 0, label.c_str()).x;
    list->AddText(font, size, ImVec2(std::round(x - w / 2), std::round(corner.y + height - size)),
                  packed(theme.muted), label.c_str());
  }
  const float radius = frame * (active || hovered ? 0.26f : 0.23f);
  list->AddCircleFilled(ImVec2(handle, line + thick / 2), radius, packed(theme.panel));
  list->AddCircleFilled(ImVec2(handle, line + thick / 2), radius - 1, packed(theme.accent));
  if (!active) {
    tooltip(
        "Temperature τ of both softmaxes, 0.1 to 20. Drag, or click a mark; [ and ] step, 1 2 4 8 jump, "
        "Ctrl+T or "
        "Ctrl+click types. Shift drags past the marks without catching.");
  }
}

void TauSlider::draw_field(PanelContext& context, float width) {
  if (!editing_) typed_ = number_text(context.view().tau, 3);
  if (ui_.focus_tau) {
    ImGui::SetKeyboardFocusHere();
    ui_.focus_tau = false;
  }
  ImGui::SetNextItemWidth(width);
  const bool entered =
      ImGui::InputText("##typed", &typed_,
                       ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll |
                           ImGuiInputTextFlags_CharsDecimal);
  editing_ = ImGui::IsItemActive();
  if (entered || ImGui::IsItemDeactivatedAfterEdit()) {
    double tau = 0;
    const char* end = typed_.data() + typed_.size();
    const auto [stop, error] = std::from_chars(typed_.data(), end, tau);
    // What is no number leaves τ as it is; the field shows it again.
    if (error == std::errc() && stop == end && std::isfinite(tau) && clamped(tau) != context.view().tau)
      context.out.emplace_back(SetTau{clamped(tau)});
    editing_ = false;
  }
  tooltip("τ as a number from 0.1 to 20; Enter sets it");
}

void TauSlider::draw(PanelContext& context, float width) {
  ImGui::PushID("tau");
  const float field = context.em(3.6f);
  ImGui::BeginGroup();
  ImGui::AlignTextToFramePadding();
  text("τ");
  ImGui::SameLine();
  const float track = width - field - text_width("τ") - 2 * ImGui::GetStyle().ItemSpacing.x;
  draw_track(context, std::max(track, context.em(5)));
  ImGui::SameLine();
  draw_field(context, field);
  ImGui::EndGroup();
  ImGui::PopID();
}

}  // namespace tauscope::gui
