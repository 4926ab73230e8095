// The exact variant on one row: what is settled once per row, then every scalar at any tau.
//
// Three tokens at most are taken out of the vectors and computed by themselves ("specials"): the target, so
// that 1 - p_y is a sum and never a difference, and each side's largest token, so that log of its probability
// is log1p of the sum of the others. The rest of the row is copied to two segments, inside and outside the
// dominant set.
#pragma once

#include <hwy/aligned_allocator.h>

#include <array>
#include <memory>
#include <span>

#include "kernels/exact_passes.h"
#include "kernels/row_order.h"
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

/// What the first pass settles at one tau.
struct Cell {
  Shifts shifts;
  FirstSums inside, outside;
  Normalisation norm;
  double log_z_t = 0, log_z_s = 0;  ///< lse - largest / tau
  double rest_p = 1, rest_q = 1;    ///< 1 - p_y, 1 - q_y
  std::array<SpecialTerms, most_specials> special{};
};

/// Sums of the second pass over segments and specials; `all` = inside and outside of the dominant set.
struct Totals {
  SecondSums all, outside;
  double fkl_without_y = 0, rkl_without_y = 0;
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
  /// -inf).
  bool load(const StatisticsInput& input, std::size_t r, const StatisticsSpec& spec);

  /// All scalars at a tau of the spec (or the one-pass set). Only after load() returned true.
  RowStatistics at(double tau);

 private:
  struct Memory {
    explicit Memory(std::size_t vocab);
    std::size_t vocab;
    hwy::AlignedFreeUniquePtr<float[]> teacher, student;  // the row
    hwy::AlignedFreeUniquePtr<float[]> split_t, split_s;  // the segments, one behind the other
    hwy::AlignedFreeUniquePtr<float[]> first_u,
        first_v;  // gradients at tau = 1, in the order of the segments
    OrderScratch order;
    std::vector<std::uint32_t> top_t, top_s;
  };

  bool prepare(std::int64_t target);
  void fill_order(std::int64_t target);
  void add_special(std::size_t token);
  void count_masks(std::int64_t target);
  void keep_first_tau();
  Segment segment(bool inside) const;
  FirstTau first_tau(bool inside) const;
  Cell start(double tau) const;
  SpecialTerms settle(const Special& token, const SpecialTerms& begun, const Cell& cell) const;
  void fill_first(const Cell& cell, RowStatistics& out) const;
  Totals add_up(const Cell& cell, bool at_first_tau = false) const;
  void fill_second(const Cell& cell, const Totals& totals, double factor, RowStatistics& out) const;
  void fill_shares(const Cell& cell, const Totals& totals, RowStatistics& out) const;
  void fill_against_first(const Totals& totals, double factor, RowStatistics& out) const;
  void fill_target(const Cell& cell, const Totals& totals, double tau, RowStatistics& out);
  void fill_decoupled(const Cell& cell, const Totals& totals, const SpecialTerms& y, double tau,
                      RowStatistics& out);
  ExactRow& without_target();

  std::unique_ptr<Memory> memory_;
  StatisticsSpec spec_;
  RowSummary summary_t_, summary_s_;
  OrderCut cut_;
  Masks masks_;
  RowStatistics order_;  // the columns that do not depend on tau
  std::array<Special, most_specials> specials_{};
  std::size_t special_count_ = 0;
  double centre_ = 0;  // Delta of the student's largest token
  SplitSizes sizes_;
  Cell first_cell_;                           // at tau = 1
  Totals first_totals_;                       // there; only the L2 sums where 1 is not among the taus
  std::unique_ptr<ExactRow> without_target_;  // the same row with the target masked; made when it is needed
  bool without_target_loaded_ = false;
};

}  // namespace tauscope::exact
