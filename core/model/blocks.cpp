#include "core/model/blocks.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>

#include <stdexcept>

namespace tauscope {
namespace {

c10::optional<at::Tensor> if_defined(const at::Tensor& tensor) {
  return tensor.defined() ? c10::optional<at::Tensor>(tensor) : c10::nullopt;
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor mean_square = wide.pow(2).mean({-1}, /*keepdim=*/true);
  const at::Tensor scaled = (wide * at::rsqrt(mean_square + epsilon)).to(x.scalar_type());
  return weight.defined() ? scaled * weight : scaled;
}

}  // namespace

at::Tensor Linear::operator()(const at::Tensor& x) const {
  return at::linear(x, weight, if_defined(bias));
}

at::Tensor Norm::operator()(const at::Tensor& x, NormKind kind, double epsilon) const {
  if (kind == NormKind::rms_norm) return rms_norm(x, weight, epsilon);
  return at::layer_norm(x, {x.size(-1)}, if_defined(weight), if_defined(bias), epsilon);
}

at::Tensor activate(const at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::gelu:
      return at::gelu(x);
    case Activation::gelu_tanh:
      return at::gelu(x, "tanh");
    case Activation::relu:
      return at::relu(x);
    case Activation::silu:
      return at::silu(x);
  }
  throw std::logic_error("an activation without a formula");
}

at::Tensor Mlp::operator()(const at::Tensor& x, Activation activation, bool gated) const {
  if (!gated) return down(activate(up(x), activation));
  return down(activate(gate(x), activation) * up(x));
}

}  // namespace tauscope
