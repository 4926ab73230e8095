// Memory of the CUDA device for C++ callers that know nothing of CUDA.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/cuda/tauscope_cuda.h"
#include "kernels/logits_view.h"

namespace tauscope::cuda_host {

/// Throws std::runtime_error with what tauscope_cuda_message() says unless `code` is TAUSCOPE_CUDA_OK;
/// std::invalid_argument where an argument was out of range.
void require(int code);

/// While it lives, this thread's calls use a device; negative: the one that they use anyway. Throws where
/// there is none of that number.
class UseDevice {
 public:
  explicit UseDevice(int device);
  ~UseDevice();
  UseDevice(const UseDevice&) = delete;
  UseDevice& operator=(const UseDevice&) = delete;

 private:
  int before_ = -1;
};

/// Bytes on the device.
class DeviceBytes {
 public:
  explicit DeviceBytes(std::size_t bytes);
  ~DeviceBytes();
  DeviceBytes(const DeviceBytes&) = delete;
  DeviceBytes& operator=(const DeviceBytes&) = delete;
  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
};

/// An array of plain values on the device.
template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t size) : size_(size), bytes_(size * sizeof(T)) {}
  explicit DeviceArray(std::span<const T> values, void* stream = nullptr);

  T* data() const { return static_cast<T*>(bytes_.data()); }

  /// Queues the copy and waits for it and for all that was queued before.
  std::vector<T> to_host(void* stream = nullptr) const;

 private:
  std::size_t size_;
  DeviceBytes bytes_;
};

/// Copies `rows` runs of `width` bytes; the host's side may be used again on return.
void copy_to_device(void* device, std::size_t device_pitch, const void* host, std::size_t host_pitch,
                    std::size_t width, std::size_t rows, void* stream);
void copy_to_host(void* host, std::size_t host_pitch, const void* device, std::size_t device_pitch,
                  std::size_t width, std::size_t rows, void* stream);

/// Logits whose data are on the device, as the entry points take them.
tauscope_cuda_logits device_logits(const LogitsView& on_device);

/// Rows of one side's host logits on the device, each beginning at a multiple of 16 bytes.
class DeviceRows {
 public:
  /// Room for `rows` rows like those of `host`.
  DeviceRows(const LogitsView& host, std::size_t rows);

  /// Copies all rows of `host`, and says where they are.
  LogitsView load(const LogitsView& host) const;

 private:
  std::size_t pitch_;
  DeviceBytes bytes_;
};

/// Rows that one call works on where logits come from the host.
std::size_t rows_per_chunk(const LogitsView& host);

template <typename T>
DeviceArray<T>::DeviceArray(std::span<const T> values, void* stream) : DeviceArray(values.size()) {
  const std::size_t bytes = size_ * sizeof(T);
  if (bytes > 0) copy_to_device(bytes_.data(), bytes, values.data(), bytes, bytes, 1, stream);
}

template <typename T>
std::vector<T> DeviceArray<T>::to_host(void* stream) const {
  std::vector<T> values(size_);
  const std::size_t bytes = size_ * sizeof(T);
  if (bytes > 0) copy_to_host(values.data(), bytes, bytes_.data(), bytes, bytes, 1, stream);
  return values;
}

}  // namespace tauscope::cuda_host
