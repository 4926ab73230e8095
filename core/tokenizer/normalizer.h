// The normalizers of a tokenizer.json that our tokenizers use.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizer/character_map.h"
#include "core/tokenizer/split_rule.h"
#include "core/tokenizer/unicode_forms.h"

namespace tauscope {

class Normalizer {
 public:
  struct Prepend {
    std::string text;  ///< put before a text that is not empty
  };
  struct Replace {
    SpanFinder from;
    std::string to;
  };
  struct Strip {
    bool left = true, right = true;
  };
  /// One function of the whole text.
  using Map = std::string (*)(std::string_view);
  using Step = std::variant<unicode::Form, Prepend, Replace, Strip, Map, std::shared_ptr<const CharacterMap>>;

  Normalizer() = default;  ///< leaves the text as it is
  explicit Normalizer(std::vector<Step> steps) : steps_(std::move(steps)) {}
  /// The "normalizer" of a tokenizer.json (may be null). Throws Error::bad_input naming what is not
  /// supported.
  static Normalizer from_json(const Json& json, const std::string& file, const std::string& field);

  bool empty() const { return steps_.empty(); }
  /// Where `start_lost` is given, it is set if the text's first character fell out: what is left then does
  /// not begin where the text began, which a Metaspace that prepends to the first word only looks at.
  std::string apply(std::string_view text, bool* start_lost = nullptr) const;

 private:
  std::vector<Step> steps_;
};

/// Every occurrence of `from` (not empty), from the left.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
/// Every match of `from`.
std::string replace_all(std::string_view text, const SpanFinder& from, std::string_view to);

}  // namespace tauscope
