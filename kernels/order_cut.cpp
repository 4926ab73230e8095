// Sets of a row's most probable tokens, as cuts in its order.
#include "kernels/order_key.h"
#include "kernels/row_order.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/order_cut.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "kernels/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tauscope {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// weight[j] = e^((z_j - largest) scale) in double; the sum. `weight` has room for whole vectors.
double exponentials(const float* z, std::size_t n, float largest, double scale, double* weight) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> df;
  const std::size_t lanes = hn::Lanes(d);
  const auto shift = hn::Set(d, static_cast<double>(largest)), rate = hn::Set(d, scale);
  auto sum = hn::Zero(d);
  std::size_t j = 0;
  for (; j + lanes <= n; j += lanes) {
    const auto e = Exp(d, hn::Mul(hn::Sub(hn::PromoteTo(d, hn::LoadU(df, z + j)), shift), rate));
    hn::StoreU(e, d, weight + j);
    sum = hn::Add(sum, e);
  }
  double total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; j < n; ++j)
    total += weight[j] = std::exp((static_cast<double>(z[j]) - static_cast<double>(largest)) * scale);
  return total;
}

/// above[i] = sum of the weights of the entries >= thresholds[i], for 7 thresholds.
void sum_above(const float* z, const double* weight, std::size_t n, const float* thresholds, double* above) {
  const hn::ScalableTag<double> d;
  using V = hn::Vec<decltype(d)>;
  const hn::Rebind<float, decltype(d)> df;
  const std::size_t lanes = hn::Lanes(d);
  const auto bound = [&](std::size_t i) HWY_ATTR { return hn::Set(d, static_cast<double>(thresholds[i])); };
  const V b0 = bound(0), b1 = bound(1), b2 = bound(2), b3 = bound(3), b4 = bound(4), b5 = bound(5),
          b6 = bound(6);
  V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0;
  std::size_t j = 0;
  for (; j + lanes <= n; j += lanes) {
    const V v = hn::PromoteTo(d, hn::LoadU(df, z + j)), w = hn::LoadU(d, weight + j);
    s0 = hn::Add(s0, hn::IfThenElseZero(hn::Ge(v, b0), w));
    s1 = hn::Add(s1, hn::IfThenElseZero(hn::Ge(v, b1), w));
    s2 = hn::Add(s2, hn::IfThenElseZero(hn::Ge(v, b2), w));
    s3 = hn::Add(s3, hn::IfThenElseZero(hn::Ge(v, b3), w));
    s4 = hn::Add(s4, hn::IfThenElseZero(hn::Ge(v, b4), w));
    s5 = hn::Add(s5, hn::IfThenElseZero(hn::Ge(v, b5), w));
    s6 = hn::Add(s6, hn::IfThenElseZero(hn::Ge(v, b6), w));
  }
  const V sums[] = {s0, s1, s2, s3, s4, s5, s6};
  for (std::size_t i = 0; i < 7; ++i) {
    above[i] = hn::GetLane(hn::SumOfLanes(d, sums[i]));
    for (std::size_t k = j; k < n; ++k)
      above[i] += z[k] >= thresholds[i] ? weight[k] : 0;
  }
}

