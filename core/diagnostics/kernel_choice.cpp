#include "core/diagnostics/kernel_choice.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

#include "core/base/error.h"

namespace tauscope {
namespace {

/// "cpu" or "cuda", and a number; no kind where any will do.
struct DeviceName {
  std::string kind;
  int index = -1;
};

DeviceName parse_device_name(const std::string& name) {
  if (name == "auto") return {};
  if (name == "cpu" || name == "cuda") return {name, -1};
  constexpr std::string_view prefix = "cuda:";
  int index = -1;
  if (name.starts_with(prefix)) {
    const char* const end = name.data() + name.size();
    const auto read = std::from_chars(name.data() + prefix.size(), end, index);
    if (read.ec == std::errc() && read.ptr == end && index >= 0) return {"cuda", index};
  }
  throw Error::usage("the device is not known")
      .field("--device")
      .found(name)
      .expected("auto, cpu, cuda or cuda:i");
}

std::string supported_names() {
  std::string names;
  for (const KernelVariant* candidate : kernel_variants())
    if (candidate->supported()) names += (names.empty() ? "" : ", ") + candidate->name();
  return names;
}

const KernelVariant& find_on(const std::string& kind, const std::string& mode) {
  for (const KernelVariant* candidate : kernel_variants()) {
    if (candidate->device() != kind || candidate->mode() != mode) continue;
    if (candidate->supported()) return *candidate;
    throw Error::usage("the kernels cannot run on the device that was asked for")
        .field("--device")
        .found(fmt::format("{} ({})", kind, candidate->unsupported_reason()))
        .expected("auto or cpu")
        .remedy("leave --device out: the CPU's kernels compute the same");
  }
  throw Error::usage(fmt::format("there are no {} kernels for the device", mode))
      .field("--device")
      .found(kind);
}

const KernelVariant& find_named(const std::string& name, const DeviceName& device) {
  const KernelVariant* const variant = find_kernel_variant(name);
  if (variant == nullptr) {
    throw Error::usage("there is no such kernel variant")
        .field("--variant")
        .found(name)
        .expected(supported_names());
  }
  if (!variant->supported()) {
    throw Error::usage("this machine cannot run the kernel variant")
        .field("--variant")
        .found(fmt::format("{} ({})", name, variant->unsupported_reason()))
        .expected(supported_names());
  }
  if (!device.kind.empty() && variant->device() != device.kind) {
    throw Error::usage("the kernel variant does not run on the device that was asked for")
        .field("--variant")
        .found(fmt::format("{}, which runs on the {}", name, variant->device() == "cpu" ? "CPU" : "GPU"))
        .expected(fmt::format("one for --device {}", device.kind))
        .remedy("give one of the two; `tauscope variants` lists what runs where");
  }
  return *variant;
}

}  // namespace

KernelChoice choose_kernel(const std::string& name, const std::string& mode, const std::string& device) {
  const DeviceName wanted = parse_device_name(device);
  if (!name.empty()) return {&find_named(name, wanted), wanted.index};
  return {&find_on(wanted.kind.empty() ? "cpu" : wanted.kind, mode), wanted.index};
}

}  // namespace tauscope
