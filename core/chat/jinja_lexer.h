// Cuts the source of a Jinja template into texts and tags, with the white-space rules that transformers sets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope::jinja {

enum class TokenKind : std::uint8_t { name, number, string, sign, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;  ///< of a string: what it stands for
  int line = 1;
};

struct Piece {
  enum class Kind : std::uint8_t { text, output, statement };
  Kind kind = Kind::text;
  std::string text;           ///< of a text
  std::vector<Token> tokens;  ///< of a tag, ending in TokenKind::end
  int line = 1;
};

/// trim_blocks and lstrip_blocks are on, as in transformers: a line end behind a statement falls out, and so
/// do the blanks before one that begins its line. {%- -%} take all white space, {%+ +%} none. Comments and
/// one line end at the end of the template fall out. Throws Error::bad_input naming `file` and line.
std::vector<Piece> split_template(std::string_view source, const std::string& file);

}  // namespace tauscope::jinja
