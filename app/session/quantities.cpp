#include "app/session/quantities.h"

#include <array>

namespace tauscope {

namespace {

using enum Quantity::Range;

constexpr const char* divergences = "Divergences";
constexpr const char* uncertainty = "Entropy and likelihood";
constexpr const char* target = "Target token";
constexpr const char* forward = "Forward-KL gradient";
constexpr const char* reverse = "Reverse-KL gradient";
constexpr const char* both = "Both gradients";

// Meanings as in the project's mathematics: p teacher, q student, both softened by τ; g the gradient with
// respect to the student's logits; the dominant set is chosen from the teacher at τ = 1.
constexpr std::array all{
    Quantity{"fkl", divergences, "Forward KL", "forward KL", "nats",
             "KL(p‖q) = Σ p log(p/q), teacher p, student q, at this τ; without τ².", from_zero, Scale::log,
             false},
    Quantity{"rkl", divergences, "Reverse KL", "reverse KL", "nats",
             "KL(q‖p) = Σ q log(q/p), at this τ; without τ².", from_zero, Scale::log, false},
    Quantity{"jsd", divergences, "Jensen-Shannon", "Jensen–Shannon", "nats",
             "½ KL(p‖m) + ½ KL(q‖m) with m = ½(p + q); at most log 2.", from_zero, Scale::log, false},
    Quantity{"tvd", divergences, "Total variation", "total variation", "",
             "½ Σ |p − q|: the probability that would have to move. From 0 to 1.", unit, Scale::linear,
             false},
    Quantity{"tckd", divergences, "Target part of FKL (TCKD)", "TCKD", "nats",
             "KL of (p_y, 1 − p_y) against (q_y, 1 − q_y). FKL = TCKD + (1 − p_y)·NCKD.", from_zero,
             Scale::log, false},
    Quantity{"nckd", divergences, "Non-target part of FKL (NCKD)", "NCKD", "nats",
             "KL among the tokens other than the target, renormalised. FKL = TCKD + (1 − p_y)·NCKD.",
             from_zero, Scale::log, false},
    Quantity{"rkl_tckd", divergences, "Target part of RKL", "RKL target part", "nats",
             "KL of (q_y, 1 − q_y) against (p_y, 1 − p_y). RKL = this + (1 − q_y)·(non-target part).",
             from_zero, Scale::log, false},
    Quantity{"rkl_nckd", divergences, "Non-target part of RKL", "RKL non-target part", "nats",
             "Reverse KL among the tokens other than the target, renormalised.", from_zero, Scale::log,
             false},
    Quantity{"fkl_nd_share", divergences, "FKL outside the dominant set", "FKL nd share of value", "",
             "Share of the forward KL that non-dominant tokens contribute (terms p log(p/q) − p + q).", unit,
             Scale::linear, false},
    Quantity{"rkl_nd_share", divergences, "RKL outside the dominant set", "RKL nd share of value", "",
             "Share of the reverse KL that non-dominant tokens contribute.", unit, Scale::linear, false},

    Quantity{"entropy_teacher", uncertainty, "Teacher entropy", "teacher entropy H(p)", "nats",
             "H(p) = −Σ p log p at this τ.", from_zero, Scale::linear, false},
    Quantity{"entropy_student", uncertainty, "Student entropy", "student entropy H(q)", "nats",
             "H(q) = −Σ q log q at this τ.", from_zero, Scale::linear, false},
    Quantity{"cross_entropy", uncertainty, "Cross entropy", "cross entropy H(p, q)", "nats",
             "−Σ p log q = FKL + H(p).", from_zero, Scale::linear, false},
    Quantity{
        "teacher_nd_mass", uncertainty, "Teacher mass outside the dominant set", "nd mass, teacher", "",
        "Teacher's probability on non-dominant tokens at this τ. The set is chosen at τ = 1 and held fixed.",
        unit, Scale::linear, false},
    Quantity{"student_nd_mass", uncertainty, "Student mass outside the dominant set", "nd mass, student", "",
             "Student's probability on non-dominant tokens at this τ.", unit, Scale::linear, false},

    Quantity{"nll_target", target, "Student's loss on the target", "−log q of the target", "nats",
             "−log q_y for the reference token y, at this τ.", from_zero, Scale::linear, false},
    Quantity{"p_target", target, "Teacher probability of the target", "p of the target", "", "p_y at this τ.",
             unit, Scale::linear, false},
    Quantity{"q_target", target, "Student probability of the target", "q of the target", "", "q_y at this τ.",
             unit, Scale::linear, false},
    Quantity{"rank_target_teacher", target, "Teacher rank of the target", "target's rank, teacher", "",
             "1 = the teacher's most probable token. Ties go to the lower token id.", free, Scale::log,
             false},
    Quantity{"rank_target_student", target, "Student rank of the target", "target's rank, student", "",
             "1 = the student's most probable token. Ties go to the lower token id.", free, Scale::log,
             false},
    Quantity{"top1_agree", target, "Same most probable token", "top-1 agreement", "",
             "1 where teacher and student agree on the most probable token, else 0.", unit, Scale::linear,
             false},
    Quantity{"top_k_overlap", target, "Overlap of the top 10", "top-10 overlap", "",
             "Share of the 10 most probable tokens that teacher and student have in common.", unit,
             Scale::linear, false},

    Quantity{"fkl_grad_l2", forward, "FKL gradient ‖g‖₂", "‖g‖₂ forward KL", "",
             "Euclidean norm of the forward-KL gradient with respect to the student's logits.", from_zero,
             Scale::log, true},
    Quantity{"fkl_grad_l1", forward, "FKL gradient ‖g‖₁", "‖g‖₁ forward KL", "",
             "Sum of |g|: half of it pushes up, half pushes down.", from_zero, Scale::log, true},
    Quantity{"fkl_grad_linf", forward, "FKL gradient ‖g‖∞", "‖g‖∞ forward KL", "",
             "The largest entry of |g|.", from_zero, Scale::log, true},
    Quantity{"fkl_nd_share_l1", forward, "FKL gradient outside the dominant set", "FKL nd share of ‖g‖₁", "",
             "Σ |g| over non-dominant tokens as a share of Σ |g|.", unit, Scale::linear, false},
    Quantity{"fkl_nd_share_l2", forward, "FKL gradient outside, squared", "FKL nd share of ‖g‖₂²", "",
             "‖g‖² over non-dominant tokens as a share of ‖g‖².", unit, Scale::linear, false},
    Quantity{"fkl_target_share_l1", forward, "FKL gradient on the target", "FKL target's ‖g‖₁", "",
             "|g_y| as a share of Σ |g|; at most ½, because g sums to 0.", unit, Scale::linear, false},
    Quantity{"fkl_target_share_l2", forward, "FKL gradient on the target, squared", "FKL target's ‖g‖₂²", "",
             "g_y² as a share of ‖g‖².", unit, Scale::linear, false},
    Quantity{"fkl_effective_tokens", forward, "Tokens that carry the FKL gradient", "FKL effective tokens",
             "", "exp of the entropy of |g| / Σ|g|: the effective number of tokens.", free, Scale::log,
             false},
    Quantity{"fkl_grad_cos_tau1", forward, "FKL gradient: cosine with τ = 1", "FKL cos with τ = 1", "",
             "1: τ only rescales it. Falling: τ turns it.", cosine, Scale::linear, false},
    Quantity{"fkl_grad_ratio_tau1", forward, "FKL gradient: norm over that at τ = 1", "FKL ‖g(τ)‖₂ / ‖g(1)‖₂",
             "", "How much τ rescales it.", from_zero, Scale::log, false},

    Quantity{"rkl_grad_l2", reverse, "RKL gradient ‖g‖₂", "‖g‖₂ reverse KL", "",
             "Euclidean norm of the reverse-KL gradient with respect to the student's logits.", from_zero,
             Scale::log, true},
    Quantity{"rkl_grad_l1", reverse, "RKL gradient ‖g‖₁", "‖g‖₁ reverse KL", "",
             "Sum of |g|: half of it pushes up, half pushes down.", from_zero, Scale::log, true},
    Quantity{"rkl_grad_linf", reverse, "RKL gradient ‖g‖∞", "‖g‖∞ reverse KL", "",
             "The largest entry of |g|.", from_zero, Scale::log, true},
    Quantity{"rkl_nd_share_l1", reverse, "RKL gradient outside the dominant set", "RKL nd share of ‖g‖₁", "",
             "Σ |g| over non-dominant tokens as a share of Σ |g|.", unit, Scale::linear, false},
    Quantity{"rkl_nd_share_l2", reverse, "RKL gradient outside, squared", "RKL nd share of ‖g‖₂²", "",
             "‖g‖² over non-dominant tokens as a share of ‖g‖².", unit, Scale::linear, false},
    Quantity{"rkl_target_share_l1", reverse, "RKL gradient on the target", "RKL target's ‖g‖₁", "",
             "|g_y| as a share of Σ |g|; at most ½, because g sums to 0.", unit, Scale::linear, false},
    Quantity{"rkl_target_share_l2", reverse, "RKL gradient on the target, squared", "RKL target's ‖g‖₂²", "",
             "g_y² as a share of ‖g‖².", unit, Scale::linear, false},
    Quantity{"rkl_effective_tokens", reverse, "Tokens that carry the RKL gradient", "RKL effective tokens",
             "", "exp of the entropy of |g| / Σ|g|: the effective number of tokens.", free, Scale::log,
             false},
    Quantity{"rkl_grad_cos_tau1", reverse, "RKL gradient: cosine with τ = 1", "RKL cos with τ = 1", "",
             "1: τ only rescales it. Falling: τ turns it.", cosine, Scale::linear, false},
    Quantity{"rkl_grad_ratio_tau1", reverse, "RKL gradient: norm over that at τ = 1", "RKL ‖g(τ)‖₂ / ‖g(1)‖₂",
             "", "How much τ rescales it.", from_zero, Scale::log, false},

    Quantity{"grad_cosine", both, "Cosine of FKL and RKL gradient", "cos(FKL, RKL)", "",
             "1: both push the same way. Tends to 1 as τ grows.", cosine, Scale::linear, false},
    Quantity{"grad_l2_ratio", both, "FKL over RKL gradient norm", "‖g‖₂ FKL / RKL", "",
             "‖g_FKL‖₂ / ‖g_RKL‖₂. Tends to 1 as τ grows.", from_zero, Scale::log, false},
};

/// "Forward KL" within a sentence; names that begin with an abbreviation stay as they are.
std::string within_text(std::string name) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (name.size() > 1 && is_upper(name[0]) && !is_upper(name[1]))
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return name;
}

}  // namespace

std::span<const Quantity> quantities() {
  return all;
}

const Quantity* find_quantity(std::string_view column) {
  for (const Quantity& quantity : all)
    if (quantity.column == column) return &quantity;
  return nullptr;
}

std::string quantity_name(std::string_view column) {
  const Quantity* quantity = find_quantity(column);
  return quantity ? quantity->name : std::string(column);
}

std::string scaling_name(TauScaling scaling) {
  return scaling == TauScaling::squared ? "τ² scaling" : "no τ² scaling";
}

std::string quantity_unit(const Quantity& quantity, TauScaling scaling) {
  return quantity.carries_scaling ? scaling_name(scaling) : quantity.unit;
}

Axis quantity_axis(std::string_view column, TauScaling scaling) {
  const Quantity* quantity = find_quantity(column);
  if (quantity == nullptr) return {.label = std::string(column)};
  return {.label = within_text(quantity->name),
          .unit = quantity_unit(*quantity, scaling),
          .scale = quantity->scale};
}

}  // namespace tauscope
