// What is measured: named pieces of work on one pair of logits.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/bench/kernels_bench.h"
#include "kernels/gradient.h"

namespace tauscope::bench {

/// Teacher and student logits, (rows, vocab) float32 without padding, and a target for each row: normal
/// logits with a few likely tokens a row, as language models have them; the student is the teacher plus
/// normal noise.
struct BenchPair {
  BenchPair(std::int64_t rows, std::int64_t vocab, std::uint64_t seed);
  StatisticsInput input() const;
  StatisticsInput one_row() const;

  std::size_t rows, vocab;
  std::vector<float> teacher, student;
  std::vector<std::int64_t> targets;
};

struct BenchCase {
  std::string name;
  std::string side;  ///< "floor", "torch", "tauscope"
  std::vector<double> taus;
  std::size_t rows = 0;
  std::size_t bytes_per_pair = 8;  ///< 12 where a gradient is written, 8 where it needs no teacher
  std::function<void()> run;
};

/// The name of LibTorch's case of an objective.
std::string torch_objective(const std::string& name);

/// 1, or `count` temperatures from 1/2 to 8, evenly in their logarithm.
std::vector<double> spread_temperatures(int count);

/// All cases on `pair`, which must outlive them.
std::vector<BenchCase> bench_cases(const BenchPair& pair, const KernelBenchOptions& options, int threads);

}  // namespace tauscope::bench
