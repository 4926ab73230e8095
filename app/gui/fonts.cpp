#include "app/gui/fonts.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <vector>

#include "app/gui/glyph_source.h"
#include "core/base/error.h"

namespace tauscope::gui {

namespace {

/// Which code points of the basic plane are in the atlas. One for the process, as ImGui's context is.
struct Letters {
  enum State : unsigned char { unseen, wanted, drawn, missing };
  std::array<State, 0x10000> state{};
  std::vector<char32_t> queue;  ///< those wanted

  void want(char32_t c) {
    if (state[c] != unseen) return;
    state[c] = wanted;
    queue.push_back(c);
  }
};

Letters& letters() {
  static Letters all;
  return all;
}

/// Turn or hide what is around them, or cannot be seen at all.
bool needs_a_name(char32_t c) {
  return (c >= 0x80 && c < 0xA0) || c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || (c >= 0xD800 && c < 0xF900) ||
         (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || (c >= 0xFFF0 && c != 0xFFFC && c != 0xFFFD);
}

/// What the window's own texts are made of; other letters come when a text has them.
struct Range {
  char32_t first, last;
};
constexpr std::array<Range, 8> at_first = {{{0x20, 0x7E},
                                            {0xA0, 0xFF},
                                            {0x370, 0x3FF},
                                            {0x2010, 0x2027},
                                            {0x2030, 0x205E},
                                            {0x2070, 0x209C},
                                            {0x2190, 0x21FF},
                                            {0x2200, 0x22FF}}};
constexpr std::u16string_view signs =
    u"ıŒœŠšŽžƒˆ˜‰€№™ℓ⌃⌘⌥⌫⎋⏎␀␣␡■□▪▫▬▲△▴▶▷▸▼▽▾◀◁◂◆◇○●◉◐◑◯★☆☐☑☒♪✓✔✕✖✗✘❯⟨⟩⟲⟳⤓⬇⬆�…";

struct Wish {
  FontKind kind;
  double points;
};
constexpr std::array<Wish, font_roles> wishes = {{{FontKind::sans, 13},
                                                  {FontKind::sans_bold, 13},
                                                  {FontKind::sans, 12},
                                                  {FontKind::mono, 13},
                                                  {FontKind::sans_bold, 17}}};

/// Code point at `at`, and its length in bytes; 0 where the bytes are no UTF-8.
char32_t decode(std::string_view text, std::size_t at, std::size_t& length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  length = lead < 0x80                   ? 1
           : lead >= 0xC2 && lead < 0xE0 ? 2
           : (lead & 0xF0) == 0xE0       ? 3
           : lead >= 0xF0 && lead < 0xF5 ? 4
                                         : 0;
  if (length < 2) return lead;
  char32_t c = lead & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= text.size() || (byte(i) & 0xC0) != 0x80) {
      length = 0;
      return lead;
    }
    c = c << 6 | (byte(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  if (c < least[length] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) length = 0;
  return length == 0 ? lead : c;
}

void append_utf8(std::string& out, char32_t c) {  // of the basic plane
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

/// A letter in place of a control character.
char32_t sign_of(char32_t c) {
  if (c == '\n') return U'↵';
  if (c == '\t') return U'⇥';
  if (c == 0x7F) return 0x2421;
  return c < 0x20 ? 0x2400 + c : c;
}

}  // namespace

std::string screen_text(std::string_view bytes) {
  if (std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= 0x20 && c < 0x7F; }))
    return std::string(bytes);
  std::string out;
  out.reserve(bytes.size() + 16);
  for (std::size_t i = 0, length = 0; i < bytes.size(); i += std::max<std::size_t>(1, length)) {
    const char32_t c = sign_of(decode(bytes, i, length));
    if (length == 0) {
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(bytes[i]));
    } else if (c > 0xFFFF || needs_a_name(c) || letters().state[c] == Letters::missing) {
      out += fmt::format("U+{:04X}", static_cast<std::uint32_t>(c));
    } else {
      letters().want(c);
      append_utf8(out, c);
    }
  }
  return out;
}

struct Fonts::Impl {
  GlyphSource source;
  std::map<FontKind, std::string> files;  // ImGui reads them again with each atlas
  std::array<ImFont*, font_roles> fonts{};
  std::array<int, font_roles> em{}, ascent{}, line{};
  std::array<std::map<char32_t, Glyph>, font_roles> glyphs;
  std::vector<ImWchar> one_letter = {' ', ' ', 0};
  float scale = 0;
  bool built = false;

  Impl() {
    for (const FontKind kind : {FontKind::sans, FontKind::sans_bold, FontKind::mono}) {
      std::ifstream file(source.file(kind), std::ios::binary);
      files[kind].assign(std::istreambuf_iterator<char>(file), {});
    }
    // What an earlier atlas of this process had is wanted again.
    Letters& all = letters();
    for (char32_t c = 0; c < all.state.size(); ++c)
      if (all.state[c] == Letters::drawn) all.state[c] = Letters::unseen;
    want_first();
  }

  static void want_first() {
    for (const Range range : at_first)
      for (char32_t c = range.first; c <= range.last; ++c)
        if (!needs_a_name(c)) letters().want(c);
    for (const char16_t c : signs)
      letters().want(c);
  }

