// What other code bases compute under a name: an objective with its parameters, temperature, scaling and
// weights.
//
// Read in the repositories (2025-2026). Only losses that are one formula per token are here: policy gradients
// and sampling schemes are not.
//
// Nor is what llama.cpp reports under --kl-divergence, which is no function of two distributions. It reads
// the teacher's log-probabilities back from a file that holds 16 bits each, spread over the row's range but
// at most 16 nats below its largest, and drops tokens whose value there is at most -16:
//   sum over log p' > -16 of p' (log p' - log q),   |log p' - log p| up to 1.2e-4.
// The p' do not sum to 1, so that the figure is not 0 for equal models (1e-6 to 2e-5 of either sign on random
// rows), may be negative, and leaves out up to 0.2% of a flat row's mass. With more bits it is forward KL at
// tau = 1 without tau^2.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kernels/statistics.h"

namespace tauscope {

struct PresetParameter {
  const char* name = nullptr;  ///< null: an unused place
  double value = 0;
};

struct ObjectivePreset {
  const char* name;           ///< "trl-gkd"
  const char* title;          ///< "as in TRL GKD"
  const char* objective;      ///< "jsd"
  std::optional<double> tau;  ///< where the code base fixes one
  TauScaling tau_scaling;     ///< what it does to the loss
  const char* facts;          ///< what it computes, and where that differs from the plain objective
  std::array<PresetParameter, 2> parameters{};
  double weight = 1, ce_weight = 0;  ///< of the objective, and of the label's cross entropy beside it
  bool jsd_ends = false;             ///< beta = 0 and 1 are taken as forward and reverse KL
};

/// All of them, by objective in the registry's order.
std::span<const ObjectivePreset> objective_presets();
/// Those of one objective.
std::span<const ObjectivePreset> objective_presets(std::string_view objective);
/// Null where there is none of that name.
const ObjectivePreset* find_objective_preset(std::string_view name);
/// "hinton, minillm-kd, …", for messages.
std::string objective_preset_names();

}  // namespace tauscope
