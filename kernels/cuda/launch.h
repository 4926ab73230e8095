// Inside of the entry points: errors, checks of arguments, and the shape of a launch.
#pragma once

#include <cstddef>
#include <string>

#include "kernels/cuda/row.cuh"
#include "kernels/cuda/tauscope_cuda.h"

namespace tauscope::cuda {

/// Keeps the message for tauscope_cuda_message() and returns `code`.
int fail(int code, std::string message);

/// TAUSCOPE_CUDA_OK, or what a runtime error is called here.
int check(cudaError_t error, const char* doing);

/// Shapes, strides, types, and that both sides fit together.
int check_pair(const tauscope_cuda_logits* teacher, const tauscope_cuda_logits* student);
int check_tau(double tau);

Side side_of(const tauscope_cuda_logits& logits);
Format format_of(const tauscope_cuda_logits& teacher, const tauscope_cuda_logits& student);

struct LaunchShape {
  unsigned threads = 0;
  int resident = 0;              ///< tokens of a row in shared memory
  std::size_t shared_bytes = 0;  ///< scratch and rows
};

/// As many tokens in shared memory as leave room for `blocks_per_processor` blocks.
int launch_shape(int vocab, int teacher_dtype, int student_dtype, std::size_t scratch_bytes, unsigned threads,
                 int blocks_per_processor, LaunchShape& shape);

}  // namespace tauscope::cuda
