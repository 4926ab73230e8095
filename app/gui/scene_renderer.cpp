#include "app/gui/scene_renderer.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "app/gui/scene_mesh.h"

namespace tauscope::gui {

namespace {

constexpr float farthest = 1e6f;  // pixels; beyond it a float has no fractions left

float coordinate(double value) {
  return static_cast<float>(std::clamp(value, -1e6, 1e6));
}

ImU32 packed(Colour c, float opacity) {
  return IM_COL32(c.r, c.g, c.b, static_cast<int>(static_cast<float>(c.a) * opacity + 0.5f));
}

/// Draws one scene; the corner is on whole pixels.
class Drawer {
 public:
  Drawer(const FontMetrics& metrics, ImDrawList& out, float x, float y, float opacity)
      : metrics_(metrics), out_(out), x_(x), y_(y), opacity_(opacity) {}

  void operator()(const Polyline& line) {
    if (line.points.size() <= 5 && straight(line.points) && line.stroke.dash.empty()) {
      for (std::size_t i = 0; i + 1 < line.points.size(); ++i)
        ruler(line.points[i], line.points[i + 1], line.stroke);
      return;
    }
    const double width = std::max(1.0, line.stroke.width);
    const ImU32 colour = ink(line.stroke.colour, line.stroke.width);
    if (const auto columns = columns_of(line.points, width); !columns.empty()) {
      for (const Column& c : columns)
        out_.AddRectFilled(at({c.x, c.top}), at({c.x + 1, c.bottom}), colour);
      return;
    }
    for (const auto& run : smooth_runs(line.points, 0.4 * width)) {
      if (line.stroke.dash.empty()) {
        stroke(run, colour, width);
        continue;
      }
      for (const auto& dash : dashes_of(run, line.stroke.dash))
        stroke(dash, colour, width);
    }
  }

  void operator()(const Polygon& polygon) {
    const ImU32 fill = packed(polygon.fill, opacity_), clear = fill & ~IM_COL32_A_MASK;
    for (const Slab& s : slabs_of(polygon.points)) {
      // A fringe of a pixel above and below, as wide across the edge whatever its slope, smooths the edges.
      const auto fringe = [&](double a, double b) {
        return std::min(3.0, 0.5 * std::hypot(1, (b - a) / std::max(1e-3, s.x1 - s.x0)));
      };
      const double up = fringe(s.top0, s.top1), down = fringe(s.bottom0, s.bottom1);
      const double in_up = std::min(up, std::max(0.0, (s.bottom0 + s.bottom1 - s.top0 - s.top1) / 4));
      const double in_down = std::min(down, in_up);
      quad(s, s.top0 - up, s.top1 - up, clear, s.top0 + in_up, s.top1 + in_up, fill);
      quad(s, s.top0 + in_up, s.top1 + in_up, fill, s.bottom0 - in_down, s.bottom1 - in_down, fill);
      quad(s, s.bottom0 - in_down, s.bottom1 - in_down, fill, s.bottom0 + down, s.bottom1 + down, clear);
    }
  }

  void operator()(const Box& box) {
    const Rect& r = box.rect;
    if (!(r.width > 0) || !(r.height > 0) || std::isnan(r.x) || std::isnan(r.y)) return;
    // Whole pixels: neighbours meet without a seam. What is thinner than one is paler instead.
    float x0 = std::round(x_ + coordinate(r.x)), x1 = std::round(x_ + coordinate(r.right()));
    float y0 = std::round(y_ + coordinate(r.y)), y1 = std::round(y_ + coordinate(r.bottom()));
    float share = 1;
    if (x1 <= x0) x1 = x0 + 1, share *= static_cast<float>(std::min(1.0, std::max(0.35, r.width)));
    if (y1 <= y0) {
      y0 = std::floor(y_ + coordinate(r.y)), y1 = y0 + 1;
      share *= static_cast<float>(std::min(1.0, r.height));
    }
    out_.AddRectFilled({x0, y0}, {x1, y1}, packed(box.fill, opacity_ * share));
  }

  void operator()(const Markers& markers) {
    const ImU32 colour = packed(markers.colour, opacity_);
    for (const Point p : markers.points)
      if (std::isfinite(p.x) && std::isfinite(p.y)) marker(markers, at(p), colour);
  }

