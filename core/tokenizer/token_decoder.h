// Turns token strings back into text, by the "decoder" of a tokenizer.json.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizer/split_rule.h"

namespace tauscope {

class TokenDecoder {
 public:
  struct ByteLevel {
  };  ///< GPT-2's byte alphabet back to bytes, over all tokens; invalid UTF-8 becomes U+FFFD
  struct ByteFallback {};  ///< runs of <0xNN> to their bytes; if those are not UTF-8, each becomes U+FFFD
  struct Fuse {};          ///< all tokens into one
  struct Replace {
    SpanFinder from;
    std::string to;
  };
  struct Strip {
    std::string character;
    std::int64_t start = 0, stop = 0;  ///< at most so many of them are taken off each token's ends
  };
  struct Metaspace {
    std::string replacement;
    bool strip_first = true;  ///< the first token loses every space symbol, wherever in it they stand
  };
  struct WordEnds {
    std::string suffix;  ///< becomes a space, in the last token nothing
  };
  using Step = std::variant<ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace, WordEnds>;

  TokenDecoder() = default;  ///< joins the tokens with spaces, as Hugging Face does without a decoder
  explicit TokenDecoder(std::vector<Step> steps) : steps_(std::move(steps)) {}
  static TokenDecoder from_json(const Json& json, const std::string& file, const std::string& field);
  static TokenDecoder byte_level() { return TokenDecoder({ByteLevel{}}); }

  std::string decode(std::vector<std::string> tokens) const;
  /// The bytes that one token stands for by itself, without what is stripped at the ends of a text.
  std::string bytes_of(const std::string& token) const;

 private:
  std::vector<Step> steps_;
};

}  // namespace tauscope
