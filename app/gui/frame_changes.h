// What differs between two frames, so that only that is drawn again. Where the processor draws, a whole frame
// takes most of one core, while a step of τ or a progress bar changes a part of it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/figure/colour.h"

struct ImDrawCmd;
struct ImDrawData;
struct ImDrawList;

namespace tauscope::gui {

/// Pixels [x0, x1) by [y0, y1), rows from the top.
struct PixelArea {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  bool empty() const { return x1 <= x0 || y1 <= y0; }
  std::int64_t size() const { return empty() ? 0 : std::int64_t{x1 - x0} * (y1 - y0); }
  bool operator==(const PixelArea&) const = default;
};

/// The screen in square tiles. All triangles that touch a tile, in their order, make its hash (64 bits); a
/// tile is new where that differs from the frame before.
class FrameChanges {
 public:
  static constexpr int tile = 32;  ///< pixels

  /// Compares with the frame before and remembers this one. Disjoint areas, few of them; none if nothing
  /// changed. All of the screen where the size, the background or the scale is another, or after forget().
  std::vector<PixelArea> find(const ImDrawData& data, Colour background);

  /// The next frame is new as a whole.
  void forget() { tiles_.clear(); }
  /// This texture, which drawing commands name by an integer or a pointer, has another content.
  void texture_changed(std::uintptr_t texture) { ++versions_[texture]; }

  /// Leaves in `data` what touches the areas, each command clipped to one of them: drawn over the frame
  /// before with the areas cleared, it gives the new frame.
  static void keep_only(const std::vector<PixelArea>& areas, const ImDrawData& data);

 private:
  void add(const ImDrawList& list, const ImDrawData& data, std::vector<std::uint64_t>& tiles);

  std::map<std::uintptr_t, std::uint64_t> versions_;
  std::vector<std::uint64_t> tiles_;  ///< of the frame before, (rows, columns); empty: there is none
  std::vector<std::uint64_t> vertices_;
  int width_ = 0, height_ = 0, columns_ = 0;
  Colour background_;
};

}  // namespace tauscope::gui
