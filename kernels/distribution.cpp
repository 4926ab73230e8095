#include "kernels/distribution.h"

#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "kernels/exact_passes.h"
#include "kernels/load_row.h"
#include "kernels/row_order.h"
#include "kernels/threads.h"
#include "kernels/validate.h"

namespace tauscope {
namespace {

constexpr double smallest_norm = 1e-30;

int bin_of(double value) {
  const int exponent = static_cast<int>(std::bit_cast<std::uint64_t>(value) >> 52) - 1023;
  return std::clamp(exponent - OctaveHistogram::lowest_exponent + 1, 0, OctaveHistogram::bins - 1);
}

/// Histogram that spreads neighbours over several tables: equal bins in a row would wait for each other.
class WideHistogram {
 public:
  void add(const double* values, std::size_t n) {
    std::size_t j = 0;
    for (; j + ways <= n; j += ways) {
      for (std::size_t w = 0; w < ways; ++w)
        add_to(w, values[j + w]);
    }
    for (; j < n; ++j)
      add_to(0, values[j]);
  }

  OctaveHistogram total() const {
    OctaveHistogram sum;
    for (int bin = 0; bin < OctaveHistogram::bins; ++bin) {
      const std::size_t b = static_cast<std::size_t>(bin);
      for (std::size_t w = 0; w < ways; ++w) {
        sum.count[b] += static_cast<std::int64_t>(table_[b][w].count);
        sum.mass[b] += table_[b][w].mass;
      }
    }
    return sum;
  }

 private:
  static constexpr std::size_t ways = 4;
  struct Entry {
    double mass = 0;
    std::uint64_t count = 0;
  };

  void add_to(std::size_t way, double value) {
    const double magnitude = std::abs(value);
    Entry& entry = table_[static_cast<std::size_t>(bin_of(magnitude))][way];
    entry.mass += magnitude;
    entry.count += 1;
  }

  std::array<std::array<Entry, ways>, OctaveHistogram::bins> table_{};
};

struct WideSums {
  WideHistogram teacher, student, fkl_gradient, rkl_gradient;
};

std::size_t padded(std::size_t n) {
  return (n + exact::padding - 1) / exact::padding * exact::padding;
}

/// p, q and the gradients of the tokens of `segment`, which are a whole row. `centre`: Delta of the student's
/// largest token.
void compute_vectors(const exact::Segment& segment, const RowSummary& teacher, const RowSummary& student,
                     float teacher_at_student_top, double tau, TauScaling scaling,
                     const exact::VectorArrays& out) {
  const double top = teacher_at_student_top;
  const double centre = std::isfinite(top) ? top - static_cast<double>(teacher.largest) : 0;
  const exact::Shifts shifts{teacher.largest, student.largest, centre, 1 / tau};
  const exact::Normalisation norm = exact::normalise(exact::first_pass(segment, shifts));
  exact::write_vectors(segment, shifts, norm, gradient_factor(scaling, tau), out);
}

/// A row grouped by rank, and its vectors at one tau in that order.
class RowScratch {
 public:
  explicit RowScratch(std::size_t vocab)
      : p(padded(vocab)),
        q(padded(vocab)),
        u(padded(vocab)),
        v(padded(vocab)),
        vocab_(vocab),
        raw_t_(vocab),
        raw_s_(vocab),
        teacher_(hwy::AllocateAligned<float>(padded(vocab))),
        student_(hwy::AllocateAligned<float>(padded(vocab))) {}

  /// False for a row without a softmax.
  bool load(const LogitsView& teacher, const LogitsView& student, std::size_t r) {
    load_row(teacher, r, raw_t_);
    load_row(student, r, raw_s_);
    summary_t_ = summarize_row(raw_t_);
    summary_s_ = summarize_row(raw_s_);
    return summary_t_.valid && summary_s_.valid;
  }
  bool all_finite() const { return summary_t_.finite == vocab_ && summary_s_.finite == vocab_; }

  /// Groups the tokens by the ranks that `ranks` separates; all finite.
  void arrange(std::span<const std::int64_t> ranks) {
    group_by_rank(raw_t_, ranks, keys_, order_);
    for (std::size_t i = 0; i < vocab_; ++i) {
      teacher_[i] = raw_t_[order_[i]];
      student_[i] = raw_s_[order_[i]];
    }
    for (std::size_t i = vocab_; i < padded(vocab_); ++i)
      teacher_[i] = student_[i] = exact::masked_logit;
  }

  /// Fills p, q, u, v in the arranged order.
  void compute(double tau, TauScaling scaling) {
    compute_vectors({teacher_.get(), student_.get(), padded(vocab_)}, summary_t_, summary_s_,
                    raw_t_[summary_s_.argmax], tau, scaling, {p.data(), q.data(), u.data(), v.data()});
  }

  std::vector<double> p, q, u, v;  // (vocab), padded

