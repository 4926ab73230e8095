// From a key to its result, through the engine; runs on a worker.
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "app/session/result_cache.h"

namespace tauscope {

/// The grid of the τ curves: quarter octaves from about 0.1 to about 19, so that 0.5, 1, 2, 4 and 8 are on it
/// exactly and the fast kernel's ladder serves most of it.
const std::vector<double>& curve_taus();

/// Null if stopped.
std::shared_ptr<const RowsResult> compute_rows(Engine& engine, const ScoredExample& example,
                                               const RowsKey& key, std::stop_token stop);
std::shared_ptr<const CurvesResult> compute_curves(Engine& engine, const ScoredExample& example,
                                                   const CurvesKey& key, std::stop_token stop);
/// One row is too little to be stopped.
std::shared_ptr<const DetailResult> compute_detail(Engine& engine, const ScoredExample& example,
                                                   const DetailKey& key, std::stop_token stop);

}  // namespace tauscope
