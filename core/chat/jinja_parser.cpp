#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/error.h"
#include "core/chat/jinja_lexer.h"
#include "core/chat/jinja_syntax.h"
#include "core/tokenizer/utf8.h"

namespace tauscope::jinja {
namespace {

using Kind = Expression::Kind;

constexpr int deepest = 100;
constexpr std::array comparisons{"==", "!=", "<=", ">=", "<", ">", "in"};

class ExpressionParser {
 public:
  ExpressionParser(const std::vector<Token>& tokens, std::size_t at, const std::string& file)
      : tokens_(tokens), at_(at), file_(file) {}

  Expression whole() {
    Expression expression = conditional();
    if (peek().kind != TokenKind::end) refuse("what follows the expression is not expected");
    return expression;
  }

  Expression conditional() {
    const Deeper deeper(*this);
    Expression value = disjunction();
    if (!accept("if")) return value;
    Expression condition = disjunction();
    Expression otherwise = accept("else") ? conditional() : literal(Json(""));
    return node(Kind::conditional, "", {std::move(value), std::move(condition), std::move(otherwise)});
  }
  std::size_t at() const { return at_; }

 private:
  struct Deeper {
    explicit Deeper(ExpressionParser& parser) : parser(parser) {
      if (++parser.depth_ > deepest) parser.refuse("the expression is nested too deeply");
    }
    ~Deeper() { --parser.depth_; }
    ExpressionParser& parser;
  };

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool is(std::string_view text, std::size_t ahead = 0) const {
    const Token& token = peek(ahead);
    return token.text == text && (token.kind == TokenKind::name || token.kind == TokenKind::sign);
  }
  bool accept(std::string_view text) {
    if (!is(text)) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view text) {
    if (!accept(text)) refuse(fmt::format("\"{}\" is missing", text));
  }
  std::string name() {
    if (peek().kind != TokenKind::name) refuse("a name is missing");
    return tokens_[at_++].text;
  }
  Expression node(Kind kind, std::string text, std::vector<Expression> parts) const {
    Expression made;
    made.kind = kind;
    made.text = std::move(text);
    made.parts = std::move(parts);
    made.line = peek().line;
    return made;
  }
  Expression literal(Json value) const {
    Expression made = node(Kind::literal, "", {});
    made.value = std::move(value);
    return made;
  }

