#include <algorithm>
#include <cmath>

#include "kernels/objectives/row_task.h"

namespace tauscope::objectives {
namespace {

/// Tokens within `depth` nats of the largest, and their mass times z_sum.
double collect(const float* teacher, std::size_t vocab, double largest, double scale, double depth,
               std::vector<std::uint32_t>& order) {
  order.clear();
  const double lowest = largest - depth / scale;
  double sum = 0;
  for (std::size_t j = 0; j < vocab; ++j) {
    if (!(teacher[j] >= lowest) || teacher[j] == masked_logit) continue;
    order.push_back(static_cast<std::uint32_t>(j));
    sum += std::exp((teacher[j] - largest) * scale);
  }
  return sum;
}

}  // namespace

OrderCut head_cut(const float* teacher, std::size_t vocab, double largest, double scale, double z_sum,
                  double mass, bool crossing, std::vector<std::uint32_t>& order) {
  constexpr double deepest = 800;  // beyond that a double holds no probability
  // A window of the largest logits, widened until the boundary lies inside it.
  for (double depth = 1; depth < deepest; depth *= 2) {
    if (collect(teacher, vocab, largest, scale, depth, order) > mass * z_sum * (1 + 1e-9)) break;
  }
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return teacher[a] != teacher[b] ? teacher[a] > teacher[b] : a < b;
  });
  double sum = 0;
  std::size_t count = 0;
  for (; count < order.size(); ++count) {
    const double after = sum + std::exp((teacher[order[count]] - largest) * scale);
    const bool over = after > mass * z_sum * (1 + dominant_slack);
    if (!crossing && over && count > 0) break;
    sum = after;
    if (crossing && sum >= mass * z_sum * (1 - dominant_slack)) {
      ++count;
      break;
    }
  }
  const std::uint32_t last = order[count - 1];
  return {teacher[last], static_cast<std::int64_t>(last)};
}

}  // namespace tauscope::objectives
