// A decoder-only language model's forward pass. No torch in this header: only core/model/*.cpp sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/model/decoder_config.h"
#include "kernels/logits_view.h"

namespace tauscope {

struct ModelOptions {
  std::string device = "auto";   ///< auto | cpu | cuda | cuda:i
  DType dtype = DType::float32;  ///< of weights and activations; the head's product and logits are float32
  int threads = 0;               ///< 0 = as many as the machine has
};

/// What the head is applied to, (tokens, embedding width), on the model's device. Opaque outside core/model.
class HiddenStates {
 public:
  virtual ~HiddenStates() = default;
  virtual std::int64_t tokens() const = 0;
};

/// Logits that stay on a model's GPU, (rows, vocab) float32. Opaque outside core/model but for its place.
class DeviceMatrix {
 public:
  virtual ~DeviceMatrix() = default;
  virtual const void* data() const = 0;  ///< an address of the device
  virtual int device() const = 0;        ///< its number
  virtual void* stream() const = 0;      ///< cudaStream_t behind which it can be read
};

/// Keys and values of the tokens seen so far, for step-by-step decoding. Opaque outside core/model.
class KeyValueCache {
 public:
  virtual ~KeyValueCache() = default;
  virtual std::int64_t length() const = 0;
};

class CausalLM {
 public:
  virtual ~CausalLM() = default;

  /// Throws Error::bad_input for an architecture that is not known (the answer lists those that are), for
  /// tensors that are missing, unexpected or of the wrong shape.
  static std::unique_ptr<CausalLM> load(const Checkpoint& checkpoint, const ModelOptions& options);

  /// Names of the architectures that can be loaded ("gpt2", "llama", ...).
  static std::vector<std::string> known_architectures();

  /// As loaded: tied_head says whether head and embedding are one tensor.
  virtual const DecoderConfig& config() const = 0;
  /// What was odd about the weights and does no harm, one sentence each.
  virtual const std::vector<std::string>& remarks() const = 0;
  std::int64_t vocab_size() const { return config().vocab; }
  std::int64_t context_length() const { return config().context; }
  /// "cpu", "cuda:0".
  virtual std::string device() const = 0;

  /// One sequence of (tokens) ids. Throws if longer than the context.
  virtual std::shared_ptr<HiddenStates> hidden_states(std::span<const std::int32_t> ids) const = 0;

  /// A batch of sequences of different lengths, laid one after another without padding; entry i equals
  /// hidden_states(batch[i]) to rounding. The entries share memory: it is free once all of them are gone.
  /// `stop` is asked between two layers: no entries if stopped.
  virtual std::vector<std::shared_ptr<HiddenStates>> hidden_states_batch(
      const std::vector<std::vector<std::int32_t>>& batch, const std::stop_token& stop) const = 0;
  std::vector<std::shared_ptr<HiddenStates>> hidden_states_batch(
      const std::vector<std::vector<std::int32_t>>& batch) const {
    return hidden_states_batch(batch, std::stop_token{});
  }

  /// Logits of rows [first, first + count): writes (count, vocab) float32 to host memory.
  void logits(const HiddenStates& hidden, std::int64_t first, std::int64_t count,
              std::span<float> out) const {
    logits(hidden, first, count, out, nullptr, 0);
  }
  /// The same, kept on the device as well, as rows [row, row + count) of `kept` (null: not kept).
  virtual void logits(const HiddenStates& hidden, std::int64_t first, std::int64_t count,
                      std::span<float> out, DeviceMatrix* kept, std::int64_t row) const = 0;

  /// Room for logits on the model's GPU; null where the model is on the CPU.
  virtual std::shared_ptr<DeviceMatrix> device_matrix(std::int64_t rows) const = 0;

  /// An empty cache for `batch` sequences.
  virtual std::unique_ptr<KeyValueCache> make_cache(std::int64_t batch) const = 0;

  /// Feeds new tokens, (batch, steps), row-major; writes the logits of the last step, (batch, vocab) float32.
  /// `left_padding` (batch) counts the padding tokens at the left of each row of the first call; empty =
  /// none. Padding may be any id of the vocabulary: no token sees it, and positions count from the first real
  /// token. Where rotary positions depend on the sequence's length (dynamic, longrope), each step uses that
  /// of its own length and leaves the earlier keys as they are, as transformers does with a cache: beyond the
  /// original context this is not the forward pass over the whole sequence.
  virtual void decode_step(KeyValueCache& cache, std::span<const std::int32_t> ids, std::int64_t batch,
                           std::span<const std::int64_t> left_padding, std::span<float> logits) const = 0;
};

/// Logits of a whole sequence, (tokens, vocab) row-major.
std::vector<float> sequence_logits(const CausalLM& model, std::span<const std::int32_t> ids);

}  // namespace tauscope
