// What every tokenizer promises, whatever its files hold.
#pragma once

#include "core/tokenizer/tokenizer.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace tauscope::fuzz {

/// Encoding and decoding stay in range, and every token has a name.
inline Outcome use_tokenizer(const ScratchFolder& folder) {
  return outcome_of([&] {
    const auto tokenizer = load_tokenizer(folder.path());
    const auto ids = tokenizer->encode("Hello  caf\xC3\xA9 \xF0\x9F\x98\x80 12'll <s>\n[L] x", true);
    for (const std::int32_t id : ids)
      promise(id >= 0 && id < tokenizer->size(), "ids are in range");
    for (const bool skip : {false, true}) {
      const std::string text = tokenizer->decode(ids, skip);
      promise(printable_utf8(text) == text, "decoded text is UTF-8");
    }
    for (const std::int32_t id : {0, 1, tokenizer->size() - 1})
      if (id < tokenizer->size()) tokenizer->token_bytes(id);
    promise(!tokenizer->description().empty(), "a tokenizer describes itself");
  });
}

}  // namespace tauscope::fuzz
