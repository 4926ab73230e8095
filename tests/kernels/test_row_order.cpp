// Selection without sorting, against sorting.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "kernels/row_order.h"
#include "tests/kernels/rows.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

std::vector<std::uint32_t> sorted_order(const std::vector<float>& z) {
  std::vector<std::uint32_t> order(z.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return z[a] > z[b]; });
  return order;
}

std::size_t expected_count(const std::vector<float>& z, const DominantSpec& spec) {
  const auto order = sorted_order(z);
  long double total = 0, sum = 0;
  for (const float x : z)
    total += std::exp(static_cast<long double>(x) - z[order[0]]);
  for (std::size_t i = 0; i < z.size(); ++i) {
    const long double weight = std::exp(static_cast<long double>(z[order[i]]) - z[order[0]]) / total;
    bool take = false;
    if (spec.kind == DominantSpec::Kind::top_k) take = static_cast<double>(i) < spec.value;
    if (spec.kind == DominantSpec::Kind::nucleus) {
      take = spec.value == 1 ? weight > 0 : sum < spec.value * (1 - 1e-12L);
    }
    if (spec.kind == DominantSpec::Kind::threshold) take = weight >= spec.value * (1 - 1e-12L);
    if (!take) return i;
    sum += weight;
  }
  return z.size();
}

void check_cut(const std::vector<float>& z, const DominantSpec& spec) {
  OrderScratch scratch;
  const OrderCut cut = dominant_cut(z, summarize_row(z), spec, scratch);
  const auto order = sorted_order(z);
  const std::size_t expected = expected_count(z, spec);
  for (std::size_t i = 0; i < z.size(); ++i) {
    INFO("kind " << static_cast<int>(spec.kind) << " value " << spec.value << " vocabulary " << z.size()
                 << " place " << i << " of " << expected);
    REQUIRE(cut.contains(z[order[i]], order[i]) == (i < expected));
  }
}

}  // namespace

TEST_CASE("dominant sets equal those of a sorted row") {
  using Kind = DominantSpec::Kind;
  for (const PairKind kind : {PairKind::moderate, PairKind::flat, PairKind::opposite, PairKind::quantised,
                              PairKind::confident, PairKind::masked}) {
    for (const std::size_t vocab : {2, 9, 64, 65, 1000, 7001}) {
      INFO(pair_kind_name(kind));
      const std::vector<float> z = make_pairs(kind, 1, vocab, 31).teacher;
      for (const double mass : {1e-9, 0.1, 0.5, 0.9, 0.99, 0.999999, 1.0})
        check_cut(z, {Kind::nucleus, mass});
      for (const double k : {1.0, 2.0, 50.0, 64.0, 999.0, 6999.0, 1e9})
        check_cut(z, {Kind::top_k, k});
      for (const double p : {0.0, 1e-6, 1e-3, 0.2, 1.0})
        check_cut(z, {Kind::threshold, p});
    }
  }
}

TEST_CASE("a nucleus of a flat row ends exactly where its mass is reached") {
  for (const std::size_t vocab : {10, 20, 1000, 50000}) {
    const std::vector<float> z(vocab, 3.0F);
    OrderScratch scratch;
    const OrderCut cut = dominant_cut(z, summarize_row(z), {DominantSpec::Kind::nucleus, 0.9}, scratch);
    CHECK(cut.contains(3.0F, vocab * 9 / 10 - 1));
    CHECK_FALSE(cut.contains(3.0F, vocab * 9 / 10));
  }
}

