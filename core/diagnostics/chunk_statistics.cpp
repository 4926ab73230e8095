#include "core/diagnostics/chunk_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/diagnostics/dropped_mass.h"
#include "core/diagnostics/kernel_choice.h"
#include "kernels/cuda_device.h"
#include "kernels/cuda_statistics.h"

namespace tauscope {
namespace {

void check_chunk(const ScoredChunk& chunk, std::size_t students, std::int64_t vocab) {
  const auto fits = [&](const LogitsView& view) {
    return view.rows == chunk.teacher.rows && static_cast<std::int64_t>(view.vocab) == vocab;
  };
  bool good = chunk.students.size() == students && fits(chunk.teacher);
  for (const auto& student : chunk.students)
    good = good && fits(student);
  if (const auto& device = chunk.on_device) {
    good = good && device->students.size() == students && fits(device->teacher);
    for (const auto& student : device->students)
      good = good && fits(student);
  }
  good = good && (chunk.targets.empty() || chunk.targets.size() == chunk.teacher.rows);
  good = good && (chunk.positions.empty() || chunk.positions.size() == chunk.teacher.rows);
  if (!good) throw Error::failed("", "the source's logits, targets and positions do not fit together");
  for (const auto target : chunk.targets) {
    if (target >= -1 && target < vocab) continue;
    throw Error::bad_input("", fmt::format("a target of example {} is not in the vocabulary", chunk.example))
        .field("targets")
        .found(std::to_string(target))
        .expected(fmt::format("-1 to {}", vocab - 1));
  }
}

}  // namespace

ChunkStatistics::ChunkStatistics(const AnalysisSpec& spec, const ScoredSource& source)
    : spec_(spec),
      kernel_spec_(statistics_spec(spec)),
      source_(source),
      kernel_(choose_kernel(spec.variant, to_string(spec.mode), spec.device)),
      students_(source.student_names().size()),
      distributions_(students_, spec.taus.size(), source.vocab()) {
  options_.threads = spec.threads;
  const auto one = std::find(spec.taus.begin(), spec.taus.end(), 1.0);
  if (one != spec.taus.end()) tau1_ = static_cast<std::size_t>(one - spec.taus.begin());
  begin();
}

void ChunkStatistics::begin() {
  statistics_ = std::make_shared<ExampleStatistics>();
  statistics_->students.resize(students_);
  statistics_->student_dropped_mass.resize(students_);
}

bool ChunkStatistics::add(const ScoredChunk& chunk, std::stop_token stop) {
  check_chunk(chunk, students_, source_.vocab());
  options_.stop = std::move(stop);
  for (std::size_t student = 0; student < students_; ++student) {
    if (!add_student(chunk, student)) return false;
  }
  if (!add_teacher_entropy(chunk)) return false;
  add_rows(chunk);
  if (source_.drops_vocabulary()) add_dropped_mass(chunk);
  return true;
}

/// Where the kernels run on the device that has the logits, they take them from there.
KernelReport ChunkStatistics::run(const ScoredChunk& chunk, std::optional<std::size_t> student,
                                  std::span<const std::int64_t> targets, const StatisticsSpec& spec,
                                  std::span<RowStatistics> out) const {
  const KernelVariant& kernel = *kernel_.variant;
  const auto input_of = [&](const auto& from) {
    return StatisticsInput{from.teacher, student ? from.students[*student] : from.teacher, targets};
  };
  const auto& device = chunk.on_device;
  const bool there =
      device && kernel.device() == "cuda" && (kernel_.device < 0 || kernel_.device == device->device);
  const cuda_host::UseDevice on(there ? device->device : kernel_.device);
  if (!there) return kernel.statistics(input_of(chunk), spec, out, options_);
  return cuda_statistics(kernel.mode() == "exact", input_of(*device), spec, out, device->stream);
}

bool ChunkStatistics::add_student(const ScoredChunk& chunk, std::size_t student) {
  const StatisticsInput input{chunk.teacher, chunk.students[student], chunk.targets};
  auto& cells = statistics_->students[student];
  const std::size_t taus = spec_.taus.size(), before = cells.size();
  cells.resize(before + input.teacher.rows * taus);
  const auto report = run(chunk, student, chunk.targets, kernel_spec_, std::span(cells).subspan(before));
  if (report.stopped) return false;
  target_ = report.target;
  rows_recomputed_ += report.rows_recomputed;
  const auto sums = std::span(distributions_.sums).subspan(student * taus, taus);
  const auto curves = std::span(distributions_.curves).subspan(student * taus, taus);
  return !accumulate_distributions(input, kernel_spec_, sums, curves, options_).stopped;
}

/// Teacher entropy at tau = 1, whether that is asked for or not, and also where every student's row is NaN.
bool ChunkStatistics::add_teacher_entropy(const ScoredChunk& chunk) {
  const std::size_t rows = chunk.teacher.rows, taus = spec_.taus.size();
  auto& entropy = statistics_->teacher_entropy;
  const std::size_t before = entropy.size();
  for (std::size_t row = 0; row < rows && tau1_; ++row) {
    double value = RowStatistics::none;
    for (std::size_t student = 0; student < students_ && !std::isfinite(value); ++student) {
      value = statistics_->students[student][(before + row) * taus + *tau1_].entropy_teacher;
    }
    entropy.push_back(value);
  }
  const auto missing = [](double value) { return !std::isfinite(value); };
  if (tau1_ && std::none_of(entropy.begin() + static_cast<std::ptrdiff_t>(before), entropy.end(), missing))
    return true;

  StatisticsSpec one = kernel_spec_;
  one.taus = {1.0};
  one.set = StatisticsSet::one_pass;
  std::vector<RowStatistics> cells(rows);
  const auto report = run(chunk, std::nullopt, {}, one, cells);
  if (report.stopped) return false;
  entropy.resize(before + rows, RowStatistics::none);
  for (std::size_t row = 0; row < rows; ++row) {
    if (missing(entropy[before + row])) entropy[before + row] = cells[row].entropy_teacher;
  }
  return true;
}

void ChunkStatistics::add_rows(const ScoredChunk& chunk) {
  auto& unit = *statistics_;
  unit.example = chunk.example;
  unit.category = chunk.category;
  for (std::size_t row = 0; row < chunk.teacher.rows; ++row)
    unit.positions.push_back(chunk.position(row));
  for (const auto target : chunk.targets) {
    unit.targets.push_back(target);
    if (spec_.tokens == TokensFormat::none) continue;
    unit.tokens.push_back(target < 0 ? "" : source_.token_text(target));
  }
}

void ChunkStatistics::add_dropped_mass(const ScoredChunk& chunk) {
  const auto add = [&](const LogitsView& view, std::size_t dropped, std::vector<double>& out) {
    const auto mass = dropped_mass(view, dropped, spec_.taus, spec_.threads);
    out.insert(out.end(), mass.begin(), mass.end());
  };
  add(chunk.teacher, chunk.teacher_dropped, statistics_->teacher_dropped_mass);
  for (std::size_t student = 0; student < students_; ++student) {
    add(chunk.students[student], chunk.student_dropped.empty() ? 0 : chunk.student_dropped[student],
        statistics_->student_dropped_mass[student]);
  }
}

MeasuredUnit ChunkStatistics::take() {
  MeasuredUnit unit{std::move(statistics_), std::move(distributions_)};
  distributions_ = CorpusDistributions(students_, spec_.taus.size(), source_.vocab());
  begin();
  return unit;
}

}  // namespace tauscope
