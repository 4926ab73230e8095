// The formulas of torch_objectives.h on tensors: plain LibTorch operators, any floating type, autograd.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>

namespace tauscope::bench {

/// Losses (rows) of the objective at tau, without tau^2; `teacher` and `student` (rows, vocab), `targets`
/// (rows). Throws std::out_of_range where there is no formula of that name here.
at::Tensor eager_objective(const std::string& objective, const at::Tensor& teacher, const at::Tensor& student,
                           const at::Tensor& targets, std::span<const double> parameters, double tau);

}  // namespace tauscope::bench
