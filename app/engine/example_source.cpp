#include "app/engine/example_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "core/base/error.h"

namespace tauscope {

int worker_threads() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

void check_example_bytes(std::uint64_t bytes, const WorkbenchOptions& options, const std::string& file,
                         std::int64_t example) {
  if (bytes <= options.max_example_bytes) return;
  constexpr double gib = 1 << 30;
  throw Error::exhausted(file, "the example's logits are too large to be held at once")
      .field(fmt::format("example {}", example))
      .found(fmt::format("{:.1f} GiB", static_cast<double>(bytes) / gib))
      .expected(fmt::format("at most {:.1f} GiB", static_cast<double>(options.max_example_bytes) / gib))
      .remedy("choose a shorter example; `tauscope analyze` takes examples of any length");
}

}  // namespace tauscope
