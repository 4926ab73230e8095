// a KL(p || q) + b KL(q || p): forward KL, reverse KL (MiniLLM, Gu et al. 2024), Jeffreys, and the mixture
// that objectives with weights per row are made of.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_KL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_KL_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_KL_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_KL_INL_H_
#endif

#include "kernels/objectives/describe.h"
#include "kernels/objectives/token-inl.h"

TAUSCOPE_FORMULAS_BEGIN

/// a FKL + b RKL. h = a (1 - p/q) + b t.
struct KlMix {
  double a, b;

  template <class R>
  TAUSCOPE_HD Terms<R> terms(const Token<R>& k) const {
    // Forward and reverse add up to t u, near t = 0 precisely.
    const auto near = abs_of(k.t) < R(0.5);
    const R part = k.p * (k.t * k.t) * exp_tail(k.t);
    const R forward = select(near, part, k.u - k.p * k.t),
            reverse = select(near, k.t * k.u - part, k.q * k.t - k.u);
    return {R(a) * forward + R(b) * reverse, R(a) * k.u + R(b) * (k.q * k.t)};
  }
  TAUSCOPE_HD MaskEffect student_masked() const { return {a > 0, false}; }
  TAUSCOPE_HD MaskEffect teacher_masked() const { return {b > 0, b > 0}; }
  TAUSCOPE_HD Slope slope(double largest, double mass, double) const {
    return {(a + b) * largest, (a + b) * mass};
  }
};

struct ForwardKl {
  static constexpr ObjectiveText text{
      "fkl", "forward KL", "KL(p‖q) = Σ p log(p/q)", "(q_j − p_j)/τ",
      "Mass-covering: the student pays where the teacher has probability and it has none."};
  static constexpr ObjectiveParameter parameters[] = {
      {"entropy", 0, 0, 1, "1 adds H(p): the cross entropy −Σ p log q, the same gradient", false, false,
       true}};
  static constexpr ObjectiveNeeds needs{};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double* k) {
    const typename Row::Real value = row.separable(KlMix{1, 0}, row.soften());
    return k[0] != 0 ? value + row.teacher_entropy(row.scale()) : value;
  }
};

struct ReverseKl {
  static constexpr ObjectiveText text{
      "rkl", "reverse KL", "KL(q‖p) = Σ q log(q/p)", "q_j (log(q_j/p_j) − KL(q‖p))/τ",
      "Mode-seeking: the student pays for probability where the teacher has little; entries are weighted by "
      "the student's own q."};
  static constexpr const ObjectiveParameter* parameters = nullptr;
  static constexpr ObjectiveNeeds needs{};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double*) {
    return row.separable(KlMix{0, 1}, row.soften());
  }
};

struct Jeffreys {
  static constexpr ObjectiveText text{"jeffreys", "Jeffreys", "a·KL(p‖q) + b·KL(q‖p)",
                                      "a·(forward KL's) + b·(reverse KL's)",
                                      "Both directions at once, with weights a and b."};
  static constexpr ObjectiveParameter parameters[] = {{"a", 1, 0, 1e6, "weight of the forward KL"},
                                                      {"b", 1, 0, 1e6, "weight of the reverse KL"}};
  static constexpr ObjectiveNeeds needs{};

  template <class Row>
  static TAUSCOPE_HD typename Row::Real compute(Row& row, const double* k) {
    return row.separable(KlMix{k[0], k[1]}, row.soften());
  }
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
