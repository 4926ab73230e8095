// Probability that a comparison of shared vocabularies leaves out.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/logits_view.h"

namespace tauscope {

/// Per row and tau, (rows, taus): the share of softmax(z / tau), over vocab + dropped entries, that lies on
/// the `dropped` entries behind the view's vocabulary. In double. row_stride must be at least vocab +
/// dropped.
std::vector<double> dropped_mass(const LogitsView& logits, std::size_t dropped,
                                 const std::vector<double>& taus, int threads);

}  // namespace tauscope
