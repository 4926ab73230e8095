#include "core/distillation/trainable_model.h"

#include <ATen/TensorOperators.h>

namespace tauscope {
namespace {

/// Its own memory: what was loaded may be the mapped file itself.
at::Tensor leaf(const at::Tensor& tensor, at::Device device) {
  return tensor.detach().to(device).clone(at::MemoryFormat::Contiguous).set_requires_grad(true);
}

/// `initial` is given up tensor by tensor, so that two copies of a model are never there at once.
std::vector<TrainedTensor> leaves(const DecoderConfig& config, const DecoderNames& names,
                                  DecoderWeights& initial, at::Device device) {
  std::vector<TrainedTensor> tensors;
  const at::Tensor head = std::move(initial.head);
  visit_parameters(config, names, initial, [&](const ParameterSlot<at::Tensor>& slot) {
    tensors.push_back({slot.name, leaf(slot.input_major ? slot.tensor.t() : slot.tensor, device)});
    slot.tensor = at::Tensor();
  });
  if (!config.tied_head) tensors.push_back({names.head, leaf(head, device)});
  return tensors;
}

DecoderWeights placeholder(const std::vector<TrainedTensor>& tensors, std::vector<std::string> remarks) {
  DecoderWeights weights;
  weights.token_embedding = tensors.front().value;
  weights.remarks = std::move(remarks);
  return weights;
}

}  // namespace

TrainableModel::TrainableModel(DecoderConfig config, DecoderNames names, DecoderWeights initial,
                               at::ScalarType compute, at::Device device)
    : names_(std::move(names)),
      compute_(compute),
      tensors_(leaves(config, names_, initial, device)),
      decoder_(std::move(config), placeholder(tensors_, std::move(initial.remarks))) {}

TrainableModel TrainableModel::load(const Checkpoint& checkpoint, at::ScalarType compute, at::Device device) {
  DecoderConfig config = read_decoder_config(checkpoint);
  DecoderWeights weights = load_weights(checkpoint, config, at::kFloat, at::Device(at::kCPU));
  DecoderNames names = names_in(checkpoint, config);
  return {std::move(config), std::move(names), std::move(weights), compute, device};
}

const at::Tensor& TrainableModel::head() const {
  return (config().tied_head ? tensors_.front() : tensors_.back()).value;  // the embedding is visited first
}

DecoderWeights TrainableModel::weights_of_pass() const {
  DecoderWeights weights;
  std::size_t next = 0;
  visit_parameters(config(), names_, weights, [&](const ParameterSlot<at::Tensor>& slot) {
    const at::Tensor& value = tensors_[next++].value;
    slot.tensor = (slot.input_major ? value.t() : value).to(compute_);
  });
  weights.head = head();
  return weights;
}

}  // namespace tauscope
