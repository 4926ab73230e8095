#include "kernels/cuda/exact.cuh"

#include "kernels/cuda/launch.h"

namespace tauscope::cuda {
namespace {

template <bool kAll>
int launch(const ExactTask& task, unsigned rows, const LaunchShape& shape, cudaStream_t stream) {
  const auto kernel = &exact_kernel<kAll>;
  if (const int error = check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                   static_cast<int>(shape.shared_bytes)),
                              "asking for shared memory"))
    return error;
  TAUSCOPE_LAUNCH(kernel, rows, shape.threads, shape.shared_bytes, stream, task);
  return check(cudaGetLastError(), "starting the kernel of the exact statistics");
}

int check_options(const tauscope_cuda_exact_options* options) {
  if (options == nullptr) return fail(TAUSCOPE_CUDA_INVALID, "no options");
  if (options->row_count < 0 || options->row_count > 0x7FFFFFFF)
    return fail(TAUSCOPE_CUDA_INVALID, std::to_string(options->row_count) + " rows");
  if (options->taus == nullptr || options->tau_count < 1) return fail(TAUSCOPE_CUDA_INVALID, "no tau");
  if (options->without_target != 0 && options->targets == nullptr)
    return fail(TAUSCOPE_CUDA_INVALID, "no targets to leave out");
  if (options->all == 0) return TAUSCOPE_CUDA_OK;
  if (options->dominant_kind < TAUSCOPE_CUDA_NUCLEUS || options->dominant_kind > TAUSCOPE_CUDA_THRESHOLD)
    return fail(TAUSCOPE_CUDA_INVALID, "unknown kind of dominant set");
  if (options->overlap_k < 1) return fail(TAUSCOPE_CUDA_INVALID, "top-k overlap needs k >= 1");
  return TAUSCOPE_CUDA_OK;
}

}  // namespace
}  // namespace tauscope::cuda

using namespace tauscope::cuda;

extern "C" int tauscope_cuda_exact(const tauscope_cuda_logits* teacher, const tauscope_cuda_logits* student,
                                   const tauscope_cuda_exact_options* options, tauscope_cuda_exact_row* rows,
                                   tauscope_cuda_exact_sums* sums, void* stream) {
  if (const int error = check_pair(teacher, student)) return error;
  if (const int error = check_options(options)) return error;
  if (options->row_count == 0) return TAUSCOPE_CUDA_OK;
  if (options->rows == nullptr && options->row_count > teacher->rows)
    return fail(TAUSCOPE_CUDA_INVALID, "more rows than the logits have");
  if (rows == nullptr || sums == nullptr) return fail(TAUSCOPE_CUDA_INVALID, "no sums to write to");
  LaunchShape shape;
  if (const int error = launch_shape(static_cast<int>(teacher->vocab), teacher->dtype, student->dtype,
                                     exact_scratch_bytes, order_threads, 1, shape))
    return error;
  ExactTask task;
  task.teacher = side_of(*teacher);
  task.student = side_of(*student);
  task.vocab = static_cast<int>(teacher->vocab);
  task.resident = shape.resident;
  task.options = *options;
  task.rows = rows;
  task.sums = sums;
  const auto count = static_cast<unsigned>(options->row_count);
  const auto queue = static_cast<cudaStream_t>(stream);
  return options->all != 0 ? launch<true>(task, count, shape, queue)
                           : launch<false>(task, count, shape, queue);
}
