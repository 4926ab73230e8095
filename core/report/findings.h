// What the tables say about the two gradients, in a form that a sentence can be made of.
//
// The claim under test (math.md, decompositions, 5): a gradient is "mainly rescaled" by τ if its cosine with
// itself at τ = 1 stays near 1 while its norm moves; it is "enriched" if the cosine falls and the share on
// non-dominant tokens rises. Limits below are for wording only: they describe means over positions and test
// nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/report/table_view.h"

namespace tauscope {

inline constexpr double cosine_near_one = 0.9;  ///< from here on a direction counts as kept
inline constexpr double share_rise = 0.05;      ///< from here on a share counts as risen
inline constexpr double alike_within =
    0.1;                                    ///< differences of cosines and of rises below this count as alike
inline constexpr double ratio_moved = 0.1;  ///< |ln(ratio of norms)| from here on counts as rescaled

/// One divergence's gradient at one τ against itself at τ = 1: means over positions, medians beside them.
struct GradientChange {
  double cosine = 0, cosine_median = 0;
  double share_at_one = 0, share = 0;  ///< non-dominant share of ‖g‖₁
  double share_at_one_median = 0, share_median = 0;
  std::optional<double> ratio;  ///< median of ‖g(τ)‖ / ‖g(1)‖
  std::int64_t positions = 0;

  double rise() const { return share - share_at_one; }
};

enum class ChangeKind {
  enriched,   ///< cosine below cosine_near_one, share risen
  turned,     ///< cosine below cosine_near_one, share not risen
  rescaled,   ///< cosine near 1, norm moved
  unchanged,  ///< cosine near 1, norm not moved (or not known)
};

enum class Asymmetry {
  visible,       ///< forward KL enriched, reverse KL keeps its direction, and they differ by more than
                 ///< alike_within
  alike,         ///< cosines and rises of both differ by less than alike_within
  forward_more,  ///< both change, forward KL clearly more in one measure and not less in the other
  reverse_more,  ///< the other way round
  mixed,         ///< one measure says more, the other less
};

ChangeKind kind_of(const GradientChange& change);
Asymmetry compare(const GradientChange& forward, const GradientChange& reverse);

/// One τ ≠ 1 of one student.
struct TauFinding {
  double tau = 0;
  GradientChange forward, reverse;
  Asymmetry asymmetry = Asymmetry::alike;  ///< by means
  Asymmetry asymmetry_of_medians = Asymmetry::alike;
};

struct StudentFinding {
  std::string student;
  std::vector<TauFinding> taus;  ///< ascending; those for which everything needed is in the table
};

/// One per student, in the table's order; without τ = 1 or a needed quantity its `taus` is empty.
std::vector<StudentFinding> findings_of(const TableView& view);

}  // namespace tauscope