  void operator()(const Text& text) {
    if (text.text.empty() || !std::isfinite(text.at.x) || !std::isfinite(text.at.y)) return;
    const std::string shown = screen_text(text.text);
    const FontMetrics::Choice font = metrics_.choose(text.size, text.bold);
    const ImVec2 size = font.font->CalcTextSizeA(font.line, farthest, 0, shown.c_str());
    float left = 0, up = 0;
    if (text.horizontal == HorizontalAlign::centre) left = size.x / 2;
    if (text.horizontal == HorizontalAlign::right) left = size.x;
    if (text.vertical == VerticalAlign::middle) up = font.line / 2;
    if (text.vertical == VerticalAlign::baseline) up = font.ascent;
    if (text.vertical == VerticalAlign::bottom) up = font.line;
    const ImU32 colour = packed(text.colour, opacity_);
    const ImVec2 pivot = at(text.at);
    if (text.rotation == 0) {
      out_.AddText(font.font, font.line, {std::round(pivot.x - left), std::round(pivot.y - up)}, colour,
                   shown.c_str());
      return;
    }
    turned_text(shown, font, pivot, {-std::round(left), -std::round(up)}, text.rotation, colour);
  }

  void operator()(const ClipBegin& clip) {
    const ImVec2 low = at({clip.rect.x, clip.rect.y}), high = at({clip.rect.right(), clip.rect.bottom()});
    out_.PushClipRect({std::floor(low.x), std::floor(low.y)}, {std::ceil(high.x), std::ceil(high.y)}, true);
    ++clips_;
  }
  void operator()(const ClipEnd&) {
    if (clips_ == 0) return;
    out_.PopClipRect();
    --clips_;
  }
  /// A scene that never ends its clips must not clip what is drawn next.
  void finish() {
    while (clips_ > 0)
      (*this)(ClipEnd{});
  }

  void picture(const Image& image, ImTextureID texture) {
    const ImVec2 low = at({image.rect.x, image.rect.y}), high = at({image.rect.right(), image.rect.bottom()});
    out_.AddImage(texture, {std::round(low.x), std::round(low.y)}, {std::round(high.x), std::round(high.y)},
                  {0, 0}, {1, 1}, packed({255, 255, 255, 255}, opacity_));
  }

  /// Without textures: one rectangle for each run of a colour that is the same over some rows.
  void picture(const Image& image) {
    const auto row = [&](int y) {
      return image.pixels->begin() + static_cast<std::ptrdiff_t>(y) * image.width;
    };
    const double w = image.rect.width / image.width, h = image.rect.height / image.height;
    for (int y = 0, next = 0; y < image.height; y = next) {
      for (next = y + 1; next < image.height && std::equal(row(y), row(y) + image.width, row(next));)
        ++next;
      for (int x = 0, end = 0; x < image.width; x = end) {
        for (end = x + 1; end < image.width && row(y)[end] == row(y)[x];)
          ++end;
        const ImVec2 low = at({image.rect.x + x * w, image.rect.y + y * h});
        const ImVec2 high = at({image.rect.x + end * w, image.rect.y + next * h});
        if (row(y)[x].a > 0) out_.AddRectFilled(low, high, packed(row(y)[x], opacity_));
      }
    }
  }

 private:
  ImVec2 at(Point p) const { return {x_ + coordinate(p.x), y_ + coordinate(p.y)}; }

  /// Thinner than a pixel is drawn a pixel wide and paler.
  ImU32 ink(Colour colour, double width) const {
    return packed(colour, opacity_ * static_cast<float>(std::clamp(width, 0.3, 1.0)));
  }

  static bool straight(const std::vector<Point>& points) {
    for (std::size_t i = 0; i + 1 < points.size(); ++i)
      if (points[i].x != points[i + 1].x && points[i].y != points[i + 1].y) return false;
    return points.size() > 1 && std::all_of(points.begin(), points.end(),
                                            [](Point p) { return std::isfinite(p.x) && std::isfinite(p.y); });
  }

