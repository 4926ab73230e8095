// The tree of a template.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"

namespace tauscope::jinja {

struct Expression {
  enum class Kind : std::uint8_t {
    literal,      // value
    name,         // text
    list,         // parts
    attribute,    // parts[0].text
    item,         // parts[0][parts[1]]
    slice,        // parts[0][parts[1]:parts[2]:parts[3]], a literal null where a bound is absent
    call,         // parts[0](parts[1:], named)
    filter,       // parts[0] | text(parts[1:])
    test,         // parts[0] is text(parts[1:])
    unary,        // text parts[0]
    binary,       // parts[0] text parts[1]
    conditional,  // parts[0] if parts[1] else parts[2]
  };
  Kind kind = Kind::literal;
  std::string text;
  Json value;
  std::vector<Expression> parts;
  std::vector<std::pair<std::string, Expression>> named;
  int line = 1;
};

struct Statement {
  enum class Kind : std::uint8_t {
    text,      // text
    output,    // expression
    branch,    // expression, body, otherwise
    loop,      // for names in expression if condition: body
    assign,    // names[0] (or names[0].names[1] of a namespace) = expression
    leave,     // break
    next_turn  // continue
  };
  Kind kind = Kind::text;
  std::string text;
  Expression expression;
  std::optional<Expression> condition;
  std::vector<std::string> names;
  std::vector<Statement> body, otherwise;
  int line = 1;
};

/// The subset is listed in chat_template.h; statements outside it (macro, import, ...) are refused here by
/// name, functions, filters and tests when they are reached. Throws Error::bad_input naming file and line.
std::vector<Statement> parse_template(std::string_view source, const std::string& file);

}  // namespace tauscope::jinja
