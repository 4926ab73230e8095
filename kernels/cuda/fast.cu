#include "kernels/cuda/fast.cuh"

#include "kernels/cuda/launch.h"

namespace tauscope::cuda {
namespace {

constexpr int fast_blocks = 2;  // per multiprocessor: one reads while the other computes

template <Format kFormat, int kRungs>
int launch(const FastTask& task, unsigned rows, const LaunchShape& shape, cudaStream_t stream) {
  const auto kernel = &fast_kernel<kFormat, kRungs>;
  if (const int error = check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                   static_cast<int>(shape.shared_bytes)),
                              "asking for shared memory"))
    return error;
  TAUSCOPE_LAUNCH(kernel, rows, shape.threads, shape.shared_bytes, stream, task);
  return check(cudaGetLastError(), "starting the kernel of the one-pass statistics");
}

template <Format kFormat>
int launch_as(int rungs, const FastTask& task, unsigned rows, const LaunchShape& shape, cudaStream_t stream) {
  switch (rungs) {
    case 1:
      return launch<kFormat, 1>(task, rows, shape, stream);
    case 2:
      return launch<kFormat, 2>(task, rows, shape, stream);
    case 3:
      return launch<kFormat, 3>(task, rows, shape, stream);
    default:
      return launch<kFormat, 4>(task, rows, shape, stream);
  }
}

}  // namespace
}  // namespace tauscope::cuda

using namespace tauscope::cuda;

extern "C" int tauscope_cuda_fast(const tauscope_cuda_logits* teacher, const tauscope_cuda_logits* student,
                                  const int64_t* targets, double tau, int count, tauscope_cuda_fast_row* rows,
                                  tauscope_cuda_fast_sums* sums, void* stream) {
  if (const int error = check_pair(teacher, student)) return error;
  if (const int error = check_tau(tau)) return error;
  if (count < 1 || count > 4)
    return fail(TAUSCOPE_CUDA_INVALID,
                "a ladder of " + std::to_string(count) + " temperatures; 1 to 4 are possible");
  if (teacher->rows == 0) return TAUSCOPE_CUDA_OK;
  if (rows == nullptr || sums == nullptr) return fail(TAUSCOPE_CUDA_INVALID, "no sums to write to");
  LaunchShape shape;
  if (const int error = launch_shape(static_cast<int>(teacher->vocab), teacher->dtype, student->dtype,
                                     fast_scratch_bytes, row_threads, fast_blocks, shape))
    return error;
  FastTask task;
  task.teacher = side_of(*teacher);
  task.student = side_of(*student);
  task.vocab = static_cast<int>(teacher->vocab);
  task.resident = shape.resident;
  task.targets = targets;
  task.rate = rate_of(tau);
  task.rows = rows;
  task.sums = sums;
  const auto blocks = static_cast<unsigned>(teacher->rows);
  const auto queue = static_cast<cudaStream_t>(stream);
  switch (format_of(*teacher, *student)) {
    case Format::float32:
      return launch_as<Format::float32>(count, task, blocks, shape, queue);
    case Format::float16:
      return launch_as<Format::float16>(count, task, blocks, shape, queue);
    case Format::bfloat16:
      return launch_as<Format::bfloat16>(count, task, blocks, shape, queue);
    case Format::any:
      break;
  }
  return launch_as<Format::any>(count, task, blocks, shape, queue);
}
