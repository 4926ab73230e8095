// A token's bytes as text that shows everything that is in them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope::gui {

/// A stretch of a token's text; signs that stand for something invisible are drawn faintly.
struct TokenPiece {
  std::string text;
  bool sign = false;
  bool operator==(const TokenPiece&) const = default;
};

struct TokenText {
  std::vector<TokenPiece> pieces;  ///< never empty
  bool ends_line = false;          ///< holds a line end: what follows starts on a new line
};

/// Space ␣, tab ⇥, line end ⏎, other control characters as U+XXXX; bytes that are no UTF-8 as <0xE2>; code
/// points beyond the basic plane, which the window's fonts leave out, as U+1F600. An empty token is "∅".
TokenText token_text(std::string_view bytes);
std::string token_line(std::string_view bytes);  ///< the pieces in one string
/// The line of a token that may have no text: "#42" where only its id is known, "?" where nothing is.
std::string token_name(std::int64_t id, std::string_view bytes);

/// "E2 80 99"
std::string hex_bytes(std::string_view bytes);

}  // namespace tauscope::gui
