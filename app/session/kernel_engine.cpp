#include "app/session/kernel_engine.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "kernels/cuda_device.h"
#include "kernels/cuda_statistics.h"
#include "kernels/distribution.h"
#include "kernels/load_row.h"
#include "kernels/prepared_row.h"
#include "kernels/row_order.h"

namespace tauscope {

namespace {

const HostExample& host(const ScoredExample& example, std::size_t student, std::size_t row) {
  const auto* found = dynamic_cast<const HostExample*>(&example);
  if (found == nullptr || student >= found->students.size() || row >= found->rows) {
    throw Error::failed("", "the example, student or position asked for does not exist");
  }
  return *found;
}

/// The first `count` tokens in the teacher's order, most probable first.
std::vector<std::uint32_t> leading_tokens(std::span<const float> logits, std::size_t count) {
  std::vector<std::uint32_t> tokens;
  top_tokens(logits, std::min(count, logits.size()), tokens);
  std::sort(tokens.begin(), tokens.end(), [&](std::uint32_t a, std::uint32_t b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  });
  return tokens;
}

void add_gradient(double gradient, double& up, double& down) {
  // A negative gradient raises the logit when the student steps against it.
  (gradient < 0 ? up : down) += gradient;
}

PositionDetail::Rest rest_of(const RowVectors& row, const std::vector<PositionDetail::Entry>& entries) {
  std::vector<bool> shown(row.teacher.size(), false);
  for (const auto& entry : entries)
    shown[static_cast<std::size_t>(entry.id)] = true;
  PositionDetail::Rest rest;
  for (std::size_t j = 0; j < row.teacher.size(); ++j) {
    if (shown[j]) continue;
    ++rest.tokens;
    rest.p += row.teacher[j];
    rest.q += row.student[j];
    add_gradient(row.fkl_gradient[j], rest.fkl_up, rest.fkl_down);
    add_gradient(row.rkl_gradient[j], rest.rkl_up, rest.rkl_down);
  }
  return rest;
}

/// log q − log p from the logits, relative to the entry whose probabilities have the most digits.
void add_log_ratios(std::span<const float> teacher, std::span<const float> student, double tau,
                    std::vector<PositionDetail::Entry>& entries) {
  if (entries.empty()) return;
  const auto& base = *std::max_element(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::min(a.p, a.q) < std::min(b.p, b.q);
  });
  const auto difference = [&](const PositionDetail::Entry& entry) {
    const auto j = static_cast<std::size_t>(entry.id);
    return double{student[j]} - double{teacher[j]};
  };
  const double at_base = std::log(base.q) - std::log(base.p), from = difference(base);
  for (auto& entry : entries)
    entry.log_ratio = at_base + (difference(entry) - from) / tau;
}

void add_probability_bins(const RowVectors& row, PositionDetail& detail) {
  OctaveHistogram teacher, student;
  for (const double p : row.teacher)
    teacher.add(p);
  for (const double q : row.student)
    student.add(q);
  int first = 0, last = OctaveHistogram::bins - 1;
  while (first < last && teacher.count[first] + student.count[first] == 0)
    ++first;
  while (last > first && teacher.count[last] + student.count[last] == 0)
    --last;
  for (int bin = first; bin <= last; ++bin) {
    detail.bin_low.push_back(OctaveHistogram::low(bin));
    detail.teacher_mass.push_back(teacher.mass[bin]);
    detail.student_mass.push_back(student.mass[bin]);
  }
}

void add_head_curve(std::span<const float> teacher_logits, const RowVectors& row, PositionDetail& detail) {
  const auto ranks = head_curve_ranks(static_cast<std::int64_t>(teacher_logits.size()));
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> tokens;
  group_by_rank(teacher_logits, ranks, keys, tokens);
  double fkl_all = 0, rkl_all = 0;
  for (const double g : row.fkl_gradient)
    fkl_all += std::abs(g);
  for (const double g : row.rkl_gradient)
    rkl_all += std::abs(g);
  double fkl = 0, rkl = 0;
  std::size_t next = 0;
  for (const std::int64_t rank : ranks) {
    for (; next < static_cast<std::size_t>(rank); ++next) {
      fkl += std::abs(row.fkl_gradient[tokens[next]]);
      rkl += std::abs(row.rkl_gradient[tokens[next]]);
    }
    detail.head_rank.push_back(static_cast<double>(rank));
    detail.fkl_head_share.push_back(fkl / fkl_all);
    detail.rkl_head_share.push_back(rkl / rkl_all);
  }
}

}  // namespace

