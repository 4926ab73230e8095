#include "core/chat/jinja_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/error.h"
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
  /// SOURCE or SOURCE if CONDITION; a choice between two sources needs brackets, as in Jinja.
  LoopSource loop_source() {
    LoopSource source{disjunction(), std::nullopt};
    if (accept("if")) source.condition = conditional();
    if (peek().kind != TokenKind::end) refuse("what follows the expression is not expected");
    return source;
  }

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
    const auto bound = [&] { return is("]") || is(":") ? literal(nullptr) : conditional(); };
    Expression from = bound();
    if (!accept(":")) {
      expect("]");
      return node(Kind::item, "", {std::move(value), std::move(from)});
    }
    Expression to = bound();
    Expression by = accept(":") ? bound() : literal(nullptr);
    expect("]");
    return node(Kind::slice, "", {std::move(value), std::move(from), std::move(to), std::move(by)});
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

}  // namespace

Expression parse_expression(const std::vector<Token>& tokens, std::size_t at, const std::string& file) {
  return ExpressionParser(tokens, at, file).whole();
}

LoopSource parse_loop_source(const std::vector<Token>& tokens, std::size_t at, const std::string& file) {
  return ExpressionParser(tokens, at, file).loop_source();
}

}  // namespace tauscope::jinja
