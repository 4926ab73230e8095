#include "app/gui/colour_scale.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "app/gui/number_text.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

// The two ends of differences: Okabe and Ito's blue and vermillion, told apart in every common form of colour
// blindness.
constexpr Colour below_zero{0, 114, 178, 255}, above_zero{213, 94, 0, 255};

std::vector<double> finite_sorted(std::span<const double> values, bool magnitude) {
  std::vector<double> out;
  out.reserve(values.size());
  for (const double v : values)
    if (std::isfinite(v)) out.push_back(magnitude ? std::abs(v) : v);
  std::sort(out.begin(), out.end());
  return out;
}

double high_end(const std::vector<double>& sorted) {
  const auto at = static_cast<std::size_t>(std::ceil(0.98 * static_cast<double>(sorted.size() - 1)));
  return sorted[at];
}

/// Upwards to two digits, so that the ends read well and stay put while τ moves a little.
double rounded_up(double value) {
  if (!(value > 0)) return value;
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - 1);
  return std::ceil(value / unit - 1e-9) * unit;
}

std::string low_text(const ColourScale& s) {
  return (s.clipped_low ? "≤ " : "") + number_text(s.low, 2);
}
std::string high_text(const ColourScale& s) {
  return (s.clipped_high ? "≥ " : "") + number_text(s.high, 2) + (s.unit.empty() ? "" : " " + s.unit);
}

}  // namespace

Colour ColourScale::colour(double value, Colour neutral) const {
  if (!(high > low)) return diverging ? neutral : sample(ColourMap::cividis, value > low ? 1 : 0);
  if (!diverging) return sample(ColourMap::cividis, (value - low) / (high - low));
  const double share = std::clamp(std::abs(value) / high, 0.0, 1.0);
  return mix(neutral, value < 0 ? below_zero : above_zero, share);
}

ColourScale scale_for(const Quantity& quantity, std::span<const double> values) {
  ColourScale scale;
  scale.unit = quantity.unit;
  const std::vector<double> sorted = finite_sorted(values, false);
  if (sorted.empty()) return scale;
  scale.any = true;
  using enum Quantity::Range;
  switch (quantity.range) {
    case from_zero:
    case unit:
      scale.low = 0;
      scale.high = rounded_up(high_end(sorted));
      break;
    case cosine:
      scale.low = sorted.front() < 0 ? -rounded_up(-sorted.front()) : std::floor(sorted.front() * 20) / 20;
      scale.high = 1;
      break;
    case free:
      scale.low = sorted.front();
      scale.high = rounded_up(high_end(sorted));
      break;
  }
  if (quantity.range == unit) scale.high = std::min(scale.high, 1.0);
  if (quantity.range == cosine) scale.low = std::max(scale.low, -1.0);
  // Rounding (1 + 1e-16 of a share) is not an outlier.
  scale.clipped_high = sorted.back() > scale.high + 1e-9 * std::abs(scale.high);
  return scale;
}

ColourScale difference_scale(const Quantity& quantity, std::span<const double> values) {
  ColourScale scale;
  scale.unit = quantity.unit;
  scale.diverging = true;
  const std::vector<double> sorted = finite_sorted(values, true);
  if (sorted.empty()) return scale;
  scale.any = true;
  scale.high = rounded_up(high_end(sorted));
  scale.low = -scale.high;
  scale.clipped_high = scale.clipped_low = sorted.back() > scale.high;
  return scale;
}

float colour_bar_width(const PanelContext& context, const ColourScale& scale) {
  return text_width(low_text(scale)) + text_width(high_text(scale)) + context.em(7) +
         ImGui::GetStyle().ItemSpacing.x;
}

void colour_bar(PanelContext& context, const ColourScale& scale, const std::string& name, float width) {
  if (!scale.any) {
    text_muted(context, "no values");
    return;
  }
  const std::string low = low_text(scale), high = high_text(scale);
  const float gap = context.em(0.4f), line = ImGui::GetTextLineHeight();
  const float bar = std::min(context.em(7), width - text_width(low) - text_width(high) - 2 * gap);
  ImGui::BeginGroup();
  text_muted(context, low);
  if (bar > context.em(1)) {
    ImGui::SameLine(0, gap);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImDrawList* list = ImGui::GetWindowDrawList();
    constexpr int cells = 48;
    for (int i = 0; i < cells; ++i) {
      const float x0 = corner.x + bar * static_cast<float>(i) / cells,
                  x1 = corner.x + bar * static_cast<float>(i + 1) / cells;
      const double value = scale.low + (scale.high - scale.low) * (i + 0.5) / cells;
      list->AddRectFilled(ImVec2(x0, corner.y + line * 0.2f), ImVec2(x1, corner.y + line * 0.8f),
                          packed(scale.colour(value, context.theme.panel)));
    }
    list->AddRect(ImVec2(corner.x, corner.y + line * 0.2f), ImVec2(corner.x + bar, corner.y + line * 0.8f),
                  packed(with_alpha(context.theme.muted, 0.6)));
    if (scale.diverging) {
      const float zero = std::round(corner.x + bar / 2);
      list->AddLine(ImVec2(zero, corner.y + line * 0.08f), ImVec2(zero, corner.y + line * 0.92f),
                    packed(context.theme.ink));
    }
    ImGui::Dummy(ImVec2(bar, line));
  }
  ImGui::SameLine(0, gap);
  text_muted(context, high);
  ImGui::EndGroup();
  std::string help = name;
  if (scale.diverging) help += ". The line in the middle is 0.";
  if (scale.clipped_high) help += " The highest 2% share the colour at the end.";
  tooltip(help);
}

}  // namespace tauscope::gui
