// Letters as pictures: which system font has a code point (fontconfig), and what it looks like (FreeType).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tauscope::gui {

/// A letter's coverage, row by row. Its upper left corner lies (left, -top) from the pen on the baseline.
struct Glyph {
  int width = 0, height = 0;
  int left = 0, top = 0;
  int advance = 0;  ///< whole pixels, so that all letters of a line stay as sharp as they were drawn
  std::vector<std::uint8_t> coverage;
};

enum class FontKind : unsigned char { sans, sans_bold, mono };

class GlyphSource {
 public:
  /// Throws Error::failed if fontconfig knows no font.
  GlyphSource();
  ~GlyphSource();

  /// Whether any font has it.
  bool has(char32_t code_point);
  /// From the font of that kind, else from the first that has it. `em` in pixels. Only where has().
  Glyph draw(FontKind kind, int em, char32_t code_point);

  struct LineMetrics {
    int ascent = 0, descent = 0;
  };
  LineMetrics line(FontKind kind, int em);

  /// The font file of a kind, for ImGui, which needs one to make a font of.
  const std::string& file(FontKind kind) const;
  std::vector<std::string> files_in_use() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tauscope::gui
