// Cuts a text into the words that are encoded one by one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizer/split_rule.h"

namespace tauscope {

class PreTokenizer {
 public:
  struct ByteLevel {
    bool add_prefix_space = false;
    SpanFinder pattern;  ///< empty: does not split
  };
  struct Metaspace {
    enum class Prepend { always, first, never };
    std::string replacement = "\xE2\x96\x81";  // U+2581
    Prepend prepend = Prepend::always;
    bool split = true;
  };
  struct FixedLength {
    std::size_t characters = 5;
  };
  using Step = std::variant<SplitRule, ByteLevel, Metaspace, FixedLength>;

  PreTokenizer() = default;  ///< one word: the text
  explicit PreTokenizer(std::vector<Step> steps) : steps_(std::move(steps)) {}
  /// The "pre_tokenizer" of a tokenizer.json (may be null). Throws Error::bad_input naming what is not
  /// supported.
  static PreTokenizer from_json(const Json& json, const std::string& file, const std::string& field);
  /// GPT-2's: its pattern, then bytes.
  static PreTokenizer gpt2(bool add_prefix_space);
  /// Qwen 1.5's to 3's: their pattern, then bytes.
  static PreTokenizer qwen2(bool add_prefix_space);

  /// The last step is ByteLevel: words are bytes, in the sense of BpeOptions::byte_level. (Where steps follow
  /// a ByteLevel, they see its alphabet, and so do the words.)
  bool byte_level() const;
  /// Words of such a last step are to be written in the byte alphabet, for models that do not take bytes.
  void write_alphabet() { writes_alphabet_ = true; }

  /// `at_start`: `text` is where the whole text begins. No word is empty.
  void split(std::string_view text, bool at_start, const std::function<void(std::string_view)>& emit) const;

 private:
  void run(std::size_t step, std::string_view text, bool at_start,
           const std::function<void(std::string_view)>& emit) const;
  std::vector<Step> steps_;
  bool writes_alphabet_ = false;
};

}  // namespace tauscope
