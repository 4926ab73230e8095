// Tokenizers as the Hugging Face library runs them: added tokens, normalizer, pre-tokenizer, model, template.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/tokenizer/added_tokens.h"
#include "core/tokenizer/bpe_model.h"
#include "core/tokenizer/normalizer.h"
#include "core/tokenizer/pre_tokenizer.h"
#include "core/tokenizer/token_decoder.h"
#include "core/tokenizer/tokenizer.h"
#include "core/tokenizer/tokenizer_config.h"
#include "core/tokenizer/unigram_model.h"

namespace tauscope {

/// What turns words into ids.
using WordModel = std::variant<BpeModel, UnigramModel>;

const Vocabulary& vocabulary_of(const WordModel& model);

/// Everything such a tokenizer is made of.
struct PipelineParts {
  WordModel model;
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  TokenDecoder decoder;
  AddedTokens added;
  std::vector<std::int32_t> before, after;  ///< what the call tokenizer(text) puts around a text
  std::optional<std::int32_t> bos, eos;
  std::string kind;  ///< "byte-level BPE"
  std::vector<std::filesystem::path> files;
};

class PipelineTokenizer final : public Tokenizer {
 public:
  explicit PipelineTokenizer(PipelineParts parts) : parts_(std::move(parts)) {}

  std::vector<std::int32_t> encode(std::string_view text, bool add_special_tokens) const override;
  std::string decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const override;
  std::string token_bytes(std::int32_t id) const override;
  std::int32_t size() const override;
  std::optional<std::int32_t> bos_id() const override { return parts_.bos; }
  std::optional<std::int32_t> eos_id() const override { return parts_.eos; }
  bool is_special(std::int32_t id) const override;
  std::string description() const override;
  std::vector<std::filesystem::path> files() const override { return parts_.files; }

 private:
  PipelineParts parts_;
};

/// tokenizer.json of `folder`.
std::unique_ptr<Tokenizer> load_tokenizer_json(const std::filesystem::path& folder,
                                               const TokenizerConfig& config);

/// vocab.json of `folder` with the merges file (merges.txt; vocab.bpe is its older name).
std::unique_ptr<Tokenizer> load_vocab_and_merges(const std::filesystem::path& folder,
                                                 const std::string& merges_name,
                                                 const TokenizerConfig& config);

/// Reads a merges file: "left right" a line, lines that begin with "#version" left out. Throws
/// Error::bad_input with file and line.
MergeList read_merges(const std::filesystem::path& path);

}  // namespace tauscope