 private:
  std::size_t vocab_;
  std::vector<float> raw_t_, raw_s_;
  hwy::AlignedFreeUniquePtr<float[]> teacher_, student_;
  RowSummary summary_t_, summary_s_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> order_;
};

double sum_magnitudes(const double* values, std::size_t n) {
  std::array<double, 8> lanes{};
  std::size_t j = 0;
  for (; j + lanes.size() <= n; j += lanes.size()) {
    for (std::size_t w = 0; w < lanes.size(); ++w)
      lanes[w] += std::abs(values[j + w]);
  }
  for (; j < n; ++j)
    lanes[0] += std::abs(values[j]);
  double sum = 0;
  for (const double lane : lanes)
    sum += lane;
  return sum;
}

/// Sums of |values| over the first ranks[i] entries, for every i.
void cumulate(std::span<const std::int64_t> ranks, const std::vector<double>& values,
              std::vector<double>& out) {
  out.resize(ranks.size());
  std::size_t begin = 0;
  double sum = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const std::size_t end = static_cast<std::size_t>(ranks[i]);
    sum += sum_magnitudes(values.data() + begin, end - begin);
    out[i] = sum;
    begin = end;
  }
}

HeadCurve empty_curve(const std::vector<std::int64_t>& ranks) {
  const std::vector<double> zeros(ranks.size());
  return {ranks, zeros, zeros, zeros, zeros, 0};
}

/// Rows of one slice of the input, summed in order.
class Slice {
 public:
  Slice(const std::vector<std::int64_t>& ranks, std::size_t taus, bool curves)
      : ranks_(ranks), histograms_(taus), curves_(curves ? taus : 0, empty_curve(ranks)) {}

  void add(RowScratch& row, const StatisticsSpec& spec, std::size_t vocab) {
    row.arrange(ranks_);
    for (std::size_t k = 0; k < spec.taus.size(); ++k) {
      row.compute(spec.taus[k], spec.tau_scaling);
      histograms_[k].teacher.add(row.p.data(), vocab);
      histograms_[k].student.add(row.q.data(), vocab);
      histograms_[k].fkl_gradient.add(row.u.data(), vocab);
      histograms_[k].rkl_gradient.add(row.v.data(), vocab);
      if (!curves_.empty()) add_curve(row, curves_[k]);
    }
  }

  void merge_into(std::span<DistributionSums> sums, std::span<HeadCurve> curves) const {
    for (std::size_t k = 0; k < sums.size(); ++k) {
      const WideSums& h = histograms_[k];
      sums[k] += {h.teacher.total(), h.student.total(), h.fkl_gradient.total(), h.rkl_gradient.total()};
    }
    for (std::size_t k = 0; k < curves.size(); ++k)
      curves[k] += curves_[k];
  }

 private:
  void add_curve(const RowScratch& row, HeadCurve& curve) {
    cumulate(ranks_, row.p, p_);
    cumulate(ranks_, row.q, q_);
    cumulate(ranks_, row.u, u_);
    cumulate(ranks_, row.v, v_);
    if (!(u_.back() >= smallest_norm && v_.back() >= smallest_norm)) return;
    for (std::size_t i = 0; i < ranks_.size(); ++i) {
      curve.teacher_mass[i] += p_[i] / p_.back();
      curve.student_mass[i] += q_[i] / q_.back();
      curve.fkl_gradient_l1[i] += u_[i] / u_.back();
      curve.rkl_gradient_l1[i] += v_[i] / v_.back();
    }
    ++curve.rows;
  }

  const std::vector<std::int64_t>& ranks_;
  std::vector<WideSums> histograms_;
  std::vector<HeadCurve> curves_;
  std::vector<double> p_, q_, u_, v_;
};

}  // namespace

double OctaveHistogram::low(int bin) {
  return bin <= 0 ? 0 : std::ldexp(1.0, lowest_exponent + bin - 1);
}

double OctaveHistogram::high(int bin) {
  return bin >= bins - 1 ? std::numeric_limits<double>::infinity() : std::ldexp(1.0, lowest_exponent + bin);
}

void OctaveHistogram::add(double value) {
  const std::size_t bin = static_cast<std::size_t>(bin_of(std::abs(value)));  // -0 counts as 0
  count[bin] += 1;
  mass[bin] += value;
}

OctaveHistogram& OctaveHistogram::operator+=(const OctaveHistogram& other) {
  for (std::size_t i = 0; i < count.size(); ++i) {
    count[i] += other.count[i];
    mass[i] += other.mass[i];
  }
  return *this;
}

DistributionSums& DistributionSums::operator+=(const DistributionSums& other) {
  teacher += other.teacher;
  student += other.student;
  fkl_gradient += other.fkl_gradient;
  rkl_gradient += other.rkl_gradient;
  return *this;
}

