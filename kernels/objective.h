// Every objective by name: its value and its gradient with respect to the student's logits.
//
// Notation: p = softmax(z_T / tau), q = softmax(z_S / tau), z_S the student's logits. Formulas and their
// sources: kernels/objectives, one file each. Adding one is a file there and its name in list-inl.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/objectives/describe.h"
#include "kernels/statistics.h"

namespace tauscope {

struct Objective {
  ObjectiveText text;
  std::span<const ObjectiveParameter> parameters;
  ObjectiveNeeds needs;
  int index = 0;  ///< place in the list
};

/// All of them, in the order of the documentation.
std::span<const Objective> kernel_objectives();
/// Null where there is none of that name.
const Objective* find_kernel_objective(std::string_view name);
/// "fkl, rkl, …", for messages.
std::string kernel_objective_names();
/// One per parameter.
std::vector<double> default_parameters(const Objective& objective);

/// loss = weight s D + ce_weight (-log q_y at tau = 1), s = tau^2 (squared) or 1; D alone by default.
struct ObjectiveSpec {
  const Objective* objective = nullptr;
  std::vector<double> parameters;  ///< one per parameter of the objective; empty = the defaults
  double tau = 1.0;
  TauScaling tau_scaling = TauScaling::squared;
  double weight = 1.0;     ///< > 0
  double ce_weight = 0.0;  ///< >= 0
  /// Whether a row has to have a target.
  bool needs_target() const { return objective->needs.target || ce_weight != 0; }
};

/// Logits (rows, vocab), targets and mask (rows) or empty. `teacher` may be left empty where the objective
/// needs none.
struct ObjectiveInput {
  LogitsView teacher, student;
  std::span<const std::int64_t> targets;  ///< -1 = not scored
  std::span<const std::uint8_t> mask;     ///< 0 = not scored
  bool is_scored(std::size_t row) const {
    return (mask.empty() || mask[row] != 0) && (targets.empty() || targets[row] >= 0);
  }
};

/// What one call did and met.
struct ObjectiveReport {
  KernelReport kernel;
  std::int64_t scored = 0;     ///< rows
  std::int64_t infinite = 0;   ///< of these, with the loss +inf: a token is masked on one side only
  std::int64_t invalid = 0;    ///< with the loss NaN, and the gradient too: NaN or +inf among the logits, all
                               ///< of one side masked, or a value that does not exist (see the objective)
  std::int64_t undefined = 0;  ///< with a gradient that is NaN though the loss is not
};

/// Writes `loss` (rows) and `gradient` ((rows, vocab) float32, rows `stride` >= vocab apart, padding
/// untouched); either may be empty. Rows that are not scored get 0 in both. "reference" computes in long
/// double; every other variant of the CPU in vectors, of float where that is precise enough for a row, those
/// of CUDA on the device: values within 1e-5 relative, gradients within 1e-5 of the row's largest entry (1e-4
/// for tau < 0.25). Results repeat bit for bit, whatever the number of threads. Throws std::invalid_argument
/// on shapes, parameters, weights, temperatures or targets out of range, and where targets are needed and
/// missing; std::runtime_error where a device fails.
ObjectiveReport objective_gradient(const KernelVariant& variant, const ObjectiveInput& input,
                                   const ObjectiveSpec& spec, std::span<float> gradient, std::size_t stride,
                                   std::span<double> loss, const KernelOptions& options = {});

}  // namespace tauscope
