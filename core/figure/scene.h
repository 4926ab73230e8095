// A figure as primitives: what a renderer loops over. Lengths in points (1/72 inch), x to the right, y
// downwards.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/figure/axis_map.h"
#include "core/figure/colour.h"
#include "core/figure/figure.h"
#include "core/figure/geometry.h"

namespace tauscope {

struct Stroke {
  Colour colour{};
  double width = 1;
  std::vector<double> dash{};  ///< lengths on, off, …; empty = solid
  bool operator==(const Stroke&) const = default;
};

struct Polyline {
  std::vector<Point> points{};
  Stroke stroke{};
};

struct Polygon {
  std::vector<Point> points{};
  Colour fill{};
};

/// A rectangle without outline.
struct Box {
  Rect rect{};
  Colour fill{};
};

/// The same small shape at many places.
struct Markers {
  std::vector<Point> points{};
  Marker shape = Marker::circle;
  double size = 3;  ///< diameter
  Colour colour{};
};

enum class HorizontalAlign { left, centre, right };
enum class VerticalAlign { top, middle, baseline, bottom };

/// One line of text. `rotation` in degrees, counter-clockwise, about `at`.
struct Text {
  Point at{};
  std::string text{};
  double size = 8;
  Colour colour{};
  HorizontalAlign horizontal = HorizontalAlign::left;
  VerticalAlign vertical = VerticalAlign::baseline;
  double rotation = 0;
  bool bold = false;
};

/// Pixels, row by row from the top, stretched over `rect` without smoothing.
struct Image {
  Rect rect{};
  int width = 0, height = 0;
  std::shared_ptr<const std::vector<Colour>> pixels{};
};

struct ClipBegin {
  Rect rect{};
};
struct ClipEnd {};

using Primitive = std::variant<Polyline, Polygon, Box, Markers, Text, Image, ClipBegin, ClipEnd>;

/// Where a panel's data lie, so that a window can turn a cursor into values.
struct PlotArea {
  Rect rect{};
  AxisMap x{}, y{};
};

struct Scene {
  Size size{};
  Colour background{};
  std::vector<Primitive> primitives{};
  std::vector<PlotArea> areas{};  ///< one per panel
  std::string title{}, description{}, provenance{};

  template <class P>
  void add(P primitive) {
    primitives.emplace_back(std::in_place_type<P>, std::move(primitive));
  }
};

}  // namespace tauscope
