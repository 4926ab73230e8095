// The diagnostics of `analyze` on a few fixed examples, as a run goes on.
#pragma once

#include <span>

#include "core/distillation/training_pass.h"

namespace tauscope {

/// {"tokens": …, "tau": [{"tau": 1, "invalid": …, "fkl": …, …}, …]}: per temperature the token means of the
/// columns of tokens.csv that say what signal the student gets, over positions where they have a finite
/// value (null where none has); `invalid` counts positions of which any column has none. Gradients carry
/// `scaling`. Needs a teacher.
Json probe_models(const DistillModels& models, std::span<const TrainingExample> examples,
                  std::span<const double> taus, TauScaling scaling);

}  // namespace tauscope
