// Text <-> token ids, equal to what the checkpoint's Hugging Face tokenizer gives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Ids of `text` (UTF-8). With `add_special_tokens`, BOS and EOS are added as the call `tokenizer(text)`
  /// does.
  virtual std::vector<std::int32_t> encode(std::string_view text, bool add_special_tokens) const = 0;

  /// The text of `ids`. Bytes of an incomplete UTF-8 sequence become U+FFFD, as in the Hugging Face decoders.
  /// Nothing is cleaned up. Ids out of range throw Error::bad_input.
  virtual std::string decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const = 0;

  /// The bytes that this one token stands for (not necessarily valid UTF-8); special tokens give their own
  /// name.
  virtual std::string token_bytes(std::int32_t id) const = 0;

  /// Ids run from 0 to size() - 1, added tokens included. A model's vocabulary may be larger (padding).
  virtual std::int32_t size() const = 0;
  virtual std::optional<std::int32_t> bos_id() const = 0;
  virtual std::optional<std::int32_t> eos_id() const = 0;
  virtual bool is_special(std::int32_t id) const = 0;

  /// One line: the kind, the file it came from, what was decided ("sentencepiece unigram, tokenizer.model,
  /// adds BOS").
  virtual std::string description() const = 0;
  /// The file that was read, for hashing.
  virtual std::vector<std::filesystem::path> files() const = 0;
};

/// Finds and reads the tokenizer of a checkpoint folder. Throws Error::bad_input.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder);

}  // namespace tauscope
