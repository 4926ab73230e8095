#include "kernels/cuda_device.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace tauscope::cuda_host {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{256}
                                    << 20;  // of one side's logits, or of a gradient, on the device

}  // namespace

void require(int code) {
  if (code == TAUSCOPE_CUDA_OK) return;
  const std::string message = std::string("CUDA: ") + tauscope_cuda_message();
  if (code == TAUSCOPE_CUDA_INVALID) throw std::invalid_argument(message);
  throw std::runtime_error(message);
}

UseDevice::UseDevice(int device) {
  if (device >= 0) require(tauscope_cuda_use_device(device, &before_));
}

UseDevice::~UseDevice() {
  if (before_ >= 0) tauscope_cuda_use_device(before_, nullptr);
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

tauscope_cuda_logits device_logits(const LogitsView& on_device) {
  return {on_device.data, static_cast<std::int64_t>(on_device.rows),
          static_cast<std::int64_t>(on_device.vocab), static_cast<std::int64_t>(on_device.row_stride),
          static_cast<std::int32_t>(on_device.dtype)};
}

DeviceRows::DeviceRows(const LogitsView& host, std::size_t rows)
    : pitch_((host.vocab * dtype_bytes(host.dtype) + 15) / 16 * 16), bytes_(rows * pitch_) {}

LogitsView DeviceRows::load(const LogitsView& host) const {
  const std::size_t element = dtype_bytes(host.dtype);
  copy_to_device(bytes_.data(), pitch_, host.data, host.row_stride * element, host.vocab * element, host.rows,
                 nullptr);
  return {bytes_.data(), host.rows, host.vocab, pitch_ / element, host.dtype};
}

std::size_t rows_per_chunk(const LogitsView& host) {
  return std::clamp<std::size_t>(chunk_bytes / (host.vocab * sizeof(float)), 1,
                                 std::max<std::size_t>(1, host.rows));
}

}  // namespace tauscope::cuda_host