  /// Ticks, grid lines, frames: on whole pixels, so that all of a kind look the same.
  void ruler(Point a, Point b, const Stroke& stroke) {
    const float width = std::max(1.f, std::round(static_cast<float>(stroke.width)));
    const ImVec2 p = at(a), q = at(b);
    const bool upright = a.x == b.x;
    const float across = std::floor((upright ? p.x : p.y) - width / 2 + 0.5f);
    const float low = std::round(std::min(upright ? p.y : p.x, upright ? q.y : q.x));
    const float high = std::max(low, std::round(std::max(upright ? p.y : p.x, upright ? q.y : q.x))) + 1;
    if (upright)
      out_.AddRectFilled({across, low}, {across + width, high}, ink(stroke.colour, stroke.width));
    else
      out_.AddRectFilled({low, across}, {high, across + width}, ink(stroke.colour, stroke.width));
  }

  void stroke(const std::vector<Point>& points, ImU32 colour, double width) {
    constexpr std::size_t most = 4000;  // a draw command's indices have 16 bits
    for (std::size_t first = 0; first + 1 < points.size(); first += most - 1) {
      path_.clear();
      for (std::size_t i = first; i < std::min(points.size(), first + most); ++i)
        path_.push_back(at(points[i]));
      out_.AddPolyline(path_.data(), static_cast<int>(path_.size()), colour, ImDrawFlags_None,
                       static_cast<float>(width));
    }
  }

  void quad(const Slab& s, double a0, double a1, ImU32 above, double b0, double b1, ImU32 below) {
    const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
    out_.PrimReserve(6, 4);
    const auto first = static_cast<ImDrawIdx>(out_._VtxCurrentIdx);
    for (const int i : {0, 1, 2, 0, 2, 3})
      out_.PrimWriteIdx(static_cast<ImDrawIdx>(first + i));
    out_.PrimWriteVtx(at({s.x0, a0}), uv, above);
    out_.PrimWriteVtx(at({s.x1, a1}), uv, above);
    out_.PrimWriteVtx(at({s.x1, b1}), uv, below);
    out_.PrimWriteVtx(at({s.x0, b0}), uv, below);
  }

  void marker(const Markers& markers, ImVec2 p, ImU32 colour) {
    const float r = static_cast<float>(markers.size / 2);
    const auto filled = [&](std::initializer_list<ImVec2> corners) {
      path_.assign(corners);
      for (ImVec2& corner : path_)
        corner = {p.x + r * corner.x, p.y + r * corner.y};
      out_.AddConvexPolyFilled(path_.data(), static_cast<int>(path_.size()), colour);
    };
    switch (markers.shape) {
      case Marker::none:
        return;
      case Marker::circle:
        out_.AddCircleFilled(p, r, colour, r < 8 ? 12 : 0);
        return;
      case Marker::square:
        filled({{-0.85f, -0.85f}, {0.85f, -0.85f}, {0.85f, 0.85f}, {-0.85f, 0.85f}});
        return;
      case Marker::triangle:
        filled({{0, -1.15f}, {1, 0.75f}, {-1, 0.75f}});
        return;
      case Marker::down_triangle:
        filled({{0, 1.15f}, {-1, -0.75f}, {1, -0.75f}});
        return;
      case Marker::diamond:
        filled({{0, -1.2f}, {1.2f, 0}, {0, 1.2f}, {-1.2f, 0}});
        return;
      case Marker::cross: {
        const float width = std::max(1.2f, r / 2), half = 0.5f;  // AddLine adds half a pixel
        out_.AddLine({p.x - r - half, p.y - r - half}, {p.x + r - half, p.y + r - half}, colour, width);
        out_.AddLine({p.x - r - half, p.y + r - half}, {p.x + r - half, p.y - r - half}, colour, width);
        return;
      }
    }
  }

