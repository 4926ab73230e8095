#include "app/gui/glyph_source.h"

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include FT_FREETYPE_H

#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "core/base/error.h"

namespace tauscope::gui {

namespace {

struct FreePattern {
  void operator()(FcPattern* p) const { FcPatternDestroy(p); }
};
struct FreeSet {
  void operator()(FcFontSet* s) const { FcFontSetDestroy(s); }
};
struct FreeConfig {
  void operator()(FcConfig* c) const { FcConfigDestroy(c); }
};
struct FreeFace {
  void operator()(FT_Face f) const { FT_Done_Face(f); }
};
struct FreeLibrary {
  void operator()(FT_Library l) const { FT_Done_FreeType(l); }
};
using Pattern = std::unique_ptr<FcPattern, FreePattern>;
using Face = std::unique_ptr<FT_FaceRec, FreeFace>;

/// A file may hold several fonts; the upper half of the index names a variation.
using FontFile = std::pair<std::string, int>;

struct KindInfo {
  const char *families, *generic;
  int weight;
};
constexpr std::array<KindInfo, 3> kinds = {{{"DejaVu Sans", "sans-serif", FC_WEIGHT_NORMAL},
                                            {"DejaVu Sans", "sans-serif", FC_WEIGHT_BOLD},
                                            {"DejaVu Sans Mono", "monospace", FC_WEIGHT_NORMAL}}};

FontFile file_of(const FcPattern* font) {
  FcChar8* path = nullptr;
  int index = 0;
  FcPatternGetString(font, FC_FILE, 0, &path);
  FcPatternGetInteger(font, FC_INDEX, 0, &index);
  return {path ? reinterpret_cast<const char*>(path) : "", index};
}

}  // namespace

struct GlyphSource::Impl {
  std::unique_ptr<FcConfig, FreeConfig> config{FcInitLoadConfigAndFonts()};
  std::unique_ptr<std::remove_pointer_t<FT_Library>, FreeLibrary> library;
  std::map<FontFile, Face> faces;  // before the library in destruction: declared after it
  std::array<FontFile, 3> primary;
  std::array<std::unique_ptr<FcFontSet, FreeSet>, 3> fallbacks;  // found when first needed

  Impl() {
    FT_Library made = nullptr;
    if (!config || FT_Init_FreeType(&made) != 0) throw Error::failed("", "the font libraries do not start");
    library.reset(made);
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      FcResult result = FcResultMatch;
      const Pattern wish = pattern(kinds[k]);
      const Pattern font(FcFontMatch(config.get(), wish.get(), &result));
      primary[k] = font ? file_of(font.get()) : FontFile();
      if (primary[k].first.empty() || !face(primary[k]))
        throw Error::failed(primary[k].first, "fontconfig names no font that can be read")
            .remedy("install one, say the package fonts-dejavu-core");
    }
  }

  Pattern pattern(const KindInfo& kind) const {
    Pattern out(FcPatternCreate());
    for (const char* family : {kind.families, kind.generic})
      FcPatternAddString(out.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>(family));
    FcPatternAddInteger(out.get(), FC_WEIGHT, kind.weight);
    FcPatternAddBool(out.get(), FC_SCALABLE, FcTrue);
    FcPatternAddBool(out.get(), FC_COLOR, FcFalse);
    FcConfigSubstitute(config.get(), out.get(), FcMatchPattern);
    FcDefaultSubstitute(out.get());
    return out;
  }

  /// Null for a file that FreeType cannot read.
  FT_Face face(const FontFile& file) {
    const auto [it, fresh] = faces.try_emplace(file);
    if (fresh) {
      FT_Face made = nullptr;
      if (FT_New_Face(library.get(), file.first.c_str(), file.second, &made) == 0) it->second.reset(made);
    }
    return it->second.get();
  }

  FT_Face face_with(FontKind kind, char32_t c) {
    const auto k = static_cast<std::size_t>(kind);
    FT_Face first = face(primary[k]);
    if (FT_Get_Char_Index(first, c) != 0) return first;
    if (!fallbacks[k]) {
      FcResult result = FcResultMatch;
      fallbacks[k].reset(FcFontSort(config.get(), pattern(kinds[k]).get(), FcTrue, nullptr, &result));
    }
    for (int i = 0; fallbacks[k] && i < fallbacks[k]->nfont; ++i) {
      FcCharSet* letters = nullptr;
      FcBool scalable = FcFalse;
      FcPatternGetBool(fallbacks[k]->fonts[i], FC_SCALABLE, 0, &scalable);
      if (!scalable ||
          FcPatternGetCharSet(fallbacks[k]->fonts[i], FC_CHARSET, 0, &letters) != FcResultMatch ||
          !FcCharSetHasChar(letters, c))
        continue;
      FT_Face found = face(file_of(fallbacks[k]->fonts[i]));
      if (found && FT_Get_Char_Index(found, c) != 0) return found;
    }
    return nullptr;
  }
};

GlyphSource::GlyphSource() : impl_(std::make_unique<Impl>()) {}
GlyphSource::~GlyphSource() = default;

bool GlyphSource::has(char32_t code_point) {
  return impl_->face_with(FontKind::sans, code_point) != nullptr;
}

Glyph GlyphSource::draw(FontKind kind, int em, char32_t code_point) {
  Glyph glyph;
  FT_Face face = impl_->face_with(kind, code_point);
  if (!face) face = impl_->face_with(FontKind::sans, code_point);
  if (!face) return glyph;
  FT_Set_Pixel_Sizes(face, 0, static_cast<FT_UInt>(em));
  // Light hinting moves outlines to whole pixels upwards only: sharp lines, undistorted shapes.
  if (FT_Load_Char(face, code_point, FT_LOAD_TARGET_LIGHT | FT_LOAD_NO_BITMAP) != 0 ||
      FT_Render_Glyph(face->glyph, FT_RENDER_MODE_NORMAL) != 0)
    return glyph;
  const FT_GlyphSlot slot = face->glyph;
  const FT_Bitmap& bitmap = slot->bitmap;
  glyph.width = static_cast<int>(bitmap.width);
  glyph.height = static_cast<int>(bitmap.rows);
  glyph.left = slot->bitmap_left;
  glyph.top = slot->bitmap_top;
  glyph.advance = static_cast<int>(std::lround(static_cast<double>(slot->advance.x) / 64));
  glyph.coverage.reserve(static_cast<std::size_t>(glyph.width) * static_cast<std::size_t>(glyph.height));
  for (int y = 0; y < glyph.height; ++y) {
    const unsigned char* row = bitmap.buffer + static_cast<std::ptrdiff_t>(y) * bitmap.pitch;
    glyph.coverage.insert(glyph.coverage.end(), row, row + glyph.width);
  }
  return glyph;
}

GlyphSource::LineMetrics GlyphSource::line(FontKind kind, int em) {
  FT_Face face = impl_->face(impl_->primary[static_cast<std::size_t>(kind)]);
  FT_Set_Pixel_Sizes(face, 0, static_cast<FT_UInt>(em));
  const double unit = static_cast<double>(em) / face->units_per_EM;
  return {static_cast<int>(std::lround(face->ascender * unit)),
          static_cast<int>(std::lround(-face->descender * unit))};
}

const std::string& GlyphSource::file(FontKind kind) const {
  return impl_->primary[static_cast<std::size_t>(kind)].first;
}

std::vector<std::string> GlyphSource::files_in_use() const {
  std::vector<std::string> out;
  for (const auto& [file, face] : impl_->faces)
    if (face) out.push_back(file.first);
  return out;
}

}  // namespace tauscope::gui
