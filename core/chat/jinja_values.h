// What the operators, filters, tests and methods of the subset do.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace tauscope::jinja {

/// A value of a template. What is not defined prints as nothing and is false; anything else is an error.
struct Value {
  Json json;
  bool defined = true;
  bool is_namespace = false;  ///< made by namespace(): its members can be assigned
  bool is_function = false;   ///< defined, and good for nothing but to be called

  static Value undefined() { return {nullptr, false}; }
  static Value function() { return {nullptr, true, false, true}; }
};

/// A construct outside the subset, or a use that Jinja itself refuses; what() names it.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The template called raise_exception.
struct Raised : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// No text that is computed may have more bytes, no list more elements.
inline constexpr std::size_t most_value_bytes = std::size_t{1} << 20;
inline constexpr std::size_t most_elements = 100'000;
/// Throws Refused beyond these.
void require_small(const Value& value);

bool is_true(const Value& value);
/// As {{ value }} writes it.
std::string printed(const Value& value);

Value binary(const std::string& sign, const Value& left, const Value& right);
Value negative(const Value& value);
Value attribute_of(const Value& value, const std::string& name);
Value item_of(const Value& value, const Value& index);
Value slice_of(const Value& value, const Value& from, const Value& to, const Value& by);
/// range(stop), range(start, stop) or range(start, stop, step), as a list.
Value range_of(const std::vector<Value>& arguments);
Value filtered(const std::string& name, const Value& value, const std::vector<Value>& arguments);
bool tested(const std::string& name, const Value& value, const std::vector<Value>& arguments);
/// value.name(arguments), of strings.
Value method(const std::string& name, const Value& value, const std::vector<Value>& arguments);

}  // namespace tauscope::jinja
