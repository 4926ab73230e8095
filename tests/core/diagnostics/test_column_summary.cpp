#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <random>

#include "core/diagnostics/column_summary.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

struct Column {
  std::vector<double> values;
  std::vector<RowGroups> groups;
  GroupSlots slots;

  ColumnInput input(bool needs_target, Average average, std::size_t piece) const {
    ColumnInput result;
    result.slots = slots.count();
    result.needs_target = needs_target;
    result.average = average;
    result.walk = [this, piece](const PieceVisitor& visit) {
      for (std::size_t at = 0; at < values.size(); at += piece) {
        const auto count = std::min(piece, values.size() - at);
        visit(std::span(values).subspan(at, count), std::span(groups).subspan(at, count));
      }
    };
    return result;
  }
};

/// Values over all magnitudes, with ties, both zeros, both infinities and NaN.
Column make_column(std::size_t rows, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  Column column;
  const char* categories[] = {"", "a", "b"};
  for (std::size_t i = 0; i < rows; ++i) {
    double value = uniform(random) * std::pow(10.0, 20 * uniform(random));
    switch (random() % 12) {
      case 0:
        value = 0.0;
        break;
      case 1:
        value = -0.0;
        break;
      case 2:
        value = 0.125;
        break;
      case 3:
        value = INFINITY;
        break;
      case 4:
        value = -INFINITY;
        break;
      case 5:
        value = NAN;
        break;
      case 6:
        value = 5e-324;
        break;
      default:
        break;
    }
    column.values.push_back(value);
    RowGroups groups;
    groups.example = static_cast<std::int64_t>(i / 7);
    groups.quartile = random() % 9 == 0 ? -1 : GroupSlots::quartile(static_cast<int>(random() % 4));
    groups.position = GroupSlots::position(static_cast<std::int64_t>(random() % 300));
    groups.category = column.slots.category(categories[(i / 7) % 3]);
    groups.has_target = random() % 5 != 0;
    column.groups.push_back(groups);
  }
  return column;
}

constexpr long double one_step = 5e-324L;  // subnormal numbers have no better resolution

bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

}  // namespace

TEST_CASE("sorting and streaming give the same bits") {
  const auto rows = GENERATE(as<std::size_t>{}, 1, 2, 3, 5, 64, 1000);
  const auto average = GENERATE(Average::token, Average::example);
  const auto column = make_column(rows, static_cast<unsigned>(rows));
  const auto sorted = summarise_sorted(column.input(true, average, 100));
  const auto streamed = summarise_streamed(column.input(true, average, 17));
  REQUIRE(sorted.size() == streamed.size());
  for (std::size_t slot = 0; slot < sorted.size(); ++slot) {
    CHECK(sorted[slot].count == streamed[slot].count);
    CHECK(sorted[slot].invalid == streamed[slot].invalid);
    CHECK((same(sorted[slot].mean, streamed[slot].mean) || sorted[slot].count == 0));
    for (std::size_t i = 0; i < summary_quantiles.size(); ++i) {
      CHECK((same(sorted[slot].quantiles[i], streamed[slot].quantiles[i]) || sorted[slot].count == 0));
    }
  }
}

TEST_CASE("every group agrees with a plain computation") {
  const bool needs_target = GENERATE(false, true);
  const auto average = GENERATE(Average::token, Average::example);
  const auto column = make_column(700, 4);
  const auto result = summarise_sorted(column.input(needs_target, average, 64));
  for (std::size_t slot = 0; slot < result.size(); ++slot) {
    std::vector<long double> values;
    std::map<std::int64_t, std::vector<long double>> by_example;
    std::int64_t invalid = 0;
    for (std::size_t i = 0; i < column.values.size(); ++i) {
      const auto& groups = column.groups[i];
      const auto wanted = static_cast<std::int32_t>(slot);
      const bool member =
          slot == 0 || groups.quartile == wanted || groups.position == wanted || groups.category == wanted;
      if (!member || (needs_target && !groups.has_target)) continue;
      if (!std::isfinite(column.values[i])) {
        ++invalid;
        continue;
      }
      values.push_back(column.values[i]);
      by_example[groups.example].push_back(column.values[i]);
    }
    REQUIRE(result[slot].count == static_cast<std::int64_t>(values.size()));
    REQUIRE(result[slot].invalid == invalid);
    if (values.empty()) {
      CHECK(std::isnan(result[slot].mean));
      CHECK(std::isnan(result[slot].quantiles[2]));
      continue;
    }
    long double mean = 0, largest = 0;
    if (average == Average::token) by_example = {{0, values}};
    for (const auto& [example, own] : by_example) {
      long double sum = 0;
      for (const auto value : own)
        sum += value;
      mean += sum / static_cast<long double>(own.size()) / static_cast<long double>(by_example.size());
    }
    std::sort(values.begin(), values.end());
    for (const auto value : values)
      largest = std::max(largest, std::abs(value));
    CHECK(std::abs(result[slot].mean - mean) <= 1e-15L * largest + one_step);
    for (std::size_t i = 0; i < summary_quantiles.size(); ++i) {
      const double index = summary_quantiles[i] * static_cast<double>(values.size() - 1);
      const auto low = static_cast<std::size_t>(index);
      const auto high = std::min(low + 1, values.size() - 1);
      const long double wanted =
          values[low] +
          (values[high] - values[low]) * (static_cast<long double>(index) - static_cast<double>(low));
      const long double scale = std::abs(values[low]) + std::abs(values[high]);
      CHECK(std::abs(result[slot].quantiles[i] - wanted) <= 4e-16L * scale + one_step);
    }
  }
}

TEST_CASE("the mean of many values does not drift") {
  Column column;
  const std::size_t rows = 300000;
  column.values.assign(rows, 0.1);
  column.values[0] = 1e9;
  column.groups.assign(rows, RowGroups{});
  const auto input = column.input(false, Average::token, 4096);
  // 0.1 is not 1/10 in binary; the exact sum is that of the doubles.
  const long double wanted = (1e9L + 299999 * static_cast<long double>(0.1)) / 300000;
  CHECK(summarise_sorted(input)[0].mean == static_cast<double>(wanted));
}

TEST_CASE("positions have a group each below 128 and share one per doubling above") {
  GroupSlots slots;
  const auto label = [&](std::int64_t position) {
    const auto name = slots.name(static_cast<std::size_t>(GroupSlots::position(position)));
    REQUIRE(name.group == "position");
    return name.value;
  };
  CHECK(label(0) == "0");
  CHECK(label(127) == "127");
  CHECK(label(128) == "128-255");
  CHECK(label(255) == "128-255");
  CHECK(label(256) == "256-511");
  CHECK(label(5000) == "4096-8191");
  CHECK(label(std::numeric_limits<std::int64_t>::max()) == "4611686018427387904-9223372036854775807");
  CHECK(slots.name(0).group == "all");
  CHECK(slots.name(GroupSlots::quartile(3)).value == "4");
}

TEST_CASE("categories beyond the limit share one group") {
  GroupSlots slots;
  for (std::size_t i = 0; i < most_categories; ++i)
    slots.category(std::to_string(i));
  CHECK_FALSE(slots.too_many_categories());
  const auto extra = slots.category("one more"), another = slots.category("and one more");
  CHECK(slots.too_many_categories());
  CHECK(extra == another);
  CHECK(slots.name(static_cast<std::size_t>(extra)).value == "(other categories)");
  CHECK(slots.category("5") != extra);
  CHECK(slots.category("") == -1);
}
