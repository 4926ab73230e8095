// Names beside samples of how their series look.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/figure/scene.h"
#include "core/figure/style.h"
#include "core/figure/text_metrics.h"

namespace tauscope {

struct LegendEntry {
  std::string name;
  Look look;
  bool line = false, markers = false, area = false, solid = false;  ///< what its sample shows
};

/// One entry per name, in order of appearance over the panels; then one per meaning of bands.
std::vector<LegendEntry> legend_entries(const std::vector<Panel>& panels);

/// Entries arranged in rows no wider than `width`.
struct LegendBlock {
  struct Item {
    LegendEntry entry;
    Rect rect;  ///< relative to the block's corner
  };
  std::vector<Item> items;
  Size size;
};

/// `columns` 0: as many to a row as fit, in even columns.
LegendBlock arrange_legend(const std::vector<LegendEntry>& entries, double width, int columns,
                           const Style& style, const TextMetrics& metrics);

void draw_legend(const LegendBlock& block, Point corner, const Style& style, Scene& out);

/// A place of `size` inside `plot` that none of the primitives from `first` on touches; corners first.
std::optional<Point> free_place(const Scene& scene, std::size_t first, const Rect& plot, Size size,
                                const TextMetrics& metrics);

}  // namespace tauscope
