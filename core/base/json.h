// JSON that comes from outside: nothing is taken on trust.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tauscope {

using Json = nlohmann::json;

/// What becomes of an integer that no 64-bit type holds. Hugging Face folders hold 10^30, as Python's "no
/// limit".
enum class HugeIntegers { refused, as_double };

/// Parses one JSON document. Throws Error::bad_input (naming `file`, and line and column where known) on
/// broken JSON, on bytes after the document, on a key that stands twice in one object, on integers outside
/// the range of int64/uint64 (nlohmann-json would turn them into doubles silently; so does `as_double`, and
/// JsonFields::integer then refuses them where they are used), on nesting deeper than 128, and on text that
/// is not UTF-8. A byte-order mark at the start is skipped. `first_line` is the line number of the text's
/// first line within the file, for files of JSON lines.
Json parse_json(std::string_view text, const std::string& file, std::int64_t first_line = 1,
                HugeIntegers huge = HugeIntegers::refused);

/// Reads and parses a whole file of at most `max_bytes`.
Json read_json_file(const std::filesystem::path& path, std::uint64_t max_bytes = std::uint64_t{256} << 20,
                    HugeIntegers huge = HugeIntegers::refused);

/// JSON has no NaN and no infinity: null stands for them.
inline Json number_or_null(double x) {
  return std::isfinite(x) ? Json(x) : Json(nullptr);
}

/// Checked access to the members of an object: errors name file and field, and say what was found and
/// expected.
class JsonFields {
 public:
  JsonFields(const Json& object, std::string file, std::string prefix = "");

  bool has(const std::string& key) const;  ///< present and not null
  const Json& at(const std::string& key) const;

  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high) const;
  std::int64_t integer_or(const std::string& key, std::int64_t fallback, std::int64_t low,
                          std::int64_t high) const;
  double number(const std::string& key) const;
  double number_or(const std::string& key, double fallback) const;
  bool boolean_or(const std::string& key, bool fallback) const;
  std::string string(const std::string& key) const;
  std::string string_or(const std::string& key, const std::string& fallback) const;
  JsonFields object(const std::string& key) const;

  const Json& json() const { return *object_; }
  const std::string& file() const { return file_; }
  std::string path_of(const std::string& key) const { return prefix_.empty() ? key : prefix_ + "." + key; }

 private:
  const Json* object_;
  std::string file_, prefix_;
};

}  // namespace tauscope
