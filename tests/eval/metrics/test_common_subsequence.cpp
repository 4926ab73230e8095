// The bit-parallel tables against the table of numbers that defines them.
#include "eval/metrics/common_subsequence.h"

#include <algorithm>
#include <random>

#include "tests/support/catch.h"

using namespace tauscope;

namespace {

using Ids = std::vector<std::uint32_t>;
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// The table, and the way back through it that the header states.
Pairs subsequence_by_table(const Ids& a, const Ids& b) {
  std::vector<std::vector<int>> t(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j)
      t[i][j] = a[i - 1] == b[j - 1] ? t[i - 1][j - 1] + 1 : std::max(t[i - 1][j], t[i][j - 1]);
  Pairs found;
  for (std::size_t i = a.size(), j = b.size(); i > 0 && j > 0;) {
    if (a[i - 1] == b[j - 1]) {
      found.emplace_back(--i, --j);
    } else if (t[i][j - 1] > t[i - 1][j]) {
      --j;
    } else {
      --i;
    }
  }
  std::reverse(found.begin(), found.end());
  return found;
}

Ids random_ids(std::mt19937& random, std::size_t size, std::uint32_t kinds) {
  Ids ids(size);
  for (std::uint32_t& id : ids)
    id = random() % kinds;
  return ids;
}

void compare(const Ids& a, const Ids& b, std::uint32_t kinds) {
  const Pairs expected = subsequence_by_table(a, b);
  CAPTURE(a.size(), b.size(), kinds);
  CHECK(common_subsequence_length(a, b, kinds) == expected.size());
  CHECK(common_subsequence(a, b, kinds) == expected);
}

}  // namespace

TEST_CASE("the longest common subsequence, at all sizes around the width of a machine word") {
  std::mt19937 random(1);
  const std::vector<std::size_t> sizes{0, 1, 2, 7, 63, 64, 65, 100, 127, 128, 129, 200};
  for (const std::size_t m : sizes)
    for (const std::size_t n : sizes)
      for (const std::uint32_t kinds : {1U, 2U, 5U, 40U})
        compare(random_ids(random, m, kinds), random_ids(random, n, kinds), kinds);
}

TEST_CASE("the longest common subsequence of lists with no, one and all elements in common") {
  const Ids rising{0, 1, 2, 3, 4}, other{5, 6, 7};
  CHECK(common_subsequence_length(rising, other, 8) == 0);
  CHECK(common_subsequence(rising, other, 8).empty());
  CHECK(common_subsequence(rising, rising, 8).size() == 5);
  CHECK(common_subsequence(rising, Ids{7, 2, 7}, 8) == Pairs{{2, 1}});
}

TEST_CASE("the longest common subsequence of small random lists") {
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    const std::uint32_t kinds = 1 + random() % 6;
    compare(random_ids(random, random() % 12, kinds), random_ids(random, random() % 12, kinds), kinds);
  }
}
