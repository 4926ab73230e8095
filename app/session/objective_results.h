// What the objectives page compares, computed by the kernels of the registry.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "app/session/result_cache.h"

namespace tauscope {

/// What the kernels take. Throws Error::usage naming what is unknown or out of range.
ObjectiveSpec objective_spec(const ObjectivePick& pick, double tau, TauScaling scaling);

/// "generalised JSD (beta = 0.1)"; parameters at their defaults go without saying.
std::string objective_title(const ObjectivePick& pick);

/// Null if stopped.
std::shared_ptr<const ObjectivesResult> compute_objectives(Engine& engine, const ScoredExample& example,
                                                           const ObjectivesKey& key, std::stop_token stop);

}  // namespace tauscope
