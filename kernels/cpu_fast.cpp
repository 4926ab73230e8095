// The variant `cpu-fast`: rows in parallel, one pass each, and `exact` for what a validity test turned down.
#include "kernels/cpu_fast.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <numeric>

#include "kernels/exact_row.h"
#include "kernels/threads.h"
#include "kernels/validate.h"
#include "kernels/variants.h"

namespace tauscope {
namespace fast {

namespace {

constexpr int deepest_ladder = 4;  // squarings in a row: the error grows by 2^4

Rung direct_rung(std::size_t index, double tau) {
  Rung rung;
  rung.index = index;
  rung.tau = tau;
  rung.rate = split_rate(tau);
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
    std::vector<std::unique_ptr<Worker>> workers{static_cast<std::size_t>(threads)};
    std::atomic<std::int64_t> recomputed{0};
    const bool finished = parallel_for(rows, threads, options.stop, [&](std::size_t row, int thread) {
      auto& worker = workers[static_cast<std::size_t>(thread)];
      if (!worker) worker = std::make_unique<Worker>(spec, input.teacher.vocab, rungs.size());
      recomputed +=
          one_row(input, spec, rungs, row, *worker, out.subspan(row * spec.taus.size(), spec.taus.size()));
    });
    return {name(), fast::target_name(), recomputed, !finished};
  }

 private:
  struct Worker {
    Worker(const StatisticsSpec& spec, std::size_t vocab, std::size_t rungs)
        : workspace(vocab, rungs), plan(exact::plan_of(spec)) {}
    fast::Workspace workspace;
    exact::Plan plan;
    exact::ExactRow exact;
  };

  /// Returns how many cells `exact` redid.
  static std::int64_t one_row(const StatisticsInput& input, const StatisticsSpec& spec,
                              std::span<const fast::Rung> rungs, std::size_t index, Worker& worker,
                              std::span<RowStatistics> out) {
    fast::Row row;
    row.teacher.data = input.teacher.row(index);
    row.teacher.dtype = input.teacher.dtype;
    row.student.data = input.student.row(index);
    row.student.dtype = input.student.dtype;
    row.vocab = input.teacher.vocab;
    row.target = input.targets.empty() ? -1 : input.targets[index];

    std::vector<bool> passed(rungs.size(), false);
    {
      const fast::FlushSubnormals flush;
      bool usable = rungs.size() == 1 && fast::stream_row(row, rungs.front(), worker.workspace);
      if (!usable) {
        usable = fast::scan_row(row, worker.workspace);
        if (usable) fast::sum_rest(row, rungs, worker.workspace);
      }
      for (std::size_t r = 0; usable && r < rungs.size(); ++r) {
        passed[r] =
            fast::finish_row(row, rungs[r], worker.workspace.sums[r], spec.tau_scaling, out[rungs[r].index]);
      }
    }
    const auto failed = std::count(passed.begin(), passed.end(), false);
    if (failed > 0 || spec.set == StatisticsSet::all) {
      const bool valid = worker.exact.load(input, index, worker.plan);
      for (std::size_t r = 0; r < rungs.size(); ++r) {
        if (passed[r] && spec.set == StatisticsSet::one_pass) continue;
        const RowStatistics cell = valid ? worker.exact.at(rungs[r].tau) : RowStatistics{};
        take(cell, passed[r], out[rungs[r].index]);
      }
    }
    for (std::size_t k = 0; k < out.size(); ++k) {  // temperatures that stand twice
      const auto first = std::find(spec.taus.begin(), spec.taus.end(), spec.taus[k]) - spec.taus.begin();
      out[k] = out[static_cast<std::size_t>(first)];
    }
    return failed;
  }

  /// Everything from `exact`, or only what one pass does not give.
  static void take(const RowStatistics& exact, bool keep_one_pass, RowStatistics& out) {
    for (const StatisticsColumn& column : statistics_columns()) {
      if (!(column.one_pass && keep_one_pass)) out.*column.member = exact.*column.member;
    }
  }
};

}  // namespace

const KernelVariant* cpu_fast_variant() {
  static const CpuFast variant;
  return &variant;
}

}  // namespace tauscope
