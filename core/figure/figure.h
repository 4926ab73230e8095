// What a plot says, apart from how it is drawn: data, axes, units, provenance. A pure value.
//
// `layout` (layout.h) turns it into a Scene, renderers draw the Scene, `write_figure_csv` writes the same
// numbers.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/figure/colour.h"
#include "core/figure/values.h"

namespace tauscope {

enum class Scale { linear, log };

struct Axis {
  std::string label{};  ///< "temperature τ"
  std::string unit{};   ///< "nats"; shown as "label (unit)"
  Scale scale = Scale::linear;
  std::optional<double> low{}, high{};  ///< limits; from the data where absent
  bool include_zero = false;            ///< linear scale only
  bool reversed = false;  ///< grows to the left, or downwards (lists of names read from the top)
  /// Where given, the only places for ticks (the temperatures of an analysis); thinned where labels would
  /// touch.
  std::vector<double> ticks{};
  std::vector<std::string> tick_labels{};  ///< one per tick: names in place of numbers
  bool turned = false;  ///< of a horizontal axis: the labels read upwards, so that many names fit
  bool operator==(const Axis&) const = default;
};

/// A line through (x, y). Empty x means 0, 1, 2, … The line breaks where a value cannot be drawn (NaN,
/// infinite, not positive on a log axis). Non-decreasing x is reduced to pixel columns however long the line
/// is.
struct Line {
  Values x{}, y{};
  bool markers = false;
  bool operator==(const Line&) const = default;
};

/// The area between `low` and `high` (quantile bands). Breaks as a line does.
struct Band {
  Values x{}, low{}, high{};
  std::string meaning{};  ///< "25th to 75th percentile": a legend entry for all bands of that meaning
  bool operator==(const Band&) const = default;
};

/// A histogram: bin i reaches from edges[i] to edges[i + 1]; one edge more than heights.
struct Steps {
  Values edges{}, heights{};
  bool filled = false;
  bool operator==(const Steps&) const = default;
};

/// Bar i covers x_low[i] to x_high[i] and reaches from base[i] (empty = 0) to top[i]. See stack().
struct Bars {
  Values x_low{}, x_high{}, base{}, top{};
  bool operator==(const Bars&) const = default;
};

/// A marker at (x, y) with a thin range from low to high: along y, or along x if horizontal.
struct Intervals {
  Values x{}, y{}, low{}, high{};
  bool horizontal = false;
  bool operator==(const Intervals&) const = default;
};

struct Scatter {
  Values x{}, y{};
  std::vector<std::string> names{};  ///< one per point, or none: for reading values and in the CSV's label
  bool operator==(const Scatter&) const = default;
};

/// Cell (row r, column c) covers x_edges[c..c+1] by y_edges[r..r+1]; `cells` is (rows, columns), row by row.
struct HeatMap {
  Values x_edges{}, y_edges{}, cells{};
  Axis colour{};  ///< what the colour bar says
  ColourMap map = ColourMap::cividis;
  bool operator==(const HeatMap&) const = default;
};

/// A line across the panel at one value.
struct Rule {
  double at = 0;
  bool vertical = true;
  std::string label{};
  bool operator==(const Rule&) const = default;
};

enum class Dash { solid, dashed, dash_dot, dotted, long_dash };
enum class Marker { none, circle, square, triangle, diamond, down_triangle, cross };

/// How a series is told apart: never by colour alone.
struct Look {
  static constexpr int neutral = -1;  ///< the colour of text
  int slot = 0;                       ///< in the series palette, or neutral
  std::optional<double> ordered{};  ///< 0…1: a cividis colour in place of the slot's, for series in an order
  Dash dash = Dash::solid;
  Marker marker = Marker::circle;
  double width = 1;    ///< times the style's line width
  double opacity = 1;  ///< of fills
  bool operator==(const Look&) const = default;
};

/// Colour, dash and marker of the slot-th series.
Look look_of(int slot);
/// For the i-th of n series that have an order (temperatures, quartiles).
Look look_in_order(std::size_t i, std::size_t n);

using SeriesData = std::variant<Line, Band, Steps, Bars, Intervals, Scatter, HeatMap, Rule>;

struct Series {
  std::string name{};  ///< in the legend; series of one name share an entry (a line and its band); "" = none
  Look look{};
  SeriesData data{};
  bool operator==(const Series&) const = default;
};

struct Panel {
  std::string title{};
  Axis x{}, y{};
  std::vector<Series> series{};
  bool operator==(const Panel&) const = default;
};

enum class LegendPlace {
  automatic,  ///< inside where it covers no data, else below; several panels share one below
  below,
  none
};

struct Figure {
  std::string title{};        ///< for metadata and captions; drawn where the style says so
  std::string description{};  ///< one or two sentences for readers who cannot see it
  std::string provenance{};   ///< where the numbers come from; goes to the files' metadata
  std::vector<Panel> panels{};
  int columns = 1;            ///< of the grid of panels
  bool share_x = false;       ///< same limits; labels only at the bottom
  bool share_y = false;       ///< same limits; labels only at the left
  bool share_colour = false;  ///< same colour limits; one colour bar per row
  LegendPlace legend = LegendPlace::automatic;
  bool operator==(const Figure&) const = default;
};

/// Bars stacked on each other: positive heights grow up from 0, negative ones down. heights[k] belongs to
/// names[k].
std::vector<Series> stack(const std::vector<std::string>& names, const Values& x_low, const Values& x_high,
                          const std::vector<Values>& heights);

/// Throws Error::failed naming panel and series if arrays of a series disagree in length or a grid is
/// impossible.
void check(const Figure& figure);

}  // namespace tauscope
