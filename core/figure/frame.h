// What surrounds the data of a planned panel: grid, frame, ticks, labels, colour bar.
#pragma once

#include "core/figure/panel_plan.h"

namespace tauscope {

class FrameDrawer {
 public:
  /// `line` is the height of a line of labels.
  FrameDrawer(const Style& style, const TextMetrics& metrics, double line, Scene& out)
      : style_(style), metrics_(metrics), line_(line), out_(out) {}

  void grid(const PlannedPanel& panel);   ///< below the data
  void frame(const PlannedPanel& panel);  ///< above the data

 private:
  double tick_length(const Tick& tick) const { return (tick.label.empty() ? 0.6 : 1) * style_.tick_length; }
  void bottom_axis(const PlannedPanel& panel);
  void left_axis(const PlannedPanel& panel);
  void rotated_lines(const std::vector<std::string>& lines, double x, double middle);
  void colour_bar(const PlannedPanel& panel, const Stroke& stroke);

  const Style& style_;
  const TextMetrics& metrics_;
  double line_;
  Scene& out_;
};

}  // namespace tauscope
