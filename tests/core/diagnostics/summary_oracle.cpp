#include "tests/core/diagnostics/summary_oracle.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/support/catch.h"

namespace tauscope::test {
namespace {

struct Value {
  long double value;
  std::string example;
};
using Key = std::vector<std::string>;  // student, tau, group, group value, quantity

long double quantile(const std::vector<long double>& sorted, long double q) {
  const long double index = q * static_cast<long double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(index);
  const auto high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (index - static_cast<long double>(low));
}

std::string position_label(std::int64_t position) {
  if (position < 128) return std::to_string(position);
  std::int64_t low = 128;
  while (position >= 2 * low)
    low *= 2;
  return std::to_string(low) + "-" + std::to_string(2 * low - 1);
}

/// Entropy quartile ("1" … "4") of each (example, position).
std::map<Key, std::string> quartiles(const CsvTable& table) {
  std::map<Key, long double> entropy;
  const auto at = table.column("entropy_teacher");
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const double value = table.number(i, at);
    if (table.rows[i][5] == "1" && std::isfinite(value))
      entropy[{table.rows[i][0], table.rows[i][1]}] = value;
  }
  std::vector<long double> sorted;
  for (const auto& [key, value] : entropy)
    sorted.push_back(value);
  std::sort(sorted.begin(), sorted.end());
  std::map<Key, std::string> result;
  for (const auto& [key, value] : entropy) {
    int quartile = 1;
    for (const long double q : {0.25L, 0.5L, 0.75L})
      quartile += value > quantile(sorted, q) * (1 + 1e-15L) ? 1 : 0;
    result[key] = std::to_string(quartile);
  }
  return result;
}

std::map<Key, std::vector<Value>> grouped(const CsvTable& table, const OracleFacts& facts) {
  const auto quartile_of = quartiles(table);
  std::map<Key, std::vector<Value>> groups;
  std::map<std::string, std::string> categories;
  const std::size_t end = facts.end_quantity ? facts.end_quantity : table.header.size();
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    if (!categories.count(row[0])) {
      const auto next = categories.size();
      categories[row[0]] = facts.category_of_example.empty() ? "" : facts.category_of_example.at(next);
    }
    std::vector<Key> memberships = {{"all", ""}, {"position", position_label(table.integer(i, 1))}};
    const auto quartile = quartile_of.find({row[0], row[1]});
    if (quartile != quartile_of.end()) memberships.push_back({"entropy_quartile", quartile->second});
    if (!categories[row[0]].empty()) memberships.push_back({"category", categories[row[0]]});
    for (std::size_t column = facts.first_quantity; column < end; ++column) {
      if (row[column].empty()) continue;
      for (const auto& group : memberships) {
        groups[{row[4], row[5], group[0], group[1], table.header[column]}].push_back(
            {table.number(i, column), row[0]});
      }
    }
  }
  return groups;
}

long double mean(const std::vector<Value>& values, bool per_example) {
  std::map<std::string, std::pair<long double, int>> sums;
  for (const auto& [value, example] : values) {
    auto& [sum, count] = sums[per_example ? example : ""];
    sum += value;
    ++count;
  }
  long double total = 0;
  for (const auto& [example, sum] : sums)
    total += sum.first / sum.second;
  return total / static_cast<long double>(sums.size());
}

bool close(double got, long double wanted) {
  if (std::isnan(wanted)) return std::isnan(got);
  return std::abs(got - wanted) <= 1e-12L * std::abs(wanted) + 1e-300L;
}

}  // namespace

void check_summary(const CsvTable& tokens, const std::vector<SummaryRow>& summary, const OracleFacts& facts) {
  const auto groups = grouped(tokens, facts);
  std::set<Key> seen;
  for (const auto& row : summary) {
    const Key key = {row.student, format_number(row.tau), row.group, row.group_value, row.quantity};
    INFO(row.student << " " << row.tau << " " << row.group << " " << row.group_value << " " << row.quantity);
    REQUIRE(groups.count(key) == 1);
    REQUIRE(seen.insert(key).second);
    std::vector<Value> finite;
    std::vector<long double> sorted;
    for (const auto& value : groups.at(key)) {
      if (!std::isfinite(value.value)) continue;
      finite.push_back(value);
      sorted.push_back(value.value);
    }
    std::sort(sorted.begin(), sorted.end());
    REQUIRE(row.count == static_cast<std::int64_t>(finite.size()));
    REQUIRE(row.invalid == static_cast<std::int64_t>(groups.at(key).size() - finite.size()));
    REQUIRE(row.average == (facts.average_example ? "example" : "token"));
    const bool none = finite.empty();
    const auto expect = [&](long double q) { return none ? NAN : quantile(sorted, q); };
    // A mean of values of both signs may cancel: its tolerance follows the size of what is summed.
    const long double largest = none ? 0 : std::max(std::abs(sorted.front()), std::abs(sorted.back()));
    const long double wanted_mean = none ? NAN : mean(finite, facts.average_example);
    REQUIRE((none ? std::isnan(row.mean) : std::abs(row.mean - wanted_mean) <= 1e-14L * largest));
    REQUIRE(close(row.median, expect(0.5L)));
    REQUIRE(close(row.p5, expect(0.05L)));
    REQUIRE(close(row.p25, expect(0.25L)));
    REQUIRE(close(row.p75, expect(0.75L)));
    REQUIRE(close(row.p95, expect(0.95L)));
  }
  REQUIRE(seen.size() == groups.size());
}

}  // namespace tauscope::test
