#include "core/model/family.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "core/model/config_reading.h"

namespace tauscope {

std::span<const Family> families() {
  static const std::array all = {gpt2_family(),    opt_family(),   llama_family(),
                                 mistral_family(), qwen2_family(), qwen3_family()};
  return all;
}

const Family& family_of(const Checkpoint& checkpoint) {
  const std::string type = checkpoint.model_type();
  for (const Family& family : families())
    if (family.model_type == type) return family;
  std::vector<std::string_view> known;
  for (const Family& family : families())
    known.push_back(family.model_type);
  throw Error::bad_input(checkpoint.config_file(), "the architecture is not known")
      .field("model_type")
      .found(type)
      .expected(fmt::format("one of {}", fmt::join(known, ", ")));
}

DecoderConfig read_decoder_config(const Checkpoint& checkpoint) {
  const Family& family = family_of(checkpoint);
  const JsonFields fields(checkpoint.config(), checkpoint.config_file());
  detail::refuse_unsupported(fields);
  DecoderConfig config = family.read_config(fields);
  config.architecture = family.model_type;
  return config;
}

DecoderNames names_in(const Checkpoint& checkpoint, const DecoderConfig& config) {
  const Family& family = family_of(checkpoint);
  DecoderNames full = family.names(config, std::string(family.base_prefix));
  if (checkpoint.find(full.token_embedding) != nullptr) return full;
  DecoderNames bare = family.names(config, "");
  return checkpoint.find(bare.token_embedding) != nullptr ? bare : full;
}

}  // namespace tauscope
