// What is asked for by name and by device, and what comes of it on this machine.
#include "core/base/error.h"
#include "core/diagnostics/kernel_choice.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

/// The option that an error names; empty without an error.
std::string refused(const std::string& name, const std::string& device) {
  try {
    choose_kernel(name, "exact", device);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK_FALSE(error.expected_value().empty());
    return error.field_name();
  }
  return "";
}

}  // namespace

TEST_CASE("kernels run on the CPU unless another device is asked for") {
  for (const char* device : {"auto", "cpu"}) {
    CHECK(choose_kernel("", "exact", device).variant->name() == "cpu-exact");
    CHECK(choose_kernel("", "fast", device).variant->name() == "cpu-fast");
    CHECK(choose_kernel("reference", "exact", device).variant->name() == "reference");
    CHECK(choose_kernel("", "exact", device).device == -1);
  }
}

TEST_CASE("a device that is not there, or that a variant does not run on, is refused by its option") {
  const bool cuda = find_kernel_variant("cuda-exact")->supported();
  CHECK(refused("", "cuda") == (cuda ? "" : "--device"));
  CHECK(refused("cuda-exact", "cuda:0") == (cuda ? "" : "--variant"));
  CHECK(refused("cuda-exact", "cpu") == "--variant");
  CHECK(refused("cpu-exact", "cuda") == "--variant");
  CHECK(refused("no-such", "auto") == "--variant");
  for (const char* device : {"gpu", "", "cuda:", "cuda:x", "cuda:-1", "cuda:0x", "cudaa"})
    CHECK(refused("", device) == "--device");
}