/// Ids of the entries with low <= z < high, ascending; `token` has room for n and one more vector.
std::size_t tokens_between(const float* z, std::size_t n, float low, float high, std::uint32_t* token) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::uint32_t, decltype(d)> du;
  const std::size_t lanes = hn::Lanes(d);
  const auto lowest = hn::Set(d, low), highest = hn::Set(d, high);
  std::size_t kept = 0, j = 0;
  for (; j + lanes <= n; j += lanes) {
    const auto v = hn::LoadU(d, z + j);
    const auto keep = hn::RebindMask(du, hn::And(hn::Ge(v, lowest), hn::Lt(v, highest)));
    // A whole vector is stored and the next one overwrites the surplus: a masked store is slow on some
    // machines.
    hn::StoreU(hn::Compress(hn::Iota(du, static_cast<std::uint32_t>(j)), keep), du, token + kept);
    kept += hn::CountTrue(du, keep);
  }
  for (; j < n; ++j) {
    if (z[j] >= low && z[j] < high) token[kept++] = static_cast<std::uint32_t>(j);
  }
  return kept;
}

}  // namespace HWY_NAMESPACE
}  // namespace tauscope
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tauscope {
namespace {

HWY_EXPORT(exponentials);
HWY_EXPORT(sum_above);
HWY_EXPORT(tokens_between);

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr std::size_t spare = 64;  // entries behind an array that a whole-vector store may touch

void prepare(OrderScratch& scratch, std::size_t n) {
  if (scratch.weight.size() >= n + spare) return;
  scratch.weight.resize(n + spare);
  scratch.logit.resize(n + spare);
  scratch.token.resize(n + spare);
}

/// Finds the shortest beginning of the order whose weights sum to at least `target`, or, without `crossing`,
/// the longest whose weights do not sum to more. Each round cuts the range of logits that can hold its end
/// into kThresholds + 1 pieces and keeps one, until few tokens are left to sort.
class CutSearch {
 public:
  CutSearch(std::span<const float> z, OrderScratch& scratch, double target, bool crossing = true)
      : z_(z), scratch_(scratch), target_(target), crossing_(crossing) {}

  /// The end lies at logits <= high; `low` is a guess of the lowest logit it can have.
  OrderCut find(float low, float high) {
    low_ = std::min(low, high);
    high_ = std::nextafter(high, infinity);
    narrow(z_.data(), scratch_.weight.data(), z_.size(), 0);
    // A second look at the whole row is cheaper than to gather a large part of it.
    if (z_.size() > 2048 && low_ > -infinity) narrow(z_.data(), scratch_.weight.data(), z_.size(), 0);
    const auto ids = scratch_.token.data();
    const std::size_t n = HWY_DYNAMIC_DISPATCH(tokens_between)(z_.data(), z_.size(), low_, high_, ids);
    for (std::size_t i = 0; i < n; ++i) {  // in place: ids ascend, so ids[i] >= i
      scratch_.logit[i] = z_[ids[i]];
      scratch_.weight[i] = scratch_.weight[ids[i]];
    }
    return settle(shrink(n));
  }

 private:
  static constexpr std::size_t few = 64;

  /// Picks the piece of [low_, high_) that holds the end, or what is below low_. `base`: the weight of the
  /// tokens before the end's that are not in the arrays.
  void narrow(const float* logit, const double* weight, std::size_t n, double base) {
    float thresholds[bucket_count];
    const double step = (static_cast<double>(high_) - low_) / bucket_count;
    for (std::size_t i = 0; i < bucket_count; ++i) {
      thresholds[i] =
          i + 1 == bucket_count ? low_ : static_cast<float>(high_ - step * static_cast<double>(i + 1));
    }
    double above[bucket_count];
    HWY_DYNAMIC_DISPATCH(sum_above)(logit, weight, n, thresholds, above);
    for (std::size_t i = 0; i < bucket_count; ++i) {
      if (base + above[i] >= target_) {
        low_ = thresholds[i];
        return;
      }
      base_ = base + above[i];
      high_ = thresholds[i];
    }
    low_ = -infinity;
  }

  /// Rounds on the candidates; returns how many are left.
  std::size_t shrink(std::size_t n) {
    while (n > few) {
      const auto [least, most] = std::minmax_element(scratch_.logit.begin(), scratch_.logit.begin() + ptr(n));
      if (*least == *most) return n;
      low_ = *least;
      high_ = std::nextafter(*most, infinity);
      const float old_low = low_, old_high = high_;
      narrow(scratch_.logit.data(), scratch_.weight.data(), n, base_);
      if (low_ <= old_low && high_ >= old_high) return n;
      std::size_t kept = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const float z = scratch_.logit[i];
        scratch_.logit[kept] = z;
        scratch_.weight[kept] = scratch_.weight[i];
        scratch_.token[kept] = scratch_.token[i];
        kept += z >= low_ && z < high_ ? 1 : 0;
      }
      n = kept;
    }
    return n;
  }

  /// Walks the candidates in order.
  OrderCut settle(std::size_t n) {
    std::vector<std::pair<std::uint64_t, std::size_t>> order(n);
    for (std::size_t i = 0; i < n; ++i)
      order[i] = {order_key(scratch_.logit[i], scratch_.token[i]), i};
    std::sort(order.begin(), order.end());
    OrderCut cut{high_, static_cast<std::int64_t>(z_.size())};
    double sum = base_;
    for (const auto& [key, i] : order) {
      if (crossing_ ? sum >= target_ : sum + scratch_.weight[i] > target_) break;
      sum += scratch_.weight[i];
      cut = {scratch_.logit[i], scratch_.token[i]};
    }
    return cut;
  }

  static std::ptrdiff_t ptr(std::size_t n) { return static_cast<std::ptrdiff_t>(n); }

  static constexpr std::size_t bucket_count = 7;
  std::span<const float> z_;
  OrderScratch& scratch_;
  double target_;
  bool crossing_;
  double base_ = 0;  // base_: the weight of everything at or above high_
  float low_ = 0, high_ = 0;
};

OrderCut first_k(std::span<const float> z, const RowSummary& summary, double k, OrderScratch& scratch) {
  if (k >= static_cast<double>(z.size())) return {-infinity, static_cast<std::int64_t>(z.size())};
  std::size_t wanted = static_cast<std::size_t>(k);
  if (wanted > summary.finite) {  // some of the masked tokens, by id
    wanted -= summary.finite;
    std::size_t j = 0;
    for (; wanted > 0; ++j)
      wanted -= z[j] == -infinity ? 1 : 0;
    return {-infinity, static_cast<std::int64_t>(j) - 1};
  }
  float least = summary.largest;
  for (std::size_t j = 0; j < z.size(); ++j) {
    if (z[j] > -infinity) least = std::min(least, z[j]);
  }
  std::fill_n(scratch.weight.begin(), z.size(), 1.0);
  return CutSearch(z, scratch, k).find(least, summary.largest);
}

OrderCut at_least(std::span<const float> z, const RowSummary& summary, double probability,
                  OrderScratch& scratch) {
  const double total =
      HWY_DYNAMIC_DISPATCH(exponentials)(z.data(), z.size(), summary.largest, 1, scratch.weight.data());
  const double bound = probability * (1 - dominant_slack) * total;
  OrderCut cut{infinity, static_cast<std::int64_t>(z.size())};
  for (std::size_t j = 0; j < z.size(); ++j) {
    if (scratch.weight[j] >= bound) cut.logit = std::min(cut.logit, z[j]);
  }
  return cut;
}

}  // namespace

