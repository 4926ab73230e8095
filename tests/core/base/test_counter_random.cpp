#include "core/base/counter_random.h"

#include <cmath>
#include <vector>

#include "tests/support/catch.h"

using namespace tauscope;

TEST_CASE("Philox4x32-10 gives the known answers of its authors' library") {
  using Four = std::array<std::uint32_t, 4>;
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}) == Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a number depends on seed, stream and place alone") {
  const CounterRandom random(1, 2);
  CHECK(random.bits(6) == random.block(1)[2]);
  CHECK(random.uniform(7) == CounterRandom(1, 2).uniform(7));
  CHECK(random.uniform(7) != random.uniform(8));
  CHECK(random.uniform(7) != CounterRandom(1, 3).uniform(7));
  CHECK(random.uniform(7) != CounterRandom(2, 2).uniform(7));
  CHECK(CounterRandom(std::uint64_t{1} << 32, 0).bits(0) != CounterRandom(0, 0).bits(0));
}

TEST_CASE("numbers are spread evenly") {
  const CounterRandom random(3, 0);
  constexpr int draws = 70000, bins = 7;
  std::vector<int> counts(bins), whole(bins);
  for (int i = 0; i < draws; ++i) {
    const double u = random.uniform(static_cast<std::uint64_t>(i));
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    ++counts[static_cast<std::size_t>(u * bins)];
    ++whole[below(random.bits(static_cast<std::uint64_t>(i)), bins)];
  }
  const double expected = double{draws} / bins, five_sigma = 5 * std::sqrt(expected);
  for (int b = 0; b < bins; ++b) {
    CHECK(std::abs(counts[static_cast<std::size_t>(b)] - expected) < five_sigma);
    CHECK(std::abs(whole[static_cast<std::size_t>(b)] - expected) < five_sigma);
  }
  CHECK(below(~0U, 1) == 0);
  CHECK(below(~0U, 10) == 9);
}
