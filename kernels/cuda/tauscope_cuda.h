/* The CUDA kernels as plain C: no CUDA header, no C++, no framework. Pointers called "device" are addresses
 * that the current device can read; a stream is a cudaStream_t as void*, null for the default stream. Every
 * function returns TAUSCOPE_CUDA_OK or an error, of which tauscope_cuda_message() says more. Formulas,
 * conventions and bounds are those of kernels/gradient.h and kernels/statistics.h.
 */
#ifndef TAUSCOPE_KERNELS_CUDA_TAUSCOPE_CUDA_H_
#define TAUSCOPE_KERNELS_CUDA_TAUSCOPE_CUDA_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  TAUSCOPE_CUDA_OK = 0,
  TAUSCOPE_CUDA_INVALID = 1,       /* an argument out of range */
  TAUSCOPE_CUDA_NO_DEVICE = 2,     /* no device, or one that this build has no code for */
  TAUSCOPE_CUDA_OUT_OF_MEMORY = 3, /* of the device */
  TAUSCOPE_CUDA_FAILED = 4,        /* anything else that the CUDA runtime reports */
  TAUSCOPE_CUDA_NOT_BUILT = 5      /* this build has no CUDA kernels */
};

enum { TAUSCOPE_CUDA_FLOAT32 = 0, TAUSCOPE_CUDA_FLOAT16 = 1, TAUSCOPE_CUDA_BFLOAT16 = 2 };
enum { TAUSCOPE_CUDA_FORWARD = 0, TAUSCOPE_CUDA_REVERSE = 1 };
enum { TAUSCOPE_CUDA_SQUARED = 0, TAUSCOPE_CUDA_NONE = 1 };

/* (rows, vocab) on the device; row r begins at element r * row_stride. Aligned to one element. */
typedef struct {
  const void* data;
  int64_t rows, vocab, row_stride;
  int32_t dtype;
} tauscope_cuda_logits;

/* What the last call of this thread that did not return TAUSCOPE_CUDA_OK has to say; never null. */
const char* tauscope_cuda_message(void);

/* TAUSCOPE_CUDA_OK where kernels can run on the current device. */
int tauscope_cuda_available(void);

/* Compute capability of the current device times ten: 80, 90, ... */
int tauscope_cuda_architecture(int* architecture);

/* The gradient of FKL or RKL with respect to the student's logits, (rows, vocab) float32 on the device with
 * `gradient_stride` elements a row, and the loss, (rows) double on the device or null. Returns once the work
 * is queued. */
int tauscope_cuda_kl_gradient(const tauscope_cuda_logits* teacher, const tauscope_cuda_logits* student,
                              int direction, double tau, int tau_scaling, float* gradient,
                              int64_t gradient_stride, double* loss, void* stream);

/* Memory and streams for callers without the CUDA runtime. Copies are queued; wait before the host's side is
 * used. */
int tauscope_cuda_allocate(void** device, size_t bytes);
int tauscope_cuda_release(void* device);
int tauscope_cuda_copy_to_device(void* device, size_t device_pitch, const void* host, size_t host_pitch,
                                 size_t width_bytes, size_t rows, void* stream);
int tauscope_cuda_copy_to_host(void* host, size_t host_pitch, const void* device, size_t device_pitch,
                               size_t width_bytes, size_t rows, void* stream);
int tauscope_cuda_wait(void* stream);

#ifdef __cplusplus
}
#endif

#endif
