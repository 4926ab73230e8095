// What the call tokenizer(text) puts around a text: the "post_processor" of a tokenizer.json.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace tauscope {

struct PostProcessor {
  std::vector<std::int32_t> before, after;

  /// May be null. Of a processor for two texts only the rule for one is read. Throws Error::bad_input naming
  /// what is not supported.
  static PostProcessor from_json(const Json& json, const std::string& file, const std::string& field);
};

}  // namespace tauscope
