// The unigram language model of sentencepiece (Kudo 2018) on one word: of all ways to write it in pieces, the
// one with the largest sum of scores.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tokenizer/vocabulary.h"

namespace tauscope {

struct UnigramPiece {
  std::string text;
  double score = 0;
};

class UnigramModel {
 public:
  /// The ids are the places in `pieces`. `unknown` is a place in it, or nothing: then a character outside the
  /// vocabulary is an error when it is met. Throws Error::bad_input naming "<field>[i]".
  UnigramModel(const std::vector<UnigramPiece>& pieces, std::optional<std::int32_t> unknown,
               bool byte_fallback, const std::string& file, const std::string& field);

  /// Room that calls may share; one per thread.
  struct Scratch {
    struct Best {  // of the ways that end at one byte
      double score = 0;
      std::size_t begin = npos;  // of the last piece; npos: no way yet
      std::int32_t id = -1;
    };
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    std::vector<Best> best;  // by end, 0 to the word's length
    std::vector<std::pair<std::size_t, std::size_t>> parts;
  };

  /// Appends the ids of one word (valid UTF-8). Unknown characters in a row are one unknown token, or with
  /// byte fallback its bytes. The sums are made in double precision from left to right, and of two equal ones
  /// the first found counts, as the Hugging Face library does, so that ties fall alike.
  void encode(std::string_view word, std::vector<std::int32_t>& ids, Scratch& scratch) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  struct Node {
    std::int32_t first_child = 0;
    std::int32_t children = 0;
    std::int32_t id = -1;
    unsigned char byte = 0;
  };
  void build_tree();
  std::int32_t child(std::int32_t node, unsigned char byte) const;
  void find_best(std::string_view word, Scratch& scratch) const;
  void collect_parts(std::size_t size, Scratch& scratch) const;
  void put(std::string_view part, std::vector<std::int32_t>& ids) const;

  Vocabulary vocabulary_;
  std::vector<double> scores_;  // by id
  std::optional<std::int32_t> unknown_;
  double unknown_score_ = 0;
  std::array<std::int32_t, 256> byte_ids_{};  // of <0xNN>; -1: not there, or no byte fallback
  std::vector<Node> nodes_;                   // a prefix tree, the children of a node side by side, by byte
  std::array<std::int32_t, 256> roots_{};     // the root's children by byte; -1: none
};

}  // namespace tauscope
