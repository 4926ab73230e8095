#include "core/distillation/initial_weights.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <numbers>

#include "core/base/counter_random.h"
#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {
namespace {

/// Of a tensor's own: from its name, so that no other tensor's shape moves it.
std::uint64_t stream_of(const std::string& name) {
  return std::stoull(sha256("initial weights of " + name).substr(0, 16), nullptr, 16);
}

/// Pairs of normal numbers from pairs of even ones (Box and Muller 1958).
at::Tensor normal(const std::vector<std::int64_t>& shape, double deviation, const CounterRandom& random) {
  at::Tensor made = at::empty(shape, at::kFloat);
  auto* const values = made.mutable_data_ptr<float>();
  const auto count = static_cast<std::uint64_t>(made.numel());
  for (std::uint64_t i = 0; i < count; i += 2) {
    const double radius = deviation * std::sqrt(-2 * std::log(1 - random.uniform(i)));  // 1 - u > 0
    const double angle = 2 * std::numbers::pi * random.uniform(i + 1);
    values[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < count) values[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
  return made;
}

double deviation_in(const Json& config, const std::string& file) {
  const JsonFields fields(config, file);
  const char* key = fields.has("init_std") ? "init_std" : "initializer_range";
  constexpr double usual = 0.02;
  const double deviation = fields.number_or(key, usual);
  if (deviation > 0 && std::isfinite(deviation)) return deviation;
  throw Error::bad_input(file, "random weights need a standard deviation")
      .field(key)
      .found(std::to_string(deviation))
      .expected("a number above 0, such as 0.02");
}

}  // namespace

DecoderWeights random_weights(const DecoderConfig& config, const DecoderNames& names, const Json& config_json,
                              const std::string& file, std::uint64_t seed) {
  const double deviation = deviation_in(config_json, file);
  const double into_residual = deviation / std::sqrt(2.0 * static_cast<double>(config.layers));
  const auto matrix = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    return normal(shape, name.ends_with("c_proj.weight") ? into_residual : deviation,
                  CounterRandom(seed, stream_of(name)));
  };
  DecoderWeights weights;
  visit_parameters(config, names, weights, [&](const ParameterSlot<at::Tensor>& slot) {
    if (slot.shape.size() > 1) {
      slot.tensor = matrix(slot.name, slot.shape);
    } else {
      slot.tensor = slot.name.ends_with(".bias") ? at::zeros(slot.shape) : at::ones(slot.shape);
    }
  });
  weights.head = config.tied_head ? weights.token_embedding : matrix(names.head, head_shape(config));
  return weights;
}

}  // namespace tauscope
