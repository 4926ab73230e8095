// What the columns that are asked for need: the exact variant does that work and no more.
#pragma once

#include "kernels/exact_passes.h"
#include "kernels/statistics.h"

namespace tauscope::exact {

struct Plan {
  bool first = false;          ///< the first pass at each tau
  bool entropies = false;      ///< with what entropies need
  bool second = false;         ///< and the second
  bool dominant = false;       ///< what is outside the dominant set
  bool ranks = false;          ///< of the target
  bool overlap = false;        ///< of the top-k
  bool decoupled = false;      ///< the target against the others
  bool target_shares = false;  ///< of the gradients
  bool first_tau = false;      ///< the gradients at tau = 1 to compare with
  SecondParts parts;           ///< of the second pass; its `first` is settled for each tau
  bool one_asked = false;      ///< tau = 1 is among the temperatures
  bool one_tau = false;        ///< there is only one
  TauScaling tau_scaling = TauScaling::squared;
  DominantSpec dominant_spec;
  int overlap_k = 10;
};

Plan plan_of(const StatisticsSpec& spec);

/// Only what one pass gives, but for the target's columns.
Plan core_plan();

}  // namespace tauscope::exact
