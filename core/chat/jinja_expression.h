// Expressions inside tags.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/chat/jinja_lexer.h"
#include "core/chat/jinja_syntax.h"

namespace tauscope::jinja {

/// What a loop runs over: all of `over`, or the elements for which `condition` holds.
struct LoopSource {
  Expression over;
  std::optional<Expression> condition;
};

// Both read the tokens from `at` to the end of the tag, which must outlive the call. They throw
// Error::bad_input naming file and line.
Expression parse_expression(const std::vector<Token>& tokens, std::size_t at, const std::string& file);
LoopSource parse_loop_source(const std::vector<Token>& tokens, std::size_t at, const std::string& file);

}  // namespace tauscope::jinja
