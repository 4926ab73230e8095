// From sums over a row to columns: the part of the exact statistics that is the same wherever the sums were
// taken, in vectors on the CPU (exact_row.h) or by a block on a GPU (cuda_statistics.cpp).
//
// Three tokens at most are taken out of the sums and computed by themselves ("specials"): the target, so that
// 1 - p_y is a sum and never a difference, and each side's largest token, so that log of its probability is
// log1p of the sum of the others.
#pragma once

#include <array>
#include <span>

#include "kernels/exact_passes.h"
#include "kernels/exact_plan.h"
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

/// One-sided masks. "lost": finite on the other side only. The target's are told apart.
struct Masks {
  bool student_lost = false, teacher_lost = false, target_student_lost = false, target_teacher_lost = false;
  std::size_t others_t = 0, others_s = 0;  ///< finite tokens besides the target
};

/// What is known of a row whatever tau is.
struct RowFacts {
  double max_t = 0, max_s = 0;  ///< the largest logits
  double centre = 0;            ///< Delta of the student's largest token
  std::array<Special, most_specials> specials{};
  std::size_t special_count = 0;
  Masks masks;
  RowStatistics order;  ///< the columns that do not depend on tau

  std::span<const Special> tokens() const { return {specials.data(), special_count}; }
  bool has_target() const { return special_count > 0 && specials[0].target; }
  bool others_exist() const { return masks.others_t > 0 && masks.others_s > 0; }
  bool fkl_infinite() const { return masks.student_lost || masks.target_student_lost; }
  bool rkl_infinite() const { return masks.teacher_lost || masks.target_teacher_lost; }

  /// The target comes first. `token` holds its number, logits and what it is; the rest follows from these.
  void add_special(Special token);
};

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

/// A row at one tau.
struct Evaluated {
  Cell cell;
  Totals totals;
};

/// Where the columns of each kind come from: one evaluation, or several in lanes of different precision.
struct ColumnSources {
  const Evaluated* first;        ///< what the first pass gives
  const Evaluated* forward;      ///< of the forward gradient u = q - p
  const Evaluated* divergences;  ///< fkl, rkl, jsd
  const Evaluated* reverse;      ///< of the reverse gradient v
  const Evaluated* both;         ///< products of u and v
  const Evaluated* v_first;      ///< products of v with its like at tau = 1

  static ColumnSources all_from(const Evaluated& now) { return {&now, &now, &now, &now, &now, &now}; }
};

/// Squared L2 norms of the gradients at tau = 1.
struct FirstSquares {
  double forward = 0, reverse = 0;
};

/// The target against the others. With r = log((1 - q_y)/(1 - p_y)) the divergence of the rows without y is
///   nckd = (sum of the other tokens' FKL terms)/(1 - p_y) - (e^r - 1 - r), both parts >= 0.
struct Decoupled {
  double log_rest = 0;  ///< r
  double nckd = 0, rkl_nckd = 0;
  double least_share = 0;  ///< of either's first part that the difference leaves
};

Shifts shifts_of(const RowFacts& row, double tau);

/// `known`: what the second pass was normalised with, where that was settled with the sums.
Cell start_cell(const RowFacts& row, double tau, Lanes lanes, const FirstSums& sums,
                const Normalisation* known = nullptr);

/// The specials' terms at `cell` added to `sums`; products are with those at tau = 1, of cells that may
/// differ for u and for v.
Totals add_specials(const RowFacts& row, const Cell& cell, const SecondSums& sums, const Cell& first_u,
                    const Cell& first_v);

Decoupled decouple(const Cell& cell, const Totals& totals, const SpecialTerms& target);

/// Whether nckd nearly cancels (only the target differs) or 1 - p_y underflows, so that the row is wanted
/// again with the target masked: the remaining tokens are scaled by their own largest then.
bool wants_rest(const RowFacts& row, const Cell& cell, const Totals& totals);

/// The columns of the plan but for tckd, nckd and their like. `first`: where the plan compares.
RowStatistics finish_columns(const RowFacts& row, const Plan& plan, double tau, const ColumnSources& now,
                             const FirstSquares& first);

/// tckd, nckd and their like of a row with a target. `rest`: the row without it, or null.
void finish_decoupled(const RowFacts& row, double tau, const Cell& cell, const Totals& totals,
                      const Evaluated* rest, RowStatistics& out);

}  // namespace tauscope::exact
