#include "core/base/json.h"
#include "tests/fuzz/fuzz_target.h"

namespace tauscope::fuzz {

/// Whatever is accepted, nlohmann-json must read as the same value.
Outcome run_json(std::string_view bytes) {
  return outcome_of([&] {
    const Json value = parse_json(bytes, "fuzz.json");
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    promise(Json::parse(bytes) == value, "the value is the library's");
    promise(parse_json(value.dump(), "fuzz.json") == value, "what is written is read");
  });
}

}  // namespace tauscope::fuzz

TS_FUZZ_ENTRY(run_json)
