#include "kernels/cuda/gradient.cuh"

#include "kernels/cuda/launch.h"

namespace tauscope::cuda {
namespace {

constexpr int gradient_blocks = 2;  // per multiprocessor: one reads while the other computes

template <Format kFormat, bool kForward, bool kLoss>
int launch(const GradientTask& task, unsigned rows, const LaunchShape& shape, cudaStream_t stream) {
  const auto kernel = &gradient_kernel<kFormat, kForward, kLoss>;
  if (const int error = check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                   static_cast<int>(shape.shared_bytes)),
                              "asking for shared memory"))
    return error;
  TAUSCOPE_LAUNCH(kernel, rows, shape.threads, shape.shared_bytes, stream, task);
  return check(cudaGetLastError(), "starting the gradient kernel");
}

template <Format kFormat>
int launch_as(bool forward, const GradientTask& task, unsigned rows, const LaunchShape& shape,
              cudaStream_t stream) {
  // The forward loss costs next to nothing; the reverse gradient alone does without the teacher's
  // exponentials.
  if (forward) return launch<kFormat, true, true>(task, rows, shape, stream);
  return task.loss != nullptr ? launch<kFormat, false, true>(task, rows, shape, stream)
                              : launch<kFormat, false, false>(task, rows, shape, stream);
}

}  // namespace
}  // namespace tauscope::cuda

using namespace tauscope::cuda;

extern "C" int tauscope_cuda_kl_gradient(const tauscope_cuda_logits* teacher,
                                         const tauscope_cuda_logits* student, int direction, double tau,
                                         int tau_scaling, float* gradient, int64_t gradient_stride,
                                         double* loss, void* stream) {
  if (const int error = check_pair(teacher, student)) return error;
  if (const int error = check_tau(tau)) return error;
  if (direction != TAUSCOPE_CUDA_FORWARD && direction != TAUSCOPE_CUDA_REVERSE)
    return fail(TAUSCOPE_CUDA_INVALID, "unknown direction " + std::to_string(direction));
  if (tau_scaling != TAUSCOPE_CUDA_SQUARED && tau_scaling != TAUSCOPE_CUDA_NONE)
    return fail(TAUSCOPE_CUDA_INVALID, "unknown tau scaling " + std::to_string(tau_scaling));
  if (gradient_stride < teacher->vocab)
    return fail(TAUSCOPE_CUDA_INVALID, "gradient stride " + std::to_string(gradient_stride) +
                                           " is less than the vocabulary, " + std::to_string(teacher->vocab));
  if (teacher->rows == 0) return TAUSCOPE_CUDA_OK;
  if (gradient == nullptr) return fail(TAUSCOPE_CUDA_INVALID, "no gradient to write to");

  LaunchShape shape;
  if (const int error = launch_shape(static_cast<int>(teacher->vocab), teacher->dtype, student->dtype,
                                     gradient_scratch_bytes, row_threads, gradient_blocks, shape))
    return error;
  const bool squared = tau_scaling == TAUSCOPE_CUDA_SQUARED;
  GradientTask task;
  task.teacher = side_of(*teacher);
  task.student = side_of(*student);
  task.vocab = static_cast<int>(teacher->vocab);
  task.resident = shape.resident;
  task.rate = rate_of(tau);
  task.inverse_tau = split(1 / tau);
  task.tau = tau;
  task.factor = squared ? tau : 1 / tau;
  task.loss_scale = squared ? tau * tau : 1;
  task.gradient = gradient;
  task.stride = gradient_stride;
  task.loss = loss;
  const bool forward = direction == TAUSCOPE_CUDA_FORWARD;
  const auto rows = static_cast<unsigned>(teacher->rows);
  const auto queue = static_cast<cudaStream_t>(stream);
  switch (format_of(*teacher, *student)) {
    case Format::float32:
      return launch_as<Format::float32>(forward, task, rows, shape, queue);
    case Format::float16:
      return launch_as<Format::float16>(forward, task, rows, shape, queue);
    case Format::bfloat16:
      return launch_as<Format::bfloat16>(forward, task, rows, shape, queue);
    case Format::any:
      break;
  }
  return launch_as<Format::any>(forward, task, rows, shape, queue);
}
