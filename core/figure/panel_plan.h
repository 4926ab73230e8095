// Where each panel of a figure lies and what its axes say, before anything is drawn.
#pragma once

#include <string>
#include <vector>

#include "core/figure/limits.h"
#include "core/figure/scene.h"
#include "core/figure/style.h"
#include "core/figure/text_metrics.h"
#include "core/figure/ticks.h"

namespace tauscope {

inline constexpr double page_edge = 2;  // points kept free around everything
inline constexpr double colour_bar_width = 7;

struct LabelledAxis {
  Axis axis;  ///< with names shortened to what fits
  std::vector<Tick> ticks;
  std::vector<std::string> label;  ///< lines
  bool numbers = true;             ///< false where a neighbour shows them
};

struct PlannedPanel {
  const Panel* panel = nullptr;
  PanelLimits limits;
  LabelledAxis x, y, colour;
  std::vector<std::string> title;
  bool colour_bar = false;
  PlotArea area;
};

/// Plot areas of one size on a grid, with margins that hold their labels.
class PanelPlan {
 public:
  /// `figure`, `metrics` and `style` must outlive it.
  PanelPlan(const Figure& figure, Size size, const TextMetrics& metrics, const Style& style);

  /// Chooses the plot areas: margins grow until everything around them fits. Throws Error::failed if there is
  /// no room.
  void arrange(double legend_height, double title_height);

  const std::vector<PlannedPanel>& panels() const { return panels_; }
  double line_height() const { return line_; }

 private:
  struct Margins {
    double left = 0, right = 0, top = 0, bottom = 0;
  };

  bool has_panel_below(std::size_t p) const { return p + columns_ < figure_.panels.size(); }
  void place_areas(double legend_height, double title_height);
  static void set_area(PlannedPanel& panel, const Rect& rect);
  void label(PlannedPanel& panel) const;
  std::vector<std::string> lines(const std::string& text, double width, bool bold = false) const;
  double widest(const std::vector<Tick>& ticks) const;
  double tallest(const std::vector<Tick>& ticks) const;
  double height_of(const std::vector<std::string>& text) const {
    return static_cast<double>(text.size()) * line_;
  }
  Margins margins_of(const PlannedPanel& panel) const;

  const Figure& figure_;
  Size size_;
  const TextMetrics& metrics_;
  const Style& style_;
  std::size_t columns_ = 1, rows_ = 1;
  double line_ = 0;
  std::vector<double> left_, right_, top_, bottom_;
  std::vector<PlannedPanel> panels_;
};

}  // namespace tauscope
