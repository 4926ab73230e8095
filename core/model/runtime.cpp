#include "core/model/runtime.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

namespace tauscope {
namespace {

std::int64_t cuda_devices() {
  return at::hasCUDA() ? static_cast<std::int64_t>(at::getNumGPUs()) : 0;
}

Error no_such_device(const std::string& name, std::int64_t available) {
  if (available == 0)
    return Error::usage("there is no CUDA device that LibTorch can use")
        .field("device")
        .found(name)
        .expected("auto or cpu")
        .remedy("use --device cpu, or install a LibTorch with CUDA and a driver for it");
  return Error::usage("there is no such CUDA device")
      .field("device")
      .found(name)
      .expected(fmt::format("cuda:0 to cuda:{}", available - 1));
}

}  // namespace

at::Device parse_device(const std::string& name) {
  if (name == "cpu") return at::Device(at::kCPU);
  const std::int64_t available = cuda_devices();
  if (name == "auto") return available > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);

  constexpr std::string_view cuda_prefix = "cuda";
  std::string_view rest = name;
  if (!rest.starts_with(cuda_prefix))
    throw Error::usage("the device is not known")
        .field("device")
        .found(name)
        .expected("auto, cpu, cuda or cuda:i");
  rest.remove_prefix(cuda_prefix.size());
  std::int64_t index = 0;
  if (!rest.empty()) {
    const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), index);
    if (rest.front() != ':' || error != std::errc() || end != rest.data() + rest.size() || index < 0)
      throw Error::usage("the device is not known")
          .field("device")
          .found(name)
          .expected("auto, cpu, cuda or cuda:i");
  }
  if (index >= available) throw no_such_device(name, available);
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
}

at::ScalarType scalar_type_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return at::kFloat;
    case DType::float16:
      return at::kHalf;
    case DType::bfloat16:
      return at::kBFloat16;
  }
  throw Error::usage("the type of the weights is not known").field("dtype");
}

void use_threads(int threads) {
  if (threads < 0)
    throw Error::usage("the number of threads is negative").field("threads").found(std::to_string(threads));
  const int wanted =
      threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (wanted != at::get_num_threads()) at::set_num_threads(wanted);
}

Error translated(const c10::Error& error, std::string_view doing) {
  const std::string text = error.what_without_backtrace();
  const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
                      text.find("can't allocate memory") != text.npos;
  if (memory)
    return Error::exhausted("", fmt::format("no memory is left for {}", doing))
        .found(text)
        .remedy("use a shorter --max-length, --dtype bfloat16 or fewer models at once");
  return Error::failed("", fmt::format("LibTorch failed in {}", doing)).found(text);
}

}  // namespace tauscope