  void set_scale(float wanted) {
    scale = wanted;
    for (std::size_t r = 0; r < font_roles; ++r) {
      em[r] = std::max(6, static_cast<int>(std::lround(wishes[r].points * scale)));
      const auto metrics = source.line(wishes[r].kind, em[r]);
      line[r] = std::max(metrics.ascent + metrics.descent,
                         static_cast<int>(std::lround(wishes[r].points * scale * 16 / 13.0)));
      ascent[r] = metrics.ascent + (line[r] - metrics.ascent - metrics.descent) / 2;
      std::vector<char32_t> again;
      for (const auto& [c, glyph] : glyphs[r])
        again.push_back(c);
      glyphs[r].clear();
      for (const char32_t c : again)
        glyphs[r][c] = source.draw(wishes[r].kind, em[r], c);
    }
  }

  /// How many letters each font may have: a bound on the atlas' area, however much text goes by.
  std::size_t most_letters() const {
    double area = 0;
    for (const int size : em)
      area += 1.2 * size * size;
    return static_cast<std::size_t>(std::clamp(12e6 / area, 1200.0, 8000.0));
  }

  void take_wanted() {
    Letters& all = letters();
    if (glyphs[0].size() + all.queue.size() > most_letters()) {  // start again with what is on the screen now
      for (auto& of_role : glyphs)
        of_role.clear();
      for (char32_t c = 0; c < all.state.size(); ++c)
        if (all.state[c] == Letters::drawn) all.state[c] = Letters::unseen;
      std::vector<char32_t> queue = std::exchange(all.queue, {});
      for (const char32_t c : queue)
        all.state[c] = Letters::unseen;
      want_first();
      for (const char32_t c : queue)
        if (all.queue.size() < most_letters()) all.want(c);
    }
    for (const char32_t c : all.queue) {
      if (!source.has(c)) {
        all.state[c] = Letters::missing;
        continue;
      }
      all.state[c] = Letters::drawn;
      for (std::size_t r = 0; r < font_roles; ++r)
        glyphs[r][c] = source.draw(wishes[r].kind, em[r], c);
    }
    all.queue.clear();
  }

  void build_atlas() {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Clear();
    double area = 0;
    std::vector<std::pair<int, const Glyph*>> placed;
    for (std::size_t r = 0; r < font_roles; ++r) {
      const std::string& file = files[wishes[r].kind];
      ImFontConfig config;
      config.FontDataOwnedByAtlas = false;
      config.OversampleH = 1;
      fonts[r] = atlas.AddFontFromMemoryTTF(const_cast<char*>(file.data()), static_cast<int>(file.size()),
                                            static_cast<float>(line[r]), &config, one_letter.data());
      for (const auto& [c, glyph] : glyphs[r]) {
        const int id = atlas.AddCustomRectFontGlyph(
            fonts[r], static_cast<ImWchar>(c), std::max(1, glyph.width), std::max(1, glyph.height),
            static_cast<float>(glyph.advance),
            {static_cast<float>(glyph.left), static_cast<float>(ascent[r] - glyph.top)});
        placed.emplace_back(id, &glyph);
        area += (glyph.width + 1.0) * (glyph.height + 1.0);
      }
    }
    atlas.TexDesiredWidth = area < 0.2e6 ? 512 : area < 0.9e6 ? 1024 : area < 3.6e6 ? 2048 : 4096;
    if (!atlas.Build())
      throw Error::failed(source.file(FontKind::sans), "this font cannot be read")
          .remedy("install fonts-dejavu-core");
    unsigned char* pixels = nullptr;
    int width = 0, height = 0;
    atlas.GetTexDataAsAlpha8(&pixels, &width, &height);
    for (const auto& [id, glyph] : placed) {
      const ImFontAtlasCustomRect* place = atlas.GetCustomRectByIndex(id);
      for (int y = 0; y < glyph->height; ++y)
        std::copy_n(glyph->coverage.begin() + static_cast<std::ptrdiff_t>(y) * glyph->width, glyph->width,
                    pixels + static_cast<std::ptrdiff_t>(place->Y + y) * width + place->X);
    }
    ImGui::GetIO().FontDefault = fonts[0];
    built = true;
  }
};

Fonts::Fonts() : impl_(std::make_unique<Impl>()) {}
Fonts::~Fonts() = default;

bool Fonts::update(float scale) {
  const bool new_scale = scale != impl_->scale;
  if (impl_->built && !new_scale && letters().queue.empty()) return false;
  if (new_scale) impl_->set_scale(scale);
  const std::size_t before = impl_->glyphs[0].size();
  impl_->take_wanted();
  if (impl_->built && !new_scale && impl_->glyphs[0].size() == before) return false;  // no font has them
  impl_->build_atlas();
  ++generation_;
  return true;
}

ImFont* Fonts::get(FontRole role) const {
  return impl_->fonts[static_cast<std::size_t>(role)];
}
float Fonts::em_square(FontRole role) const {
  return static_cast<float>(impl_->em[static_cast<std::size_t>(role)]);
}
float Fonts::ascent(FontRole role) const {
  return static_cast<float>(impl_->ascent[static_cast<std::size_t>(role)]);
}

std::string Fonts::description() const {
  std::string out;
  for (const std::string& file : impl_->source.files_in_use())
    out += (out.empty() ? "" : ", ") + file;
  return out;
}

}  // namespace tauscope::gui
