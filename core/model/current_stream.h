// LibTorch's stream for kernels that are not LibTorch's own. Needs no LibTorch with CUDA to compile.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace tauscope {

/// Newer streams say what they are. Where they do not, waiting for one makes the default stream as good.
template <typename Stream>
void* handle_of(const Stream& stream) {
  if constexpr (requires { stream.native_handle(); }) {
    return stream.native_handle();
  } else {
    stream.synchronize();
    return nullptr;
  }
}

/// The current stream of a CUDA device as a cudaStream_t, behind which work on its tensors is to be queued;
/// null (the default stream) for the CPU.
inline void* current_stream(c10::Device device) {
  if (device.is_cpu()) return nullptr;
  return handle_of(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
}

}  // namespace tauscope
