// The variant `cpu-fast`: rows in parallel, one pass each, and `exact` for what a validity test turned down.
#include "kernels/cpu_fast.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <numeric>

#include "kernels/threads.h"
#include "kernels/validate.h"
#include "kernels/variants.h"

namespace tauscope {
namespace fast {

namespace {

constexpr double log2_e = 1.44269504088896340736;
constexpr int deepest_ladder = 4;  // squarings in a row: the error grows by 2^4

Rung direct_rung(std::size_t index, double tau) {
  Rung rung;
  rung.index = index;
  rung.tau = tau;
  rung.rate_high = float(log2_e / tau);
  rung.rate_low = float(log2_e / tau - rung.rate_high);
  return rung;
}

}  // namespace

std::vector<Rung> plan_rungs(std::span<const double> taus) {
  std::vector<std::size_t> left(taus.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  std::stable_sort(left.begin(), left.end(), [&](std::size_t a, std::size_t b) { return taus[a] > taus[b]; });
  const auto same = [&](std::size_t a, std::size_t b) { return taus[a] == taus[b]; };
  left.erase(std::unique(left.begin(), left.end(), same), left.end());

  std::vector<Rung> rungs;
  while (!left.empty()) {
    rungs.push_back(direct_rung(left.front(), taus[left.front()]));
    left.erase(left.begin());
    for (int squarings = 1; rungs.back().depth + squarings <= deepest_ladder;) {
      const double next = std::ldexp(rungs.back().tau, -squarings);
      const auto found =
          std::find_if(left.begin(), left.end(), [&](std::size_t i) { return taus[i] == next; });
      if (found == left.end()) {
        ++squarings;
        continue;
      }
      Rung rung = direct_rung(*found, next);
      rung.squarings = squarings;
      rung.depth = rungs.back().depth + squarings;
      rungs.back().feeds_next = true;
      rungs.back().own_squares = squarings != 1;
      rungs.push_back(rung);
      left.erase(found);
      squarings = 1;
    }
  }
  return rungs;
}

Workspace::Workspace(std::size_t vocab, std::size_t rungs)
    : block(1),
      teacher_maxima((vocab + block_size - 1) / block_size),
      student_maxima(teacher_maxima.size()),
      lanes(rungs * (sum_count + 1) * lane_slots),
      sums(rungs) {}

}  // namespace fast

namespace {

class CpuFast final : public KernelVariant {
 public:
  std::string name() const override { return "cpu-fast"; }
  std::string device() const override { return "cpu"; }
  std::string mode() const override { return "fast"; }
  std::string description() const override {
    return "one pass in float32 with shared exponentials, 1e-4; cells that fail a validity test go to "
           "cpu-exact";
  }
  bool supported() const override { return true; }

  KernelReport statistics(const StatisticsInput& input, const StatisticsSpec& spec,
                          std::span<RowStatistics> out, const KernelOptions& options) const override {
    validate_statistics(input, spec, out);
    const std::size_t rows = input.teacher.rows;
    const int threads = resolve_threads(options.threads, rows);
    const std::vector<fast::Rung> rungs = fast::plan_rungs(spec.taus);
    std::vector<std::unique_ptr<fast::Workspace>> workspaces{static_cast<std::size_t>(threads)};
    std::atomic<std::int64_t> recomputed{0};
    const bool finished = parallel_for(rows, threads, options.stop, [&](std::size_t row, int thread) {
      auto& workspace = workspaces[std::size_t(thread)];
      if (!workspace) workspace = std::make_unique<fast::Workspace>(input.teacher.vocab, rungs.size());
      recomputed +=
          one_row(input, spec, rungs, row, *workspace, out.subspan(row * spec.taus.size(), spec.taus.size()));
    });
    return {name(), fast::target_name(), recomputed, !finished};
  }

 private:
  /// Returns how many cells `exact` redid.
  static std::int64_t one_row(const StatisticsInput& input, const StatisticsSpec& spec,
                              std::span<const fast::Rung> rungs, std::size_t index,
                              fast::Workspace& workspace, std::span<RowStatistics> out) {
    fast::Row row;
    row.teacher.data = input.teacher.row(index);
    row.teacher.dtype = input.teacher.dtype;
    row.student.data = input.student.row(index);
    row.student.dtype = input.student.dtype;
    row.vocab = input.teacher.vocab;
    row.target = input.targets.empty() ? -1 : input.targets[index];

    std::vector<std::size_t> failed, passed;
    {
      const fast::FlushSubnormals flush;
      const bool usable = fast::scan_row(row, workspace);
      if (usable) fast::sum_rest(row, rungs, workspace);
      for (std::size_t r = 0; r < rungs.size(); ++r) {
        RowStatistics& cell = out[rungs[r].index];
        const bool good =
            usable && fast::finish_row(row, rungs[r], workspace.sums[r], spec.tau_scaling, cell);
        (good ? passed : failed).push_back(rungs[r].index);
      }
    }
    redo(input, spec, index, failed, out, [](RowStatistics& to, const RowStatistics& from) { to = from; });
    if (spec.set == StatisticsSet::all) redo(input, spec, index, passed, out, add_two_pass_columns);
    for (std::size_t k = 0; k < out.size(); ++k) {  // temperatures that stand twice
      const auto first = std::find(spec.taus.begin(), spec.taus.end(), spec.taus[k]) - spec.taus.begin();
      out[k] = out[static_cast<std::size_t>(first)];
    }
    return static_cast<std::int64_t>(failed.size());
  }

  static void add_two_pass_columns(RowStatistics& to, const RowStatistics& from) {
    for (const StatisticsColumn& column : statistics_columns()) {
      if (!column.one_pass) to.*column.member = from.*column.member;
    }
  }

  /// Runs `exact` on one row at the temperatures `which` and merges its cells into `out`.
  template <typename Merge>
  static void redo(const StatisticsInput& input, const StatisticsSpec& spec, std::size_t index,
                   std::span<const std::size_t> which, std::span<RowStatistics> out, Merge merge) {
    if (which.empty()) return;
    StatisticsSpec part = spec;
    part.taus.clear();
    for (const std::size_t k : which)
      part.taus.push_back(spec.taus[k]);
    const StatisticsInput row{input.teacher.slice(index, 1), input.student.slice(index, 1),
                              input.targets.empty() ? input.targets : input.targets.subspan(index, 1)};
    std::vector<RowStatistics> cells(which.size());
    cpu_exact_variant()->statistics(row, part, cells, {1, {}});
    for (std::size_t i = 0; i < which.size(); ++i)
      merge(out[which[i]], cells[i]);
  }
};

}  // namespace

const KernelVariant* cpu_fast_variant() {
  static const CpuFast variant;
  return &variant;
}

}  // namespace tauscope
