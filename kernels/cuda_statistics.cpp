#include "kernels/cuda_statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/cpu_fast.h"
#include "kernels/cuda/tauscope_cuda.h"
#include "kernels/cuda_device.h"
#include "kernels/cuda_exact.h"
#include "kernels/validate.h"

namespace tauscope {
namespace {

using namespace cuda_host;

// Exponentials within 2^-22 of the truth from the special-function unit; what of their error is common to all
// is not documented, so a tenth of the bound is assumed.
constexpr fast::SumAccuracy device_accuracy{5e-7, 3e-7, 2.4e-8};

/// One call on one batch of rows.
class DeviceRun {
 public:
  DeviceRun(const StatisticsInput& input, const StatisticsSpec& spec, void* stream)
      : input_(input),
        spec_(spec),
        plan_(exact::plan_of(spec)),
        stream_(stream),
        teacher_(device_logits(input.teacher)),
        student_(device_logits(input.student)),
        targets_(input.targets, stream),
        taus_(std::span<const double>(spec.taus), stream) {}

  /// (rows.size(), taus) cells of `exact`.
  std::vector<RowStatistics> exact(const std::vector<std::int32_t>& rows) const {
    const Sums sums = launch_exact(rows, spec_.set == StatisticsSet::all, false);
    const std::size_t K = spec_.taus.size();
    std::vector<std::int32_t> again;  // rows that are wanted without their target too
    std::vector<std::size_t> place(rows.size(), nowhere);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const DeviceExactRow row(sums.rows[i], plan_, target(rows[i]));
      for (std::size_t k = 0; k < K && place[i] == nowhere; ++k) {
        if (!row.wants_rest(sums.at(i, k), spec_.taus[k])) continue;
        place[i] = again.size();
        again.push_back(rows[i]);
      }
    }
    const Sums without = launch_exact(again, false, true);
    const exact::Plan core = exact::core_plan();
    std::vector<RowStatistics> cells(rows.size() * K);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const DeviceExactRow row(sums.rows[i], plan_, target(rows[i]));
      for (std::size_t k = 0; k < K; ++k) {
        const double tau = spec_.taus[k];
        exact::Evaluated rest;
        const bool use = place[i] != nowhere && row.wants_rest(sums.at(i, k), tau);
        if (use)
          rest = DeviceExactRow(without.rows[place[i]], core, -1).evaluate(without.at(place[i], k), tau);
        cells[i * K + k] = row.columns(sums.at(i, k), tau, use ? &rest : nullptr);
      }
    }
    return cells;
  }

  /// The one-pass columns of a ladder into `out` (rows, taus); `passed` (rows, taus) tells which cells are
  /// good.
  void ladder(std::span<const fast::Rung> rungs, std::span<RowStatistics> out,
              std::vector<char>& passed) const {
    const std::size_t rows = input_.teacher.rows, count = rungs.size(), K = spec_.taus.size();
    const DeviceArray<tauscope_cuda_fast_row> row_facts(rows);
    const DeviceArray<tauscope_cuda_fast_sums> row_sums(rows * count);
    require(tauscope_cuda_fast(&teacher_, &student_, target_data(), rungs[0].tau, static_cast<int>(count),
                               row_facts.data(), row_sums.data(), stream_));
    const auto facts = row_facts.to_host(stream_);
    const auto sums = row_sums.to_host(stream_);
    for (std::size_t r = 0; r < rows; ++r) {
      if (facts[r].usable == 0) continue;
      const fast::Row row = host_row(facts[r], r);
      for (std::size_t i = 0; i < count; ++i) {
        const fast::RestSums rest = rest_sums(&sums[r * count], i, count);
        const std::size_t cell = r * K + rungs[i].index;
        passed[cell] =
            fast::finish_row(row, rungs[i], rest, spec_.tau_scaling, out[cell], device_accuracy) ? 1 : 0;
      }
    }
  }

