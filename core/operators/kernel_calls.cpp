#include "core/operators/kernel_calls.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <c10/core/DeviceGuard.h>

#include <stdexcept>

#include "core/model/current_stream.h"
#include "kernels/cuda_device.h"
#include "kernels/cuda_objective.h"
#include "kernels/cuda_statistics.h"

namespace tauscope {
namespace {

DType dtype_of(const at::Tensor& logits) {
  switch (logits.scalar_type()) {
    case at::kFloat:
      return DType::float32;
    case at::kHalf:
      return DType::float16;
    case at::kBFloat16:
      return DType::bfloat16;
    default:
      throw std::invalid_argument("logits must be float32, float16 or bfloat16");
  }
}

KernelOptions options_of_torch() {
  KernelOptions options;
  options.threads = at::get_num_threads();
  return options;
}

}  // namespace

LogitsView view_of_rows(const at::Tensor& logits) {
  if (logits.dim() != 2) throw std::invalid_argument("logits must be (rows, vocab)");
  const auto rows = static_cast<std::size_t>(logits.size(0)),
             vocab = static_cast<std::size_t>(logits.size(1));
  const bool beside = logits.stride(1) == 1 || vocab == 1;
  const std::size_t stride = rows > 1 ? static_cast<std::size_t>(logits.stride(0)) : vocab;
  if (!beside || stride < vocab) throw std::invalid_argument("the logits of a row must lie side by side");
  return {logits.const_data_ptr(), rows, vocab, stride, dtype_of(logits)};
}

at::Tensor objective_of_rows(const ObjectiveInput& input, const ObjectiveSpec& spec, at::Device device,
                             const at::Tensor& gradient) {
  const auto rows = static_cast<std::int64_t>(input.student.rows);
  at::Tensor loss = at::empty({rows}, at::TensorOptions().dtype(at::kDouble).device(device));
  float* const out = gradient.defined() ? gradient.mutable_data_ptr<float>() : nullptr;
  auto* const losses = loss.mutable_data_ptr<double>();
  if (device.is_cuda()) {
    if (spec.needs_target() && input.targets.empty())
      throw std::invalid_argument("the objective needs a target for every row");
    const c10::DeviceGuard guard(device);
    const cuda_host::UseDevice ours(device.index());
    cuda_objective({input.teacher, input.student, input.targets.data(), input.mask.data()}, spec, out,
                   input.student.vocab, losses, nullptr, current_stream(device));
    return loss;
  }
  const std::size_t entries = out != nullptr ? static_cast<std::size_t>(gradient.numel()) : 0;
  objective_gradient(*find_kernel_variant("", "exact"), input, spec, {out, entries}, input.student.vocab,
                     {losses, input.student.rows}, options_of_torch());
  return loss;
}

std::vector<RowStatistics> statistics_of_rows(const StatisticsInput& input, const StatisticsSpec& spec,
                                              const std::string& mode, at::Device device) {
  const KernelVariant* variant = find_kernel_variant("", mode);
  if (variant == nullptr) throw std::invalid_argument("mode is '" + mode + "'; exact or fast is expected");
  std::vector<RowStatistics> rows(input.student.rows * spec.taus.size());
  if (device.is_cuda()) {
    const c10::DeviceGuard guard(device);
    const cuda_host::UseDevice ours(device.index());
    cuda_statistics(variant->mode() == "exact", input, spec, rows, current_stream(device));
  } else {
    variant->statistics(input, spec, rows, options_of_torch());
  }
  return rows;
}

}  // namespace tauscope
