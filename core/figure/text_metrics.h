// How much room a line of text takes; each renderer brings its own.
#pragma once

#include <string_view>

#include "core/figure/scene.h"

namespace tauscope {

struct TextExtent {
  double width = 0, ascent = 0, descent = 0;
  double height() const { return ascent + descent; }
};

class TextMetrics {
 public:
  virtual ~TextMetrics() = default;
  /// `text` is valid UTF-8 on one line; sizes in points.
  virtual TextExtent measure(std::string_view text, double size, bool bold) const = 0;
};

/// The rectangle that a text covers.
Rect bounds(const Text& text, const TextMetrics& metrics);

/// Safe to draw: valid UTF-8 on one line, without control characters or marks that turn the direction of what
/// follows, at most 160 characters long.
std::string drawable_text(std::string_view text);

/// Shortened with "…" in the middle until it is at most `width` wide.
std::string shortened(const std::string& text, double width, double size, bool bold,
                      const TextMetrics& metrics);

/// Broken at spaces into at most `max_lines` lines no wider than `width`; what does not fit is shortened.
std::vector<std::string> wrapped(const std::string& text, double width, double size, bool bold, int max_lines,
                                 const TextMetrics& metrics);

}  // namespace tauscope
