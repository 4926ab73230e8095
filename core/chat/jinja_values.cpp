#include "core/chat/jinja_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/tokenizer/normalizer.h"
#include "core/tokenizer/utf8.h"

namespace tauscope::jinja {
namespace {

const char* kind_of(const Value& value) {
  return value.defined ? value.json.type_name() : "undefined";
}

[[noreturn]] void refuse(const std::string& construct) {
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

Value boolean(bool value) {
  return {value, true};
}

/// Characters, since positions in a text count them.
std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8::decode(text, at).length;
    out.push_back(text.substr(at, length));
    at += length;
  }
  return out;
}

/// str.strip of Python: white space, or the characters given.
std::string stripped(const std::string& text, const std::vector<Value>& arguments, bool left, bool right) {
  const auto all = characters(text);
  const std::string set = arguments.empty() ? "" : text_of(arguments[0], "strip");
  const auto goes = [&](const std::string& c) {
    if (!arguments.empty()) return set.find(c) != std::string::npos;
    const char32_t code = utf8::decode(c, 0).value;
    return utf8::is_white_space(code) || (code >= 0x1C && code <= 0x1F);  // Python counts separators too
  };
  std::size_t begin = 0, end = all.size();
  while (left && begin < end && goes(all[begin]))
    ++begin;
  while (right && begin < end && goes(all[end - 1]))
    --end;
  std::string out;
  for (std::size_t i = begin; i < end; ++i)
    out += all[i];
  return out;
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string with_case(const std::string& name, const std::string& text) {
  if (!is_ascii(text)) refuse(name + " on text that is not ASCII");
  std::string out = text;
  bool at_word = true;
  for (char& c : out) {
    const bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
    const bool raise = name == "upper" || (at_word && (name == "title" || name == "capitalize"));
    if (raise && lower) c = static_cast<char>(c - 'a' + 'A');
    if (!raise && upper) c = static_cast<char>(c - 'A' + 'a');
    at_word = name == "title" && !lower && !upper;
  }
  return out;
}

Value split(const std::string& text, const std::vector<Value>& arguments) {
  if (arguments.size() != 1) refuse("split without one separator");
  const std::string& separator = text_of(arguments[0], "split");
  if (separator.empty()) refuse("split by an empty text");
  Json parts = Json::array();
  std::size_t begin = 0;
  for (auto at = text.find(separator); at != std::string::npos; at = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + separator.size();
  }
  parts.push_back(text.substr(begin));
  return {parts, true};
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

/// json.dumps of Python without ASCII escapes; objects would need the order of their keys, which is lost.
std::string dumped(const Json& json) {
  if (json.is_object()) refuse("tojson on an object");
  if (json.is_number_float()) refuse("tojson on a number with a fraction");
  if (!json.is_array()) return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out = "[";
  for (std::size_t i = 0; i < json.size(); ++i)
    out += (i == 0 ? "" : ", ") + dumped(json[i]);
  return out + "]";
}

Value element_at(const Json& json, std::int64_t index) {
  const auto size = static_cast<std::int64_t>(json.size());
  if (index < 0) index += size;
  return index >= 0 && index < size ? Value{json[static_cast<std::size_t>(index)], true} : Value::undefined();
}

Json as_sequence(const Value& value, const std::string& used_by) {
  if (value.defined && value.json.is_array()) return value.json;
  return Json(characters(text_of(value, used_by)));
}

Value length_of(const Value& value) {
  if (value.defined && (value.json.is_array() || value.json.is_object())) return {value.json.size(), true};
  return {characters(text_of(value, "length")).size(), true};
}

/// Refuses before it is made what would be too long.
std::string replaced(const std::string& text, const std::vector<Value>& arguments) {
  const std::string &from = text_of(arguments[0], "replace"), &to = text_of(arguments[1], "replace");
  if (from.empty()) refuse("replace of an empty text");
  if (text.size() / from.size() > most_value_bytes / std::max<std::size_t>(to.size(), 1))
    refuse("replace in a text that is too long");
  return replace_all(text, from, to);
}

std::string joined(const Value& value, const std::vector<Value>& arguments) {
  std::string out;
  const std::string separator = arguments.empty() ? "" : text_of(arguments[0], "join");
  bool first = true;
  for (const Json& part : as_sequence(value, "join")) {
    out += (first ? "" : separator) + printed({part, true});
    first = false;
    if (out.size() > most_value_bytes) refuse("join to a text that is too long");
  }
  return out;
}

}  // namespace

void require_small(const Value& value) {
  if (value.json.is_string() && value.json.get_ref<const std::string&>().size() > most_value_bytes)
    refuse(fmt::format("more than {} bytes in one text", most_value_bytes));
  if (value.json.is_array() && value.json.size() > most_elements)
    refuse(fmt::format("more than {} elements in one list", most_elements));
}

bool is_true(const Value& value) {
  if (!value.defined || value.json.is_null()) return false;
  if (value.json.is_boolean()) return value.json.get<bool>();
  if (value.json.is_number()) return value.json != 0;
  return value.json.is_string() ? !value.json.get_ref<const std::string&>().empty() : !value.json.empty();
}

std::string printed(const Value& value) {
  if (!value.defined) return "";
  if (value.json.is_string()) return value.json.get<std::string>();
  if (value.json.is_boolean()) return value.json.get<bool>() ? "True" : "False";
  if (value.json.is_null()) return "None";
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

Value slice_of(const Value& value, const Value& from, const Value& to) {
  const Json all = as_sequence(value, "a slice");
  const auto size = static_cast<std::int64_t>(all.size());
  const auto bound = [&](const Value& given, std::int64_t fallback) {
    if (given.json.is_null()) return fallback;
    const std::int64_t at = integer_of(given, "a slice");
    return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
  };
  const std::int64_t begin = bound(from, 0), end = std::max(bound(to, size), begin);
  const Json part(Json::array_t(all.begin() + begin, all.begin() + end));
  return value.json.is_string() ? Value{joined({part, true}, {}), true} : Value{part, true};
}

Value filtered(const std::string& name, const Value& value, const std::vector<Value>& arguments) {
  if (name == "trim") return {stripped(text_of(value, name), arguments, true, true), true};
  if (name == "upper" || name == "lower" || name == "title" || name == "capitalize")
    return {with_case(name, text_of(value, name)), true};
  if (name == "length" || name == "count") return length_of(value);
  if (name == "string") return {printed(value), true};
  if (name == "first") return element_at(as_sequence(value, name), 0);
  if (name == "last") return element_at(as_sequence(value, name), -1);
  if (name == "join") return {joined(value, arguments), true};
  if (name == "list") return {as_sequence(value, name), true};
  if (name == "safe") return value;
  if (name == "default" || name == "d") {
    const bool replaced = arguments.size() > 1 && is_true(arguments[1]) ? !is_true(value) : !value.defined;
    return !replaced ? value : arguments.empty() ? Value{"", true} : arguments[0];
  }
  if (name == "replace" && arguments.size() == 2) return {replaced(text_of(value, name), arguments), true};
  if (name == "tojson" && arguments.empty() && value.defined) return {dumped(value.json), true};
  refuse("the filter " + name);
}

bool tested(const std::string& name, const Value& value, const std::vector<Value>& arguments) {
  const Json& json = value.json;
  if (!arguments.empty()) refuse("the test " + name + " with arguments");
  if (name == "defined") return value.defined;
  if (name == "undefined") return !value.defined;
  if (name == "none") return value.defined && json.is_null();
  if (name == "string") return value.defined && json.is_string();
  if (name == "boolean") return value.defined && json.is_boolean();
  if (name == "true") return value.defined && json.is_boolean() && json.get<bool>();
  if (name == "false") return value.defined && json.is_boolean() && !json.get<bool>();
  if (name == "integer") return value.defined && json.is_number_integer();
  if (name == "number") return value.defined && (json.is_number() || json.is_boolean());
  if (name == "mapping") return value.defined && json.is_object();
  if (name == "iterable" || name == "sequence")
    return value.defined && (json.is_array() || json.is_string() || json.is_object());
  if (name == "odd") return (integer_of(value, name) & 1) != 0;
  if (name == "even") return (integer_of(value, name) & 1) == 0;
  refuse("the test " + name);
}

Value method(const std::string& name, const Value& value, const std::vector<Value>& arguments) {
  if (value.defined && value.json.is_object() && name == "get" && !arguments.empty()) {
    const Value found = attribute_of(value, text_of(arguments[0], name));
    return found.defined ? found : arguments.size() > 1 ? arguments[1] : Value{nullptr, true};
  }
  const std::string& text = text_of(value, "." + name + "()");
  if (name == "strip" || name == "lstrip" || name == "rstrip")
    return {stripped(text, arguments, name != "rstrip", name != "lstrip"), true};
  if (name == "split") return split(text, arguments);
  if ((name == "upper" || name == "lower" || name == "title" || name == "capitalize") && arguments.empty())
    return {with_case(name, text), true};
  if (name == "startswith" && arguments.size() == 1)
    return boolean(text.starts_with(text_of(arguments[0], name)));
  if (name == "endswith" && arguments.size() == 1)
    return boolean(text.ends_with(text_of(arguments[0], name)));
  if (name == "replace" && arguments.size() == 2) return {replaced(text, arguments), true};
  refuse("the method " + name);
}

}  // namespace tauscope::jinja
