#include "core/chat/jinja_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/chat/jinja_checks.h"
#include "core/tokenizer/utf8.h"

namespace tauscope::jinja {

const char* kind_of(const Value& value) {
  if (value.is_function) return "a function";
  return value.defined ? value.json.type_name() : "undefined";
}

void refuse(const std::string& construct) {
  throw Refused(construct);
}

const std::string& text_of(const Value& value, const std::string& used_by) {
  if (!value.defined || !value.json.is_string()) refuse(fmt::format("{} on {}", used_by, kind_of(value)));
  return value.json.get_ref<const std::string&>();
}

std::int64_t integer_of(const Value& value, const std::string& used_by) {
  if (!value.defined || !value.json.is_number_integer())
    refuse(fmt::format("{} on {}", used_by, kind_of(value)));
  return value.json.get<std::int64_t>();
}

std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8::decode(text, at).length;
    out.push_back(text.substr(at, length));
    at += length;
  }
  return out;
}

Json as_sequence(const Value& value, const std::string& used_by) {
  if (value.defined && value.json.is_array()) return value.json;
  return Json(characters(text_of(value, used_by)));
}

Value element_at(const Json& json, std::int64_t index) {
  const auto size = static_cast<std::int64_t>(json.size());
  if (index < 0) index += size;
  return index >= 0 && index < size ? Value{json[static_cast<std::size_t>(index)], true} : Value::undefined();
}

namespace {

Value boolean(bool value) {
  return {value, true};
}

bool same(const Value& left, const Value& right) {
  if (!left.defined || !right.defined) return left.defined == right.defined;
  // Python: True == 1.
  const auto number = [](const Json& json) {
    return json.is_boolean() ? Json(json.get<bool>() ? 1 : 0) : json;
  };
  return number(left.json) == number(right.json);
}

bool contains(const Value& needle, const Value& hay) {
  if (!hay.defined) refuse("\"in\" on undefined");
  if (hay.json.is_string()) return text_of(hay, "in").find(text_of(needle, "in")) != std::string::npos;
  if (hay.json.is_object()) return hay.json.contains(text_of(needle, "in"));
  if (!hay.json.is_array()) refuse(fmt::format("\"in\" on {}", kind_of(hay)));
  return std::any_of(hay.json.begin(), hay.json.end(), [&](const Json& element) {
    return same({element, true}, needle);
  });
}

bool less(const Value& left, const Value& right) {
  if (left.defined && left.json.is_string()) return text_of(left, "<") < text_of(right, "<");
  return integer_of(left, "<") < integer_of(right, "<");
}

/// Python's division: towards minus infinity, and the remainder has the divisor's sign.
std::int64_t floor_divided(std::int64_t a, std::int64_t b) {
  if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min())) refuse("a division by zero");
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

Value arithmetic(const std::string& sign, const Value& left, const Value& right) {
  const std::int64_t a = integer_of(left, sign), b = integer_of(right, sign);
  std::int64_t result = 0;
  bool overflow = false;
  if (sign == "+")
    overflow = __builtin_add_overflow(a, b, &result);
  else if (sign == "-")
    overflow = __builtin_sub_overflow(a, b, &result);
  else if (sign == "*")
    overflow = __builtin_mul_overflow(a, b, &result);
  else if (sign == "//")
    result = floor_divided(a, b);
  else if (sign == "%")
    overflow = __builtin_sub_overflow(a, b * floor_divided(a, b), &result);
  else
    refuse("the operator " + sign);
  if (overflow) refuse("a number that is too large");
  return {result, true};
}

}  // namespace

std::string joined(const Json& list, const std::string& separator) {
  std::string out;
  bool first = true;
  for (const Json& part : list) {
    out += (first ? "" : separator) + printed({part, true});
    first = false;
    if (out.size() > most_value_bytes) refuse("join to a text that is too long");
  }
  return out;
}

void require_small(const Value& value) {
  if (value.json.is_string() && value.json.get_ref<const std::string&>().size() > most_value_bytes)
    refuse(fmt::format("more than {} bytes in one text", most_value_bytes));
  if (value.json.is_array() && value.json.size() > most_elements)
    refuse(fmt::format("more than {} elements in one list", most_elements));
}

