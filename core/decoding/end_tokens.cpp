#include "core/decoding/end_tokens.h"

#include <limits>

#include "core/base/error.h"
#include "core/base/json.h"

namespace tauscope {

namespace {

std::int32_t id_of(const Json& value, const std::filesystem::path& file) {
  if (value.is_number_integer() && value >= 0 && value <= std::numeric_limits<std::int32_t>::max())
    return value.get<std::int32_t>();
  throw Error::bad_input(file.string(), "not a token id")
      .field("eos_token_id")
      .found(value.dump())
      .expected("a number, or a list of numbers");
}

}  // namespace

std::vector<std::int32_t> end_tokens(const std::filesystem::path& folder, const Tokenizer& tokenizer) {
  for (const char* name : {"generation_config.json", "config.json"}) {
    const std::filesystem::path file = folder / name;
    std::error_code absent;
    if (!std::filesystem::exists(file, absent)) continue;
    const Json config = read_json_file(file);
    if (!config.is_object() || !config.contains("eos_token_id")) continue;
    const Json& value = config["eos_token_id"];
    if (value.is_null()) continue;
    std::vector<std::int32_t> ids;
    if (!value.is_array()) return {id_of(value, file)};
    for (const Json& each : value)
      ids.push_back(id_of(each, file));
    return ids;
  }
  if (const auto id = tokenizer.eos_id()) return {*id};
  return {};
}

}  // namespace tauscope
