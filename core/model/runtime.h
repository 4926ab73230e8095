// Where LibTorch computes, with how many threads, and what becomes of its errors.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/ScalarType.h>
#include <c10/util/Exception.h>

#include <string>
#include <string_view>

#include "core/base/error.h"
#include "kernels/logits_view.h"

namespace tauscope {

/// "auto" (the first CUDA device, else the CPU), "cpu", "cuda", "cuda:i". Throws Error::usage.
at::Device parse_device(const std::string& name);

at::ScalarType scalar_type_of(DType dtype);

/// Threads within one operation, for the whole process; 0 = as many as the machine has.
void use_threads(int threads);

/// What a LibTorch error means to the user: no memory left, or a failure.
Error translated(const c10::Error& error, std::string_view doing);

/// Runs a forward pass without autograd, with LibTorch's errors turned into ours.
template <typename Function>
auto run_inference(std::string_view doing, Function&& function) {
  try {
    const c10::InferenceMode guard;
    return function();
  } catch (const c10::Error& error) {
    throw translated(error, doing);
  }
}

}  // namespace tauscope