  /// Letters one by one, each corner turned; on whole pixels, so that a quarter turn stays sharp.
  void turned_text(const std::string& text, const FontMetrics::Choice& font, ImVec2 pivot, ImVec2 start,
                   double degrees, ImU32 colour) {
    pivot = {std::round(pivot.x), std::round(pivot.y)};
    const double quarter = std::round(degrees / 90);
    const bool exact = degrees == quarter * 90;
    const double radians = -degrees * std::numbers::pi / 180;
    const auto turn = [&](float x, float y) {
      float c = static_cast<float>(std::cos(radians)), s = static_cast<float>(std::sin(radians));
      if (exact) c = std::round(c), s = std::round(s);
      return ImVec2{pivot.x + c * x - s * y, pivot.y + s * x + c * y};
    };
    const float scale = font.line / font.font->FontSize;
    float pen = start.x;
    for (const char *p = text.c_str(), *end = p + text.size(); p < end;) {
      unsigned int c = 0;
      p += ImTextCharFromUtf8(&c, p, end);
      const ImFontGlyph* glyph = font.font->FindGlyph(static_cast<ImWchar>(c));
      if (!glyph) continue;
      if (glyph->Visible) {
        const float x0 = pen + glyph->X0 * scale, x1 = pen + glyph->X1 * scale;
        const float y0 = start.y + glyph->Y0 * scale, y1 = start.y + glyph->Y1 * scale;
        out_.PrimReserve(6, 4);
        out_.PrimQuadUV(turn(x0, y0), turn(x1, y0), turn(x1, y1), turn(x0, y1), {glyph->U0, glyph->V0},
                        {glyph->U1, glyph->V0}, {glyph->U1, glyph->V1}, {glyph->U0, glyph->V1}, colour);
      }
      pen += glyph->AdvanceX * scale;
    }
  }

  const FontMetrics& metrics_;
  ImDrawList& out_;
  float x_, y_, opacity_;
  int clips_ = 0;
  std::vector<ImVec2> path_;
};

}  // namespace

TextExtent FontMetrics::measure(std::string_view text, double size, bool bold) const {
  if (text.empty()) return {};
  const Choice font = choose(size, bold);
  const std::string shown = screen_text(text);
  const float width =
      font.font->CalcTextSizeA(font.line, farthest, 0, shown.data(), shown.data() + shown.size()).x;
  return {width, font.ascent, font.line - font.ascent};
}

FontMetrics::Choice FontMetrics::choose(double size, bool bold) const {
  FontRole best = bold ? FontRole::bold : FontRole::ui;
  const auto distance = [&](FontRole role) { return std::abs(fonts_.em_square(role) - size); };
  const FontRole other = bold ? FontRole::heading : FontRole::small;
  if (distance(other) < distance(best)) best = other;
  const float scale = static_cast<float>(size) / fonts_.em_square(best);
  ImFont* font = fonts_.get(best);
  return {best, font, font->FontSize * scale, fonts_.ascent(best) * scale};
}

struct SceneRenderer::Picture {
  std::shared_ptr<const std::vector<Colour>> pixels;  ///< held, so that its address stays its own
  ImTextureID texture{};
  unsigned used = 0;
};

SceneRenderer::SceneRenderer(const Fonts& fonts, TextureMaker* textures)
    : fonts_(fonts), metrics_(fonts), textures_(textures) {}

SceneRenderer::~SceneRenderer() {
  for (auto& [address, picture] : pictures_)
    textures_->destroy(picture.texture);
}

void SceneRenderer::begin_frame() {
  constexpr unsigned kept = 2;  // frames: a texture may be in a frame that is still to be drawn
  ++frame_;
  for (auto it = pictures_.begin(); it != pictures_.end();) {
    if (frame_ - it->second.used <= kept) {
      ++it;
      continue;
    }
    textures_->destroy(it->second.texture);
    it = pictures_.erase(it);
  }
}

ImTextureID SceneRenderer::texture_of(const Image& image) {
  Picture& picture = pictures_[image.pixels.get()];
  if (!picture.pixels) {
    picture.pixels = image.pixels;
    picture.texture = textures_->make(image.width, image.height, image.pixels->data());
  }
  picture.used = frame_;
  return picture.texture;
}

void SceneRenderer::draw(const Scene& scene, ImDrawList& out, float x, float y, float opacity) {
  Drawer drawer(metrics_, out, std::round(x), std::round(y), opacity);
  for (const Primitive& primitive : scene.primitives) {
    const auto* image = std::get_if<Image>(&primitive);
    if (!image) {
      std::visit(
          [&](const auto& p) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(p)>, Image>) drawer(p);
          },
          primitive);
    } else if (image->pixels && image->width > 0 && image->height > 0) {
      if (textures_)
        drawer.picture(*image, texture_of(*image));
      else
        drawer.picture(*image);
    }
  }
  drawer.finish();
}

}  // namespace tauscope::gui