TEST_CASE("cuts at a mass and temperature equal those of a sorted row, flat ones too") {
  std::mt19937 random(19);
  OrderScratch scratch;
  for (const std::size_t vocab : {2, 33, 1000, 20000}) {
    for (const float spread : {0.0F, 0.001F, 1.0F, 8.0F}) {
      for (const double tau : {0.3, 1.0, 20.0}) {
        std::normal_distribution<float> normal;
        std::vector<float> z(vocab);
        for (float& x : z)
          x = spread * std::round(8 * normal(random)) / 8;
        const auto order = sorted_order(z);
        std::vector<long double> sums;
        for (const std::uint32_t j : order)
          sums.push_back((sums.empty() ? 0 : sums.back()) +
                         std::exp(static_cast<long double>(z[j] - z[order[0]]) / tau));
        for (const double mass : {0.001, 0.3, 0.5, 0.999}) {
          for (const bool crossing : {true, false}) {
            const auto below = [&](long double bound) {
              return static_cast<std::size_t>(
                  std::count_if(sums.begin(), sums.end(), [&](long double sum) { return sum < bound; }));
            };
            const long double bound = mass * sums.back();
            const std::size_t expected = crossing ? below(bound * (1 - 1e-12L)) + 1
                                                  : std::max<std::size_t>(1, below(bound * (1 + 1e-12L)));
            const OrderCut cut = mass_cut(z, z[order[0]], 1 / tau, mass, crossing, scratch);
            for (std::size_t i = 0; i < vocab; ++i) {
              INFO("V " << vocab << ", spread " << spread << ", tau " << tau << ", mass " << mass
                        << ", crossing " << crossing << ", place " << i << " of " << expected);
              REQUIRE(cut.contains(z[order[i]], order[i]) == (i < expected));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("two values that are neighbours in float are told apart") {
  std::vector<float> z(3000, 1.0F);
  for (std::size_t j = 1; j < z.size(); j += 2)
    z[j] = std::nextafter(1.0F, 2.0F);
  for (const double mass : {0.3, 0.5, 0.7})
    check_cut(z, {DominantSpec::Kind::nucleus, mass});
}

TEST_CASE("ranks and top tokens equal those of a sorted row") {
  for (const PairKind kind :
       {PairKind::moderate, PairKind::quantised, PairKind::constant, PairKind::masked}) {
    for (const std::size_t vocab : {2, 17, 333}) {
      const std::vector<float> z = make_pairs(kind, 1, vocab, 32).student;
      const auto order = sorted_order(z);
      for (std::size_t i = 0; i < vocab; ++i)
        CHECK(rank_of(z, order[i]) == i + 1);
      CHECK(summarize_row(z).argmax == order[0]);
      for (const std::size_t k : {std::size_t{1}, std::size_t{2}, vocab / 2 + 1, vocab}) {
        std::vector<std::uint32_t> tokens,
            expected(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k));
        top_tokens(z, k, tokens);
        std::sort(expected.begin(), expected.end());
        CHECK(tokens == expected);
      }
    }
  }
}

TEST_CASE("zeros of either sign are ties") {
  const std::vector<float> z = {-0.0F, 0.0F, -1.0F, 0.0F};
  CHECK(rank_of(z, 0) == 1);
  CHECK(rank_of(z, 3) == 3);
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> tokens;
  const std::vector<std::int64_t> ranks = {1, 2, 3, 4};
  group_by_rank(z, ranks, keys, tokens);
  CHECK(tokens == std::vector<std::uint32_t>{0, 1, 3, 2});
}

TEST_CASE("groups by rank hold the right tokens") {
  for (const PairKind kind : {PairKind::moderate, PairKind::quantised}) {
    const std::vector<float> z = make_pairs(kind, 1, 777, 33).teacher;
    const std::vector<std::int64_t> ranks = {1, 2, 5, 10, 20, 50, 100, 200, 500, 777};
    std::vector<std::uint64_t> keys;
    std::vector<std::uint32_t> tokens, expected = sorted_order(z);
    group_by_rank(z, ranks, keys, tokens);
    std::ptrdiff_t begin = 0;
    for (const std::int64_t end : ranks) {
      std::sort(tokens.begin() + begin, tokens.begin() + end);
      std::sort(expected.begin() + begin, expected.begin() + end);
      begin = end;
    }
    CHECK(tokens == expected);
  }
}

TEST_CASE("a row's summary knows what cannot be a distribution") {
  const float infinity = std::numeric_limits<float>::infinity(),
              nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::size_t vocab : {3, 40}) {
    for (std::size_t j = 0; j < vocab; ++j) {
      std::vector<float> z(vocab, 1.0F);
      z[j] = nan;
      CHECK_FALSE(summarize_row(z).valid);
      z[j] = infinity;
      CHECK_FALSE(summarize_row(z).valid);
      z[j] = -infinity;
      CHECK(summarize_row(z).valid);
      CHECK(summarize_row(z).finite == vocab - 1);
      CHECK_FALSE(summarize_row(std::vector<float>(vocab, -infinity)).valid);
    }
  }
}
