#include "kernels/cuda/launch.h"

#include <algorithm>
#include <cmath>

namespace tauscope::cuda {
namespace {

std::string& message() {
  thread_local std::string text;
  return text;
}

int attribute(cudaDeviceAttr which, int& value) {
  int device = 0;
  if (const int error = check(cudaGetDevice(&device), "choosing the device")) return error;
  return check(cudaDeviceGetAttribute(&value, which, device), "asking for the device's properties");
}

}  // namespace

int fail(int code, std::string text) {
  message() = std::move(text);
  return code;
}

int check(cudaError_t error, const char* doing) {
  if (error == cudaSuccess) return TAUSCOPE_CUDA_OK;
  const int code = error == cudaErrorMemoryAllocation ? TAUSCOPE_CUDA_OUT_OF_MEMORY
                   : error == cudaErrorNoDevice       ? TAUSCOPE_CUDA_NO_DEVICE
                                                      : TAUSCOPE_CUDA_FAILED;
  return fail(code, std::string(doing) + ": " + cudaGetErrorString(error));
}

int check_pair(const tauscope_cuda_logits* teacher, const tauscope_cuda_logits* student) {
  for (const tauscope_cuda_logits* side : {teacher, student}) {
    const std::string name = side == teacher ? "teacher logits: " : "student logits: ";
    if (side == nullptr) return fail(TAUSCOPE_CUDA_INVALID, name + "none");
    if (side->dtype < TAUSCOPE_CUDA_FLOAT32 || side->dtype > TAUSCOPE_CUDA_BFLOAT16)
      return fail(TAUSCOPE_CUDA_INVALID, name + "unknown type " + std::to_string(side->dtype));
    if (side->rows < 0 || side->rows > 0x7FFFFFFF)
      return fail(TAUSCOPE_CUDA_INVALID, name + std::to_string(side->rows) + " rows");
    if (side->vocab < 2 || side->vocab > 0x1FFFFFFF)
      return fail(TAUSCOPE_CUDA_INVALID, name + "vocabulary of " + std::to_string(side->vocab));
    if (side->row_stride < side->vocab)
      return fail(TAUSCOPE_CUDA_INVALID, name + "row stride " + std::to_string(side->row_stride) +
                                             " is less than the vocabulary, " + std::to_string(side->vocab));
    if (side->rows > 0 && side->data == nullptr) return fail(TAUSCOPE_CUDA_INVALID, name + "no data");
    const auto address = reinterpret_cast<std::uintptr_t>(side->data);
    if (address % static_cast<unsigned>(element_bytes(side->dtype)) != 0)
      return fail(TAUSCOPE_CUDA_INVALID, name + "not aligned to an element");
  }
  if (teacher->rows != student->rows || teacher->vocab != student->vocab)
    return fail(TAUSCOPE_CUDA_INVALID, "teacher and student logits differ in shape");
  return TAUSCOPE_CUDA_OK;
}

int check_tau(double tau) {
  if (tau >= 0.01 && tau <= 1000) return TAUSCOPE_CUDA_OK;
  return fail(TAUSCOPE_CUDA_INVALID, "tau " + std::to_string(tau) + " is not in [0.01, 1000]");
}

Side side_of(const tauscope_cuda_logits& logits) {
  return {static_cast<const unsigned char*>(logits.data), logits.row_stride, logits.dtype};
}

Format format_of(const tauscope_cuda_logits& teacher, const tauscope_cuda_logits& student) {
  if (teacher.dtype != student.dtype) return Format::any;
  return teacher.dtype == TAUSCOPE_CUDA_FLOAT32   ? Format::float32
         : teacher.dtype == TAUSCOPE_CUDA_FLOAT16 ? Format::float16
                                                  : Format::bfloat16;
}

int launch_shape(int vocab, int teacher_dtype, int student_dtype, std::size_t scratch_bytes, unsigned threads,
                 int blocks_per_processor, LaunchShape& shape) {
  int most = 0, per_processor = 0;
  if (const int error = attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, most)) return error;
  if (const int error = attribute(cudaDevAttrMaxSharedMemoryPerMultiprocessor, per_processor)) return error;
  constexpr int reserved = 1024;  // of each block, for the system
  const int budget = std::min(most, per_processor / blocks_per_processor - reserved);
  const int each = element_bytes(teacher_dtype) + element_bytes(student_dtype);
  // 64: what rounding up and misalignment may cost on the two sides.
  const int room = budget - static_cast<int>(scratch_bytes) - 64;
  shape.threads = block_threads(threads);
  shape.resident = std::clamp(room / each, 0, vocab);
  shape.shared_bytes = scratch_bytes + staged_bytes(shape.resident, teacher_dtype) +
                       staged_bytes(shape.resident, student_dtype);
  return TAUSCOPE_CUDA_OK;
}

}  // namespace tauscope::cuda

