// Text from anywhere on the screen, and an atlas that stays small and quick.
#include <chrono>

#include "tests/app/gui/headless_gui.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::gui;

TEST_CASE("any bytes become text that can be shown", "[gui]") {
  CHECK(screen_text("plain") == "plain");
  CHECK(screen_text("a\nb\tc") == "a↵b⇥c");
  CHECK(screen_text(std::string_view("\0x\x7f", 3)) == "␀x␡");
  CHECK(screen_text("\xE2\x80") == "\\xE2\\x80");  // part of a character
  CHECK(screen_text("é\xFFz") == "é\\xFFz");
  CHECK(screen_text("\xC0\xAF") == "\\xC0\\xAF");           // overlong
  CHECK(screen_text("\xED\xA0\x80") == "\\xED\\xA0\\x80");  // a surrogate
  CHECK(screen_text("😀") == "U+1F600");
  CHECK(screen_text("a\u202Eb") == "aU+202Eb");  // would turn what follows
  CHECK(screen_text("\u200B") == "U+200B");
  CHECK(screen_text("日本 שלום مرحبا नमस्ते") == "日本 שלום مرحبا नमस्ते");
  CHECK(screen_text("") == "");
}

TEST_CASE("letters come when they are needed", "[gui]") {
  tauscope::test::HeadlessGui gui;
  gui.frame([] {});
  const unsigned before = gui.fonts.generation();
  CHECK(before == 1);
  for (int i = 0; i < 3; ++i)
    gui.frame([] { ImGui::TextUnformatted(screen_text("temperature τ = 1, ‖g‖ → 0").c_str()); });
  CHECK(gui.fonts.generation() == before);  // all of these are there from the start
  gui.frame([] { ImGui::TextUnformatted(screen_text("Привет 日本").c_str()); });
  gui.frame([] {});
  CHECK(gui.fonts.generation() == before + 1);
  for (const ImWchar c : {ImWchar(0x41F), ImWchar('A'), ImWchar(0x3C4)})
    CHECK(gui.fonts.ui()->FindGlyphNoFallback(c) != nullptr);
  gui.frame([] { ImGui::TextUnformatted(screen_text("Привет").c_str()); });
  gui.frame([] {});
  CHECK(gui.fonts.generation() == before + 1);
}

TEST_CASE("a code point that no font has is named", "[gui]") {
  tauscope::test::HeadlessGui gui;
  gui.frame([] { screen_text("\u0378"); });  // unassigned
  gui.frame([] {});
  CHECK(screen_text("\u0378") == "U+0378");
  CHECK(gui.fonts.generation() == 1);  // nothing new to draw
}

TEST_CASE("glyphs stand on whole pixels", "[gui]") {
  tauscope::test::HeadlessGui gui;
  gui.frame([] {});
  for (const FontRole role :
       {FontRole::ui, FontRole::bold, FontRole::small, FontRole::mono, FontRole::heading}) {
    const ImFont* font = gui.fonts.get(role);
    REQUIRE(font);
    for (ImWchar c = 'A'; c <= 'z'; ++c) {
      const ImFontGlyph* glyph = font->FindGlyph(c);
      CHECK(glyph->AdvanceX == std::round(glyph->AdvanceX));
      CHECK(glyph->X0 == std::round(glyph->X0));
      CHECK(glyph->Y0 == std::round(glyph->Y0));
    }
  }
  CHECK(gui.fonts.mono()->FindGlyph('i')->AdvanceX == gui.fonts.mono()->FindGlyph('W')->AdvanceX);
}

TEST_CASE("the atlas stays bounded whatever text goes by", "[gui]") {
  tauscope::test::HeadlessGui gui;
  gui.frame([] {});
  for (int c = 0x3400; c < 0x9FFF; c += 2500) {  // all of CJK
    std::string text;
    for (int i = c; i < std::min(c + 2500, 0x9FFF); ++i) {
      text += static_cast<char>(0xE0 | i >> 12);
      text += static_cast<char>(0x80 | (i >> 6 & 0x3F));
      text += static_cast<char>(0x80 | (i & 0x3F));
    }
    gui.frame([&] { screen_text(text); });
  }
  gui.frame([] {});
  const ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  CHECK(atlas.TexWidth * atlas.TexHeight <= 4096 * 4096);
  CHECK(gui.fonts.ui()->FindGlyphNoFallback('A') != nullptr);
}

TEST_CASE("another scale draws letters anew", "[gui]") {
  tauscope::test::HeadlessGui gui(800, 600, 2);
  gui.frame([] {});
  CHECK(gui.fonts.em_square(FontRole::ui) == 26);
  CHECK(gui.fonts.ui()->FontSize == 32);
  CHECK(gui.theme.em == 32);
  // Figures ask for the sizes that are there: nothing is resampled.
  CHECK(gui.renderer.metrics().choose(gui.theme.figure.tick_size, false).line ==
        gui.fonts.small_text()->FontSize);
  CHECK(gui.renderer.metrics().choose(gui.theme.figure.font_size, true).font == gui.fonts.bold());
}
