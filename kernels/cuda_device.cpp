#include "kernels/cuda_device.h"

#include <stdexcept>
#include <string>

#include "kernels/cuda/tauscope_cuda.h"

namespace tauscope::cuda_host {

void require(int code) {
  if (code == TAUSCOPE_CUDA_OK) return;
  const std::string message = std::string("CUDA: ") + tauscope_cuda_message();
  if (code == TAUSCOPE_CUDA_INVALID) throw std::invalid_argument(message);
  throw std::runtime_error(message);
}

DeviceBytes::DeviceBytes(std::size_t bytes) {
  if (bytes > 0) require(tauscope_cuda_allocate(&data_, bytes));
}

DeviceBytes::~DeviceBytes() {
  if (data_ != nullptr)
    tauscope_cuda_release(data_);  // an error here would be the second to tell of the first
}

void copy_to_device(void* device, std::size_t device_pitch, const void* host, std::size_t host_pitch,
                    std::size_t width, std::size_t rows, void* stream) {
  require(tauscope_cuda_copy_to_device(device, device_pitch, host, host_pitch, width, rows, stream));
  require(tauscope_cuda_wait(stream));
}

void copy_to_host(void* host, std::size_t host_pitch, const void* device, std::size_t device_pitch,
                  std::size_t width, std::size_t rows, void* stream) {
  require(tauscope_cuda_copy_to_host(host, host_pitch, device, device_pitch, width, rows, stream));
  require(tauscope_cuda_wait(stream));
}

}  // namespace tauscope::cuda_host
