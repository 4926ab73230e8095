// Objectives by the CUDA kernels: on tensors that are on the device already, and on the host's.
#pragma once

#include <functional>

#include "kernels/objective.h"
#include "kernels/objectives/row_task.h"

namespace tauscope {

/// Everything on the device. `teacher` may be empty where the objective needs none.
struct DeviceObjectiveInput {
  LogitsView teacher, student;            ///< (rows, vocab)
  const std::int64_t* targets = nullptr;  ///< (rows), -1 = not scored, or null
  const std::uint8_t* mask = nullptr;     ///< (rows), 0 = not scored, or null
};

/// objective_gradient with `gradient` ((rows, vocab) float32), `loss` (rows) and `flags` (rows; see
/// tauscope_cuda.h) on the device, any of them null. Returns once the work is queued on `stream`, a
/// cudaStream_t as void*. Throws std::invalid_argument and std::runtime_error as objective_gradient does, but
/// for targets, which it cannot see: they must be -1 or in the vocabulary.
void cuda_objective(const DeviceObjectiveInput& input, const ObjectiveSpec& spec, float* gradient,
                    std::size_t gradient_stride, double* loss, std::int32_t* flags, void* stream = nullptr);

/// objective_gradient, whose arguments have been checked, a chunk of rows at a time; `name` is the variant's.
/// `visit` gets what became of every scored row.
KernelReport cuda_objective_of_host(const std::string& name, const ObjectiveInput& input,
                                    const ObjectiveSpec& spec, std::span<float> gradient, std::size_t stride,
                                    std::span<double> loss, const KernelOptions& options,
                                    const std::function<void(const objectives::RowOutcome&)>& visit);

}  // namespace tauscope
