// Which examples a step trains on: a function of the number of examples and the spec alone, so that runs
// which differ in their objective read the same batches in the same order, and a resumed run goes on in its
// own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/runs/run_spec.h"

namespace tauscope {

/// An epoch reads every example once; a step takes size x accumulation of them. The last step of an epoch may
/// have fewer: no step reaches into the next epoch. Of one thread at a time.
class BatchPlan {
 public:
  /// `examples` >= 1, or std::invalid_argument. Of the spec: seed, shuffle, batch size, accumulation, and
  /// steps or epochs (the last one may be cut short).
  BatchPlan(std::int64_t examples, const RunSpec& spec);

  std::int64_t examples() const { return examples_; }
  std::int64_t steps() const { return steps_; }
  std::int64_t steps_per_epoch() const { return steps_per_epoch_; }

  /// The examples of step s (from 1), numbered from 0, in order.
  std::vector<std::int64_t> step(std::int64_t s);
  /// The same in passes of at most `size` examples; 0 = the spec's.
  std::vector<std::vector<std::int64_t>> passes(std::int64_t s, std::int64_t size = 0);

  /// The order in which epoch e (from 0) reads all examples: Fisher and Yates' shuffle with counter-based
  /// numbers keyed by (seed, e), or as they are.
  std::vector<std::int64_t> order(std::int64_t epoch) const;

  /// SHA-256 of all steps' examples in their order, with the size of a pass.
  std::string hash();

 private:
  std::int64_t examples_, size_, per_step_, steps_per_epoch_, steps_;
  std::uint64_t seed_;
  bool shuffle_;
  std::int64_t epoch_ = -1;  ///< whose order is kept
  std::vector<std::int64_t> order_;
};

}  // namespace tauscope
