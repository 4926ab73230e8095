#include "app/gui/token_layout.h"

#include <imgui.h>

#include <algorithm>
#include <utility>

#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

/// A token of a hundred blanks shall not push everything else away.
constexpr std::size_t most_bytes = 96;

TokenText shown_text(const std::string& bytes) {
  if (bytes.size() <= most_bytes) return token_text(bytes);
  std::size_t cut = most_bytes;
  while (cut > most_bytes - 4 && (static_cast<unsigned char>(bytes[cut]) & 0xC0) == 0x80)
    --cut;  // whole code points
  TokenText out = token_text(std::string_view(bytes).substr(0, cut));
  out.pieces.push_back({"…", true});
  return out;
}

}  // namespace

void TokenLayout::measure(const ScoredExample& example, float pad) {
  cells_.clear();
  const auto add = [&](bool prompt, std::size_t index, const StripToken& token) {
    TokenText known =
        token.bytes.empty() ? TokenText{{{token_name(token.id, ""), true}}, false} : shown_text(token.bytes);
    TokenCell cell{prompt, index, std::move(known), 0, 2 * pad, 0};
    for (TokenPiece& piece : cell.text.pieces) {
      piece.text = screen_text(piece.text);
      cell.width += text_width(piece.text);
    }
    cells_.push_back(std::move(cell));
  };
  for (std::size_t i = 0; i < example.prompt.size(); ++i)
    add(true, i, example.prompt[i]);
  prompt_ = cells_.size();
  for (std::size_t i = 0; i < example.response.size(); ++i)
    add(false, i, example.response[i]);
}

void TokenLayout::wrap(float width, float gap) {
  float x = 0;
  std::size_t line = 0;
  bool breaks = false;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    TokenCell& cell = cells_[i];
    const bool response_starts = i == prompt_ && i > 0;
    if (i > 0 && (breaks || response_starts || x + cell.width > width)) {
      ++line;
      x = 0;
    }
    cell.x = x;
    cell.line = line;
    x += cell.width + gap;
    breaks = cell.text.ends_line;
  }
}

void TokenLayout::update(const ScoredExample& example, const Fonts& fonts, float width, float pad,
                         float gap) {
  const Measured now{example.id, fonts.generation(), ImGui::GetFontSize(), pad};
  if (measured_ != now) {
    measure(example, pad);
    measured_ = now;
    wrapped_.reset();
  }
  const Wrapped how{width, gap};
  if (wrapped_ != how) {
    wrap(width, gap);
    wrapped_ = how;
    ++generation_;
  }
}

std::size_t TokenLayout::first_of_line(std::size_t line) const {
  const auto found =
      std::partition_point(cells_.begin(), cells_.end(), [&](const TokenCell& c) { return c.line < line; });
  return static_cast<std::size_t>(found - cells_.begin());
}

const TokenCell* TokenLayout::cell_at(std::size_t line, float x) const {
  for (std::size_t i = first_of_line(line); i < cells_.size() && cells_[i].line == line; ++i) {
    if (x >= cells_[i].x && x < cells_[i].x + cells_[i].width) return &cells_[i];
  }
  return nullptr;
}

std::optional<std::size_t> TokenLayout::cell_of(std::int64_t position) const {
  const auto at = prompt_ + static_cast<std::size_t>(position);
  if (position < 0 || at >= cells_.size()) return std::nullopt;
  return at;
}

}  // namespace tauscope::gui
