// The exact variant on one row: what is settled once per row, then every scalar at any tau.
//
// Three tokens at most are taken out of the vectors and computed by themselves ("specials"): the target, so
// that 1 - p_y is a sum and never a difference, and each side's largest token, so that log of its probability
// is log1p of the sum of the others.
//
// Every tau is tried in float lanes first; what does not hold there (exact_holds.cpp) is done in double.
#pragma once

#include <hwy/aligned_allocator.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "kernels/exact_passes.h"
#include "kernels/exact_plan.h"
#include "kernels/prepared_row.h"
#include "kernels/statistics.h"

namespace tauscope::exact {

struct Special {
  std::size_t token = 0;
  bool target = false, largest_t = false, largest_s = false, dominant = false;
  float teacher = 0, student = 0;      ///< the logits
  bool has_t = false, has_s = false;   ///< not masked
  double x_t = 0, x_s = 0, delta = 0;  ///< logits minus the row's largest; their difference
};

/// A special at one tau; names as in the passes.
struct SpecialTerms {
  double a = 0, b = 0, e_t = 0, e_s = 0;
  double p = 0, q = 0, u = 0, v = 0, fkl = 0, rkl = 0, jsd = 0;
};

inline constexpr std::size_t most_specials = 3;

enum class Lanes : std::uint8_t { single, twice };  // float, double

/// What the first pass settles at one tau.
struct Cell {
  Lanes lanes = Lanes::twice;
  Shifts shifts;
  FirstSums sums;  ///< without the specials
  Normalisation norm;
  double log_z_t = 0, log_z_s = 0;  ///< lse - largest / tau
  double rest_p = 1, rest_q = 1;    ///< 1 - p_y, 1 - q_y
  std::array<SpecialTerms, most_specials> special{};
};

/// Sums of the second pass over vectors and specials.
struct Totals {
  SecondSums all;
  double fkl_without_y = 0, rkl_without_y = 0;
};

/// A row at one tau, in lanes of one kind.
struct Evaluated {
  Cell cell;
  Totals totals;
};

/// A row at one tau: in float lanes, and in double where those were not enough for one of the columns that
/// are asked for. Which of the two a column is taken from does not depend on the columns beside it.
struct Settled {
  Evaluated single, twice;
  // Whether float lanes were enough for the columns of the first pass, of the forward gradient u = q - p, of
  // the divergences, and of the reverse gradient.
  bool first_holds = false, forward_holds = false, divergences_hold = false, reverse_holds = false;
  bool in_double = false;  ///< `twice` was needed

  const Evaluated& first() const { return first_holds ? single : twice; }
  const Evaluated& forward() const { return forward_holds ? single : twice; }
  const Evaluated& divergences() const { return divergences_hold ? single : twice; }
  const Evaluated& reverse() const { return reverse_holds ? single : twice; }
  const Evaluated& both() const { return forward_holds && reverse_holds ? single : twice; }
};

/// The target against the others. With r = log((1 - q_y)/(1 - p_y)) the divergence of the rows without y is
///   nckd = (sum of the other tokens' FKL terms)/(1 - p_y) - (e^r - 1 - r), both parts >= 0.
struct Decoupled {
  double log_rest = 0;  ///< r
  double nckd = 0, rkl_nckd = 0;
  double least_share = 0;  ///< of either's first part that the difference leaves
};

/// One-sided masks. "lost": finite on the other side only. The target's are told apart.
struct Masks {
  bool student_lost = false, teacher_lost = false, target_student_lost = false, target_teacher_lost = false;
  std::size_t others_t = 0, others_s = 0;  ///< finite tokens besides the target
};

/// A row and its memory, a few dozen bytes per token of the vocabulary; used again for the next row.
class ExactRow {
 public:
  /// Loads row `r` and settles what does not depend on tau. False for a row that is not valid (NaN, +inf, all
  /// -inf). `prepared`: of this row, or null.
  bool load(const StatisticsInput& input, std::size_t r, const Plan& plan, PreparedRow* prepared = nullptr);

  /// The plan's scalars at any tau. Only after load() returned true.
  RowStatistics at(double tau);

  /// Temperatures that float lanes were not enough for, of all rows so far.
  std::int64_t cells_in_double() const { return cells_in_double_; }

