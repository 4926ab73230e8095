#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/where.h>

#include <numbers>

#include "core/model/blocks.h"

namespace tauscope {

at::Tensor rotary_frequencies(const RopeConfig& rope, std::int64_t head_size) {
  const at::Tensor exponent = at::arange(0, head_size, 2, at::kFloat) / head_size;
  const at::Tensor plain = at::pow(rope.theta, exponent).reciprocal();
  if (rope.kind == RopeConfig::Kind::standard) return plain;

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

Rotation::Rotation(const at::Tensor& positions, const at::Tensor& frequencies) {
  const at::Tensor angle = positions.to(at::kFloat).unsqueeze(-1) * frequencies;
  cosine = angle.cos().unsqueeze(1);
  sine = angle.sin().unsqueeze(1);
}

at::Tensor Rotation::operator()(const at::Tensor& x) const {
  const auto halves = x.chunk(2, -1);
  const at::Tensor turned =
      at::cat({halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine}, -1);
  return turned.to(x.scalar_type());
}

}  // namespace tauscope
