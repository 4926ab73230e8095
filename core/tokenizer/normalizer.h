// The normalizers of a tokenizer.json that our tokenizers use.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/json.h"

namespace tauscope {

class Normalizer {
 public:
  enum class Form { nfc, nfd, nfkc, nfkd };
  struct Prepend {
    std::string text;  ///< put before a text that is not empty
  };
  struct Replace {
    std::string from, to;
  };
  using Step = std::variant<Form, Prepend, Replace>;

  Normalizer() = default;  ///< leaves the text as it is
  explicit Normalizer(std::vector<Step> steps) : steps_(std::move(steps)) {}
  /// The "normalizer" of a tokenizer.json (may be null). Throws Error::bad_input naming what is not
  /// supported.
  static Normalizer from_json(const Json& json, const std::string& file, const std::string& field);

  bool empty() const { return steps_.empty(); }
  std::string apply(std::string_view text) const;

 private:
  std::vector<Step> steps_;
};

/// Every occurrence of `from` (not empty), from the left.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

}  // namespace tauscope
