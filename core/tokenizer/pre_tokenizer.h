// Cuts a text into the words that are encoded one by one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizer/regex_splitter.h"

namespace tauscope {

class PreTokenizer {
 public:
  struct Split {
    std::shared_ptr<const RegexSplitter> pattern;
    bool keep_gaps =
        true;  ///< what lies between the matches is kept ("Isolated"), or dropped ("Removed", inverted)
  };
  struct ByteLevel {
    bool add_prefix_space = false;
    std::shared_ptr<const RegexSplitter> pattern;  ///< null: does not split
  };
  struct Metaspace {
    enum class Prepend { always, first, never };
    std::string replacement = "\xE2\x96\x81";  // U+2581
    Prepend prepend = Prepend::always;
    bool split = true;
  };
  using Step = std::variant<Split, ByteLevel, Metaspace>;

  PreTokenizer() = default;  ///< one word: the text
  explicit PreTokenizer(std::vector<Step> steps) : steps_(std::move(steps)) {}
  /// The "pre_tokenizer" of a tokenizer.json (may be null). Throws Error::bad_input naming what is not
  /// supported.
  static PreTokenizer from_json(const Json& json, const std::string& file, const std::string& field);
  /// GPT-2's: its pattern, then bytes.
  static PreTokenizer gpt2(bool add_prefix_space);
  /// Qwen 1.5's and 2's: their pattern, then bytes.
  static PreTokenizer qwen2(bool add_prefix_space);

  /// Words are bytes in the sense of BpeOptions::byte_level: they are to be read as bytes.
  bool byte_level() const;
  /// Of the ByteLevel step; only where byte_level().
  void set_add_prefix_space(bool value);

  /// `at_start`: `text` is where the whole text begins. No word is empty.
  void split(std::string_view text, bool at_start, const std::function<void(std::string_view)>& emit) const;

 private:
  void run(std::size_t step, std::string_view text, bool at_start,
           const std::function<void(std::string_view)>& emit) const;
  std::vector<Step> steps_;
};

}  // namespace tauscope