/// What the kernels found out about the rows of an example that does not depend on τ: a drag asks for many.
struct KernelEngine::Prepared {
  std::uint64_t example = 0;
  std::size_t student = 0;
  DominantSpec dominant;
  int overlap_k = 0;
  std::vector<PreparedRow> rows;
  std::mutex in_use;
};

std::shared_ptr<KernelEngine::Prepared> KernelEngine::prepared_for(const HostExample& example,
                                                                   std::size_t student,
                                                                   const StatisticsSpec& spec) {
  constexpr std::size_t most = 8;  // a few hundred bytes a row each
  const std::lock_guard lock(prepared_mutex_);
  const auto found = std::find_if(prepared_.begin(), prepared_.end(), [&](const auto& p) {
    return p->example == example.id && p->student == student && p->dominant == spec.dominant &&
           p->overlap_k == spec.overlap_k;
  });
  if (found != prepared_.end()) {
    prepared_.splice(prepared_.begin(), prepared_, found);
    return prepared_.front();
  }
  auto made = std::make_shared<Prepared>();
  made->example = example.id;
  made->student = student;
  made->dominant = spec.dominant;
  made->overlap_k = spec.overlap_k;
  made->rows.resize(example.rows);
  prepared_.push_front(std::move(made));
  if (prepared_.size() > most) prepared_.pop_back();
  return prepared_.front();
}

namespace {

/// Where a GPU has the logits and this build its kernels, it answers; false where the CPU is to.
bool statistics_there(const HostExample& example, std::size_t student, std::size_t first,
                      const StatisticsSpec& spec, Precision precision, std::span<RowStatistics> out) {
  if (!example.on_device || !find_kernel_variant("cuda-exact")->supported()) return false;
  const DeviceLogits& device = *example.on_device;
  const std::size_t rows = out.size() / spec.taus.size();
  StatisticsInput input{device.teacher.slice(first, rows), device.students[student].slice(first, rows), {}};
  if (!example.targets.empty()) input.targets = std::span(example.targets).subspan(first, rows);
  const cuda_host::UseDevice on(device.device);
  cuda_statistics(precision == Precision::exact, input, spec, out, device.stream);
  return true;
}

}  // namespace

bool KernelEngine::statistics(const ScoredExample& example, std::size_t student, std::size_t first,
                              const StatisticsSpec& spec, Precision precision, std::span<RowStatistics> out,
                              std::stop_token stop) {
  const HostExample& logits = host(example, student, first);
  if (statistics_there(logits, student, first, spec, precision, out)) return !stop.stop_requested();
  const std::size_t rows = out.size() / spec.taus.size();
  StatisticsInput input{logits.teacher.slice(first, rows), logits.students[student].slice(first, rows), {}};
  if (!logits.targets.empty()) input.targets = std::span(logits.targets).subspan(first, rows);
  KernelOptions options;
  options.stop = std::move(stop);
  const auto* variant = find_kernel_variant("", precision == Precision::fast ? "fast" : "exact");
  // Many temperatures at once pay for the preparation themselves; and two calls never share one.
  const bool prepares = precision == Precision::exact && spec.taus.size() == 1;
  const auto prepared = prepares ? prepared_for(logits, student, spec) : nullptr;
  std::unique_lock<std::mutex> lock;
  if (prepared) lock = std::unique_lock(prepared->in_use, std::try_to_lock);
  if (lock) options.prepared = prepared->rows.data() + first;
  return !variant->statistics(input, spec, out, options).stopped;
}