 private:
  using Floats = hwy::AlignedFreeUniquePtr<float[]>;
  struct Memory {
    explicit Memory(std::size_t vocab);
    std::size_t vocab, padded;
    Floats teacher, student;          // the closed row, where it is needed
    Floats exp_teacher, exp_student;  // what the first pass in float lanes leaves for the second
    Floats first_u, first_v;          // gradients at tau = 1
    OrderScratch order;
    std::vector<std::uint32_t> top_t, top_s;
  };
  void reserve(std::size_t vocab);
  void copy_row();
  bool prepare(std::int64_t target, PreparedRow* prepared);
  void fill_order(std::int64_t target, PreparedRow& known);
  double top_k_overlap();
  void add_special(std::size_t token);
  void count_masks(std::int64_t target);
  void close_row();
  void settle_first_tau(PreparedRow& known);
  void keep_first_tau();
  bool recall_first_tau(const PreparedRow& known);
  Segment segment(Lanes lanes);
  FirstTau first_tau() const;
  Evaluated evaluate(double tau, Lanes lanes, const SecondParts& parts, const FirstTau& first_tau);
  void judge(Settled& done, const SecondParts& parts) const;
  Settled evaluate(double tau, const SecondParts& parts);
  bool first_holds(const Cell& single) const;
  bool forward_holds(const Evaluated& single) const;
  bool reverse_holds(const Evaluated& single) const;
  bool decoupled_holds(const Evaluated& single) const;
  Shifts shifts_at(double tau) const { return {summary_t_.largest, summary_s_.largest, centre_, 1 / tau}; }
  Cell start(double tau, Lanes lanes, const FirstParts& parts);
  Cell start(double tau, Lanes lanes, const FirstSums& vectors) const;
  SpecialTerms settle(const Special& token, const SpecialTerms& begun, const Cell& cell) const;
  void fill_first(const Cell& cell, RowStatistics& out) const;
  Totals add_up(const Cell& cell, const SecondParts& parts, const FirstTau& first_tau);
  void fill_forward(const SecondSums& sums, double factor, RowStatistics& out) const;
  void fill_divergences(const SecondSums& sums, RowStatistics& out) const;
  void fill_reverse(const Settled& now, double factor, RowStatistics& out) const;
  void fill_both(const SecondSums& sums, double factor, RowStatistics& out) const;
  void fill_masses(const Cell& cell, RowStatistics& out) const;
  void fill_target(const Cell& cell, RowStatistics& out) const;
  void fill_target_shares(const Settled& now, double factor, RowStatistics& out) const;
  void fill_decoupled(const Evaluated& now, double tau, RowStatistics& out);
  bool fkl_infinite() const { return masks_.student_lost || masks_.target_student_lost; }
  bool rkl_infinite() const { return masks_.teacher_lost || masks_.target_teacher_lost; }
  SecondParts parts_at_other_taus() const {
    SecondParts parts = plan_.parts;
    parts.first = plan_.first_tau ? first_use_ : AtFirstTau::ignore;
    return parts;
  }
  bool has_target() const { return special_count_ > 0 && specials_[0].target; }
  bool others_exist() const { return masks_.others_t > 0 && masks_.others_s > 0; }
  ExactRow& without_target();

  std::unique_ptr<Memory> memory_;
  StatisticsInput input_;
  std::size_t row_ = 0;
  const float *teacher_ = nullptr, *student_ = nullptr;  // (vocab): the row where it lies, or the copy
  bool copied_ = false, closed_ = false;
  Plan plan_;
  RowSummary summary_t_, summary_s_;
  OrderCut cut_;
  Masks masks_;
  RowStatistics order_;  // the columns that do not depend on tau
  std::array<Special, most_specials> specials_{};
  std::array<std::size_t, most_specials> special_tokens_{};
  std::size_t special_count_ = 0;
  double centre_ = 0;                           // Delta of the student's largest token
  Settled first_;                               // at tau = 1; only the L2 sums where 1 is not among the taus
  AtFirstTau first_use_ = AtFirstTau::compare;  // by the other taus
  std::unique_ptr<ExactRow> without_target_;    // the same row with the target masked; made when it is needed
  bool without_target_loaded_ = false;
  std::int64_t cells_in_double_ = 0;
};

Decoupled decouple(const Cell& cell, const Totals& totals, const SpecialTerms& target);

}  // namespace tauscope::exact
