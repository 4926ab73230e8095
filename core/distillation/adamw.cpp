#include "core/distillation/adamw.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

namespace tauscope {
namespace {

/// The parts of one call of the fused step.
struct Group {
  std::vector<at::Tensor> parameters, gradients, means, squares, steps;
};

}  // namespace

AdamW::AdamW(std::vector<at::Tensor> parameters, const RunSpec::Optimizer& settings)
    : settings_(settings), parameters_(std::move(parameters)) {
  const c10::NoGradGuard no_grad;
  for (const at::Tensor& parameter : parameters_) {
    means_.push_back(at::zeros_like(parameter));
    squares_.push_back(at::zeros_like(parameter));
  }
}

double AdamW::clip() {
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients, norms;
  for (const at::Tensor& parameter : parameters_) {
    if (!parameter.grad().defined()) continue;
    gradients.push_back(parameter.grad());
    norms.push_back(at::linalg_vector_norm(parameter.grad()).to(at::kDouble));
  }
  if (norms.empty()) return 0;
  const double norm = at::linalg_vector_norm(at::stack(norms)).item<double>();
  constexpr double guard = 1e-6;
  const double scale = settings_.clip_norm / (norm + guard);
  if (settings_.clip_norm > 0 && scale < 1) at::_foreach_mul_(gradients, scale);
  return norm;
}

void AdamW::step(double learning_rate) {
  const c10::NoGradGuard no_grad;
  const at::Tensor count = at::full({}, static_cast<double>(steps_), at::kFloat);
  Group decayed, plain;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor& parameter = parameters_[i];
    if (!parameter.grad().defined()) continue;
    Group& group = parameter.dim() >= 2 ? decayed : plain;
    group.parameters.push_back(parameter);
    group.gradients.push_back(parameter.grad());
    group.means.push_back(means_[i]);
    group.squares.push_back(squares_[i]);
    group.steps.push_back(count.to(parameter.device()) + 1);  // the step under way
  }
  for (const Group* group : {&decayed, &plain}) {
    if (group->parameters.empty()) continue;
    at::_fused_adamw_(group->parameters, group->gradients, group->means, group->squares, {}, group->steps,
                      learning_rate, settings_.betas[0], settings_.betas[1],
                      group == &decayed ? settings_.weight_decay : 0.0, settings_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
  }
  for (at::Tensor& parameter : parameters_)
    parameter.mutable_grad().reset();
  ++steps_;
}

}  // namespace tauscope
