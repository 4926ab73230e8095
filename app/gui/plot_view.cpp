#include "app/gui/plot_view.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/gui/chip.h"
#include "app/gui/plot_memory.h"

namespace tauscope::gui {

namespace {

using Drag = PlotLayout::Drag;

ImU32 colour(Colour c, double alpha = 1) {
  return IM_COL32(c.r, c.g, c.b, static_cast<int>(c.a * alpha + 0.5));
}

/// The wheel belongs to the plot under the cursor, not to the page around it.
void take_wheel() {
#if IMGUI_VERSION_NUM >= 18900
  ImGui::SetItemKeyOwner(ImGuiKey_MouseWheelY);
#else
  ImGui::SetItemUsingMouseWheel();
#endif
}

class PlotViewer {
 public:
  PlotViewer(PanelContext& context, std::string name, const PlotOptions& options)
      : context_(context), name_(std::move(name)), options_(options) {
    auto& kept = context.renderer.plots[name_];
    if (!kept) kept = std::make_unique<PlotLayout>();
    memory_ = static_cast<PlotLayout*>(kept.get());
    const auto it = context.view().plots.find(name_);
    if (it != context.view().plots.end()) view_ = it->second;
  }

  PlotEvents draw(float width, float height) {
    const ImVec2 left = ImGui::GetContentRegionAvail();
    width = std::floor(width > 0 ? width : std::max(left.x, 1.f));
    height = std::floor(height > 0 ? height : std::max(left.y, 1.f));
    origin_ = ImGui::GetCursorScreenPos();
    origin_ = {std::round(origin_.x), std::round(origin_.y)};
    size_ = {width, height};
    out_ = ImGui::GetWindowDrawList();
    const Plot plot = context_.plots.plot(context_.session, name_);
    if (!plot.figure) {
      ImGui::Dummy(size_);
      centred(plot.note.empty() ? (plot.loading ? "Computing …" : "Nothing to show") : plot.note,
              context_.theme.muted);
      return {};
    }
    memory_->update(context_, plot.figure, view_, {width, height}, options_.legend, options_.menu_above);
    if (ImGui::IsRectVisible(origin_, {origin_.x + width, origin_.y + height}))
      context_.renderer.draw(memory_->scene, *out_, origin_.x, scene_top(), plot.is_current ? 1.f : 0.45f);
    if (options_.legend) legend_row(width);
    if (!memory_->error.empty()) centred(memory_->error, context_.theme.warning);
    interact(width, height);
    if (!plot.is_current || !plot.note.empty()) note(plot);
    return std::exchange(events_, {});
  }

 private:
  float scene_top() const { return origin_.y + static_cast<float>(memory_->scene_y); }
  ImVec2 screen(Point p) const {
    return {origin_.x + static_cast<float>(p.x), scene_top() + static_cast<float>(p.y)};
  }
  Point local(ImVec2 p) const { return {p.x - origin_.x, p.y - scene_top()}; }
  float px(float points) const { return std::round(points * context_.theme.scale); }

  /// Text in the middle of the plot, in place of it.
  void centred(std::string_view message, Colour ink) {
    const std::string text = screen_text(message.substr(0, 600));
    const float wrap = std::max(size_.x - px(24), px(60));
    const ImVec2 size = ImGui::CalcTextSize(text.c_str(), nullptr, false, wrap);
    const ImVec2 at{std::round(origin_.x + std::max(px(4), (size_.x - size.x) / 2)),
                    std::round(origin_.y + std::max(0.f, (size_.y - size.y) / 2))};
    out_->PushClipRect(origin_, {origin_.x + size_.x, origin_.y + size_.y}, true);
    out_->AddText(ImGui::GetFont(), ImGui::GetFontSize(), at, colour(ink), text.c_str(), nullptr, wrap);
    out_->PopClipRect();
  }

  /// What the figure belongs to, where that is not what is asked for.
  void note(const Plot& plot) {
    const std::string text = plot.note.empty() ? (plot.loading ? "computing …" : "not current") : plot.note;
    const Rect r = memory_->scene.areas.empty() ? Rect{0, 0, size_.x, size_.y} : memory_->scene.areas[0].rect;
    const ImVec2 size = chip_size(context_, text), corner = screen({r.right(), r.y});
    draw_chip(context_, *out_,
              {std::max(origin_.x, std::round(corner.x - size.x - px(4))), std::round(corner.y + px(4))},
              text, plot.is_current ? context_.theme.muted : context_.theme.warning);
  }

