#include "core/objectives/registry.h"

#include <array>

namespace tauscope {

namespace {

constexpr std::array forward_presets{
    ObjectivePreset{
        "hinton", "as in Hinton et al. 2015", std::nullopt, TauScaling::squared,
        "Both sides softened by τ, the loss times τ², so that gradients keep their size as τ grows."},
    ObjectivePreset{
        "minillm-kd", "as in MiniLLM, kd", 1.0, TauScaling::none,
        "−Σ p log q, the cross entropy without −H(p): another value, the same gradient. No temperature; "
        "mean over tokens, mixed half and half with the language-model loss."},
    ObjectivePreset{
        "distillm-forward-kl", "as in DistiLLM, forward_kl", 1.0, TauScaling::none,
        "The cross entropy without the entropy term: another value, the same gradient. No temperature."},
    ObjectivePreset{"dskd", "as in DSKD", 2.0, TauScaling::none,
                    "τ = 2 on both sides and no τ²; half cross entropy with the labels, half this."},
    ObjectivePreset{
        "trl-gkd", "as in TRL GKD, β = 0", 1.0, TauScaling::none,
        "Its jsd is special-cased to forward KL at β = 0, where the loss jumps. Its temperature of 0.9 acts "
        "on sampling only; never τ²."},
};

constexpr std::array reverse_presets{
    ObjectivePreset{"hinton", "with Hinton's τ²", std::nullopt, TauScaling::squared,
                    "Both sides softened by τ, the loss times τ²."},
    ObjectivePreset{"dskd", "as in DSKD", 2.0, TauScaling::none,
                    "τ = 2 on both sides and no τ²; half cross entropy with the labels, half this."},
    ObjectivePreset{
        "trl-gkd", "as in TRL GKD, β = 1", 1.0, TauScaling::none,
        "Its jsd is special-cased to reverse KL at β = 1, where the loss jumps. Its temperature of 0.9 acts "
        "on sampling only; never τ²."},
};

constexpr std::array all{
    ObjectiveInfo{"fkl",
                  "forward KL",
                  "KL(p‖q) = Σ p log(p/q)",
                  "(q_j − p_j)/τ",
                  "Mass-covering: the student pays where the teacher has probability and it has none.",
                  {},
                  forward_presets,
                  &RowStatistics::fkl,
                  &RowStatistics::fkl_grad_l2,
                  "fkl",
                  "fkl_grad_l2"},
    ObjectiveInfo{"rkl",
                  "reverse KL",
                  "KL(q‖p) = Σ q log(q/p)",
                  "q_j (log(q_j/p_j) − KL(q‖p))/τ",
                  "Mode-seeking: the student pays for probability where the teacher has little; entries are "
                  "weighted by "
                  "the student's own q.",
                  {},
                  reverse_presets,
                  &RowStatistics::rkl,
                  &RowStatistics::rkl_grad_l2,
                  "rkl",
                  "rkl_grad_l2"},
};

}  // namespace

std::span<const ObjectiveInfo> objectives() {
  return all;
}

const ObjectiveInfo* find_objective(std::string_view name) {
  for (const ObjectiveInfo& objective : all) {
    if (name == objective.name) return &objective;
  }
  return nullptr;
}

std::string objective_names() {
  std::string names;
  for (const ObjectiveInfo& objective : all)
    names.append(names.empty() ? "" : ", ").append(objective.name);
  return names;
}

}  // namespace tauscope
