#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/chat/jinja_expression.h"
#include "core/chat/jinja_lexer.h"
#include "core/chat/jinja_syntax.h"
#include "core/tokenizer/utf8.h"

namespace tauscope::jinja {
namespace {

constexpr int deepest = 100;

class TemplateParser {
 public:
  TemplateParser(std::vector<Piece> pieces, const std::string& file)
      : pieces_(std::move(pieces)), file_(file) {}

  std::vector<Statement> run() {
    auto all = block({});
    if (at_ < pieces_.size()) refuse(pieces_[at_], "a tag closes what was not opened");
    return all;
  }

 private:
  static std::string keyword(const Piece& piece) {
    return piece.kind == Piece::Kind::statement && piece.tokens[0].kind == TokenKind::name
               ? piece.tokens[0].text
               : "";
  }

  /// Up to a tag that begins with one of `ends`, which is not taken.
  std::vector<Statement> block(const std::vector<std::string_view>& ends) {
    if (++depth_ > deepest) refuse(pieces_[at_], "the tags are nested too deeply");
    std::vector<Statement> all;
    for (; at_ < pieces_.size(); ++at_) {
      const std::string word = keyword(pieces_[at_]);
      if (word.starts_with("end") || word == "else" || word == "elif") {
        if (std::find(ends.begin(), ends.end(), word) == ends.end())
          refuse(pieces_[at_], "a tag closes what was not opened");
        break;
      }
      all.push_back(statement(pieces_[at_], word));
    }
    --depth_;
    return all;
  }

  Statement statement(const Piece& piece, const std::string& word) {
    Statement made;
    made.line = piece.line;
    if (piece.kind == Piece::Kind::text) {
      made.text = piece.text;
    } else if (piece.kind == Piece::Kind::output) {
      made.kind = Statement::Kind::output;
      made.expression = parse_expression(piece.tokens, 0, file_);
    } else if (word == "if") {
      made = branch();
    } else if (word == "for") {
      made = loop(piece);
    } else if (word == "set") {
      made = assignment(piece);
    } else if (word == "generation") {
      made = generation(piece);
    } else if (word == "break" || word == "continue") {
      made.kind = word == "break" ? Statement::Kind::leave : Statement::Kind::next_turn;
    } else {
      refuse(piece, "the statement is not supported");
    }
    return made;
  }

  /// At {% if %} or {% elif %}; leaves at_ on {% endif %}.
  Statement branch() {
    const Piece& head = pieces_[at_];
    Statement made;
    made.kind = Statement::Kind::branch;
    made.line = head.line;
    made.expression = parse_expression(head.tokens, 1, file_);
    ++at_;
    made.body = block({"elif", "else", "endif"});
    require_open(head);
    const std::string word = keyword(pieces_[at_]);
    if (word == "elif") {
      if (++depth_ > deepest) refuse(head, "the tags are nested too deeply");
      made.otherwise.push_back(branch());
      --depth_;
    } else if (word == "else") {
      ++at_;
      made.otherwise = block({"endif"});
      require_open(head);
    }
    return made;
  }

  Statement loop(const Piece& head) {
    Statement made;
    made.kind = Statement::Kind::loop;
    made.line = head.line;
    std::size_t at = 1;
    const auto& tokens = head.tokens;
    while (tokens[at].kind == TokenKind::name && tokens[at].text != "in") {
      made.names.push_back(tokens[at++].text);
      if (tokens[at].kind == TokenKind::sign && tokens[at].text == ",") ++at;
    }
    if (made.names.empty() || tokens[at].kind != TokenKind::name) refuse(head, "the loop cannot be read");
    LoopSource source = parse_loop_source(tokens, at + 1, file_);
    made.expression = std::move(source.over);
    made.condition = std::move(source.condition);
    ++at_;
    made.body = block({"endfor", "else"});
    require_open(head);
    if (keyword(pieces_[at_]) == "else") refuse(pieces_[at_], "a loop's else is not supported");
    return made;
  }

  /// {% generation %} marks what transformers trains on; its text is written as if the tags were not there.
  Statement generation(const Piece& head) {
    Statement made;
    made.kind = Statement::Kind::branch;
    made.line = head.line;
    made.expression.value = true;
    ++at_;
    made.body = block({"endgeneration"});
    require_open(head);
    return made;
  }

  Statement assignment(const Piece& piece) {
    Statement made;
    made.kind = Statement::Kind::assign;
    made.line = piece.line;
    const auto& tokens = piece.tokens;
    std::size_t at = 1;
    const auto name = [&] {
      if (tokens[at].kind != TokenKind::name) refuse(piece, "the assignment cannot be read");
      made.names.push_back(tokens[at++].text);
    };
    name();
    if (tokens[at].text == "." && tokens[at].kind == TokenKind::sign) {
      ++at;
      name();
    }
    if (tokens[at].text != "=" || tokens[at].kind != TokenKind::sign)
      refuse(piece, "only assignments of one value are supported");
    made.expression = parse_expression(tokens, at + 1, file_);
    return made;
  }

  void require_open(const Piece& head) const {
    if (at_ >= pieces_.size()) refuse(head, "a tag is not closed");
  }

  [[noreturn]] void refuse(const Piece& piece, const char* problem) const {
    throw Error::bad_input(file_, std::string("the chat template cannot be used: ") + problem)
        .field(fmt::format("chat_template, line {}", piece.line))
        .found(fmt::format("{{% {} %}}", piece.tokens.empty()
                                             ? ""
                                             : utf8::replace_invalid(piece.tokens[0].text.substr(0, 80))))
        .expected("text, {{ }}, if, for, set, break and continue")
        .remedy("give a plain text file to --template instead");
  }

  std::vector<Piece> pieces_;
  const std::string& file_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::vector<Statement> parse_template(std::string_view source, const std::string& file) {
  return TemplateParser(split_template(source, file), file).run();
}

}  // namespace tauscope::jinja
