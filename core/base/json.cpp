#include "core/base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <vector>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/message.h"

namespace tauscope {
namespace {

constexpr std::size_t max_depth = 128;

/// Hands characters to nlohmann's lexer and remembers how far it has read: its SAX events carry no positions.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

/// nlohmann's text without its "[json.exception...] parse error at line 1, column 2: " (the position is ours)
/// and with the offending token cut short: it can be as long as the file.
std::string plain_problem(std::string_view what) {
  if (const auto end = what.find("] "); what.starts_with("[json.exception") && end != what.npos)
    what.remove_prefix(end + 2);
  if (const auto end = what.find(": "); what.starts_with("parse error at line") && end != what.npos)
    what.remove_prefix(end + 2);
  constexpr std::string_view last_read = "; last read: '";
  const auto last = what.find(last_read);
  if (last == what.npos) return shown(what, 200);
  std::string_view token = what.substr(last + last_read.size());
  std::string_view reason;  // "'; expected end of input" may follow the token
  if (const auto close = token.rfind('\''); close != token.npos) {
    reason = token.substr(close + 1);
    token = token.substr(0, close);
  }
  return std::string(what.substr(0, last)) + "; last read: '" + shown(token) + "'" + std::string(reason);
}

/// Builds the value from nlohmann's SAX events, and stops at what the plain parser would let through.
class StrictBuilder {
 public:
  explicit StrictBuilder(HugeIntegers huge) : huge_(huge) {}
  Json take() { return std::move(root_); }
  const std::string& problem() const { return problem_; }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string& text) {
    if (huge_ == HugeIntegers::refused && text.find_first_of(".eE") == text.npos)
      return stop("the integer " + shown(text) + " is out of the range of 64 bits");
    return add(value);
  }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return stop("binary values are not JSON"); }

  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    const auto [member, is_new] = open_.back()->get_ref<Json::object_t&>().emplace(name, nullptr);
    if (!is_new) return stop("the key \"" + shown(name) + "\" stands twice in one object");
    member_ = &member->second;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) {
    return stop(plain_problem(error.what()));
  }

 private:
  bool stop(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  Json* place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      auto& array = open_.back()->get_ref<Json::array_t&>();
      array.push_back(std::move(value));
      return &array.back();
    }
    *member_ = std::move(value);
    return member_;
  }
  bool add(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json container) {
    if (open_.size() >= max_depth)
      return stop(fmt::format("arrays and objects are nested deeper than {}", max_depth));
    // Pointers into an array stay valid: nothing is added to it while one of its elements is open.
    open_.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  HugeIntegers huge_;
  Json root_;
  std::vector<Json*> open_;
  Json* member_ = nullptr;
  std::string problem_;
};

/// `end`: just behind the character that is reported.
Error error_at(std::string_view text, std::size_t end, std::int64_t first_line, const std::string& file,
               std::string problem) {
  const std::size_t at = end == 0 ? 0 : end - 1;
  const auto line =
      first_line + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const std::size_t line_end = at == 0 ? text.npos : text.rfind('\n', at - 1);
  const std::size_t column = line_end == text.npos ? at + 1 : at - line_end;
  return Error::bad_input(file, std::move(problem)).field(fmt::format("line {}, column {}", line, column));
}

}  // namespace

Json parse_json(std::string_view text, const std::string& file, std::int64_t first_line, HugeIntegers huge) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  // nlohmann's lexer takes a zero byte for the end of the text, and would not see what follows it.
  if (const auto zero = text.find('\0'); zero != text.npos)
    throw error_at(text, zero + 1, first_line, file, "a zero byte, which JSON does not allow");
  if (text.find_first_not_of(" \t\r\n") == text.npos)
    throw error_at(text, 0, first_line, file, "there is no JSON value: the text is empty");

  const char* furthest = text.data();
  const CountingIterator begin(text.data(), &furthest);
  const CountingIterator end(text.data() + text.size(), &furthest);
  StrictBuilder builder(huge);
  if (!Json::sax_parse(begin, end, &builder)) {
    const auto read = static_cast<std::size_t>(furthest - text.data());
    throw error_at(text, read, first_line, file, builder.problem());
  }
  return builder.take();
}

Json read_json_file(const std::filesystem::path& path, std::uint64_t max_bytes, HugeIntegers huge) {
  return parse_json(read_file(path, max_bytes), path.string(), 1, huge);
}

namespace {

std::string article_and_type(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "the string ";
    case Json::value_t::boolean:
      return "the boolean ";
    default:
      return "the number ";
  }
}

std::string described(const Json& value) {
  const std::string type = article_and_type(value);
  if (value.is_null() || value.is_structured()) return type;
  return type + shown(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

JsonFields::JsonFields(const Json& object, std::string file, std::string prefix)
    : object_(&object), file_(std::move(file)), prefix_(std::move(prefix)) {
  if (object.is_object()) return;
  throw Error::bad_input(file_, "is not an object")
      .field(prefix_)
      .found(described(object))
      .expected("a JSON object: {...}");
}

bool JsonFields::has(const std::string& key) const {
  const auto member = object_->find(key);
  return member != object_->end() && !member->is_null();
}

const Json& JsonFields::at(const std::string& key) const {
  const auto member = object_->find(key);
  if (member == object_->end()) throw Error::bad_input(file_, "the field is missing").field(path_of(key));
  if (member->is_null())
    throw Error::bad_input(file_, "the field has no value").field(path_of(key)).found("null");
  return *member;
}

namespace {

Error wrong_type(const JsonFields& fields, const std::string& key, const Json& value, std::string expected) {
  return Error::bad_input(fields.file(), "has the wrong type")
      .field(fields.path_of(key))
      .found(described(value))
      .expected(std::move(expected));
}

}  // namespace

std::int64_t JsonFields::integer(const std::string& key, std::int64_t low, std::int64_t high) const {
  const Json& value = at(key);
  const std::string expected = fmt::format("an integer from {} to {}", low, high);
  if (!value.is_number_integer()) throw wrong_type(*this, key, value, expected);
  const bool too_large = value.is_number_unsigned() &&
                         value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  const auto number = too_large ? std::numeric_limits<std::int64_t>::max() : value.get<std::int64_t>();
  if (too_large || number < low || number > high)
    throw Error::bad_input(file_, "is out of range")
        .field(path_of(key))
        .found(value.dump())
        .expected(expected);
  return number;
}

std::int64_t JsonFields::integer_or(const std::string& key, std::int64_t fallback, std::int64_t low,
                                    std::int64_t high) const {
  return has(key) ? integer(key, low, high) : fallback;
}

double JsonFields::number(const std::string& key) const {
  const Json& value = at(key);
  if (!value.is_number()) throw wrong_type(*this, key, value, "a number");
  return value.get<double>();
}

double JsonFields::number_or(const std::string& key, double fallback) const {
  return has(key) ? number(key) : fallback;
}

bool JsonFields::boolean_or(const std::string& key, bool fallback) const {
  if (!has(key)) return fallback;
  const Json& value = at(key);
  if (!value.is_boolean()) throw wrong_type(*this, key, value, "true or false");
  return value.get<bool>();
}

std::string JsonFields::string(const std::string& key) const {
  const Json& value = at(key);
  if (!value.is_string()) throw wrong_type(*this, key, value, "a string");
  return value.get<std::string>();
}

std::string JsonFields::string_or(const std::string& key, const std::string& fallback) const {
  return has(key) ? string(key) : fallback;
}

JsonFields JsonFields::object(const std::string& key) const {
  return {at(key), file_, path_of(key)};
}

}  // namespace tauscope
