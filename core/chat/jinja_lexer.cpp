#include "core/chat/jinja_lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/error.h"
#include "core/tokenizer/utf8.h"

namespace tauscope::jinja {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string with_plain_line_ends(std::string_view source) {
  std::string out;
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n') continue;
    out += source[i] == '\r' ? '\n' : source[i];
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

class Splitter {
 public:
  Splitter(std::string source, const std::string& file) : source_(std::move(source)), file_(file) {}

  std::vector<Piece> run() {
    while (at_ < source_.size()) {
      const std::size_t tag = find_tag();
      text_before(tag);
      if (tag == source_.size()) break;
      at_ = tag;
      take_tag();
    }
    return std::move(pieces_);
  }

 private:
  std::size_t find_tag() const {
    for (std::size_t at = source_.find('{', at_); at != std::string::npos; at = source_.find('{', at + 1))
      if (at + 1 < source_.size() && std::string_view("{%#").find(source_[at + 1]) != std::string_view::npos)
        return at;
    return source_.size();
  }

  void text_before(std::size_t tag) {
    std::string_view text = std::string_view(source_).substr(at_, tag - at_);
    const int line = line_;
    count_lines(text);
    if (tag < source_.size())
      text = stripped(text, source_[tag + 1], tag + 2 < source_.size() ? source_[tag + 2] : ' ');
    if (text.empty()) return;
    Piece piece;
    piece.text = text;
    piece.line = line;
    pieces_.push_back(std::move(piece));
  }

  std::string_view stripped(std::string_view text, char kind, char sign) const {
    if (sign == '-') {
      while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
      return text;
    }
    if (kind == '{' || sign == '+') return text;
    const std::size_t line_end = text.rfind('\n');
    if (line_end == std::string_view::npos && !line_starting_) return text;
    const std::size_t begin = line_end == std::string_view::npos ? 0 : line_end + 1;
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), is_space)
               ? text.substr(0, begin)
               : text;
  }

  void take_tag() {
    const char kind = source_[at_ + 1];
    Piece piece;
    piece.kind = kind == '{' ? Piece::Kind::output : Piece::Kind::statement;
    piece.line = line_;
    at_ += 2;
    open_ = 0;
    if (at_ < source_.size() && (source_[at_] == '-' || source_[at_] == '+')) ++at_;
    if (kind == '#')
      skip_comment();
    else
      read_tokens(piece, kind == '{' ? "}}" : "%}");
    if (kind != '#') pieces_.push_back(std::move(piece));
  }

  void skip_comment() {
    const std::size_t end = source_.find("#}", at_);
    if (end == std::string::npos) refuse("a comment has no end", "{#");
    count_lines(std::string_view(source_).substr(at_, end - at_));
    const char sign = end > at_ ? source_[end - 1] : ' ';
    at_ = end + 2;
    after_tag(sign, true);
  }

  /// The white space behind a tag's end.
  void after_tag(char sign, bool trims) {
    const std::size_t begin = at_;
    if (sign == '-')
      while (at_ < source_.size() && is_space(source_[at_]))
        ++at_;
    else if (trims && sign != '+' && at_ < source_.size() && source_[at_] == '\n')
      ++at_;
    count_lines(std::string_view(source_).substr(begin, at_ - begin));
    line_starting_ = at_ > begin && source_[at_ - 1] == '\n';
  }

  void read_tokens(Piece& piece, std::string_view close) {
    for (;;) {
      while (at_ < source_.size() && is_space(source_[at_]))
        line_ += source_[at_++] == '\n';
      if (at_ >= source_.size()) refuse("a tag has no end", close == "}}" ? "{{" : "{%");
      const std::string_view rest = std::string_view(source_).substr(at_);
      const char sign = rest[0];
      const bool signed_close = (sign == '-' || sign == '+') && rest.substr(1).starts_with(close);
      // Inside {{ ... }} the two braces of a nested object would close it too; Jinja counts them.
      if (open_ == 0 && (rest.starts_with(close) || signed_close)) {
        at_ += close.size() + (signed_close ? 1 : 0);
        after_tag(signed_close ? sign : ' ', close == "%}");
        piece.tokens.push_back({TokenKind::end, "", line_});
        return;
      }
      piece.tokens.push_back(next_token(rest));
    }
  }

  Token next_token(std::string_view rest) {
    const auto take = [&](TokenKind kind, std::size_t length) {
      at_ += length;
      return Token{kind, std::string(rest.substr(0, length)), line_};
    };
    std::size_t length = 1;
    if (is_name_start(rest[0])) {
      while (length < rest.size() && (is_name_start(rest[length]) || is_digit(rest[length])))
        ++length;
      return take(TokenKind::name, length);
    }
    if (is_digit(rest[0])) {
      while (length < rest.size() && is_digit(rest[length]))
        ++length;
      return take(TokenKind::number, length);
    }
    if (rest[0] == '\'' || rest[0] == '"') return string_token(rest[0]);
    for (const char* two : {"==", "!=", "<=", ">=", "//", "**"})
      if (rest.starts_with(two)) return take(TokenKind::sign, 2);
    if (std::string_view("()[]{}").find(rest[0]) != std::string_view::npos)
      open_ += std::string_view("([{").find(rest[0]) != std::string_view::npos ? 1 : open_ > 0 ? -1 : 0;
    if (std::string_view("()[]{}.,:|+-*/%~<>=").find(rest[0]) == std::string_view::npos)
      refuse("a character has no meaning here", std::string(rest.substr(0, utf8::decode(rest, 0).length)));
    return take(TokenKind::sign, 1);
  }

  Token string_token(char quote) {
    Token token{TokenKind::string, "", line_};
    for (++at_; at_ < source_.size() && source_[at_] != quote; ++at_) {
      line_ += source_[at_] == '\n';
      if (source_[at_] == '\\' && at_ + 1 < source_.size())
        escape(source_[++at_], token.text);
      else
        token.text += source_[at_];
    }
    if (at_ >= source_.size()) refuse("a string has no end", token.text.substr(0, 40));
    ++at_;
    return token;
  }

  /// Python's rules; a backslash before any other character stays.
  void escape(char name, std::string& out) {
    constexpr std::string_view names = "nrtabfv\\'\"", values = "\n\r\t\a\b\f\v\\'\"";
    const std::size_t digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
    if (const std::size_t known = names.find(name); known != std::string_view::npos) {
      out += values[known];
    } else if (digits > 0) {
      const std::string hex = source_.substr(at_ + 1, digits);
      std::uint32_t code = 0;
      const auto [end, problem] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
      const bool whole = problem == std::errc() && hex.size() == digits && end == hex.data() + digits;
      if (!whole || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        refuse("an escape is no character", std::string("\\") + name + hex);
      utf8::append(out, code);
      at_ += digits;
    } else {
      (out += '\\') += name;
    }
  }

  void count_lines(std::string_view text) {
    line_ += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }

  [[noreturn]] void refuse(const char* problem, const std::string& found) const {
    throw Error::bad_input(file_, std::string("the chat template cannot be read: ") + problem)
        .field(fmt::format("chat_template, line {}", line_))
        .found(utf8::replace_invalid(found));
  }

  std::string source_;
  const std::string& file_;
  std::vector<Piece> pieces_;
  std::size_t at_ = 0;
  int line_ = 1, open_ = 0;
  bool line_starting_ = true;
};

}  // namespace

std::vector<Piece> split_template(std::string_view source, const std::string& file) {
  return Splitter(with_plain_line_ends(source), file).run();
}

}  // namespace tauscope::jinja
