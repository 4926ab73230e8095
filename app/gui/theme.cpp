#include "app/gui/theme.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>

namespace tauscope::gui {

namespace {

ImVec4 im(Colour c) {
  return {c.r / 255.f, c.g / 255.f, c.b / 255.f, c.a / 255.f};
}

Theme dark_theme() {
  Theme t;
  t.dark = true;
  t.background = {20, 22, 26, 255};
  t.panel = {27, 30, 35, 255};
  t.ink = {228, 230, 234, 255};
  t.muted = {156, 163, 175, 255};
  t.accent = {86, 180, 233, 255};  // Okabe and Ito's sky blue
  t.warning = {230, 159, 0, 255};  // orange
  t.error = {240, 122, 84, 255};   // vermillion, lighter
  t.good = {38, 190, 148, 255};    // bluish green, lighter
  t.highlight = {86, 180, 233, 56};
  return t;
}

Theme light_theme() {
  Theme t;
  t.dark = false;
  t.background = {240, 242, 245, 255};
  t.panel = {255, 255, 255, 255};
  t.ink = {28, 31, 36, 255};
  t.muted = {96, 103, 114, 255};
  t.accent = {0, 114, 178, 255};  // Okabe and Ito's blue
  t.warning = {166, 106, 0, 255};
  t.error = {190, 62, 0, 255};
  t.good = {0, 122, 90, 255};
  t.highlight = {0, 114, 178, 40};
  return t;
}

Style figure_style(const Theme& theme) {
  Style style = Style::screen(theme.dark);
  style.background = theme.panel;
  style.ink = theme.ink;
  style.muted = theme.muted;
  style.frame = mix(theme.panel, theme.ink, 0.45);
  style.grid = mix(theme.panel, theme.ink, theme.dark ? 0.13 : 0.11);
  style.no_data = mix(theme.panel, theme.ink, 0.28);
  style.draw_title = false;  // the page around a plot names it
  const double scale = theme.scale;
  for (double* size : {&style.line_width, &style.marker_size, &style.tick_length, &style.gap})
    *size *= scale;
  for (double* size : {&style.font_size, &style.tick_size})
    *size = std::round(*size * scale);  // the sizes that fonts.cpp draws, so that no letter is resampled
  style.frame_width = std::max(1.0, std::floor(scale));  // whole pixels: sharp
  return style;
}

void set_sizes(ImGuiStyle& style, float scale) {
  const auto px = [scale](float points) { return std::round(points * scale); };
  style = ImGuiStyle();
  style.WindowPadding = {px(8), px(8)};
  style.FramePadding = {px(8), px(4)};
  style.CellPadding = {px(6), px(3)};
  style.ItemSpacing = {px(8), px(6)};
  style.ItemInnerSpacing = {px(6), px(4)};
  style.IndentSpacing = px(18);
  style.ScrollbarSize = px(12);
  style.GrabMinSize = px(12);
  style.WindowRounding = style.ChildRounding = style.FrameRounding = style.PopupRounding = px(4);
  style.GrabRounding = style.TabRounding = px(4);
  style.ScrollbarRounding = px(6);
  style.WindowBorderSize = style.ChildBorderSize = style.PopupBorderSize = 1;
  style.FrameBorderSize = style.TabBorderSize = 0;
  style.WindowTitleAlign = {0, 0.5f};
  style.DisplaySafeAreaPadding = {0, 0};
  style.CurveTessellationTol = 1.0f;
  style.AntiAliasedLinesUseTex = false;  // needs smoothing between texels, which sharp letters go without
}

void set_colours(ImGuiStyle& style, const Theme& t) {
  const auto over = [&](double share) { return im(mix(t.panel, t.ink, share)); };
  const auto accent = [&](double alpha) { return im(with_alpha(t.accent, alpha)); };
  auto* c = style.Colors;
  t.dark ? ImGui::StyleColorsDark(&style) : ImGui::StyleColorsLight(&style);
  c[ImGuiCol_Text] = im(t.ink);
  c[ImGuiCol_TextDisabled] = im(t.muted);
  c[ImGuiCol_WindowBg] = im(t.background);
  c[ImGuiCol_ChildBg] = {0, 0, 0, 0};
  c[ImGuiCol_PopupBg] = t.dark ? over(0.05) : im(t.panel);
  c[ImGuiCol_Border] = over(t.dark ? 0.16 : 0.18);
  c[ImGuiCol_BorderShadow] = {0, 0, 0, 0};
  c[ImGuiCol_FrameBg] = over(t.dark ? 0.09 : 0.075);
  c[ImGuiCol_FrameBgHovered] = over(0.15);
  c[ImGuiCol_FrameBgActive] = over(0.20);
  c[ImGuiCol_TitleBg] = c[ImGuiCol_TitleBgCollapsed] = im(t.panel);
  c[ImGuiCol_TitleBgActive] = over(0.08);
  c[ImGuiCol_MenuBarBg] = im(t.panel);
  c[ImGuiCol_ScrollbarBg] = {0, 0, 0, 0};
  c[ImGuiCol_ScrollbarGrab] = over(0.25);
  c[ImGuiCol_ScrollbarGrabHovered] = over(0.35);
  c[ImGuiCol_ScrollbarGrabActive] = over(0.45);
  c[ImGuiCol_CheckMark] = c[ImGuiCol_SliderGrab] = im(t.accent);
  c[ImGuiCol_SliderGrabActive] = im(mix(t.accent, t.ink, 0.25));
  c[ImGuiCol_Button] = over(t.dark ? 0.12 : 0.09);
  c[ImGuiCol_ButtonHovered] = over(0.20);
  c[ImGuiCol_ButtonActive] = over(0.28);
  c[ImGuiCol_Header] = accent(t.dark ? 0.24 : 0.18);
  c[ImGuiCol_HeaderHovered] = over(0.14);
  c[ImGuiCol_HeaderActive] = accent(0.36);
  c[ImGuiCol_Separator] = c[ImGuiCol_Border];
  c[ImGuiCol_SeparatorHovered] = accent(0.6);
  c[ImGuiCol_SeparatorActive] = im(t.accent);
  c[ImGuiCol_ResizeGrip] = {0, 0, 0, 0};
  c[ImGuiCol_ResizeGripHovered] = accent(0.5);
  c[ImGuiCol_ResizeGripActive] = accent(0.8);
  c[ImGuiCol_Tab] = c[ImGuiCol_TabUnfocused] = {0, 0, 0, 0};
  c[ImGuiCol_TabHovered] = over(0.15);
  c[ImGuiCol_TabActive] = c[ImGuiCol_TabUnfocusedActive] = accent(t.dark ? 0.28 : 0.20);
  c[ImGuiCol_PlotLines] = c[ImGuiCol_PlotHistogram] = im(t.accent);
  c[ImGuiCol_PlotLinesHovered] = c[ImGuiCol_PlotHistogramHovered] = im(mix(t.accent, t.ink, 0.25));
  c[ImGuiCol_TableHeaderBg] = over(t.dark ? 0.08 : 0.06);
  c[ImGuiCol_TableBorderStrong] = c[ImGuiCol_TableBorderLight] = over(0.13);
  c[ImGuiCol_TableRowBg] = {0, 0, 0, 0};
  c[ImGuiCol_TableRowBgAlt] = im(with_alpha(t.ink, t.dark ? 0.025 : 0.03));
  c[ImGuiCol_TextSelectedBg] = accent(0.35);
  c[ImGuiCol_DragDropTarget] = c[ImGuiCol_NavHighlight] = im(t.accent);
  c[ImGuiCol_ModalWindowDimBg] = {0, 0, 0, t.dark ? 0.55f : 0.35f};
}

}  // namespace

Theme apply_theme(tauscope::Theme choice, float scale) {
  Theme theme = choice == tauscope::Theme::dark ? dark_theme() : light_theme();
  theme.scale = scale;
  theme.em = std::round(16 * scale);
  theme.figure = figure_style(theme);
  ImGuiStyle& style = ImGui::GetStyle();
  set_sizes(style, scale);
  set_colours(style, theme);
  return theme;
}

}  // namespace tauscope::gui