  void legend_row(float width) {
    for (const LegendItem& item : memory_->legend) {
      const ImVec2 at{origin_.x + static_cast<float>(item.rect.x),
                      origin_.y + static_cast<float>(item.rect.y)};
      ImGui::PushID(item.series.c_str());
      ImGui::SetCursorScreenPos(at);
      const ImVec2 size{static_cast<float>(item.rect.width), static_cast<float>(item.rect.height)};
      if (ImGui::InvisibleButton("legend", size)) context_.out.push_back(ToggleSeries{name_, item.series});
      const bool hovered = ImGui::IsItemHovered();
      if (hovered) {
        ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
        out_->AddRectFilled({at.x - px(3), at.y}, {at.x + size.x + px(3), at.y + size.y},
                            colour(context_.theme.ink, 0.08), px(4));
      }
      context_.renderer.draw(item.sample, *out_, at.x, at.y, item.hidden ? 0.35f : 1.f);
      if (item.hidden)
        out_->AddLine({at.x, std::round(at.y + size.y / 2)}, {at.x + size.x, std::round(at.y + size.y / 2)},
                      colour(context_.theme.muted, 0.8));
      ImGui::PopID();
    }
    const float side = std::round(1.3f * context_.theme.em), line = std::round(1.15f * context_.theme.em);
    const float up = memory_->scene_y > 0 ? 0 : std::round(line + ImGui::GetStyle().ItemSpacing.y);
    ImGui::SetCursorScreenPos({origin_.x + width - side, origin_.y - up});
    if (ImGui::InvisibleButton("more", {side, line})) ImGui::OpenPopup("plot menu");
    const bool hovered = ImGui::IsItemHovered();
    const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
    if (hovered) out_->AddRectFilled(low, high, colour(context_.theme.ink, 0.12), px(4));
    for (int i = -1; i <= 1; ++i)
      out_->AddCircleFilled({std::round((low.x + high.x) / 2) + static_cast<float>(i) * px(4),
                             std::round((low.y + high.y) / 2)},
                            std::max(1.2f, 1.4f * context_.theme.scale),
                            colour(hovered ? context_.theme.ink : context_.theme.muted), 8);
  }

  void interact(float width, float height) {
    const float top = static_cast<float>(memory_->scene_y);
    ImGui::SetCursorScreenPos({origin_.x, origin_.y + top});
    ImGui::InvisibleButton("data", {width, std::max(1.f, height - top)},
                           ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
    const bool hovered = ImGui::IsItemHovered(), active = ImGui::IsItemActive();
    mouse_ = local(ImGui::GetIO().MousePos);
    if (ImGui::IsItemActivated()) begin_drag();
    if (active && memory_->drag != Drag::none) continue_drag();
    if (!active && memory_->drag != Drag::none) end_drag();
    line_handles(hovered);
    marks();
    if (hovered || active) {
      const PlotHit at = hit(memory_->scene.areas, mouse_, 3 * context_.theme.em);
      if (at.part != PlotPart::none && hovered) {
        take_wheel();
        if (const float wheel = ImGui::GetIO().MouseWheel; wheel != 0) zoom_by_wheel(at, wheel);
        if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) context_.out.push_back(FitPlot{name_});
      }
      if (at.part == PlotPart::data) read_out(at.panel);
    }
    menu();
  }

  const PlotArea& area(std::size_t panel) const { return memory_->scene.areas[panel]; }

  bool near_line(std::size_t panel) const {
    if (!options_.drag_x || !area(panel).x.drawable(*options_.drag_x)) return false;
    return std::abs(area(panel).x.point(*options_.drag_x) - mouse_.x) <= px(5);
  }

