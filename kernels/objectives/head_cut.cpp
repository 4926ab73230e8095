#include <algorithm>

#include "kernels/objectives/row_task.h"

namespace tauscope::objectives {
namespace {

using Tokens = std::vector<std::uint32_t>;

/// The teacher's tokens by probability, as far as the head needs them.
class HeadSearch {
 public:
  HeadSearch(const float* teacher, std::span<const double> weights, double largest, double scale,
             Tokens& order)
      : teacher_(teacher), weights_(weights), largest_(largest), scale_(scale), order_(order) {}

  double weight(std::uint32_t token) const { return weights_[token]; }

  /// Tokens within `depth` nats of the largest; returns their weight.
  double collect(double depth) {
    order_.clear();
    const double lowest = largest_ - depth / scale_;
    double sum = 0;
    for (std::size_t j = 0; j < weights_.size(); ++j) {
      if (!(teacher_[j] >= lowest) || teacher_[j] == masked_logit) continue;
      order_.push_back(static_cast<std::uint32_t>(j));
      sum += weight(order_.back());
    }
    return sum;
  }

  /// Puts the tokens around the place where the weight passes `bound` where they belong, by halving, so that
  /// a flat row is not sorted. Tokens before `place` weigh `before` < bound, in no order but for the last.
  void narrow(double bound) {
    std::size_t end = order_.size();
    while (end - place > 32) {
      const std::size_t middle = place + (end - place) / 2;
      std::nth_element(at(place), at(middle), at(end), Precedes{teacher_});
      double sum = before;
      for (std::size_t i = place; i < middle; ++i)
        sum += weight(order_[i]);
      if (sum >= bound) {
        end = middle;
      } else {
        place = middle;
        before = sum;
      }
    }
    if (place > 0) std::iter_swap(at(place - 1), std::max_element(at(0), at(place), Precedes{teacher_}));
    sorted_ = place;
  }

  /// The token at a place of the order, from `place` on.
  std::uint32_t token(std::size_t i) {
    if (i >= sorted_) {
      const std::size_t end = std::min(order_.size(), i + 2 * (i - place) + 32);
      std::partial_sort(at(sorted_), at(end), order_.end(), Precedes{teacher_});
      sorted_ = end;
    }
    return order_[i];
  }

  std::size_t size() const { return order_.size(); }

  std::size_t place = 0;
  double before = 0;

 private:
  struct Precedes {
    const float* teacher;
    bool operator()(std::uint32_t a, std::uint32_t b) const {
      return teacher[a] != teacher[b] ? teacher[a] > teacher[b] : a < b;
    }
  };
  Tokens::iterator at(std::size_t i) { return order_.begin() + static_cast<std::ptrdiff_t>(i); }

  const float* teacher_;
  std::span<const double> weights_;
  double largest_, scale_;
  Tokens& order_;
  std::size_t sorted_ = 0;  ///< tokens before it, from `place` on, are in order
};

}  // namespace

OrderCut head_cut(const float* teacher, std::span<const double> weights, double largest, double scale,
                  double z_sum, double mass, bool crossing, std::vector<std::uint32_t>& order) {
  constexpr double deepest = 800;  // beyond that a double holds no probability
  const double bound = mass * z_sum;
  HeadSearch search(teacher, weights, largest, scale, order);
  for (double depth = 1; depth < deepest; depth *= 2) {
    if (search.collect(depth) > bound * (1 + 1e-9)) break;
  }
  search.narrow(bound * (1 - 1e-9));
  double sum = search.before;
  std::size_t count = search.place;
  for (; count < search.size(); ++count) {
    const double after = sum + search.weight(search.token(count));
    if (!crossing && after > bound * (1 + dominant_slack) && count > 0) break;
    sum = after;
    if (crossing && sum >= bound * (1 - dominant_slack)) {
      ++count;
      break;
    }
  }
  const std::uint32_t last = order[count - 1];
  return {teacher[last], static_cast<std::int64_t>(last)};
}

}  // namespace tauscope::objectives
