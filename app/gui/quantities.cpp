#include "app/gui/quantities.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace tauscope::gui {

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
    Quantity{"fkl", divergences, "Forward KL", "nats",
             "KL(p‖q) = Σ p log(p/q), teacher p, student q, at this τ; without τ².", from_zero},
    Quantity{"rkl", divergences, "Reverse KL", "nats", "KL(q‖p) = Σ q log(q/p), at this τ; without τ².",
             from_zero},
    Quantity{"jsd", divergences, "Jensen-Shannon", "nats",
             "½ KL(p‖m) + ½ KL(q‖m) with m = ½(p + q); at most log 2.", from_zero},
    Quantity{"tvd", divergences, "Total variation", "",
             "½ Σ |p − q|: the probability that would have to move. From 0 to 1.", unit},
    Quantity{"tckd", divergences, "Target part of FKL (TCKD)", "nats",
             "KL of (p_y, 1 − p_y) against (q_y, 1 − q_y). FKL = TCKD + (1 − p_y)·NCKD.", from_zero},
    Quantity{"nckd", divergences, "Non-target part of FKL (NCKD)", "nats",
             "KL among the tokens other than the target, renormalised. FKL = TCKD + (1 − p_y)·NCKD.",
             from_zero},
    Quantity{"rkl_tckd", divergences, "Target part of RKL", "nats",
             "KL of (q_y, 1 − q_y) against (p_y, 1 − p_y). RKL = this + (1 − q_y)·(non-target part).",
             from_zero},
    Quantity{"rkl_nckd", divergences, "Non-target part of RKL", "nats",
             "Reverse KL among the tokens other than the target, renormalised.", from_zero},
    Quantity{"fkl_nd_share", divergences, "FKL outside the dominant set", "",
             "Share of the forward KL that non-dominant tokens contribute (terms p log(p/q) − p + q).", unit},
    Quantity{"rkl_nd_share", divergences, "RKL outside the dominant set", "",
             "Share of the reverse KL that non-dominant tokens contribute.", unit},

    Quantity{"entropy_teacher", uncertainty, "Teacher entropy", "nats", "H(p) = −Σ p log p at this τ.",
             from_zero},
    Quantity{"entropy_student", uncertainty, "Student entropy", "nats", "H(q) = −Σ q log q at this τ.",
             from_zero},
    Quantity{"cross_entropy", uncertainty, "Cross entropy", "nats", "−Σ p log q = FKL + H(p).", from_zero},
    Quantity{
        "teacher_nd_mass", uncertainty, "Teacher mass outside the dominant set", "",
        "Teacher's probability on non-dominant tokens at this τ. The set is chosen at τ = 1 and held fixed.",
        unit},
    Quantity{"student_nd_mass", uncertainty, "Student mass outside the dominant set", "",
             "Student's probability on non-dominant tokens at this τ.", unit},

    Quantity{"nll_target", target, "Student's loss on the target", "nats",
             "−log q_y for the reference token y, at this τ.", from_zero},
    Quantity{"p_target", target, "Teacher probability of the target", "", "p_y at this τ.", unit},
    Quantity{"q_target", target, "Student probability of the target", "", "q_y at this τ.", unit},
    Quantity{"rank_target_teacher", target, "Teacher rank of the target", "",
             "1 = the teacher's most probable token. Ties go to the lower token id.", free},
    Quantity{"rank_target_student", target, "Student rank of the target", "",
             "1 = the student's most probable token. Ties go to the lower token id.", free},
    Quantity{"top1_agree", target, "Same most probable token", "",
             "1 where teacher and student agree on the most probable token, else 0.", unit},
    Quantity{"top_k_overlap", target, "Overlap of the top 10", "",
             "Share of the 10 most probable tokens that teacher and student have in common.", unit},

    Quantity{"fkl_grad_l2", forward, "FKL gradient ‖g‖₂", "",
             "Euclidean norm of the forward-KL gradient with respect to the student's logits.", from_zero},
    Quantity{"fkl_grad_l1", forward, "FKL gradient ‖g‖₁", "",
             "Sum of |g|: half of it pushes up, half pushes down.", from_zero},
    Quantity{"fkl_grad_linf", forward, "FKL gradient ‖g‖∞", "", "The largest entry of |g|.", from_zero},
    Quantity{"fkl_nd_share_l1", forward, "FKL gradient outside the dominant set", "",
             "Σ |g| over non-dominant tokens as a share of Σ |g|.", unit},
    Quantity{"fkl_nd_share_l2", forward, "FKL gradient outside, squared", "",
             "‖g‖² over non-dominant tokens as a share of ‖g‖².", unit},
    Quantity{"fkl_target_share_l1", forward, "FKL gradient on the target", "",
             "|g_y| as a share of Σ |g|; at most ½, because g sums to 0.", unit},
    Quantity{"fkl_target_share_l2", forward, "FKL gradient on the target, squared", "",
             "g_y² as a share of ‖g‖².", unit},
    Quantity{"fkl_effective_tokens", forward, "Tokens that carry the FKL gradient", "",
             "exp of the entropy of |g| / Σ|g|: the effective number of tokens.", free},
    Quantity{"fkl_grad_cos_tau1", forward, "FKL gradient: cosine with τ = 1", "",
             "1: τ only rescales it. Falling: τ turns it.", cosine},
    Quantity{"fkl_grad_ratio_tau1", forward, "FKL gradient: norm over that at τ = 1", "",
             "How much τ rescales it.", from_zero},

    Quantity{"rkl_grad_l2", reverse, "RKL gradient ‖g‖₂", "",
             "Euclidean norm of the reverse-KL gradient with respect to the student's logits.", from_zero},
    Quantity{"rkl_grad_l1", reverse, "RKL gradient ‖g‖₁", "",
             "Sum of |g|: half of it pushes up, half pushes down.", from_zero},
    Quantity{"rkl_grad_linf", reverse, "RKL gradient ‖g‖∞", "", "The largest entry of |g|.", from_zero},
    Quantity{"rkl_nd_share_l1", reverse, "RKL gradient outside the dominant set", "",
             "Σ |g| over non-dominant tokens as a share of Σ |g|.", unit},
    Quantity{"rkl_nd_share_l2", reverse, "RKL gradient outside, squared", "",
             "‖g‖² over non-dominant tokens as a share of ‖g‖².", unit},
    Quantity{"rkl_target_share_l1", reverse, "RKL gradient on the target", "",
             "|g_y| as a share of Σ |g|; at most ½, because g sums to 0.", unit},
    Quantity{"rkl_target_share_l2", reverse, "RKL gradient on the target, squared", "",
             "g_y² as a share of ‖g‖².", unit},
    Quantity{"rkl_effective_tokens", reverse, "Tokens that carry the RKL gradient", "",
             "exp of the entropy of |g| / Σ|g|: the effective number of tokens.", free},
    Quantity{"rkl_grad_cos_tau1", reverse, "RKL gradient: cosine with τ = 1", "",
             "1: τ only rescales it. Falling: τ turns it.", cosine},
    Quantity{"rkl_grad_ratio_tau1", reverse, "RKL gradient: norm over that at τ = 1", "",
             "How much τ rescales it.", from_zero},

    Quantity{"grad_cosine", both, "Cosine of FKL and RKL gradient", "",
             "1: both push the same way. Tends to 1 as τ grows.", cosine},
    Quantity{"grad_l2_ratio", both, "FKL over RKL gradient norm", "",
             "‖g_FKL‖₂ / ‖g_RKL‖₂. Tends to 1 as τ grows.", from_zero},
};

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

double RowStatistics::*quantity_member(std::string_view column) {
  for (const StatisticsColumn& c : statistics_columns())
    if (column == c.name) return c.member;
  return nullptr;
}

std::string number_text(double value, int digits) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  std::string text = fmt::format("{:.{}g}", std::abs(value), digits);
  return value < 0 ? "−" + text : text;
}

}  // namespace tauscope::gui
