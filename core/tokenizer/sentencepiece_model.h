// What a sentencepiece tokenizer.model holds, read with bounds before the library gets to see the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

struct SentencepieceModel {
  enum class Type { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };
  struct Piece {
    std::string text;
    Type type = Type::normal;
  };
  std::vector<Piece> pieces;  ///< by id
  int algorithm = 1;          ///< 1 unigram, 2 BPE, 3 word, 4 character
  bool byte_fallback = false;
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  std::string bos_piece = "<s>";
  std::string eos_piece = "</s>";

  const char* algorithm_name() const;
};

/// Walks the protobuf (sentencepiece_model.proto) and checks what the library of Debian 12 (0.1.97) takes on
/// trust: wire format, lengths, pieces (UTF-8, no zero byte, finite score, no duplicates, sizes), and that no
/// step through the normalizer's double array leaves it. Throws Error::bad_input naming the field.
SentencepieceModel read_sentencepiece_model(std::string_view bytes, const std::string& file);

}  // namespace tauscope