PositionDetail KernelEngine::detail(const ScoredExample& example, std::size_t student, std::size_t row,
                                    const StatisticsSpec& spec, std::size_t top) {
  const HostExample& logits = host(example, student, row);
  PositionDetail detail;
  RowVectors vectors;
  if (!row_vectors(logits.teacher, logits.students[student], row, spec.taus.front(), spec.tau_scaling,
                   vectors)) {
    return detail;  // NaN logits: nothing can be shown
  }
  std::vector<float> teacher(logits.vocab);
  load_row(logits.teacher, row, teacher);
  const RowSummary summary = summarize_row(teacher);
  OrderScratch scratch;
  const OrderCut dominant = dominant_cut(teacher, summary, spec.dominant, scratch);

  std::vector<std::uint32_t> tokens = leading_tokens(teacher, top);
  const std::int64_t target = logits.targets.empty() ? -1 : logits.targets[row];
  const bool target_leads =
      std::find(tokens.begin(), tokens.end(), static_cast<std::uint32_t>(target)) != tokens.end();
  if (target >= 0 && !target_leads) tokens.push_back(static_cast<std::uint32_t>(target));
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::uint32_t j = tokens[i];
    PositionDetail::Entry entry;
    entry.id = static_cast<std::int32_t>(j);
    if (logits.token) entry.label = logits.token(j);
    if (entry.label.empty()) entry.label = "#" + std::to_string(j);
    entry.target = static_cast<std::int64_t>(j) == target;
    entry.teacher_rank = entry.target && !target_leads ? static_cast<std::int64_t>(rank_of(teacher, j))
                                                       : static_cast<std::int64_t>(i + 1);
    entry.p = vectors.teacher[j];
    entry.q = vectors.student[j];
    entry.fkl_gradient = vectors.fkl_gradient[j];
    entry.rkl_gradient = vectors.rkl_gradient[j];
    entry.dominant = dominant.contains(teacher[j], j);
    detail.entries.push_back(std::move(entry));
  }
  std::vector<float> other(logits.vocab);
  load_row(logits.students[student], row, other);
  add_log_ratios(teacher, other, spec.taus.front(), detail.entries);
  detail.rest = rest_of(vectors, detail.entries);
  add_probability_bins(vectors, detail);
  add_head_curve(teacher, vectors, detail);
  return detail;
}

double KernelEngine::objective(const ScoredExample& example, std::size_t student, std::size_t row,
                               const ObjectiveSpec& spec, std::span<float> gradient) {
  const HostExample& logits = host(example, student, row);
  ObjectiveInput input;
  input.teacher = logits.teacher.slice(row, 1);
  input.student = logits.students[student].slice(row, 1);
  if (!logits.targets.empty()) input.targets = std::span(logits.targets).subspan(row, 1);
  double loss = RowStatistics::none;
  const bool has_target = !input.targets.empty() && input.targets.front() >= 0;
  if (spec.needs_target() && !has_target) return loss;
  if (!has_target) input.targets = {};  // unscored rows would have none
  KernelOptions options;
  options.threads = 1;
  objective_gradient(*find_kernel_variant("", "exact"), input, spec, gradient, logits.vocab,
                     std::span(&loss, 1), options);
  return loss;
}

namespace {

[[noreturn]] void has_no_model(const std::filesystem::path& folder) {
  throw Error::failed(folder.string(), "this engine has no models, only logits");
}

}  // namespace

void KernelEngine::evaluate(const EvaluationSpec&, const std::filesystem::path& folder,
                            const std::function<void()>&, ProgressSink&, std::stop_token) {
  has_no_model(folder);
}
std::shared_ptr<const EvaluationResult> KernelEngine::read_evaluation(const std::filesystem::path& folder,
                                                                      const std::string&, std::stop_token) {
  has_no_model(folder);
}
void KernelEngine::start_run(const std::filesystem::path&, const std::vector<std::string>&,
                             const std::filesystem::path& folder, ProgressSink&, std::stop_token) {
  has_no_model(folder);
}
void KernelEngine::resume_run(const std::filesystem::path& folder, ProgressSink&, std::stop_token) {
  has_no_model(folder);
}

}  // namespace tauscope
