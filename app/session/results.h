// From a key to its result, through the engine; runs on a worker.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "app/session/result_cache.h"
#include "app/session/yield_gate.h"

namespace tauscope {

/// The grid of the τ curves: quarter octaves from about 0.1 to about 19, so that 0.5, 1, 2, 4 and 8 are on it
/// exactly and the fast kernel's ladder serves most of it.
const std::vector<double>& curve_taus();

/// The temperatures of an example's curves: the grid, or what an earlier analysis knows.
const std::vector<double>& curve_taus(const ScoredExample& example);

/// Null if stopped.
std::shared_ptr<const RowsResult> compute_rows(Engine& engine, const ScoredExample& example,
                                               const RowsKey& key, std::stop_token stop);

/// Curves of one example for one student, on the way: what is computed stays when the work is interrupted, so
/// that nothing is lost to a look at something else. Used by one worker at a time.
class CurvesWork {
 public:
  CurvesWork(std::shared_ptr<const ScoredExample> example, CurvesKey key);
  const CurvesKey& key() const { return key_; }

  /// Goes on where it was interrupted, in blocks of rows between which it stands aside at the gate. Publishes
  /// first what the fast kernel knows of all rows, then everything. False if stopped.
  bool go_on(Engine& engine, YieldGate& gate,
             const std::function<void(std::shared_ptr<const CurvesResult>)>& publish,
             const std::stop_token& stop);

 private:
  bool fill(Engine& engine, YieldGate& gate, StatisticsSet set, std::size_t& done,
            const std::stop_token& stop);

  std::shared_ptr<const ScoredExample> example_;
  CurvesKey key_;
  std::vector<double> taus_;
  std::vector<RowStatistics> cells_;  // (rows, taus)
  std::size_t previewed_ = 0, done_ = 0;
  bool published_ = false;
};

/// The curves of one position: one row of statistics over the grid.
std::shared_ptr<const CurvesResult> compute_token_curves(Engine& engine, const ScoredExample& example,
                                                         const CurvesKey& key, std::stop_token stop);
/// The same out of the whole example's.
std::shared_ptr<const CurvesResult> token_curves(const CurvesResult& whole, const CurvesKey& key);

/// One row is too little to be stopped.
std::shared_ptr<const DetailResult> compute_detail(Engine& engine, const ScoredExample& example,
                                                   const DetailKey& key, std::stop_token stop);

}  // namespace tauscope
