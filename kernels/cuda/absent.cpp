// What tauscope_cuda.h gives in a build without CUDA: the same functions, all of which say so.
#include "kernels/cuda/tauscope_cuda.h"

namespace {

constexpr int absent = TAUSCOPE_CUDA_NOT_BUILT;

}  // namespace

extern "C" {

const char* tauscope_cuda_message(void) {
  return "this build has no CUDA kernels (nvcc was not found when it was configured, or TAUSCOPE_CUDA=OFF)";
}
int tauscope_cuda_use_device(int, int*) {
  return absent;
}
int tauscope_cuda_available(void) {
  return absent;
}
int tauscope_cuda_architecture(int*) {
  return absent;
}
int tauscope_cuda_kl_gradient(const tauscope_cuda_logits*, const tauscope_cuda_logits*, int, double, int,
                              float*, int64_t, double*, void*) {
  return absent;
}
int tauscope_cuda_objective(const tauscope_cuda_logits*, const tauscope_cuda_logits*,
                            const tauscope_cuda_objective_options*, float*, int64_t, double*, int32_t*,
                            void*) {
  return absent;
}
int tauscope_cuda_fast(const tauscope_cuda_logits*, const tauscope_cuda_logits*, const int64_t*, double, int,
                       tauscope_cuda_fast_row*, tauscope_cuda_fast_sums*, void*) {
  return absent;
}
int tauscope_cuda_exact(const tauscope_cuda_logits*, const tauscope_cuda_logits*,
                        const tauscope_cuda_exact_options*, tauscope_cuda_exact_row*,
                        tauscope_cuda_exact_sums*, void*) {
  return absent;
}
int tauscope_cuda_allocate(void**, size_t) {
  return absent;
}
int tauscope_cuda_release(void*) {
  return absent;
}
int tauscope_cuda_copy_to_device(void*, size_t, const void*, size_t, size_t, size_t, void*) {
  return absent;
}
int tauscope_cuda_copy_to_host(void*, size_t, const void*, size_t, size_t, size_t, void*) {
  return absent;
}
int tauscope_cuda_wait(void*) {
  return absent;
}

}  // extern "C"
