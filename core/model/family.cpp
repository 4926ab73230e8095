#include "core/model/family.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"

namespace tauscope {
namespace {

const std::array<Family, 2>& table() {
  static const std::array<Family, 2> all = {gpt2_family(), llama_family()};
  return all;
}

}  // namespace

std::span<const Family> families() {
  return table();
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
  if (fields.has("quantization_config"))
    throw Error::bad_input(checkpoint.config_file(), "quantised weights are not supported")
        .field("quantization_config")
        .remedy("use the checkpoint's float32, float16 or bfloat16 version");
  DecoderConfig config = family.read_config(fields);
  config.architecture = family.model_type;
  return config;
}

namespace detail {

std::int64_t read_size(const JsonFields& fields, const std::string& key, std::int64_t largest) {
  return fields.integer(key, 1, largest);
}

std::int64_t read_size_or(const JsonFields& fields, const std::string& key, std::int64_t fallback,
                          std::int64_t largest) {
  return fields.integer_or(key, fallback, 1, largest);
}

double read_epsilon(const JsonFields& fields, const std::string& key, double fallback) {
  const double epsilon = fields.number_or(key, fallback);
  if (!(epsilon >= 0.0 && epsilon < 1.0))
    throw Error::bad_input(fields.file(), "is out of range")
        .field(fields.path_of(key))
        .found(fmt::format("{}", epsilon))
        .expected("from 0 to below 1");
  return epsilon;
}

Activation read_activation(const JsonFields& fields, const std::string& key, const std::string& fallback,
                           std::span<const std::string_view> known) {
  struct Named {
    std::string_view name;
    Activation activation;
  };
  static constexpr Named activations[] = {{"gelu", Activation::gelu},
                                          {"gelu_new", Activation::gelu_tanh},
                                          {"gelu_pytorch_tanh", Activation::gelu_tanh},
                                          {"relu", Activation::relu},
                                          {"silu", Activation::silu},
                                          {"swish", Activation::silu}};
  const std::string name = fields.string_or(key, fallback);
  if (std::find(known.begin(), known.end(), name) != known.end())
    for (const Named& each : activations)
      if (each.name == name) return each.activation;
  throw Error::bad_input(fields.file(), "the activation is not supported")
      .field(fields.path_of(key))
      .found(name)
      .expected(fmt::format("one of {}", fmt::join(known, ", ")));
}

void require_boolean(const JsonFields& fields, const std::string& key, bool supported) {
  if (fields.boolean_or(key, supported) == supported) return;
  throw Error::bad_input(fields.file(), "is not supported")
      .field(fields.path_of(key))
      .found(supported ? "false" : "true")
      .expected(supported ? "true" : "false");
}

void check_heads(const JsonFields& fields, const DecoderConfig& config) {
  if (config.heads % config.kv_heads != 0)
    throw Error::bad_input(fields.file(),
                           "the number of heads is no multiple of the number of key-value heads")
        .field(fields.path_of("num_key_value_heads"))
        .found(fmt::format("{} heads, {} key-value heads", config.heads, config.kv_heads));
  if (config.position == PositionKind::rotary && config.head_size % 2 != 0)
    throw Error::bad_input(fields.file(), "rotary positions need an even head size")
        .field(fields.path_of("head_dim"))
        .found(std::to_string(config.head_size));
}

}  // namespace detail
}  // namespace tauscope
