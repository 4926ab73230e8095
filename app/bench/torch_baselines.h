// The same work as LibTorch users write it, one operator after the other. No torch in this header.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tauscope::bench {

std::string torch_version();

/// Wraps logits that live elsewhere. The results of each call are computed and dropped.
class TorchBaselines {
 public:
  /// (rows, vocab) float32 each, targets (rows).
  TorchBaselines(const float* teacher, const float* student, const std::int64_t* targets, std::int64_t rows,
                 std::int64_t vocab, int threads);
  ~TorchBaselines();

  void fkl(double tau) const;
  /// The one-pass set: fkl, rkl, entropies, cross entropy, target likelihood and probabilities, top-1, both
  /// L2 norms, their cosine and ratio.
  void one_pass(std::span<const double> taus) const;
  /// Every scalar of math.md at one tau, ranks, top-k and nucleus by sorting.
  void all_columns(double tau) const;
  void fkl_gradient(double tau) const;  ///< forward and backward
  void rkl_gradient(double tau) const;

 private:
  struct Tensors;
  std::unique_ptr<Tensors> tensors_;
};

}  // namespace tauscope::bench
