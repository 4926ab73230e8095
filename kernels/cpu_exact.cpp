// The exact variant: compensated two-pass statistics in vectors, rows spread over threads.
#include <vector>

#include "kernels/exact_row.h"
#include "kernels/threads.h"
#include "kernels/validate.h"
#include "kernels/variants.h"

namespace tauscope {
namespace {

class CpuExactVariant final : public KernelVariant {
 public:
  std::string name() const override { return "cpu-exact"; }
  std::string device() const override { return "cpu"; }
  std::string mode() const override { return "exact"; }
  std::string description() const override {
    return "two compensated passes over each row in float lanes; cells that fail a validity test in double";
  }
  bool supported() const override { return true; }

  KernelReport statistics(const StatisticsInput& input, const StatisticsSpec& spec,
                          std::span<RowStatistics> out, const KernelOptions& options) const override {
    validate_statistics(input, spec, out);
    const std::size_t rows = input.teacher.rows, K = spec.taus.size();
    const int threads = resolve_threads(options.threads, rows);
    const exact::Plan plan = exact::plan_of(spec);
    std::vector<exact::ExactRow> workers(static_cast<std::size_t>(threads));
    const bool finished = parallel_for(rows, threads, options.stop, [&](std::size_t r, int thread) {
      exact::ExactRow& row = workers[static_cast<std::size_t>(thread)];
      const bool valid = row.load(input, r, plan, options.prepared ? options.prepared + r : nullptr);
      for (std::size_t k = 0; k < K; ++k)
        out[r * K + k] = valid ? row.at(spec.taus[k]) : RowStatistics{};
    });
    std::int64_t cells_in_double = 0;
    for (const exact::ExactRow& row : workers)
      cells_in_double += row.cells_in_double();
    return {name(), exact::active_target(), 0, !finished, cells_in_double};
  }
};

}  // namespace

const KernelVariant* cpu_exact_variant() {
  static const CpuExactVariant variant;
  return &variant;
}

}  // namespace tauscope
