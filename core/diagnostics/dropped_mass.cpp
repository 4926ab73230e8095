#include "core/diagnostics/dropped_mass.h"

#include <algorithm>
#include <cmath>

#include "core/diagnostics/parallel.h"
#include "kernels/load_row.h"

namespace tauscope {

std::vector<double> dropped_mass(const LogitsView& logits, std::size_t dropped,
                                 const std::vector<double>& taus, int threads) {
  std::vector<double> result(logits.rows * taus.size(), 0.0);
  if (dropped == 0) return result;
  const std::size_t all = logits.vocab + dropped;
  LogitsView whole = logits;
  whole.vocab = all;
  parallel_for(logits.rows, threads, [&](std::size_t r) {
    std::vector<float> row(all);
    load_row(whole, r, row);
    const double highest = *std::max_element(row.begin(), row.end());
    for (std::size_t t = 0; t < taus.size(); ++t) {
      double kept = 0, left_out = 0;
      for (std::size_t j = 0; j < all; ++j) {
        (j < logits.vocab ? kept : left_out) += std::exp((row[j] - highest) / taus[t]);
      }
      result[r * taus.size() + t] = left_out / (kept + left_out);
    }
  });
  return result;
}

}  // namespace tauscope