  Expression disjunction() {
    Expression left = conjunction();
    while (accept("or"))
      left = node(Kind::binary, "or", {std::move(left), conjunction()});
    return left;
  }
  Expression conjunction() {
    Expression left = negation();
    while (accept("and"))
      left = node(Kind::binary, "and", {std::move(left), negation()});
    return left;
  }
  Expression negation() {
    const Deeper deeper(*this);
    if (accept("not")) return node(Kind::unary, "not", {negation()});
    return comparison();
  }
  Expression comparison() {
    Expression left = sum();
    std::string sign;
    for (const char* known : comparisons)
      if (sign.empty() && accept(known)) sign = known;
    if (sign.empty() && is("not") && is("in", 1)) {
      at_ += 2;
      sign = "not in";
    }
    if (sign.empty()) return left;
    left = node(Kind::binary, sign, {std::move(left), sum()});
    for (const char* known : comparisons)
      if (is(known)) refuse("comparisons in a chain are not supported");
    return left;
  }
  Expression sum() {
    Expression left = concatenation();
    while (is("+") || is("-")) {
      const std::string sign = tokens_[at_++].text;
      left = node(Kind::binary, sign, {std::move(left), concatenation()});
    }
    return left;
  }
  Expression concatenation() {
    Expression left = product();
    while (accept("~"))
      left = node(Kind::binary, "~", {std::move(left), product()});
    return left;
  }
  Expression product() {
    Expression left = unary();
    while (is("*") || is("/") || is("//") || is("%")) {
      const std::string sign = tokens_[at_++].text;
      left = node(Kind::binary, sign, {std::move(left), unary()});
    }
    return left;
  }
  Expression unary() {
    const Deeper deeper(*this);
    if (accept("-")) return node(Kind::unary, "-", {unary()});
    return tests(filters(postfix(primary())));
  }
  Expression filters(Expression value) {
    while (accept("|")) {
      Expression made = node(Kind::filter, name(), {std::move(value)});
      if (accept("(")) arguments(made);
      value = std::move(made);
    }
    return value;
  }
  Expression tests(Expression value) {
    while (accept("is")) {
      const bool negated = accept("not");
      Expression made = node(Kind::test, name(), {std::move(value)});
      if (accept("(")) arguments(made);
      value = negated ? node(Kind::unary, "not", {std::move(made)}) : std::move(made);
    }
    return value;
  }
  Expression postfix(Expression value) {
    for (;;) {
      if (accept(".")) {
        value = node(Kind::attribute, name(), {std::move(value)});
      } else if (accept("[")) {
        value = subscript(std::move(value));
      } else if (accept("(")) {
        value = node(Kind::call, "", {std::move(value)});
        arguments(value);
      } else {
        return value;
      }
    }
  }
  Expression subscript(Expression value) {
    Expression from = is(":") ? literal(nullptr) : conditional();
    if (!accept(":")) {
      expect("]");
      return node(Kind::item, "", {std::move(value), std::move(from)});
    }
    Expression to = is("]") || is(":") ? literal(nullptr) : conditional();
    if (is(":")) refuse("slices with a step are not supported");
    expect("]");
    return node(Kind::slice, "", {std::move(value), std::move(from), std::move(to)});
  }
  void arguments(Expression& call) {
    while (!accept(")")) {
      if (peek().kind == TokenKind::name && is("=", 1)) {
        std::string key = name();
        ++at_;
        call.named.emplace_back(std::move(key), conditional());
      } else {
        call.parts.push_back(conditional());
      }
      if (!is(")")) expect(",");
    }
  }
  Expression primary() {
    const Token token = peek();
    ++at_;
    if (token.kind == TokenKind::string) {
      Expression made = literal(token.text);
      while (peek().kind == TokenKind::string)
        made.value = made.value.get<std::string>() + tokens_[at_++].text;
      return made;
    }
    if (token.kind == TokenKind::number) {
      std::int64_t value = 0;
      const auto [end, problem] =
          std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
      if (problem != std::errc() || end != token.text.data() + token.text.size())
        refuse("the number is too large");
      return literal(value);
    }
    if (token.kind == TokenKind::name) return named_primary(token.text);
    if (token.text == "(") {
      Expression inner = conditional();
      if (is(",")) refuse("tuples are not supported");
      expect(")");
      return inner;
    }
    if (token.text == "[") {
      Expression made = node(Kind::list, "", {});
      while (!accept("]")) {
        made.parts.push_back(conditional());
        if (!is("]")) expect(",");
      }
      return made;
    }
    --at_;
    refuse(token.text == "{" ? "objects are not supported" : "an expression is missing");
  }
  Expression named_primary(const std::string& text) const {
    if (text == "true" || text == "True") return literal(true);
    if (text == "false" || text == "False") return literal(false);
    if (text == "none" || text == "None") return literal(nullptr);
    return node(Kind::name, text, {});
  }

  [[noreturn]] void refuse(const std::string& problem) const {
    throw Error::bad_input(file_, "the chat template cannot be read: " + problem)
        .field(fmt::format("chat_template, line {}", peek().line))
        .found(peek().kind == TokenKind::end ? "the end of the tag"
                                             : utf8::replace_invalid(peek().text.substr(0, 80)))
        .remedy("give a plain text file to --template instead");
  }

  const std::vector<Token>& tokens_;
  std::size_t at_;
  const std::string& file_;
  int depth_ = 0;
};

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
      made.expression = ExpressionParser(piece.tokens, 0, file_).whole();
    } else if (word == "if") {
      made = branch();
    } else if (word == "for") {
      made = loop(piece);
    } else if (word == "set") {
      made = assignment(piece);
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
    made.expression = ExpressionParser(head.tokens, 1, file_).whole();
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
      if (tokens[at].text == ",") refuse(head, "loops over several names are not supported");
    }
    if (made.names.size() != 1 || tokens[at].text != "in") refuse(head, "the loop cannot be read");
    ExpressionParser parser(tokens, at + 1, file_);
    made.expression = parser.whole();
    if (made.expression.kind == Kind::conditional) refuse(head, "loops with a condition are not supported");
    ++at_;
    made.body = block({"endfor", "else"});
    require_open(head);
    if (keyword(pieces_[at_]) == "else") refuse(pieces_[at_], "a loop's else is not supported");
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
    made.expression = ExpressionParser(tokens, at + 1, file_).whole();
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