  void begin_drag() {
    const PlotHit at = hit(memory_->scene.areas, mouse_, 3 * context_.theme.em);
    memory_->drag = Drag::none;
    memory_->start = mouse_;
    memory_->moved = false;
    if (at.part == PlotPart::none) {
      if (ImGui::IsMouseDown(ImGuiMouseButton_Right)) memory_->drag = Drag::box;  // only for its menu
      memory_->part = PlotPart::none;
      return;
    }
    memory_->panel = at.panel;
    memory_->part = at.part;
    memory_->area = area(at.panel);
    const bool left = ImGui::IsMouseDown(ImGuiMouseButton_Left);
    const bool lasso = left && options_.lasso && at.part == PlotPart::data && ImGui::GetIO().KeyShift;
    memory_->lasso.clear();
    memory_->drag = lasso                                              ? Drag::lasso
                    : !left                                            ? Drag::box
                    : at.part == PlotPart::data && near_line(at.panel) ? Drag::line
                                                                       : Drag::pan;
  }

  void continue_drag() {
    const Point by{mouse_.x - memory_->start.x, mouse_.y - memory_->start.y};
    const bool now = std::hypot(by.x, by.y) >= px(4);
    memory_->moved = memory_->moved || now || memory_->drag == Drag::line;
    if (!memory_->moved || memory_->part == PlotPart::none) return;
    if (memory_->drag == Drag::line) {
      ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
      const double to = memory_->area.x.value(mouse_.x);
      if (std::isfinite(to)) events_.dragged_to = std::clamp(to, options_.drag_low, options_.drag_high);
    } else if (memory_->drag == Drag::pan) {
      ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeAll);
      const bool x = memory_->part != PlotPart::y_axis, y = memory_->part != PlotPart::x_axis;
      if (ImGui::GetIO().MouseDelta.x != 0 || ImGui::GetIO().MouseDelta.y != 0)
        send(memory_->panel, panned(memory_->area, x ? by.x : 0, y ? by.y : 0));
    } else if (memory_->drag == Drag::lasso) {
      draw_lasso();
    } else {
      draw_box();
    }
  }

  void end_drag() {
    const Drag drag = std::exchange(memory_->drag, Drag::none);
    if (drag == Drag::box && !memory_->moved) ImGui::OpenPopup("plot menu");
    if (memory_->part == PlotPart::none || memory_->panel >= memory_->scene.areas.size()) return;
    if (drag == Drag::box && memory_->moved) {
      const auto [a, b] = box_corners();
      if (const auto zoom = boxed(memory_->area, a, b, px(6))) send(memory_->panel, *zoom);
    }
    if (drag == Drag::lasso && memory_->lasso.size() > 2)
      events_.lasso = PlotLasso{memory_->panel, std::move(memory_->lasso), memory_->area.x, memory_->area.y};
    if (drag == Drag::pan && !memory_->moved && options_.clickable && memory_->part == PlotPart::data)
      events_.clicked = place(memory_->panel);
  }

  /// Over an axis the box takes the whole panel across it.
  std::pair<Point, Point> box_corners() const {
    const Rect& r = memory_->area.rect;
    Point a = memory_->start, b = mouse_;
    if (memory_->part == PlotPart::x_axis) a.y = b.y = r.y;
    if (memory_->part == PlotPart::y_axis) a.x = b.x = r.x;
    return {a, b};
  }

  void draw_lasso() {
    const Rect& r = memory_->area.rect;
    const Point at{std::clamp(mouse_.x, r.x, r.right()), std::clamp(mouse_.y, r.y, r.bottom())};
    auto& corners = memory_->lasso;
    if (corners.empty()) corners.push_back(memory_->start);
    if (std::hypot(at.x - corners.back().x, at.y - corners.back().y) >= px(3)) corners.push_back(at);
    const ImU32 ink = colour(context_.theme.accent, 0.9);
    for (std::size_t i = 0; i + 1 < corners.size(); ++i)
      out_->AddLine(screen(corners[i]), screen(corners[i + 1]), ink, std::max(1.f, px(1.5f)));
    // The side that would close it.
    out_->AddLine(screen(corners.back()), screen(corners.front()), colour(context_.theme.accent, 0.4));
  }

