// Where each token of an example stands when they are wrapped to a width. Widths are measured once per
// example and font, so that a change of width or τ costs little even for 4,096 tokens.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "app/gui/fonts.h"
#include "app/gui/token_text.h"
#include "app/session/engine.h"

namespace tauscope::gui {

struct TokenCell {
  bool prompt = false;
  std::size_t index = 0;  ///< in the prompt, or the scored position
  TokenText text;
  float x = 0, width = 0;  ///< relative to the strip's left edge
  std::size_t line = 0;
};

class TokenLayout {
 public:
  /// Brings the cells up to date. Lengths in pixels; `pad` on both sides of a token's text.
  void update(const ScoredExample& example, const Fonts& fonts, float width, float pad, float gap);

  const std::vector<TokenCell>& cells() const { return cells_; }
  std::size_t lines() const { return cells_.empty() ? 0 : cells_.back().line + 1; }
  /// Another number whenever cells have moved to other lines.
  std::uint64_t generation() const { return generation_; }
  /// First cell of a line; cells().size() past the last one.
  std::size_t first_of_line(std::size_t line) const;
  /// The scored position at x on a line.
  const TokenCell* cell_at(std::size_t line, float x) const;
  /// Index of the cell of a scored position.
  std::optional<std::size_t> cell_of(std::int64_t position) const;

 private:
  void measure(const ScoredExample& example, float pad);
  void wrap(float width, float gap);

  struct Measured {
    std::uint64_t example = 0;
    unsigned fonts = 0;
    float font_size = 0, pad = 0;
    bool operator==(const Measured&) const = default;
  };
  struct Wrapped {
    float width = 0, gap = 0;
    bool operator==(const Wrapped&) const = default;
  };
  std::optional<Measured> measured_;
  std::optional<Wrapped> wrapped_;
  std::vector<TokenCell> cells_;
  std::size_t prompt_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace tauscope::gui