 private:
  static constexpr std::size_t nowhere = ~std::size_t{0};
  struct Sums {
    std::vector<tauscope_cuda_exact_row> rows;
    std::vector<tauscope_cuda_exact_sums> sums;
    std::size_t taus = 0;
    const tauscope_cuda_exact_sums& at(std::size_t row, std::size_t k) const { return sums[row * taus + k]; }
  };

  Sums launch_exact(const std::vector<std::int32_t>& rows, bool all, bool without_target) const {
    const std::size_t K = spec_.taus.size();
    if (rows.empty()) return {{}, {}, K};
    const DeviceArray<std::int32_t> list{std::span<const std::int32_t>(rows), stream_};
    const DeviceArray<tauscope_cuda_exact_row> facts(rows.size());
    const DeviceArray<tauscope_cuda_exact_sums> sums(rows.size() * K);
    tauscope_cuda_exact_options options{};
    options.targets = target_data();
    options.rows = list.data();
    options.row_count = static_cast<std::int64_t>(rows.size());
    options.taus = taus_.data();
    options.tau_count = static_cast<std::int32_t>(K);
    options.all = all ? 1 : 0;
    options.without_target = without_target ? 1 : 0;
    options.dominant_kind = static_cast<std::int32_t>(spec_.dominant.kind);
    options.dominant_value = spec_.dominant.value;
    options.overlap_k = spec_.overlap_k;
    require(tauscope_cuda_exact(&teacher_, &student_, &options, facts.data(), sums.data(), stream_));
    return {facts.to_host(stream_), sums.to_host(stream_), K};
  }

  std::int64_t target(std::int32_t row) const {
    return input_.targets.empty() ? -1 : input_.targets[static_cast<std::size_t>(row)];
  }
  const std::int64_t* target_data() const { return input_.targets.empty() ? nullptr : targets_.data(); }

  fast::Row host_row(const tauscope_cuda_fast_row& facts, std::size_t r) const {
    fast::Row row;
    row.teacher.maximum = facts.max_teacher;
    row.student.maximum = facts.max_student;
    row.teacher.rest_maximum = facts.rest_max_teacher;
    row.student.rest_maximum = facts.rest_max_student;
    row.teacher.argmax = static_cast<std::size_t>(facts.argmax_teacher);
    row.student.argmax = static_cast<std::size_t>(facts.argmax_student);
    row.vocab = input_.teacher.vocab;
    row.target = target(static_cast<std::int32_t>(r));
    row.outlier_count = static_cast<std::size_t>(facts.outlier_count);
    for (std::size_t i = 0; i < row.outlier_count; ++i) {
      row.outliers[i] = {static_cast<std::size_t>(facts.outlier_index[i]),
                         facts.outlier_teacher[i] - facts.rest_max_teacher,
                         facts.outlier_student[i] - facts.rest_max_student};
    }
    row.rest_empty = facts.rest_empty != 0;
    row.variety = facts.variety;
    return row;
  }

  static fast::RestSums rest_sums(const tauscope_cuda_fast_sums* sums, std::size_t i, std::size_t count) {
    fast::RestSums rest;
    std::copy_n(sums[i].sum, rest.sum.size(), rest.sum.begin());
    rest.largest_difference = sums[i].largest_difference;
    if (i + 1 < count) {  // squares of this rung's exponentials are the next one's
      rest.sum[fast::pp] = sums[i + 1].sum[fast::Zp];
      rest.sum[fast::qq] = sums[i + 1].sum[fast::Zq];
      rest.sum[fast::qqD] = sums[i + 1].sum[fast::qD];
    }
    return rest;
  }

  const StatisticsInput& input_;
  const StatisticsSpec& spec_;
  exact::Plan plan_;
  void* stream_;
  tauscope_cuda_logits teacher_, student_;
  DeviceArray<std::int64_t> targets_;
  DeviceArray<double> taus_;
};