  void draw_box() {
    auto [a, b] = box_corners();
    const Rect& r = memory_->area.rect;
    const auto shown = [&](double& low, double& high, double from, double to) {
      low = std::clamp(low, from, to), high = std::clamp(high, from, to);
      if (std::abs(high - low) < px(6)) low = from, high = to;  // this direction stays as it is
    };
    shown(a.x, b.x, r.x, r.right());
    shown(a.y, b.y, r.y, r.bottom());
    const ImVec2 low = screen({std::min(a.x, b.x), std::min(a.y, b.y)});
    const ImVec2 high = screen({std::max(a.x, b.x), std::max(a.y, b.y)});
    out_->AddRectFilled(low, high, colour(context_.theme.accent, 0.15));
    out_->AddRect(low, high, colour(context_.theme.accent, 0.9));
  }

  void zoom_by_wheel(const PlotHit& at, float wheel) {
    const bool x = at.part != PlotPart::y_axis, y = at.part != PlotPart::x_axis;
    send(at.panel, zoomed(area(at.panel), mouse_, std::pow(0.85, wheel), x, y));
  }

  /// One command per panel that follows: panels that share an axis zoom together along it.
  void send(std::size_t panel, const PlotZoom& zoom) {
    for (std::size_t p = 0; p < memory_->shown.panels.size(); ++p) {
      PlotZoom part = zoom;
      if (p != panel && !memory_->shown.share_x) part.x_low = part.x_high = std::nullopt;
      if (p != panel && !memory_->shown.share_y) part.y_low = part.y_high = std::nullopt;
      if (part == PlotZoom()) continue;
      const auto it = view_.zoom.find(p);
      context_.out.push_back(
          ZoomPlot{name_, p, merged(it == view_.zoom.end() ? PlotZoom() : it->second, part)});
    }
  }

  PlotPoint place(std::size_t panel) const {
    const AxisMap &x = area(panel).x, &y = area(panel).y;
    const auto step = [](const AxisMap& map, double at) {
      return std::abs(map.value(at + 0.5) - map.value(at - 0.5));
    };
    return {panel, x.value(mouse_.x), y.value(mouse_.y), step(x, mouse_.x), step(y, mouse_.y)};
  }

  void line_handles(bool hovered) {
    if (!options_.drag_x) return;
    for (const PlotArea& a : memory_->scene.areas) {
      if (!a.x.drawable(*options_.drag_x)) continue;
      const double at = a.x.point(*options_.drag_x);
      if (at < a.rect.x - 0.5 || at > a.rect.right() + 0.5) continue;
      const ImVec2 top = screen({at, a.rect.y}), bottom = screen({at, a.rect.bottom()});
      const float x = std::floor(top.x), half = px(5);
      const bool hot = memory_->drag == Drag::line || (hovered && std::abs(at - mouse_.x) <= px(5));
      const ImU32 ink = colour(context_.theme.accent);
      out_->AddRectFilled({x, top.y}, {x + std::max(1.f, px(hot ? 2 : 1)), bottom.y}, ink);
      out_->AddTriangleFilled({x + 0.5f - half, top.y}, {x + 0.5f + half, top.y},
                              {x + 0.5f, top.y + 1.4f * half}, ink);
      if (hot) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
    }
  }

  /// Over any colour: light on dark.
  void marks() {
    const auto line = [&](ImVec2 low, ImVec2 high) {
      const float wide = std::max(1.f, px(1));
      out_->AddRectFilled({low.x - wide, low.y - wide}, {high.x + wide, high.y + wide},
                          IM_COL32(0, 0, 0, 140));
      out_->AddRectFilled(low, high, IM_COL32_WHITE);
    };
    for (const PlotArea& a : memory_->scene.areas) {
      const ImVec2 low = screen({a.rect.x, a.rect.y}), high = screen({a.rect.right(), a.rect.bottom()});
      const float wide = std::max(1.f, px(1));
      out_->PushClipRect(low, high, true);
      if (options_.mark_row && a.y.drawable(*options_.mark_row)) {
        const float y = std::round(screen({0, a.y.point(*options_.mark_row)}).y);
        line({low.x, y}, {high.x, y + wide});
      }
      if (options_.mark_column) {
        for (const double side : {-0.5, 0.5}) {
          const float x = std::round(screen({a.x.point(*options_.mark_column + side), 0}).x);
          line({x, low.y}, {x + wide, high.y});
        }
      }
      out_->PopClipRect();
    }
  }

