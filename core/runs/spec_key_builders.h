// The pieces that the table of keys is built from: a key of one type each.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/base/message.h"
#include "core/runs/spec_keys.h"

namespace tauscope::spec_key {

/// Where a value lies in the spec.
template <class T>
using Member = T& (*)(RunSpec&);

/// An accessor of one member, for the builders below.
#define TS_MEMBER(type, member) [](RunSpec& spec) -> type& { return spec.member; }

/// Reading through the accessor that writing uses, so that the two cannot name different members.
template <class T>
T value_of(const RunSpec& spec, Member<T> member) {
  RunSpec copy = spec;
  return member(copy);
}

/// Numbers from `low` to `high`; an open end is itself out of range.
struct Range {
  double low = 0, high = std::numeric_limits<double>::infinity();
  bool low_open = false, high_open = false;
  bool holds(double x) const;
  std::string text() const;
};

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr Range at_least_0{0, infinite};
constexpr Range above_0{0, infinite, true};
constexpr Range share{0, 1};
constexpr Range below_1{0, 1, false, true};
constexpr Range temperatures{0.01, 1000};
constexpr std::int64_t huge = std::int64_t{1} << 40;  // steps and tokens times each other stay in 64 bits

Error wrong_type(const Setting& setting, const std::string& expected);
Error out_of_range(const Setting& setting, const std::string& expected);

/// What a setting holds. Each throws wrong_type; `ranged` also out_of_range.
std::string text_of(const Setting& setting, const std::string& expected);
double number_of(const Setting& setting, const Json& value, const std::string& expected);
double ranged(const Setting& setting, const Json& value, const Range& range);
std::filesystem::path path_of(const Setting& setting);

SpecKey number(std::string key, Member<double> member, Range range, std::string meaning);
SpecKey integer(std::string key, Member<std::int64_t> member, std::int64_t low, std::int64_t high,
                std::string meaning);
SpecKey flag(std::string key, Member<bool> member, std::string meaning);
/// A text that `holds`; "" is written as null.
SpecKey text(std::string key, Member<std::string> member, std::function<bool(const std::string&)> holds,
             std::string expected, std::string meaning);
SpecKey path(std::string key, Member<std::filesystem::path> member, std::string expected,
             std::string meaning);

template <class E>
struct Named {
  const char* name;
  E value;
};

/// One of a few words.
template <class E>
SpecKey choice(std::string key, Member<E> member, std::vector<Named<E>> names, std::string meaning) {
  std::string expected;
  for (std::size_t i = 0; i < names.size(); ++i)
    expected += fmt::format("{}{}", i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i].name);
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    const std::string value = text_of(setting, expected);
    for (const Named<E>& one : names) {
      if (value != one.name) continue;
      member(spec) = one.value;
      return;
    }
    throw setting_error(setting, "is not one of its values").found(in_quotes(value)).expected(expected);
  };
  const auto write = [=](const RunSpec& spec) {
    for (const Named<E>& one : names)
      if (one.value == value_of(spec, member)) return Json(one.name);
    return Json(nullptr);
  };
  return {std::move(key), expected, std::move(meaning), read, write};
}

}  // namespace tauscope::spec_key
