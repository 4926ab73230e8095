// An objective as people ask for it, turned into what the kernels take.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/objective.h"

namespace tauscope {

struct ObjectiveChoice {
  std::string name;                     ///< of an objective; empty where a preset says it
  std::string preset;                   ///< of a code base; empty = none
  std::vector<std::string> parameters;  ///< "name=value"; stronger than the preset's
  std::optional<double> tau;            ///< empty = the preset's, else 1
  std::optional<TauScaling> tau_scaling;
  std::optional<double> ce_weight;  ///< W: loss = (1 - W) D + W CE, 0 <= W < 1
};

/// Throws Error::usage naming what is unknown, missing, given twice or out of range, and what is expected.
ObjectiveSpec resolve_objective(const ObjectiveChoice& choice);

/// "alpha=0.2,beta=0.7" as assignments.
std::vector<std::string> split_parameters(std::string_view text);

/// "jsd (beta = 0.5) at τ = 2, no τ²; 0.5 of it and 0.5 of the label's cross entropy".
std::string describe_objective(const ObjectiveSpec& spec);

/// "beta=0.5 …" of a resolved spec; empty where there are none.
std::string parameter_text(const ObjectiveSpec& spec);

}  // namespace tauscope
