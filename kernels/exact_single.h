// The passes of the exact variant in float lanes: half the cost of the double ones in exact_passes.h, for
// rows on which float is enough. Whoever calls them has to look at the sums' own measures of error afterwards
// (exact_holds.cpp).
//
// What keeps float exact enough: logits less the row's largest are kept as two floats, so that neither a
// large exponent nor an offset between the sides costs digits; what is taken off a difference (L, mu) is
// known as two floats too; sums leave the float lanes every few dozen additions.
#pragma once

#include "kernels/exact_passes.h"

namespace tauscope::exact::single {

/// Whether this instruction set multiplies and adds with one rounding, which the two-float differences need.
bool available();

/// As exact::first_pass, with difference_l1 and delta_l1, of what `parts` says.
FirstSums first_pass(const Segment& segment, const Shifts& shifts, const FirstParts& parts);

/// As exact::second_pass, with q_l2 and, beside the divergences, p_l2. Only after a first_pass with the same
/// segment and shifts.
SecondSums second_pass(const Segment& segment, const Shifts& shifts, const Normalisation& norm,
                       const SecondParts& parts, const FirstTau& first_tau);

}  // namespace tauscope::exact::single
