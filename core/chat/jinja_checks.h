// What operators and filters ask of values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/chat/jinja_values.h"

namespace tauscope::jinja {

[[noreturn]] void refuse(const std::string& construct);
/// For messages.
const char* kind_of(const Value& value);
// These refuse what is something else, naming the operator or filter that wanted it.
const std::string& text_of(const Value& value, const std::string& used_by);
std::int64_t integer_of(const Value& value, const std::string& used_by);
/// The elements of a list, or the characters of a text.
Json as_sequence(const Value& value, const std::string& used_by);

/// Characters, since positions in a text count them.
std::vector<std::string> characters(const std::string& text);
/// Negative indices count from the end; undefined where there is no such element.
Value element_at(const Json& list, std::int64_t index);
/// The elements as {{ }} writes them, with the separator between them.
std::string joined(const Json& list, const std::string& separator);

}  // namespace tauscope::jinja
