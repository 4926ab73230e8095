// Which example is in which batch: properties over many shapes, and figures that must never change.
#include "core/runs/batch_plan.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>
#include <stdexcept>

#include "core/base/counter_random.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

RunSpec shaped(std::int64_t size, std::int64_t accumulation, double epochs, std::uint64_t seed = 0) {
  RunSpec spec;
  spec.batch.size = size;
  spec.batch.accumulation = accumulation;
  spec.schedule.epochs = epochs;
  spec.seed = seed;
  return spec;
}

std::vector<std::int64_t> joined(const std::vector<std::vector<std::int64_t>>& parts) {
  std::vector<std::int64_t> all;
  for (const auto& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

TEST_CASE("every epoch reads every example once, in full steps but for the last") {
  const CounterRandom random(7, 1);
  for (std::uint32_t round = 0; round < 300; ++round) {
    const auto draw = [&](std::uint32_t which, std::uint32_t n) {
      return 1 + below(random.bits(8 * round + which), n);
    };
    const std::int64_t examples = draw(0, 60), size = draw(1, 9), accumulation = draw(2, 4),
                       epochs = draw(3, 3);
    RunSpec spec = shaped(size, accumulation, static_cast<double>(epochs), round);
    spec.data.shuffle = round % 5 != 0;
    BatchPlan plan(examples, spec);
    INFO(examples << " examples, " << size << " x " << accumulation << ", " << epochs << " epochs");
    const std::int64_t per_step = size * accumulation;
    REQUIRE(plan.steps_per_epoch() == (examples + per_step - 1) / per_step);
    REQUIRE(plan.steps() == epochs * plan.steps_per_epoch());
    for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
      std::vector<std::int64_t> seen;
      for (std::int64_t s = 1; s <= plan.steps_per_epoch(); ++s) {
        const auto step = plan.step(epoch * plan.steps_per_epoch() + s);
        if (s < plan.steps_per_epoch()) CHECK(static_cast<std::int64_t>(step.size()) == per_step);
        CHECK_FALSE(step.empty());
        seen.insert(seen.end(), step.begin(), step.end());
      }
      CHECK(seen == plan.order(epoch));
      std::sort(seen.begin(), seen.end());
      std::vector<std::int64_t> all(static_cast<std::size_t>(examples));
      std::iota(all.begin(), all.end(), 0);
      CHECK(seen == all);
    }
  }
}

TEST_CASE("passes cut a step without changing it, also with half their size") {
  for (const std::int64_t size : {1, 2, 5, 8}) {
    BatchPlan plan(43, shaped(size, 3, 2));
    for (std::int64_t s = 1; s <= plan.steps(); ++s) {
      const auto whole = plan.step(s);
      for (const std::int64_t cut : {std::int64_t{0}, std::max<std::int64_t>(1, size / 2)}) {
        const auto passes = plan.passes(s, cut);
        CHECK(joined(passes) == whole);
        for (std::size_t i = 0; i < passes.size(); ++i) {
          const auto most = static_cast<std::size_t>(cut > 0 ? cut : size);
          CHECK(passes[i].size() <= most);
          if (i + 1 < passes.size()) CHECK(passes[i].size() == most);
        }
      }
    }
  }
}

TEST_CASE("a step is the same whichever was asked for before") {
  const RunSpec spec = shaped(4, 2, 3, 11);
  BatchPlan in_order(37, spec);
  std::vector<std::vector<std::int64_t>> steps;
  for (std::int64_t s = 1; s <= in_order.steps(); ++s)
    steps.push_back(in_order.step(s));
  BatchPlan backwards(37, spec);
  for (std::int64_t s = backwards.steps(); s >= 1; --s)
    CHECK(backwards.step(s) == steps[static_cast<std::size_t>(s - 1)]);
}

TEST_CASE("seeds and epochs have orders of their own; without shuffling there is one") {
  const BatchPlan plan(50, shaped(5, 1, 3, 1));
  std::set<std::vector<std::int64_t>> orders;
  for (std::int64_t epoch = 0; epoch < 20; ++epoch)
    orders.insert(plan.order(epoch));
  for (std::uint64_t seed = 2; seed < 22; ++seed)
    orders.insert(BatchPlan(50, shaped(5, 1, 3, seed)).order(0));
  CHECK(orders.size() == 40);
  RunSpec spec = shaped(5, 1, 3, 1);
  spec.data.shuffle = false;
  BatchPlan plain(50, spec);
  CHECK(plain.step(1) == std::vector<std::int64_t>{0, 1, 2, 3, 4});
  CHECK(plain.step(11) == plain.step(1));
}

TEST_CASE("every place of the order is equally likely for an example") {
  // Chi-square of example 3's place over 2000 seeds: 9 degrees of freedom, 27.9 is its 0.999 quantile.
  constexpr int examples = 10, seeds = 2000;
  std::vector<double> counts(examples);
  for (int seed = 0; seed < seeds; ++seed) {
    const auto order = BatchPlan(examples, shaped(1, 1, 1, static_cast<std::uint64_t>(seed))).order(0);
    counts[static_cast<std::size_t>(std::find(order.begin(), order.end(), 3) - order.begin())] += 1;
  }
  double chi_square = 0;
  for (const double count : counts)
    chi_square += std::pow(count - seeds / examples, 2) / (seeds / examples);
  CHECK(chi_square < 27.9);
}

TEST_CASE("steps and parts of epochs decide how long a run is") {
  CHECK(BatchPlan(100, shaped(8, 1, 1)).steps() == 13);
  CHECK(BatchPlan(100, shaped(8, 1, 0.5)).steps() == 7);
  CHECK(BatchPlan(100, shaped(10, 1, 0.1)).steps() == 1);
  CHECK(BatchPlan(300, shaped(10, 1, 0.1)).steps() == 3);  // 0.1 * 30 is a little more than 3
  CHECK(BatchPlan(100, shaped(8, 1, 1e-9)).steps() == 1);
  RunSpec spec = shaped(8, 1, 1);
  spec.schedule.steps = 1000;
  BatchPlan plan(100, spec);
  CHECK(plan.steps() == 1000);
  CHECK(plan.step(1000).size() == 8);
  CHECK_THROWS_AS(plan.step(1001), std::out_of_range);
  CHECK_THROWS_AS(plan.step(0), std::out_of_range);
  CHECK_THROWS_AS(BatchPlan(0, spec), std::invalid_argument);
}

TEST_CASE("the hash tells orders, sizes and lengths apart, and stays what it was") {
  const auto hash_of = [](const RunSpec& spec, std::int64_t examples = 20) {
    return BatchPlan(examples, spec).hash();
  };
  const RunSpec spec = shaped(3, 2, 2, 5);
  const std::string hash = hash_of(spec);
  CHECK(hash == hash_of(spec));
  CHECK(hash != hash_of(spec, 21));
  CHECK(hash != hash_of(shaped(3, 2, 2, 6)));
  CHECK(hash != hash_of(shaped(6, 1, 2, 5)));
  CHECK(hash != hash_of(shaped(3, 2, 3, 5)));
  RunSpec unlike = spec;
  unlike.objective.name = "rkl";
  unlike.optimizer.learning_rate = 1;
  CHECK(hash == hash_of(unlike));
}

TEST_CASE("orders stay what they were: those of make_orders.py") {
  // A run that was begun with an earlier version of the program goes on in the same order.
  std::ifstream in(test::source_path("tests/golden/runs/orders.txt"));
  int lines = 0;
  for (std::string text; std::getline(in, text); ++lines) {
    std::istringstream words(text);
    std::int64_t examples = 0, epoch = 0;
    std::uint64_t seed = 0;
    words >> examples >> seed >> epoch;
    std::vector<std::int64_t> order;
    for (std::int64_t example = 0; words >> example;)
      order.push_back(example);
    INFO(text);
    CHECK(BatchPlan(examples, shaped(3, 1, 1, seed)).order(epoch) == order);
  }
  CHECK(lines == 7);
}
