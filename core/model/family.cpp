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

const Family& family_of(const JsonFields& config) {
  const std::string type = config.string("model_type");
  for (const Family& family : families())
    if (family.model_type == type) return family;
  std::vector<std::string_view> known;
  for (const Family& family : families())
    known.push_back(family.model_type);
  throw Error::bad_input(config.file(), "the architecture is not known")
      .field("model_type")
      .found(type)
      .expected(fmt::format("one of {}", fmt::join(known, ", ")))
      .remedy("use a checkpoint of one of these architectures");
}

const Family& family_of(const Checkpoint& checkpoint) {
  return family_of(JsonFields(checkpoint.config(), checkpoint.config_file()));
}

DecoderConfig read_decoder_config(const Json& config, const std::string& file) {
  const JsonFields fields(config, file);
  const Family& family = family_of(fields);
  detail::refuse_unsupported(fields);
  DecoderConfig decoder = family.read_config(fields);
  decoder.architecture = family.model_type;
  return decoder;
}

DecoderConfig read_decoder_config(const Checkpoint& checkpoint) {
  return read_decoder_config(checkpoint.config(), checkpoint.config_file());
}

DecoderNames names_in(const Checkpoint& checkpoint, const DecoderConfig& config) {
  const Family& family = family_of(checkpoint);
  DecoderNames full = family.names(config, std::string(family.base_prefix));
  if (checkpoint.find(full.token_embedding) != nullptr) return full;
  DecoderNames bare = family.names(config, "");
  bare.is_bare = true;
  return checkpoint.find(bare.token_embedding) != nullptr ? bare : full;
}

}  // namespace tauscope
