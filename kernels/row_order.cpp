#include "kernels/row_order.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/row_order.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "kernels/order_key.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// First entry that equals `value`; n where there is none.
std::size_t find_equal(const float* z, std::size_t n, float value) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto wanted = hn::Set(d, value);
  std::size_t j = 0;
  for (; j + lanes <= n; j += lanes) {
    const auto equal = hn::Eq(hn::LoadU(d, z + j), wanted);
    if (!hn::AllFalse(d, equal)) return j + static_cast<std::size_t>(hn::FindFirstTrue(d, equal));
  }
  return static_cast<std::size_t>(std::find(z + j, z + n, value) - z);
}

/// The largest entry, where all are finite; else false and nothing is known.
bool largest_of_finite(const float* z, std::size_t n, float* largest) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto lowest = hn::Set(d, -std::numeric_limits<float>::infinity()), zero = hn::Zero(d);
  auto m0 = lowest, m1 = lowest, poison0 = zero,
       poison1 = zero;  // 0 * z summed: 0 as long as all z are finite
  std::size_t j = 0;
  for (; j + 2 * lanes <= n; j += 2 * lanes) {
    const auto v0 = hn::LoadU(d, z + j), v1 = hn::LoadU(d, z + j + lanes);
    m0 = hn::Max(m0, v0);
    m1 = hn::Max(m1, v1);
    poison0 = hn::MulAdd(v0, zero, poison0);
    poison1 = hn::MulAdd(v1, zero, poison1);
  }
  *largest = hn::GetLane(hn::MaxOfLanes(d, hn::Max(m0, m1)));
  float poison = hn::GetLane(hn::SumOfLanes(d, hn::Add(poison0, poison1)));
  for (; j < n; ++j) {
    *largest = std::max(*largest, z[j]);
    poison += 0 * z[j];
  }
  return poison == 0;
}

RowSummary summarize(const float* z, std::size_t n) {
  RowSummary summary;
  if (largest_of_finite(z, n, &summary.largest)) {
    summary.finite = n;
    summary.valid = n > 0;
    summary.argmax = find_equal(z, n, summary.largest);
    return summary;
  }
  constexpr float infinity = std::numeric_limits<float>::infinity();
  std::size_t bad = 0, masked = 0;
  summary.largest = -infinity;
  for (std::size_t j = 0; j < n; ++j) {
    bad += z[j] < infinity ? 0 : 1;  // NaN or +inf
    masked += z[j] == -infinity ? 1 : 0;
    if (z[j] > summary.largest) summary.largest = z[j];
  }
  summary.finite = n - masked - std::min(bad, n - masked);
  summary.valid = bad == 0 && summary.finite > 0;
  if (summary.valid) summary.argmax = find_equal(z, n, summary.largest);
  return summary;
}

/// Number of entries above `bound`, plus those equal to it where `ties` is set.
std::size_t count_before(const float* z, std::size_t n, float bound, bool ties) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto b = hn::Set(d, bound);
  std::size_t count = 0, j = 0;
  for (; j + lanes <= n; j += lanes) {
    const auto v = hn::LoadU(d, z + j);
    count += hn::CountTrue(d, ties ? hn::Ge(v, b) : hn::Gt(v, b));
  }
  for (; j < n; ++j)
    count += z[j] > bound || (ties && z[j] == bound) ? 1 : 0;
  return count;
}

/// First index from `begin` on with an entry above `bound`; n where there is none.
std::size_t find_above(const float* z, std::size_t begin, std::size_t n, float bound) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto b = hn::Set(d, bound);
  std::size_t j = begin;
  for (; j + lanes <= n; j += lanes) {
    const auto above = hn::Gt(hn::LoadU(d, z + j), b);
    if (!hn::AllFalse(d, above)) return j + static_cast<std::size_t>(hn::FindFirstTrue(d, above));
  }
  for (; j < n; ++j) {
    if (z[j] > bound) return j;
  }
  return n;
}

}  // namespace HWY_NAMESPACE
}  // namespace tauscope
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tauscope {
namespace {

HWY_EXPORT(summarize);
HWY_EXPORT(count_before);
HWY_EXPORT(find_above);
void group(std::uint64_t* first, std::size_t begin, std::size_t end, std::span<const std::int64_t> ranks) {
  if (ranks.empty() || end - begin < 2) return;
  const std::size_t middle = ranks.size() / 2, place = static_cast<std::size_t>(ranks[middle]);
  if (place > begin && place < end) std::nth_element(first + begin, first + place, first + end);
  group(first, begin, std::min(place, end), ranks.first(middle));
  group(first, std::min(place, end), end, ranks.subspan(middle + 1));
}

}  // namespace

RowSummary summarize_row(std::span<const float> logits) {
  return HWY_DYNAMIC_DISPATCH(summarize)(logits.data(), logits.size());
}

std::size_t rank_of(std::span<const float> logits, std::size_t token) {
  const float bound = logits[token];
  return 1 + HWY_DYNAMIC_DISPATCH(count_before)(logits.data(), token, bound, true) +
         HWY_DYNAMIC_DISPATCH(count_before)(logits.data() + token, logits.size() - token, bound, false);
}

void top_tokens(std::span<const float> logits, std::size_t k, std::vector<std::uint32_t>& tokens) {
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  };
  tokens.resize(k);
  for (std::size_t i = 0; i < k; ++i)
    tokens[i] = static_cast<std::uint32_t>(i);
  // A heap with the last of the k in front; a later token displaces it only if it is strictly larger.
  std::make_heap(tokens.begin(), tokens.end(), before);
  for (std::size_t j = k; j < logits.size(); ++j) {
    j = HWY_DYNAMIC_DISPATCH(find_above)(logits.data(), j, logits.size(), logits[tokens.front()]);
    if (j >= logits.size()) break;
    std::pop_heap(tokens.begin(), tokens.end(), before);
    tokens.back() = static_cast<std::uint32_t>(j);
    std::push_heap(tokens.begin(), tokens.end(), before);
  }
  std::sort(tokens.begin(), tokens.end());
}

void group_by_rank(std::span<const float> logits, std::span<const std::int64_t> ranks,
                   std::vector<std::uint64_t>& keys, std::vector<std::uint32_t>& tokens) {
  keys.resize(logits.size());
  for (std::size_t j = 0; j < logits.size(); ++j)
    keys[j] = order_key(logits[j], j);
  group(keys.data(), 0, keys.size(), ranks);
  tokens.resize(keys.size());
  for (std::size_t j = 0; j < keys.size(); ++j)
    tokens[j] = static_cast<std::uint32_t>(keys[j]);
}

}  // namespace tauscope
#endif  // HWY_ONCE
