// Tokens that are looked for in the text before anything else happens to it: "<|endoftext|>" and the like.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizer/normalizer.h"
#include "core/tokenizer/vocabulary.h"

namespace tauscope {

struct AddedToken {
  std::string content;
  bool special = false;      ///< dropped by decoding without special tokens
  bool normalized = true;    ///< looked for in the normalized text
  bool lstrip = false;       ///< takes the white space on its left with it
  bool rstrip = false;       ///< the same on its right
  bool single_word = false;  ///< only where no word character touches it

  /// A plain string (then special, and not normalized) or an object with "content". Throws Error::bad_input.
  static AddedToken from_json(const Json& json, const std::string& file, const std::string& field);
};

class AddedTokens {
 public:
  /// Gives the token its id: the one it has in the vocabulary, or the next free one, as the Hugging Face
  /// library counts. A token that is there already takes the new flags. `declared` is the id that the file
  /// states, -1 if none; throws Error::bad_input if it cannot have that id.
  std::int32_t add(const AddedToken& token, const Vocabulary& vocabulary, std::int32_t declared,
                   const std::string& file);

  /// Builds the search; to be called once, after the last add().
  void finish(const Normalizer& normalizer);

  /// Special tokens in the text are not looked for (tokenizer_config's split_special_tokens).
  void leave_special_in_text() { special_in_text_ = false; }

  /// Calls `token(id)` and `text(piece, offset)` in order. `normalized`: the text has been normalized, and
  /// the tokens to look for are the normalized ones.
  void find(std::string_view text, bool normalized, const std::function<void(std::int32_t)>& token,
            const std::function<void(std::string_view, std::size_t)>& piece) const;

  const AddedToken* at(std::int32_t id) const;  ///< null if the id is not an added token's
  /// What a decoder is given for the token: the content, normalized where the token is. Null as above.
  const std::string* decoder_text(std::int32_t id) const;
  /// Whether decoding without special tokens drops a token of this text. The library goes by the text that
  /// the decoder is given: a special token that is normalized to something else is not dropped.
  bool is_dropped(const std::string& decoder_text) const { return special_contents_.count(decoder_text) > 0; }
  std::optional<std::int32_t> find_id(const std::string& content) const;
  std::int32_t end_id() const;  ///< largest id + 1; 0 if there are none
  std::size_t size() const { return tokens_.size(); }

 private:
  /// Finds, of the patterns that begin leftmost, the longest.
  class Search {
   public:
    struct Match {
      std::size_t begin = 0, end = 0;
      std::int32_t id = -1;
    };
    void add(const std::string& pattern, std::int32_t id);
    bool empty() const { return nodes_.size() == 1; }
    bool next(std::string_view text, std::size_t from, Match& match) const;

   private:
    struct Node {
      std::map<char, std::int32_t> children;
      std::int32_t id = -1;
    };
    std::vector<Node> nodes_{1};
    bool starts_[256] = {};
  };

  std::map<std::int32_t, AddedToken> tokens_;
  std::map<std::int32_t, std::string> decoder_texts_;
  std::unordered_map<std::string, std::int32_t> ids_;
  std::unordered_set<std::string> special_contents_;
  Search raw_, normalized_;
  bool special_in_text_ = true;
};

}  // namespace tauscope
