// The objectives that the statistics have columns for, as the window shows them. All objectives, with values
// and gradients: kernels/objective.h; their conventions elsewhere: core/objectives/presets.h.
//
// Notation: p = softmax(z_T/τ) of the teacher, q = softmax(z_S/τ) of the student, z the student's logits.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/objectives/presets.h"
#include "kernels/objective.h"

namespace tauscope {

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

/// Every objective that has both columns.
std::span<const ObjectiveInfo> objectives();
/// Null where there is none of that name.
const ObjectiveInfo* find_objective(std::string_view name);
/// "fkl, rkl", for messages.
std::string objective_names();

}  // namespace tauscope
