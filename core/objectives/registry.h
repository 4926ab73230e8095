// The objectives by name: what they are, their parameters, and what other code bases mean by the same words.
//
// Notation: p = softmax(z_T/τ) of the teacher, q = softmax(z_S/τ) of the student, z the student's logits.
// Sources: Hinton et al. 2015 (τ²); the conventions of the presets were read in the repositories they name
// (2025-2026).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kernels/statistics.h"

namespace tauscope {

struct ObjectiveParameter {
  const char* name;  ///< as in --param name=value
  double fallback, low, high;
  const char* help;
};

/// A convention of some code base, by its name there.
struct ObjectivePreset {
  const char* name;           ///< "trl-gkd"
  const char* title;          ///< "as in TRL GKD, β = 0"
  std::optional<double> tau;  ///< where the code base fixes one
  TauScaling tau_scaling;     ///< what it does to the loss
  const char* facts;          ///< what it computes, and where that differs from the plain objective
};

struct ObjectiveInfo {
  const char* name;      ///< in commands and files: "fkl"
  const char* title;     ///< "forward KL"
  const char* formula;   ///< D(p, q)
  const char* gradient;  ///< ∂D/∂z_j
  const char* help;      ///< one or two sentences: what it asks of the student
  std::span<const ObjectiveParameter> parameters;
  std::span<const ObjectivePreset> presets;
  /// Columns of the statistics that hold its value (plain, in nats) and the L2 norm of its gradient (with the
  /// scaling).
  double RowStatistics::*value;
  double RowStatistics::*gradient_norm;
  const char* value_column;
  const char* gradient_norm_column;
};

/// Every objective whose gradient can be computed.
std::span<const ObjectiveInfo> objectives();
/// Null where there is none of that name.
const ObjectiveInfo* find_objective(std::string_view name);
/// "fkl, rkl", for messages.
std::string objective_names();

}  // namespace tauscope
