#include "core/runs/spec_key_builders.h"

#include <cmath>

#include "core/base/csv.h"

namespace tauscope::spec_key {

namespace fs = std::filesystem;

Error wrong_type(const Setting& setting, const std::string& expected) {
  return setting_error(setting, "has the wrong type")
      .found(described_setting(setting.value))
      .expected(expected);
}

Error out_of_range(const Setting& setting, const std::string& expected) {
  return setting_error(setting, "is out of range").found(described_setting(setting.value)).expected(expected);
}

std::string text_of(const Setting& setting, const std::string& expected) {
  if (setting.value.is_string()) return setting.value.get<std::string>();
  if (!setting.written.empty()) return setting.written;  // --set name=7
  throw wrong_type(setting, expected);
}

double number_of(const Setting& setting, const Json& value, const std::string& expected) {
  if (!value.is_number()) throw wrong_type(setting, expected);
  return value.get<double>();
}

bool Range::holds(double x) const {
  return std::isfinite(x) && (low_open ? x > low : x >= low) && (high_open ? x < high : x <= high);
}

std::string Range::text() const {
  const std::string least = fmt::format("{} {}", low_open ? "above" : "of at least", format_number(low));
  if (std::isinf(high)) return "a number " + least;
  return fmt::format("a number {} and {} {}", least, high_open ? "below" : "of at most", format_number(high));
}

double ranged(const Setting& setting, const Json& value, const Range& range) {
  const double x = number_of(setting, value, range.text());
  if (!range.holds(x)) throw out_of_range(setting, range.text());
  return x;
}

SpecKey number(std::string key, Member<double> member, Range range, std::string meaning) {
  return {
      std::move(key), range.text(), std::move(meaning),
      [=](RunSpec& spec, const Setting& setting) { member(spec) = ranged(setting, setting.value, range); },
      [=](const RunSpec& spec) { return Json(value_of(spec, member)); }};
}

SpecKey integer(std::string key, Member<std::int64_t> member, std::int64_t low, std::int64_t high,
                std::string meaning) {
  std::string expected = high == huge ? fmt::format("a whole number of at least {}", low)
                                      : fmt::format("a whole number from {} to {}", low, high);
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    if (!setting.value.is_number_integer()) throw wrong_type(setting, expected);
    const auto value = setting.value.get<std::int64_t>();
    if (value < low || value > high) throw out_of_range(setting, expected);
    member(spec) = value;
  };
  return {std::move(key), expected, std::move(meaning), read,
          [=](const RunSpec& spec) { return Json(value_of(spec, member)); }};
}

SpecKey flag(std::string key, Member<bool> member, std::string meaning) {
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    if (!setting.value.is_boolean()) throw wrong_type(setting, "true or false");
    member(spec) = setting.value.get<bool>();
  };
  return {std::move(key), "true or false", std::move(meaning), read,
          [=](const RunSpec& spec) { return Json(value_of(spec, member)); }};
}

SpecKey text(std::string key, Member<std::string> member, std::function<bool(const std::string&)> holds,
             std::string expected, std::string meaning) {
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    const std::string value = text_of(setting, expected);
    if (!holds(value))
      throw setting_error(setting, "is not one of its values").found(in_quotes(value)).expected(expected);
    member(spec) = value;
  };
  return {std::move(key), expected, std::move(meaning), read, [=](const RunSpec& spec) {
            const std::string value = value_of(spec, member);
            return value.empty() ? Json(nullptr) : Json(value);
          }};
}

fs::path path_of(const Setting& setting) {
  const std::string value = text_of(setting, "a path");
  if (value.empty())
    throw setting_error(setting, "is empty").expected("a path").remedy("leave the key out for none");
  return (setting.base / value).lexically_normal();
}

SpecKey path(std::string key, Member<fs::path> member, std::string expected, std::string meaning) {
  return {std::move(key), std::move(expected), std::move(meaning),
          [=](RunSpec& spec, const Setting& setting) { member(spec) = path_of(setting); },
          [=](const RunSpec& spec) {
            const fs::path value = value_of(spec, member);
            return value.empty() ? Json(nullptr) : Json(value.string());
          }};
}

}  // namespace tauscope::spec_key
