// The exact variant on one row: what is settled once per row, then every scalar at any tau.
//
// Every tau is tried in float lanes first; what does not hold there (exact_holds.cpp) is done in double.
#pragma once

#include <hwy/aligned_allocator.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "kernels/exact_finish.h"
#include "kernels/exact_passes.h"
#include "kernels/exact_plan.h"
#include "kernels/prepared_row.h"
#include "kernels/statistics.h"

namespace tauscope::exact {

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
  /// `first`: the row at tau = 1.
  ColumnSources sources(const Settled& first) const {
    // A gradient at tau = 1 that is too large for float lanes would make their products infinite.
    return {&this->first(), &forward(), &divergences(),
            &reverse(),     &both(),    first.reverse_holds ? &reverse() : &twice};
  }
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
  void add_special(std::size_t token, bool target);
  void count_masks(std::int64_t target);
  void close_row();
  void settle_first_tau(PreparedRow& known);
  void keep_first_tau();
  bool recall_first_tau(const PreparedRow& known);
  std::span<const std::size_t> left_out() const { return {special_tokens_.data(), facts_.special_count}; }
  Segment segment(Lanes lanes);
  FirstTau first_tau() const;
  Evaluated evaluate(double tau, Lanes lanes, const SecondParts& parts, const FirstTau& first_tau);
  void judge(Settled& done, const SecondParts& parts) const;
  Settled evaluate(double tau, const SecondParts& parts);
  bool first_holds(const Cell& single) const;
  bool forward_holds(const Evaluated& single) const;
  bool reverse_holds(const Evaluated& single) const;
  bool decoupled_holds(const Evaluated& single) const;
  Cell start(double tau, Lanes lanes, const FirstParts& parts);
  Totals add_up(const Cell& cell, const SecondParts& parts, const FirstTau& first_tau);
  void fill_decoupled(const Evaluated& now, double tau, RowStatistics& out);
  SecondParts parts_at_other_taus() const {
    SecondParts parts = plan_.parts;
    parts.first = plan_.first_tau ? first_use_ : AtFirstTau::ignore;
    return parts;
  }
  ExactRow& without_target();

  std::unique_ptr<Memory> memory_;
  StatisticsInput input_;
  std::size_t row_ = 0;
  const float *teacher_ = nullptr, *student_ = nullptr;  // (vocab): the row where it lies, or the copy
  bool copied_ = false, closed_ = false;
  Plan plan_;
  RowSummary summary_t_, summary_s_;
  OrderCut cut_;
  RowFacts facts_;
  std::array<std::size_t, most_specials> special_tokens_{};
  Settled first_;                               // at tau = 1; only the L2 sums where 1 is not among the taus
  AtFirstTau first_use_ = AtFirstTau::compare;  // by the other taus
  std::unique_ptr<ExactRow> without_target_;    // the same row with the target masked; made when it is needed
  bool without_target_loaded_ = false;
  std::int64_t cells_in_double_ = 0;
};

}  // namespace tauscope::exact
