// Byte-pair encoding of one word: from its smallest pieces, always the merge of lowest rank (Sennrich et al.
// 2016).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/tokenizer/vocabulary.h"

namespace tauscope {

struct BpeOptions {
  bool byte_level =
      false;  ///< words are bytes, written in GPT-2's byte alphabet; otherwise they are characters
  bool byte_fallback = false;  ///< a character outside the vocabulary becomes its bytes, <0xNN>
  bool fuse_unknown = false;   ///< neighbouring unknown characters become one unknown token
  bool ignore_merges = false;  ///< a word that is a token is that token, whatever the merges say
  std::optional<std::int32_t>
      unknown;                    ///< without it, unknown characters are left out (as Hugging Face does)
  std::string continuing_prefix;  ///< stands before each character of a word but the first
  std::string end_suffix;         ///< stands behind the last
};

using MergeList = std::vector<std::pair<std::string, std::string>>;

class BpeModel {
 public:
  /// Errors name merge i (from 0) as "<merges_field>[i]". Throws Error::bad_input if a merge's parts or
  /// its result (the parts put together, less the right one's continuing prefix) are not in the vocabulary.
  /// Of a merge that stands twice the later one counts.
  BpeModel(Vocabulary vocabulary, const MergeList& merges, BpeOptions options, const std::string& file,
           const std::string& merges_field);

  /// Room that calls may share, to save allocations; one per thread.
  struct Scratch {
    struct Symbol {
      std::int32_t id, previous, next;  // -1: none; id -1: merged into its left neighbour
    };
    struct Candidate {
      std::uint32_t rank;
      std::int32_t at, id;
    };
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
  };

  /// Appends the ids of one word (valid UTF-8, no empty word).
  void encode(std::string_view word, std::vector<std::int32_t>& ids, Scratch& scratch) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  const BpeOptions& options() const { return options_; }

 private:
  struct Merge {
    std::uint32_t rank;
    std::int32_t id;
  };
  struct PairHash {
    std::size_t operator()(std::uint64_t pair) const;
  };
  const Merge* merge_of(std::int32_t left, std::int32_t right) const;
  void split_bytes(std::string_view word, Scratch& scratch) const;
  void split_characters(std::string_view word, Scratch& scratch) const;
  bool fall_back_to_bytes(std::string_view character, Scratch& scratch) const;
  void merge(Scratch& scratch) const;

  Vocabulary vocabulary_;
  BpeOptions options_;
  std::unordered_map<std::uint64_t, Merge, PairHash> merges_;  // (left id, right id) -> rank, result
  std::array<std::int32_t, 256> byte_ids_;  // of the byte alphabet, or of <0xNN>; -1: not in the vocabulary
  bool takes_bytes_ = false;                // byte level, and each byte is a token
};

}  // namespace tauscope
