#include "core/objectives/presets.h"

#include <algorithm>

namespace tauscope {

namespace {

using P = ObjectivePreset;
constexpr auto squared = TauScaling::squared, none = TauScaling::none;
constexpr std::nullopt_t any_tau = std::nullopt;

/// Grouped by objective.
constexpr std::array all{
    P{"hinton", "as in Hinton et al. 2015", "fkl", any_tau, squared,
      "Both sides softened by τ, the loss times τ², so that gradients keep their size as τ grows."},
    P{"minillm-kd",
      "as in MiniLLM, kd",
      "fkl",
      1.0,
      none,
      "−Σ p log q, the cross entropy without −H(p): another value, the same gradient. No temperature; mean "
      "over "
      "tokens, mixed half and half with the language-model loss. Tokens with an infinite logit are dropped.",
      {{{"entropy", 1}}},
      0.5,
      0.5},
    P{"distillm-forward-kl",
      "as in DistiLLM, forward_kl",
      "fkl",
      1.0,
      none,
      "The cross entropy without the entropy term: another value, the same gradient. No temperature.",
      {{{"entropy", 1}}}},
    P{"dskd-fkl",
      "as in DSKD, forward KL",
      "fkl",
      2.0,
      none,
      "τ = 2 on both sides and no τ²: a quarter of Hinton's gradient; half cross entropy with the labels, "
      "half "
      "this.",
      {},
      0.5,
      0.5},
    P{"distillkit-kl", "as in DistillKit, KL", "fkl", any_tau, squared, "Times τ². Its own τ is a setting."},
    P{"liger-kl",
      "as in Liger-Kernel, KL",
      "fkl",
      any_tau,
      none,
      "softmax(z/τ) without τ²: the soft part fades as 1/τ² against the labels' half.",
      {},
      0.5,
      0.5},
    P{"trl-gkd-beta0", "as in TRL GKD, β = 0", "fkl", 1.0, none,
      "Its jsd is special-cased to forward KL at β = 0, where the loss jumps: JSD(β) tends to 0 there. Its "
      "temperature of 0.9 acts on sampling only; never τ²."},

    P{"hinton-rkl", "with Hinton's τ²", "rkl", any_tau, squared,
      "Both sides softened by τ, the loss times τ²."},
    P{"dskd-rkl",
      "as in DSKD, reverse KL",
      "rkl",
      2.0,
      none,
      "τ = 2 on both sides and no τ²; half cross entropy with the labels, half this.",
      {},
      0.5,
      0.5},
    P{"trl-gkd-beta1", "as in TRL GKD, β = 1", "rkl", 1.0, none,
      "Its jsd is special-cased to reverse KL at β = 1, where the loss jumps: JSD(β) tends to 0 there. Its "
      "temperature of 0.9 acts on sampling only; never τ²."},

    P{"trl-gkd",
      "as in TRL GKD",
      "jsd",
      1.0,
      none,
      "β KL(p‖m) + (1−β) KL(q‖m), m = βp + (1−β)q, with β = 0.5; --param beta=0 and beta=1 are forward and "
      "reverse KL, so that the loss jumps at both ends. Its temperature of 0.9 acts on sampling only; never "
      "τ².",
      {{{"beta", 0.5}}},
      1,
      0,
      true},
    P{"distillm-jsd",
      "as in DistiLLM, jsd",
      "jsd",
      1.0,
      none,
      "Its λ = 0.9 weighs the student: GKD's β is 0.1 here, 0.9 in DistiLLM-2 and ABKD, 0.5 in TRL.",
      {{{"beta", 0.1}}}},
    P{"distillm2-jsd",
      "as in DistiLLM-2, jsd",
      "jsd",
      1.0,
      none,
      "GKD's β is 0.9 here, 0.1 in DistiLLM, 0.5 in TRL. Mean per sequence.",
      {{{"beta", 0.9}}}},
    P{"abkd-jsd",
      "as in ABKD, js_distance",
      "jsd",
      1.0,
      none,
      "GKD's β is 0.9 here, 0.1 in DistiLLM, 0.5 in TRL.",
      {{{"beta", 0.9}}}},
    P{"dskd-jsd",
      "as in DSKD, js_divergence",
      "jsd",
      2.0,
      none,
      "τ = 2 on both sides and no τ²; half cross entropy with the labels, half this. It adds 1e-9 inside "
      "each "
      "logarithm, which this does not: tokens below 1e-9 count less there.",
      {{{"beta", 0.5}}},
      0.5,
      0.5},
    P{"distillkit-jsd", "as in DistillKit, JSD", "jsd", any_tau, squared, "Times τ².", {{{"beta", 0.5}}}},
    P{"liger-jsd",
      "as in Liger-Kernel, JSD",
      "jsd",
      any_tau,
      none,
      "softmax(z/τ) without τ²; half cross entropy with the labels, half this.",
      {{{"beta", 0.5}}},
      0.5,
      0.5},

    P{"distillm-skl",
      "as in DistiLLM, sfkl",
      "skl",
      1.0,
      none,
      "−Σ p log m without the entropy of p: another value, the same gradient. No temperature; mean over "
      "tokens; "
      "KD ratio 1.",
      {{{"lambda", 0.1}, {"entropy", 1}}}},
    P{"distillm2-skl",
      "as in DistiLLM-2, on the teacher's text",
      "skl",
      1.0,
      none,
      "λ = 0.1. The mean is per sequence: short responses weigh more per token.",
      {{{"lambda", 0.1}}}},
    P{"dskd-skl",
      "as in DSKD, skewed forward KL",
      "skl",
      2.0,
      none,
      "τ = 2 on both sides and no τ²; half cross entropy with the labels, half this.",
      {{{"lambda", 0.1}}},
      0.5,
      0.5},

    P{"distillm-srkl",
      "as in DistiLLM, srkl",
      "srkl",
      1.0,
      none,
      "KL(q‖m) with 0.1 of the student in the mixture, which takes part in the gradient. No temperature.",
      {{{"lambda", 0.1}}}},
    P{"distillm2-srkl",
      "as in DistiLLM-2, on the student's text",
      "srkl",
      1.0,
      none,
      "λ = 0.1, the student inside the mixture detached: the value is DistiLLM's, the gradient is not. Mean "
      "per "
      "sequence.",
      {{{"lambda", 0.1}, {"detach", 1}}}},
    P{"dskd-srkl",
      "as in DSKD, skewed reverse KL",
      "srkl",
      2.0,
      none,
      "τ = 2 on both sides and no τ²; half cross entropy with the labels, half this.",
      {{{"lambda", 0.1}}},
      0.5,
      0.5},

    P{"distillm-tvd", "as in DistiLLM, tv_distance", "tvd", 1.0, none, "½ Σ |p − q|. No temperature."},
    P{"distillkit-tvd", "as in DistillKit, TVD", "tvd", any_tau, squared, "Times τ²."},

    P{"abkd-gpt2",
      "as in ABKD, the GPT-2 recipe",
      "ab",
      1.0,
      none,
      "(α, β) = (0.2, 0.7), no temperature. Its closed forms for α → 0, β → 0 and α + β → 0 carry 1/α or 1/β "
      "where the limit has the square, so its loss jumps there; the general case, as here, is right.",
      {{{"alpha", 0.2}, {"beta", 0.7}}}},

    P{"akl-wu",
      "as in LLM_KD_AKL (Wu et al.)",
      "akl",
      1.0,
      none,
      "The head is the tokens up to which the mass does not exceed 0.5, the first one forced in; no "
      "temperature.",
      {{{"head", 0.5}, {"crossing", 0}}}},
    P{"dskd-akl",
      "as in DSKD, adaptive KL",
      "akl",
      2.0,
      none,
      "The head includes the token that crosses 0.5, so w differs from Wu's own code on most rows. τ = 2 on "
      "both "
      "sides and no τ²; half cross entropy with the labels, half this.",
      {{{"head", 0.5}, {"crossing", 1}}},
      0.5,
      0.5},

    P{"dkd",
      "as in DKD (vision)",
      "dkd",
      any_tau,
      squared,
      "TCKD + β·NCKD with β = 8 (its α is 1), times τ².",
      {{{"beta", 8}}}},

    P{"eopd",
      "entropy-aware, h_max = 0.8",
      "eopd",
      1.0,
      none,
      "Forward KL is added to reverse KL, over the whole vocabulary, where the teacher's entropy exceeds 0.8 "
      "nats. Seen in code: forward KL over the teacher's top k only, without renormalisation.",
      {{{"h_max", 0.8}}}},

    P{"logit-standardisation", "as in arXiv 2403.01427", "zscore-kl", any_tau, squared,
      "z-scores before the softmax, times τ². The definition divides by V; code that calls torch.std divides "
      "by "
      "V − 1 and adds 1e-7, as if τ were larger by 1/(2V)."},
};

}  // namespace

std::span<const ObjectivePreset> objective_presets() {
  return all;
}

std::span<const ObjectivePreset> objective_presets(std::string_view objective) {
  const auto is_one = [&](const ObjectivePreset& preset) { return objective == preset.objective; };
  const auto first = std::find_if(all.begin(), all.end(), is_one);
  return {first, std::find_if_not(first, all.end(), is_one)};
}

const ObjectivePreset* find_objective_preset(std::string_view name) {
  for (const ObjectivePreset& preset : all)
    if (name == preset.name) return &preset;
  return nullptr;
}

std::string objective_preset_names() {
  std::string names;
  for (const ObjectivePreset& preset : all)
    names.append(names.empty() ? "" : ", ").append(preset.name);
  return names;
}

}  // namespace tauscope
