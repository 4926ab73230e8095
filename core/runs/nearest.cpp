#include "core/runs/nearest.h"

#include <algorithm>

namespace tauscope {

namespace {

/// Optimal string alignment: edit distance in which a swap of two neighbours counts as one.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j)
    cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest = 100;  // nobody mistypes more, and the table grows with the square
  if (name.size() > longest) return "";
  const std::string* best = nullptr;
  std::size_t least = 0;
  for (const std::string& candidate : candidates) {
    std::size_t far = distance(name, candidate);
    const std::size_t last = distance(last_part(name), last_part(candidate));
    const bool plausible = far <= std::max<std::size_t>(2, name.size() / 4);
    const bool same_key = last <= std::min<std::size_t>(1, last_part(name).size() / 3);
    if (!plausible && !same_key) continue;
    if (last == 0) far = 0;
    if (best == nullptr || far < least) {
      best = &candidate;
      least = far;
    }
  }
  return best == nullptr ? "" : *best;
}

}  // namespace tauscope