HeadCurve& HeadCurve::operator+=(const HeadCurve& other) {
  if (other.ranks.empty()) return *this;
  if (ranks.empty()) return *this = other;
  if (ranks != other.ranks) throw std::invalid_argument("head curves over different ranks cannot be added");
  const auto add = [](std::vector<double>& to, const std::vector<double>& from) {
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i] += from[i];
  };
  add(teacher_mass, other.teacher_mass);
  add(student_mass, other.student_mass);
  add(fkl_gradient_l1, other.fkl_gradient_l1);
  add(rkl_gradient_l1, other.rkl_gradient_l1);
  rows += other.rows;
  return *this;
}

std::vector<std::int64_t> head_curve_ranks(std::int64_t vocab) {
  std::vector<std::int64_t> ranks;
  for (std::int64_t decade = 1; decade < vocab; decade *= 10) {
    for (const std::int64_t step : {1, 2, 5}) {
      if (decade * step < vocab) ranks.push_back(decade * step);
    }
  }
  ranks.push_back(vocab);
  return ranks;
}

KernelReport accumulate_distributions(const StatisticsInput& input, const StatisticsSpec& spec,
                                      std::span<DistributionSums> sums, std::span<HeadCurve> curves,
                                      const KernelOptions& options) {
  validate_statistics(input, spec);
  const std::size_t K = spec.taus.size(), rows = input.teacher.rows, vocab = input.teacher.vocab;
  if (sums.size() != K || (!curves.empty() && curves.size() != K)) {
    throw std::invalid_argument("distributions: one entry of sums, and of curves if any, is needed per tau");
  }
  // A fixed number of slices, merged in order, makes the sums independent of the number of threads.
  const std::size_t slices = std::min<std::size_t>(rows, 32);
  const int threads = resolve_threads(options.threads, slices);
  const std::vector<std::int64_t> ranks = head_curve_ranks(static_cast<std::int64_t>(vocab));
  std::vector<RowScratch> scratch;
  for (int t = 0; t < threads; ++t)
    scratch.emplace_back(vocab);
  std::vector<Slice> parts(slices, Slice(ranks, K, !curves.empty()));
  std::atomic<bool> stopped{false};
  const bool finished = parallel_for(slices, threads, options.stop, [&](std::size_t s, int thread) {
    RowScratch& row = scratch[static_cast<std::size_t>(thread)];
    for (std::size_t r = rows * s / slices; r < rows * (s + 1) / slices; ++r) {
      if (options.stop.stop_requested()) {
        stopped = true;
        return;
      }
      if (row.load(input.teacher, input.student, r) && row.all_finite()) parts[s].add(row, spec, vocab);
    }
  });
  for (const Slice& part : parts)
    part.merge_into(sums, curves);
  return {"cpu-exact", exact::active_target(), 0, !finished || stopped};
}

bool row_vectors(const LogitsView& teacher, const LogitsView& student, std::size_t row, double tau,
                 TauScaling tau_scaling, RowVectors& out) {
  validate_pair(teacher, student);
  validate_tau(tau);
  if (row >= teacher.rows) {
    throw std::invalid_argument("row " + std::to_string(row) + " of " + std::to_string(teacher.rows) +
                                " rows");
  }
  const std::size_t vocab = teacher.vocab, size = padded(vocab);
  std::vector<double>* const vectors[] = {&out.teacher, &out.student, &out.fkl_gradient, &out.rkl_gradient};
  out.work.resize(2 * size);
  const std::span<float> t = std::span(out.work).first(vocab), s = std::span(out.work).subspan(size, vocab);
  load_row(teacher, row, t);
  load_row(student, row, s);
  const RowSummary summary_t = summarize_row(t), summary_s = summarize_row(s);
  const bool valid = summary_t.valid && summary_s.valid;
  for (auto* vector : vectors)
    vector->resize(valid ? size : 0);
  if (!valid) return false;
  const float teacher_at_student_top = t[summary_s.argmax];
  bool rkl_infinite = false;
  for (std::size_t j = 0; j < size; ++j) {
    float &a = out.work[j], &b = out.work[size + j];
    if (j >= vocab) a = b = exact::masked_logit;
    rkl_infinite = rkl_infinite || (!std::isfinite(a) && std::isfinite(b));
    a = std::max(a, exact::masked_logit);
    b = std::max(b, exact::masked_logit);
  }
  compute_vectors({out.work.data(), out.work.data() + size, size}, summary_t, summary_s,
                  teacher_at_student_top, tau, tau_scaling,
                  {out.teacher.data(), out.student.data(), out.fkl_gradient.data(), out.rkl_gradient.data()});
  for (auto* vector : vectors)
    vector->resize(vocab);
  if (rkl_infinite) std::fill(out.rkl_gradient.begin(), out.rkl_gradient.end(), RowStatistics::none);
  return true;
}

}  // namespace tauscope
