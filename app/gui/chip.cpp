#include "app/gui/chip.h"

#include <cmath>
#include <string>

#include "app/gui/fonts.h"

namespace tauscope::gui {

namespace {

ImU32 packed(Colour c, double alpha = 1) {
  return IM_COL32(c.r, c.g, c.b, static_cast<int>(c.a * alpha + 0.5));
}

ImVec2 padding(const PanelContext& context) {
  return {std::round(6 * context.theme.scale), std::round(3 * context.theme.scale)};
}

std::string shown(std::string_view text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return screen_text(text);
  return screen_text(text.substr(0, end)) + "\n" + shown(text.substr(end + 1));
}

ImVec2 text_size(const PanelContext& context, const std::string& text) {
  ImFont* font = context.fonts.small_text();
  return font->CalcTextSizeA(font->FontSize, 1e6f, 0, text.c_str());
}

}  // namespace

ImVec2 chip_size(const PanelContext& context, std::string_view text) {
  const ImVec2 size = text_size(context, shown(text)), pad = padding(context);
  return {size.x + 2 * pad.x, size.y + 2 * pad.y};
}

void draw_chip(const PanelContext& context, ImDrawList& list, ImVec2 at, std::string_view text, Colour ink) {
  const std::string lines = shown(text);
  const ImVec2 size = text_size(context, lines), pad = padding(context);
  const ImVec2 end{at.x + size.x + 2 * pad.x, at.y + size.y + 2 * pad.y};
  const Theme& theme = context.theme;
  const float round = std::round(4 * theme.scale);
  list.AddRectFilled(at, end, packed(mix(theme.panel, theme.ink, 0.08), 0.94), round);
  list.AddRect(at, end, packed(mix(theme.panel, theme.ink, 0.25)), round);
  ImFont* font = context.fonts.small_text();
  list.AddText(font, font->FontSize, {at.x + pad.x, at.y + pad.y}, packed(ink), lines.c_str());
}

}  // namespace tauscope::gui
