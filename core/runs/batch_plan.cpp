#include "core/runs/batch_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "core/base/counter_random.h"
#include "core/base/files.h"

namespace tauscope {

namespace {

/// Tells these numbers apart from those of other purposes under one seed; the epoch is in the lower half.
constexpr std::uint64_t order_stream = std::uint64_t{0x6F726465} << 32;  // "orde"

std::int64_t rounded_up(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

/// Evenly in [0, n) from 64 bits; the bias is below n / 2^64.
std::int64_t draw_below(const CounterRandom& random, std::uint64_t at, std::int64_t n) {
  const auto four = random.block(at);
  const std::uint64_t bits = std::uint64_t{four[0]} << 32 | four[1];
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::int64_t>(Wide{bits} * static_cast<std::uint64_t>(n) >> 64);
}

}  // namespace

BatchPlan::BatchPlan(std::int64_t examples, const RunSpec& spec)
    : examples_(examples),
      size_(spec.batch.size),
      per_step_(spec.batch.size * spec.batch.accumulation),
      seed_(spec.seed),
      shuffle_(spec.data.shuffle) {
  if (examples < 1) throw std::invalid_argument("a batch plan without examples");
  if (spec.batch.size < 1 || spec.batch.accumulation < 1)
    throw std::invalid_argument("a batch without examples");
  steps_per_epoch_ = rounded_up(examples_, per_step_);
  // A rounding error in 0.1 * 30 must not add a step.
  const double wanted = spec.schedule.epochs * static_cast<double>(steps_per_epoch_);
  steps_ = spec.schedule.steps > 0
               ? spec.schedule.steps
               : std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(wanted * (1 - 1e-12))));
}

std::vector<std::int64_t> BatchPlan::order(std::int64_t epoch) const {
  std::vector<std::int64_t> order(static_cast<std::size_t>(examples_));
  std::iota(order.begin(), order.end(), 0);
  if (!shuffle_) return order;
  const CounterRandom random(seed_, order_stream | static_cast<std::uint64_t>(epoch));
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    const auto other = draw_below(random, i, static_cast<std::int64_t>(i) + 1);
    std::swap(order[i], order[static_cast<std::size_t>(other)]);
  }
  return order;
}

std::vector<std::int64_t> BatchPlan::step(std::int64_t s) {
  if (s < 1 || s > steps_) throw std::out_of_range("a step that the run does not have");
  const std::int64_t epoch = (s - 1) / steps_per_epoch_;
  if (epoch != epoch_) {
    order_ = order(epoch);
    epoch_ = epoch;
  }
  const std::int64_t first = (s - 1) % steps_per_epoch_ * per_step_;
  const std::int64_t end = std::min(first + per_step_, examples_);
  return {order_.begin() + first, order_.begin() + end};
}

std::vector<std::vector<std::int64_t>> BatchPlan::passes(std::int64_t s, std::int64_t size) {
  const std::vector<std::int64_t> all = step(s);
  const auto most = static_cast<std::size_t>(size > 0 ? size : size_);
  std::vector<std::vector<std::int64_t>> passes;
  for (std::size_t first = 0; first < all.size(); first += most) {
    const std::size_t end = std::min(first + most, all.size());
    passes.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(first),
                        all.begin() + static_cast<std::ptrdiff_t>(end));
  }
  return passes;
}

std::string BatchPlan::hash() {
  // One hash for each step, then one of these: memory stays small however long the run is.
  std::string digests;
  for (std::int64_t s = 1; s <= steps_; ++s) {
    std::string text;
    for (const auto& pass : passes(s)) {
      for (const std::int64_t example : pass)
        text += std::to_string(example) + ' ';
      text += '\n';
    }
    digests += sha256(text) + '\n';
  }
  return sha256(digests);
}

}  // namespace tauscope
