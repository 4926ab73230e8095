#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/model/blocks.h"

namespace tauscope {
namespace {

at::Tensor llama3_frequencies(const RopeConfig& rope, const at::Tensor& plain) {
  const auto context = static_cast<double>(rope.original_context);
  const double long_wave = context / rope.low_frequency_factor;
  const double short_wave = context / rope.high_frequency_factor;
  const at::Tensor wavelength = plain.reciprocal() * (2.0 * std::numbers::pi);
  const at::Tensor stretched = at::where(wavelength > long_wave, plain / rope.factor, plain);
  const at::Tensor blend = (wavelength.reciprocal() * context - rope.low_frequency_factor) /
                           (rope.high_frequency_factor - rope.low_frequency_factor);
  const at::Tensor blended = (1.0 - blend) * stretched / rope.factor + blend * stretched;
  const at::Tensor between = (wavelength >= short_wave).logical_and(wavelength <= long_wave);
  return at::where(between, blended, stretched);
}

/// The pair, as a real number, whose wave turns `turns` times in the original context.
double pair_of_turns(const RopeConfig& rope, double turns, std::int64_t head_size) {
  const auto context = static_cast<double>(rope.original_context);
  return static_cast<double>(head_size) * std::log(context / (turns * 2.0 * std::numbers::pi)) /
         (2.0 * std::log(rope.theta));
}

at::Tensor yarn_frequencies(const RopeConfig& rope, const at::Tensor& powers, std::int64_t head_size) {
  double first = pair_of_turns(rope, rope.beta_fast, head_size);
  double last = pair_of_turns(rope, rope.beta_slow, head_size);
  if (rope.whole_pairs) {
    first = std::floor(first);
    last = std::ceil(last);
  }
  first = std::max(first, 0.0);
  last = std::min(last, static_cast<double>(head_size - 1));
  if (first == last) last += 0.001;  // no division by zero
  const at::Tensor ramp = at::clamp((at::arange(head_size / 2, at::kFloat) - first) / (last - first), 0, 1);
  const at::Tensor kept = 1.0 - ramp;
  return (powers * rope.factor).reciprocal() * (1.0 - kept) + powers.reciprocal() * kept;
}

}  // namespace

RotaryFrequencies::RotaryFrequencies(const RopeConfig& rope, std::int64_t head_size, at::Device device)
    : rope_(rope) {
  const at::Tensor exponents = at::arange(0, head_size, 2, at::kFloat) / head_size;
  const at::Tensor powers = at::pow(rope.theta, exponents);
  const auto stretched_by = [&](const std::vector<double>& factors) {
    return (at::tensor(factors, at::kFloat) * powers).reciprocal().to(device);
  };
  at::Tensor frequencies = powers.reciprocal();
  switch (rope.kind) {
    case RopeConfig::Kind::standard:
    case RopeConfig::Kind::dynamic:
      break;
    case RopeConfig::Kind::linear:
      frequencies = frequencies / rope.factor;
      break;
    case RopeConfig::Kind::yarn:
      frequencies = yarn_frequencies(rope, powers, head_size);
      break;
    case RopeConfig::Kind::longrope:
      frequencies = stretched_by(rope.short_factors);
      stretched_ = stretched_by(rope.long_factors);
      break;
    case RopeConfig::Kind::llama3:
      frequencies = llama3_frequencies(rope, frequencies);
      break;
  }
  exponents_ = exponents.to(device);
  frequencies_ = frequencies.to(device);
}

at::Tensor RotaryFrequencies::of(const at::Tensor& lengths) const {
  if (!rope_.depends_on_length()) return frequencies_;
  const at::Tensor beyond = (lengths > rope_.original_context).unsqueeze(-1);
  const at::Tensor longer = rope_.kind == RopeConfig::Kind::longrope ? stretched_ : dynamic(lengths);
  return at::where(beyond, longer, frequencies_);
}

/// (rows, head_size / 2): theta grows so that the slowest wave is stretched as the length is.
at::Tensor RotaryFrequencies::dynamic(const at::Tensor& lengths) const {
  const double pairs = static_cast<double>(exponents_.size(0)), power = pairs / (pairs - 1.0);
  const at::Tensor growth =
      lengths.clamp_min(rope_.original_context).to(at::kFloat) * rope_.factor / rope_.original_context;
  const at::Tensor theta = at::pow(growth - (rope_.factor - 1.0), power) * rope_.theta;
  return at::pow(theta.unsqueeze(-1), exponents_).reciprocal();
}

Rotation::Rotation(const at::Tensor& positions, const at::Tensor& frequencies, double magnitude) {
  const at::Tensor angle = positions.to(at::kFloat).unsqueeze(-1) * frequencies;
  cosine = (angle.cos() * magnitude).unsqueeze(1);
  sine = (angle.sin() * magnitude).unsqueeze(1);
}

at::Tensor Rotation::operator()(const at::Tensor& x) const {
  const auto halves = x.chunk(2, -1);
  const at::Tensor turned =
      at::cat({halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine}, -1);
  return turned.to(x.scalar_type());
}

}  // namespace tauscope