/// Ladders of at most four temperatures, each half the one before: what one launch takes.
std::vector<std::vector<fast::Rung>> plan_ladders(std::span<const double> taus) {
  std::vector<std::vector<fast::Rung>> ladders;
  for (fast::Rung rung : fast::plan_rungs(taus)) {
    const bool goes_on = rung.squarings == 1 && !ladders.empty() && ladders.back().size() < 4;
    if (!goes_on) ladders.emplace_back();
    rung.depth = static_cast<int>(ladders.back().size());
    ladders.back().push_back(rung);
  }
  return ladders;
}

std::vector<std::int32_t> first_rows(std::size_t count) {
  std::vector<std::int32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

/// `fast`: ladders, then `exact` for what failed and for the columns that one pass does not give. Returns the
/// cells redone.
std::int64_t run_fast(const DeviceRun& run, const StatisticsSpec& spec, std::size_t rows,
                      std::span<RowStatistics> out) {
  const std::size_t K = spec.taus.size();
  std::vector<char> passed(rows * K, 0);
  const auto ladders = plan_ladders(spec.taus);
  for (const auto& ladder : ladders)
    run.ladder(ladder, out, passed);

  std::int64_t failed = 0;
  std::vector<std::int32_t> again;
  for (std::size_t r = 0; r < rows; ++r) {
    std::int64_t here = 0;
    for (const auto& ladder : ladders) {
      for (const fast::Rung& rung : ladder)
        here += passed[r * K + rung.index] == 0 ? 1 : 0;
    }
    failed += here;
    if (here > 0 || spec.set == StatisticsSet::all) again.push_back(static_cast<std::int32_t>(r));
  }
  const std::vector<RowStatistics> exact = run.exact(again);
  for (std::size_t i = 0; i < again.size(); ++i) {
    for (std::size_t k = 0; k < K; ++k) {
      const std::size_t cell = static_cast<std::size_t>(again[i]) * K + k;
      for (const StatisticsColumn& column : statistics_columns()) {
        if (!(column.one_pass && passed[cell] != 0))
          out[cell].*column.member = exact[i * K + k].*column.member;
      }
    }
  }
  for (std::size_t cell = 0; cell < out.size(); ++cell) {  // temperatures that stand twice
    const std::size_t k = cell % K;
    const auto first = std::find(spec.taus.begin(), spec.taus.end(), spec.taus[k]) - spec.taus.begin();
    out[cell] = out[cell - k + static_cast<std::size_t>(first)];
  }
  return failed;
}

}  // namespace

KernelReport cuda_statistics(bool exact, const StatisticsInput& on_device, const StatisticsSpec& spec,
                             std::span<RowStatistics> out, void* stream) {
  validate_statistics(on_device, spec, out);
  KernelReport report{exact ? "cuda-exact" : "cuda-fast", cuda_target(), 0, false};
  const std::size_t rows = on_device.teacher.rows;
  if (rows == 0) return report;
  const DeviceRun run(on_device, spec, stream);
  if (exact) {
    const auto cells = run.exact(first_rows(rows));
    std::copy(cells.begin(), cells.end(), out.begin());
  } else {
    report.rows_recomputed = run_fast(run, spec, rows, out);
  }
  return report;
}

void cuda_kl_gradient(const LogitsView& teacher, const LogitsView& student, const GradientSpec& spec,
                      float* gradient, std::size_t gradient_stride, double* loss, void* stream) {
  validate_pair(teacher, student);
  validate_tau(spec.tau);
  const tauscope_cuda_logits t = device_logits(teacher), s = device_logits(student);
  const int direction =
      spec.direction == KlDirection::forward ? TAUSCOPE_CUDA_FORWARD : TAUSCOPE_CUDA_REVERSE;
  const int scaling = spec.tau_scaling == TauScaling::squared ? TAUSCOPE_CUDA_SQUARED : TAUSCOPE_CUDA_NONE;
  require(tauscope_cuda_kl_gradient(&t, &s, direction, spec.tau, scaling, gradient,
                                    static_cast<std::int64_t>(gradient_stride), loss, stream));
}

std::string cuda_target() {
  int architecture = 0;
  require(tauscope_cuda_architecture(&architecture));
  return "sm_" + std::to_string(architecture);
}

}  // namespace tauscope