  /// Cross-hair, the cursor's values, and the nearest series with its own.
  void read_out(std::size_t panel) {
    const PlotArea& a = area(panel);
    events_.hovered = place(panel);
    if (memory_->drag == Drag::box || memory_->drag == Drag::line || memory_->drag == Drag::lasso) return;
    const tauscope::Panel& data = memory_->shown.panels[panel];
    const ImU32 thin = colour(context_.theme.muted, 0.55);
    const ImVec2 at = screen(mouse_), low = screen({a.rect.x, a.rect.y}),
                 high = screen({a.rect.right(), a.rect.bottom()});
    out_->AddRectFilled({std::floor(at.x), low.y}, {std::floor(at.x) + 1, high.y}, thin);
    out_->AddRectFilled({low.x, std::floor(at.y)}, {high.x, std::floor(at.y) + 1}, thin);
    std::string text = read_axis(data.x, a.x, mouse_.x) + ",  " + read_axis(data.y, a.y, mouse_.y);
    if (const auto reading = memory_->readers[panel].nearest(mouse_, 2.5 * context_.theme.em)) {
      const ImVec2 mark = screen(reading->at);
      if (reading->distance > 1)
        out_->AddCircle(mark, px(4), colour(context_.theme.figure.colour_of(reading->look)), 16,
                        std::max(1.f, px(1.5f)));
      text += "\n" + (reading->series.empty() ? "" : drawable_text(reading->series) + ":  ") + reading->text;
    }
    const ImVec2 size = chip_size(context_, text);
    ImVec2 corner{at.x + px(14), at.y + px(14)};
    if (corner.x + size.x > origin_.x + size_.x) corner.x = at.x - px(10) - size.x;
    if (corner.y + size.y > origin_.y + size_.y) corner.y = at.y - px(10) - size.y;
    draw_chip(context_, *out_, {std::round(std::max(corner.x, origin_.x)), std::round(corner.y)}, text,
              context_.theme.ink);
    ImGui::SetMouseCursor(near_line(panel)     ? ImGuiMouseCursor_ResizeEW
                          : options_.clickable ? ImGuiMouseCursor_Hand
                                               : ImGuiMouseCursor_Arrow);
  }

  void menu() {
    if (!ImGui::BeginPopup("plot menu")) return;
    const bool changed = !view_.zoom.empty();
    if (ImGui::MenuItem("Fit", "double click", false, changed)) context_.out.push_back(FitPlot{name_});
    for (const LegendItem& item : memory_->legend)
      if (item.hidden && ImGui::MenuItem(("Show " + screen_text(item.series)).c_str()))
        context_.out.push_back(ToggleSeries{name_, item.series});
    ImGui::Separator();
    if (ImGui::MenuItem("Copy CSV")) context_.out.push_back(CopyFigure{name_});
    for (const char* ext : {"png", "svg", "pdf", "csv"}) {
      std::string label = std::string("Save ") + ext + "…";
      std::transform(label.begin() + 5, label.begin() + 8, label.begin() + 5,
                     [](char c) { return c - 'a' + 'A'; });
      if (ImGui::MenuItem(label.c_str())) events_.save_as = ext;
    }
    ImGui::EndPopup();
  }

  PanelContext& context_;
  std::string name_;
  PlotOptions options_;
  PlotLayout* memory_ = nullptr;
  PlotView view_;
  PlotEvents events_;
  ImVec2 origin_{}, size_{};
  ImDrawList* out_ = nullptr;
  Point mouse_;
};

}  // namespace

bool PlotLasso::contains(double data_x, double data_y) const {
  if (!x.drawable(data_x) || !y.drawable(data_y)) return false;
  return inside_polygon(corners, {x.point(data_x), y.point(data_y)});
}

PlotEvents draw_plot(PanelContext& context, std::string_view name, float width, float height,
                     const PlotOptions& options) {
  ImGui::PushID(name.data(), name.data() + name.size());
  ImGui::BeginGroup();
  const PlotEvents events = PlotViewer(context, std::string(name), options).draw(width, height);
  ImGui::EndGroup();
  ImGui::PopID();
  return events;
}

}  // namespace tauscope::gui
