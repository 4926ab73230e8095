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

/// With the name of a dtype. Throws Error::usage for one that is not known.
ModelOptions model_options(const std::string& device, const std::string& dtype, int threads);

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

/// Keys and values of sequences that are being continued, each of its own length. Opaque outside core/model.
class KeyValueCache {
 public:
  virtual ~KeyValueCache() = default;
  virtual std::int64_t sequences() const = 0;
  virtual std::int64_t length(std::int64_t sequence) const = 0;
  /// The sequence is empty then, and its place free for another one.
  virtual void clear(std::int64_t sequence) = 0;
  /// `to` holds what `from` held, which is empty then.
  virtual void move(std::int64_t from, std::int64_t to) = 0;
};

/// What is appended to a sequence of a cache.
struct NewTokens {
  std::int64_t sequence = 0;
  std::span<const std::int32_t> ids;  ///< at least one
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

  virtual std::unique_ptr<KeyValueCache> make_cache(std::int64_t sequences) const = 0;

  /// Appends tokens to some of the cache's sequences, each of them named once, and writes the logits behind
  /// each one's last new token: (additions, vocab) float32, row-major. Sequences do not see each other and
  /// there is no padding. Throws Error where a sequence would outgrow the context; the cache is then as it
  /// was. One token for each of sequences 0, 1, …, n - 1 is the fast case. Where rotary positions depend on
  /// the sequence's length (dynamic, longrope), each addition uses that of its own length and leaves the
  /// earlier keys as they are, as transformers does with a cache: beyond the original context this is not the
  /// forward pass over the whole sequence.
  virtual void extend(KeyValueCache& cache, std::span<const NewTokens> additions,
                      std::span<float> logits) const = 0;
};

/// Logits of a whole sequence, (tokens, vocab) row-major.
std::vector<float> sequence_logits(const CausalLM& model, std::span<const std::int32_t> ids);

}  // namespace tauscope