bool is_true(const Value& value) {
  if (value.is_function) return true;
  if (!value.defined || value.json.is_null()) return false;
  if (value.json.is_boolean()) return value.json.get<bool>();
  if (value.json.is_number()) return value.json != 0;
  return value.json.is_string() ? !value.json.get_ref<const std::string&>().empty() : !value.json.empty();
}

std::string printed(const Value& value) {
  if (!value.defined) return "";
  if (value.json.is_string()) return value.json.get<std::string>();
  if (value.json.is_boolean()) return value.json.get<bool>() ? "True" : "False";
  if (value.json.is_null() && !value.is_function) return "None";
  if (value.json.is_number_integer()) return value.json.dump();
  refuse(fmt::format("writing {} as text", kind_of(value)));
}

Value binary(const std::string& sign, const Value& left, const Value& right) {
  if (sign == "==") return boolean(same(left, right));
  if (sign == "!=") return boolean(!same(left, right));
  if (sign == "in") return boolean(contains(left, right));
  if (sign == "not in") return boolean(!contains(left, right));
  if (sign == "<") return boolean(less(left, right));
  if (sign == ">") return boolean(less(right, left));
  if (sign == "<=") return boolean(!less(right, left));
  if (sign == ">=") return boolean(!less(left, right));
  if (sign == "~") return {printed(left) + printed(right), true};
  if (sign == "+" && left.defined && left.json.is_string())
    return {text_of(left, "+") + text_of(right, "+"), true};
  if (sign == "+" && left.defined && right.defined && left.json.is_array() && right.json.is_array()) {
    Json all = left.json;
    all.insert(all.end(), right.json.begin(), right.json.end());
    return {all, true};
  }
  return arithmetic(sign, left, right);
}

Value negative(const Value& value) {
  return arithmetic("-", {0, true}, value);
}

Value attribute_of(const Value& value, const std::string& name) {
  if (!value.defined) refuse(fmt::format(".{} of what is not defined", name));
  if (!value.json.is_object()) return Value::undefined();
  const auto at = value.json.find(name);
  return at == value.json.end() ? Value::undefined() : Value{*at, true};
}

Value item_of(const Value& value, const Value& index) {
  if (!value.defined) refuse("an element of what is not defined");
  if (value.json.is_object()) return attribute_of(value, text_of(index, "an element"));
  return element_at(as_sequence(value, "an element"), integer_of(index, "an element"));
}

// Python's rules: bounds count from the end where they are negative, and a step may go backwards.
Value slice_of(const Value& value, const Value& from, const Value& to, const Value& by) {
  const Json all = as_sequence(value, "a slice");
  const auto size = static_cast<std::int64_t>(all.size());
  const std::int64_t step = by.json.is_null() ? 1 : integer_of(by, "a slice");
  if (step == 0) refuse("a slice with the step 0");
  const std::int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? size : size - 1;
  const auto bound = [&](const Value& given, std::int64_t fallback) {
    if (given.json.is_null()) return fallback;
    const std::int64_t at = integer_of(given, "a slice");
    return std::clamp(at < 0 ? std::max(at, -size - 1) + size : at, lowest, highest);
  };
  const std::int64_t begin = bound(from, step > 0 ? lowest : highest);
  const std::int64_t end = bound(to, step > 0 ? highest : lowest);
  Json part = Json::array();
  for (std::int64_t at = begin; step > 0 ? at < end : at > end;) {
    part.push_back(all[static_cast<std::size_t>(at)]);
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return value.json.is_string() ? Value{joined(part, ""), true} : Value{part, true};
}

Value range_of(const std::vector<Value>& arguments) {
  if (arguments.empty() || arguments.size() > 3) refuse("range without its bounds");
  const auto given = [&](std::size_t i) { return integer_of(arguments[i], "range"); };
  const std::int64_t begin = arguments.size() > 1 ? given(0) : 0, end = given(arguments.size() > 1 ? 1 : 0);
  const std::int64_t step = arguments.size() > 2 ? given(2) : 1;
  if (step == 0) refuse("range with the step 0");
  Json all = Json::array();
  for (std::int64_t at = begin; step > 0 ? at < end : at > end;) {
    all.push_back(at);
    if (all.size() > most_elements) refuse(fmt::format("more than {} elements in one list", most_elements));
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return {all, true};
}

}  // namespace tauscope::jinja
