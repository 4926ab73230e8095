// Every objective as LibTorch users write it: eager operators in float32, autograd for the gradient. No torch
// in this header.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tauscope::bench {

/// Wraps logits that live elsewhere.
class TorchObjectives {
 public:
  /// (rows, vocab) float32 each, targets (rows).
  TorchObjectives(const float* teacher, const float* student, const std::int64_t* targets, std::int64_t rows,
                  std::int64_t vocab, int threads);
  ~TorchObjectives();

  /// Forward and backward of the objective at tau, times tau^2 where it has a temperature; returns the loss
  /// summed over the rows. `parameters` as in the registry. Throws std::out_of_range where there is no
  /// formula of that name here.
  double run(const std::string& objective, std::span<const double> parameters, double tau) const;

 private:
  struct Tensors;
  std::unique_ptr<Tensors> tensors_;
};

}  // namespace tauscope::bench