OrderCut mass_cut(std::span<const float> logits, float largest, double scale, double mass, bool crossing,
                  OrderScratch& scratch) {
  if (mass >= 1) return {-std::numeric_limits<float>::max(), static_cast<std::int64_t>(logits.size())};
  prepare(scratch, logits.size());
  const double total =
      HWY_DYNAMIC_DISPATCH(exponentials)(logits.data(), logits.size(), largest, scale, scratch.weight.data());
  // The first token, whose weight is 1, belongs to the set in any case.
  const double bound = mass * total,
               target = crossing ? bound * (1 - dominant_slack) : std::max(bound * (1 + dominant_slack), 1.0);
  // Tokens of probability below (1 - mass)/V weigh less than 1 - mass together: the set ends before them.
  const double reach = std::log(static_cast<double>(logits.size()) / (1 - mass)) / scale;
  return CutSearch(logits, scratch, target, crossing).find(static_cast<float>(largest - reach), largest);
}

OrderCut dominant_cut(std::span<const float> logits, const RowSummary& summary, const DominantSpec& spec,
                      OrderScratch& scratch) {
  prepare(scratch, logits.size());
  switch (spec.kind) {
    case DominantSpec::Kind::nucleus:
      return mass_cut(logits, summary.largest, 1, spec.value, true, scratch);
    case DominantSpec::Kind::top_k:
      return first_k(logits, summary, spec.value, scratch);
    case DominantSpec::Kind::threshold:
      return at_least(logits, summary, spec.value, scratch);
  }
  return {};
}

}  // namespace tauscope
#endif  // HWY_ONCE