using namespace tauscope::cuda;

extern "C" {

const char* tauscope_cuda_message(void) {
  return message().c_str();
}

int tauscope_cuda_use_device(int device, int* before) {
  int count = 0;
  if (const int error = check(cudaGetDeviceCount(&count), "looking for CUDA devices")) return error;
  if (device < 0 || device >= count)
    return fail(TAUSCOPE_CUDA_NO_DEVICE,
                "there is no CUDA device " + std::to_string(device) + ", of " + std::to_string(count));
  if (before != nullptr) {
    if (const int error = check(cudaGetDevice(before), "asking for the device")) return error;
  }
  return check(cudaSetDevice(device), "choosing the device");
}

int tauscope_cuda_available(void) {
  int count = 0;
  if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess)
    return fail(TAUSCOPE_CUDA_NO_DEVICE,
                std::string("no CUDA driver and device that can be used: ") + cudaGetErrorString(error));
  if (count == 0) return fail(TAUSCOPE_CUDA_NO_DEVICE, "there is no CUDA device");
  int architecture = 0;
  if (const int error = tauscope_cuda_architecture(&architecture)) return error;
  if (architecture >= 80) return TAUSCOPE_CUDA_OK;
  return fail(TAUSCOPE_CUDA_NO_DEVICE, "the CUDA device has compute capability " +
                                           std::to_string(architecture / 10) + "." +
                                           std::to_string(architecture % 10) + "; at least 8.0 is needed");
}

int tauscope_cuda_architecture(int* architecture) {
  int major = 0, minor = 0;
  if (const int error = attribute(cudaDevAttrComputeCapabilityMajor, major)) return error;
  if (const int error = attribute(cudaDevAttrComputeCapabilityMinor, minor)) return error;
  *architecture = 10 * major + minor;
  return TAUSCOPE_CUDA_OK;
}

int tauscope_cuda_allocate(void** device, size_t bytes) {
  return check(cudaMalloc(device, bytes), "allocating device memory");
}

int tauscope_cuda_release(void* device) {
  return check(cudaFree(device), "freeing device memory");
}

int tauscope_cuda_copy_to_device(void* device, size_t device_pitch, const void* host, size_t host_pitch,
                                 size_t width_bytes, size_t rows, void* stream) {
  return check(cudaMemcpy2DAsync(device, device_pitch, host, host_pitch, width_bytes, rows,
                                 cudaMemcpyHostToDevice, static_cast<cudaStream_t>(stream)),
               "copying to the device");
}

int tauscope_cuda_copy_to_host(void* host, size_t host_pitch, const void* device, size_t device_pitch,
                               size_t width_bytes, size_t rows, void* stream) {
  return check(cudaMemcpy2DAsync(host, host_pitch, device, device_pitch, width_bytes, rows,
                                 cudaMemcpyDeviceToHost, static_cast<cudaStream_t>(stream)),
               "copying from the device");
}

int tauscope_cuda_wait(void* stream) {
  return check(cudaStreamSynchronize(static_cast<cudaStream_t>(stream)), "waiting for the device");
}

}  // extern "C"
