#include "core/diagnostics/column_summary.h"

#include <algorithm>
#include <cmath>

#include "core/diagnostics/compensated_sum.h"
#include "core/diagnostics/rank_search.h"

namespace tauscope {
namespace {

/// Calls body(slot) for the slots of one row.
template <class Body>
void for_each_slot(const RowGroups& groups, Body&& body) {
  body(GroupSlots::all);
  if (groups.quartile >= 0) body(groups.quartile);
  if (groups.position >= 0) body(groups.position);
  if (groups.category >= 0) body(groups.category);
}

/// Mean, count and invalid of one slot, fed in row order.
class RunningMean {
 public:
  void add(double value, std::int64_t example, Average average, GroupSummary& summary) {
    if (!std::isfinite(value)) {
      ++summary.invalid;
      return;
    }
    ++summary.count;
    if (average == Average::example && example != example_) {
      close_example();
      example_ = example;
    }
    sum_.add(value);
    ++values_;
  }

  double mean(Average average) {
    if (average == Average::token) return sum_.value() / static_cast<double>(values_);
    close_example();
    return means_.value() / static_cast<double>(examples_);
  }

 private:
  void close_example() {
    if (values_ == 0) return;
    means_.add(sum_.value() / static_cast<double>(values_));
    ++examples_;
    sum_ = {};
    values_ = 0;
  }

  CompensatedSum sum_, means_;
  std::int64_t example_ = 0, values_ = 0, examples_ = 0;
};

bool belongs(const ColumnInput& input, const RowGroups& groups) {
  return !input.needs_target || groups.has_target;
}

/// Everything but the quantiles.
std::vector<GroupSummary> summarise_means(const ColumnInput& input) {
  std::vector<GroupSummary> result(input.slots);
  std::vector<RunningMean> means(input.slots);
  input.walk([&](std::span<const double> values, std::span<const RowGroups> groups) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!belongs(input, groups[i])) continue;
      for_each_slot(groups[i], [&](std::int32_t slot) {
        means[slot].add(values[i], groups[i].example, input.average, result[slot]);
      });
    }
  });
  for (std::size_t slot = 0; slot < input.slots; ++slot) {
    if (result[slot].count > 0) result[slot].mean = means[slot].mean(input.average);
  }
  return result;
}

struct SortedEntry {
  double value;
  std::int32_t quartile, position, category;
};

std::vector<SortedEntry> sorted_entries(const ColumnInput& input, std::int64_t count) {
  std::vector<SortedEntry> entries;
  entries.reserve(static_cast<std::size_t>(count));
  input.walk([&](std::span<const double> values, std::span<const RowGroups> groups) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!belongs(input, groups[i]) || !std::isfinite(values[i])) continue;
      // One zero only: otherwise its sign in the result would depend on the order of equal values.
      entries.push_back(
          {values[i] == 0 ? 0.0 : values[i], groups[i].quartile, groups[i].position, groups[i].category});
    }
  });
  std::sort(entries.begin(), entries.end(),
            [](const SortedEntry& a, const SortedEntry& b) { return a.value < b.value; });
  return entries;
}

}  // namespace

std::vector<GroupSummary> summarise_sorted(const ColumnInput& input) {
  auto result = summarise_means(input);
  std::vector<std::size_t> next(input.slots + 1, 0);
  for (std::size_t slot = 0; slot < input.slots; ++slot) {
    next[slot + 1] = next[slot] + static_cast<std::size_t>(result[slot].count);
  }
  // Dealt out in ascending order, every slot's values are sorted too.
  std::vector<double> dealt(next[input.slots]);
  for (const auto& entry : sorted_entries(input, result[GroupSlots::all].count)) {
    for_each_slot({0, entry.quartile, entry.position, entry.category, true},
                  [&](std::int32_t slot) { dealt[next[slot]++] = entry.value; });
  }
  for (std::size_t slot = 0; slot < input.slots; ++slot) {
    const std::int64_t count = result[slot].count;
    const double* values = dealt.data() + next[slot] - count;
    for (std::size_t i = 0; count > 0 && i < summary_quantiles.size(); ++i) {
      const QuantilePlace place(summary_quantiles[i], count);
      result[slot].quantiles[i] = place.between(values[place.low], values[place.high]);
    }
  }
  return result;
}

std::vector<GroupSummary> summarise_streamed(const ColumnInput& input) {
  auto result = summarise_means(input);
  std::vector<RankSearch> searches;
  std::vector<std::size_t> search_of_slot(input.slots);
  for (std::size_t slot = 0; slot < input.slots; ++slot) {
    if (result[slot].count == 0) continue;  // no value will ever be looked up there
    search_of_slot[slot] = searches.size();
    searches.emplace_back(result[slot].count);
  }
  for (int pass = 0; pass < RankSearch::passes; ++pass) {
    for (auto& search : searches)
      search.begin_pass();
    input.walk([&](std::span<const double> values, std::span<const RowGroups> groups) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (!belongs(input, groups[i]) || !std::isfinite(values[i])) continue;
        for_each_slot(groups[i], [&](std::int32_t slot) { searches[search_of_slot[slot]].add(values[i]); });
      }
    });
    for (auto& search : searches)
      search.end_pass();
  }
  for (std::size_t slot = 0; slot < input.slots; ++slot) {
    if (result[slot].count == 0) continue;
    const auto& search = searches[search_of_slot[slot]];
    for (std::size_t i = 0; i < summary_quantiles.size(); ++i) {
      const QuantilePlace place(summary_quantiles[i], result[slot].count);
      result[slot].quantiles[i] = place.between(search.low(i), search.high(i));
    }
  }
  return result;
}

}  // namespace tauscope
