#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/chat/jinja_checks.h"
#include "core/chat/jinja_values.h"
#include "core/tokenizer/normalizer.h"
#include "core/tokenizer/utf8.h"

namespace tauscope::jinja {
namespace {

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

/// The operator that a test of two values is.
std::string sign_of_test(const std::string& name) {
  static const std::map<std::string, std::string> known{
      {"equalto", "=="}, {"eq", "=="}, {"==", "=="}, {"ne", "!="}, {"!=", "!="}, {"lt", "<"},
      {"lessthan", "<"}, {"<", "<"},   {"le", "<="}, {"<=", "<="}, {"gt", ">"},  {"greaterthan", ">"},
      {">", ">"},        {"ge", ">="}, {">=", ">="}, {"in", "in"}};
  const auto at = known.find(name);
  return at == known.end() ? "" : at->second;
}

/// select, reject and the two that look at an attribute: the elements that pass a test, or that are true.
Value chosen(const std::string& filter, const Value& value, std::vector<Value> arguments, bool by_attribute) {
  if (by_attribute && arguments.empty()) refuse("the filter " + filter + " without an attribute");
  const std::string attribute = by_attribute ? text_of(arguments[0], filter) : "";
  arguments.erase(arguments.begin(), arguments.begin() + (by_attribute ? 1 : 0));
  const std::string test = arguments.empty() ? "" : text_of(arguments[0], filter);
  if (!arguments.empty()) arguments.erase(arguments.begin());
  Json kept = Json::array();
  for (const Json& element : as_sequence(value, filter)) {
    const Value whole{element, true};
    const Value looked_at = by_attribute ? attribute_of(whole, attribute) : whole;
    const bool passes = test.empty() ? is_true(looked_at) : tested(test, looked_at, arguments);
    if (passes == filter.starts_with("select")) kept.push_back(element);
  }
  return {kept, true};
}

/// map: a filter on each element.
Value each(const Value& value, const Value& filter) {
  Json all = Json::array();
  for (const Json& element : as_sequence(value, "map"))
    all.push_back(filtered(text_of(filter, "map"), {element, true}, {}).json);
  return {all, true};
}

}  // namespace

Value filtered(const std::string& name, const Value& value, const std::vector<Value>& arguments) {
  if (name == "trim") return {stripped(text_of(value, name), arguments, true, true), true};
  if (name == "upper" || name == "lower" || name == "title" || name == "capitalize")
    return {with_case(name, text_of(value, name)), true};
  if (name == "length" || name == "count") return length_of(value);
  if (name == "string") return {printed(value), true};
  if (name == "first") return element_at(as_sequence(value, name), 0);
  if (name == "last") return element_at(as_sequence(value, name), -1);
  if (name == "join" && arguments.size() < 2)
    return {joined(as_sequence(value, name), arguments.empty() ? "" : text_of(arguments[0], name)), true};
  if (name == "list") return {as_sequence(value, name), true};
  if (name == "safe") return value;
  if (name == "default" || name == "d") {
    const bool replaced = arguments.size() > 1 && is_true(arguments[1]) ? !is_true(value) : !value.defined;
    return !replaced ? value : arguments.empty() ? Value{"", true} : arguments[0];
  }
  if (name == "replace" && arguments.size() == 2) return {replaced(text_of(value, name), arguments), true};
  if (name == "tojson" && arguments.empty() && value.defined) return {dumped(value.json), true};
  if (name == "select" || name == "reject") return chosen(name, value, arguments, false);
  if (name == "selectattr" || name == "rejectattr") return chosen(name, value, arguments, true);
  if (name == "map" && arguments.size() == 1) return each(value, arguments[0]);
  refuse("the filter " + name);
}

bool tested(const std::string& name, const Value& value, const std::vector<Value>& arguments) {
  const Json& json = value.json;
  if (const std::string sign = sign_of_test(name); !sign.empty() && arguments.size() == 1)
    return is_true(binary(sign, value, arguments[0]));
  if (!arguments.empty()) refuse("the test " + name + " with arguments");
  if (name == "defined") return value.defined;
  if (name == "undefined") return !value.defined;
  if (name == "none") return value.defined && json.is_null() && !value.is_function;
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
    return {text.starts_with(text_of(arguments[0], name)), true};
  if (name == "endswith" && arguments.size() == 1) return {text.ends_with(text_of(arguments[0], name)), true};
  if (name == "replace" && arguments.size() == 2) return {replaced(text, arguments), true};
  refuse("the method " + name);
}

}  // namespace tauscope::jinja
