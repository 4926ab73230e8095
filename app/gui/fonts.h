// The window's letters: system fonts found through fontconfig, drawn by FreeType with light hinting into
// ImGui's atlas. Only letters that came up are drawn, so that the first picture is quick whatever fonts there
// are.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

struct ImFont;

namespace tauscope::gui {

/// `bytes` as the window can show it, whatever they are: control characters become visible signs ("↵" for a
/// line end), bytes that are no UTF-8 become \xNN, and code points outside the basic plane, of no direction
/// of their own or without a font become U+XXXX. Letters not seen before are in the atlas from the next frame
/// on. Call it for every text that comes from outside, whenever it is drawn. For the window's thread.
std::string screen_text(std::string_view bytes);

enum class FontRole : unsigned char { ui, bold, small, mono, heading };
inline constexpr std::size_t font_roles = 5;

/// The fonts of the current ImGui context.
class Fonts {
 public:
  Fonts();
  ~Fonts();
  Fonts(const Fonts&) = delete;
  Fonts& operator=(const Fonts&) = delete;

  /// Brings the atlas to a scale and to the letters that came up since the last call. Between frames. True:
  /// the atlas is new, its texture has to be made again. Throws Error::failed if the system has no font at
  /// all.
  bool update(float scale);

  ImFont* get(FontRole role) const;
  ImFont* ui() const { return get(FontRole::ui); }             ///< 13 points, ImGui's default
  ImFont* bold() const { return get(FontRole::bold); }         ///< 13 points
  ImFont* small_text() const { return get(FontRole::small); }  ///< 12 points: ticks, hints
  ImFont* mono() const { return get(FontRole::mono); }         ///< 13 points: tokens, numbers, paths
  ImFont* heading() const { return get(FontRole::heading); }   ///< 17 points, bold

  /// Size of the em square in pixels; ImFont::FontSize is the height of a line.
  float em_square(FontRole role) const;
  /// From the top of a line to its baseline, in pixels.
  float ascent(FontRole role) const;
  /// Changes with each new atlas: what was measured or laid out before is out of date.
  unsigned generation() const { return generation_; }
  /// Files that letters came from, for reports of what is wrong.
  std::string description() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  unsigned generation_ = 0;
};

}  // namespace tauscope::gui
