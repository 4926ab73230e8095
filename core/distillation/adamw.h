// AdamW with weight decay that is apart from the gradient (Loshchilov and Hutter 2019), and the clipping in
// front of it: LibTorch's fused step over state that can be saved and restored bit for bit.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/runs/run_spec.h"

namespace tauscope {

class AdamW {
 public:
  /// `parameters`: leaves, of which those of two or more dimensions decay.
  AdamW(std::vector<at::Tensor> parameters, const RunSpec::Optimizer& settings);

  /// The gradients' norm over all parameters (a missing gradient counts 0), then scales them down to
  /// clip_norm where it is larger. As torch.nn.utils.clip_grad_norm_, whose 1e-6 in the divisor is kept.
  double clip();
  /// One step; parameters without a gradient stay as they are. Gradients are gone afterwards.
  void step(double learning_rate);

  /// Running means of gradient and squared gradient, in the parameters' order, float32.
  const std::vector<at::Tensor>& means() const { return means_; }
  const std::vector<at::Tensor>& squares() const { return squares_; }
  std::int64_t steps() const { return steps_; }
  /// As after so many steps; the tensors are filled by the caller.
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  RunSpec::Optimizer settings_;
  std::vector<at::Tensor> parameters_, means_, squares_;
  std::int64_t steps_ = 0;
};

}  // namespace tauscope
