// A decoder whose weights are trained: float32 leaves of autograd, laid out as the checkpoint's file has
// them, and the forward pass of core/model over them.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/model/decoder.h"

namespace tauscope {

/// One parameter, under its name in the file.
struct TrainedTensor {
  std::string name;
  at::Tensor value;  ///< float32, contiguous, a leaf that wants a gradient; shape as in the file
};

class TrainableModel {
 public:
  /// Copies `initial`, float32 in the shapes of the model. `compute`: the type of weights and activations in
  /// a pass; the head, its product and the logits are float32 whatever it is.
  TrainableModel(DecoderConfig config, DecoderNames names, DecoderWeights initial, at::ScalarType compute,
                 at::Device device);
  /// Throws Error as load_weights does.
  static TrainableModel load(const Checkpoint& checkpoint, at::ScalarType compute, at::Device device);

  const DecoderConfig& config() const { return decoder_.config(); }
  at::Device device() const { return decoder_.device(); }
  /// Every parameter once: a tied head is not among them. In the order of visit_parameters, then the head.
  const std::vector<TrainedTensor>& tensors() const { return tensors_; }
  const std::vector<std::string>& remarks() const { return decoder_.weights().remarks; }

  /// The model as it is now. Differentiable in tensors() where gradients are being recorded; it reads the
  /// leaves' own memory in float32, and copies of this moment in another type.
  Decoder decoder() const { return {decoder_, weights_of_pass()}; }
  /// The head, (vocab, embedding width) float32: a leaf.
  const at::Tensor& head() const;

 private:
  DecoderWeights weights_of_pass() const;

  DecoderNames names_;
  at::ScalarType compute_;
  std::vector<TrainedTensor> tensors_;
  Decoder decoder_;  ///< config, rotary tables and remarks; of its weights, the embedding says the device
};

}  // namespace tauscope
