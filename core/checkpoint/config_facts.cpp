#include "core/checkpoint/config_facts.h"

#include <fmt/format.h>

#include <initializer_list>

#include "core/base/error.h"
#include "core/base/message.h"

namespace tauscope {
namespace {

/// Reads through the several names that families use; what is wrong becomes a problem, not an exception.
class TolerantFields {
 public:
  TolerantFields(const JsonFields& fields, std::vector<std::string>& problems)
      : fields_(fields), problems_(problems) {}

  std::optional<std::int64_t> size(std::initializer_list<const char*> keys) const {
    constexpr std::int64_t most_allowed = std::int64_t{1} << 40;
    std::optional<std::int64_t> value;
    if (const char* key = first(keys)) attempt([&] { value = fields_.integer(key, 1, most_allowed); });
    return value;
  }
  std::string text(std::initializer_list<const char*> keys) const {
    std::string value;
    if (const char* key = first(keys)) attempt([&] { value = shown(fields_.string(key)); });
    return value;
  }
  std::optional<bool> boolean(const char* key) const {
    std::optional<bool> value;
    if (fields_.has(key)) attempt([&] { value = fields_.boolean_or(key, false); });
    return value;
  }
  template <class Action>
  void attempt(Action&& action) const {
    try {
      action();
    } catch (const Error& error) {
      problems_.push_back(
          fmt::format("config.json: {} {}{}", error.field_name(), error.problem(),
                      error.found_value().empty() ? "" : " (found " + error.found_value() + ")"));
    }
  }

 private:
  const char* first(std::initializer_list<const char*> keys) const {
    for (const char* key : keys)
      if (fields_.has(key)) return key;
    return nullptr;
  }
  const JsonFields& fields_;
  std::vector<std::string>& problems_;
};

std::string rotary_text(const JsonFields& fields) {
  const char* const holder = fields.has("rope_scaling") ? "rope_scaling" : "rope_parameters";
  std::string kind = "default";
  double theta = fields.number_or("rope_theta", 10000.0), factor = 1.0;
  if (fields.has(holder)) {
    const JsonFields rope = fields.object(holder);
    kind = rope.string_or("rope_type", rope.string_or("type", kind));
    theta = rope.number_or("rope_theta", theta);
    factor = rope.number_or("factor", factor);
  }
  if (kind == "default") return fmt::format("rotary, theta {}", theta);
  return fmt::format("rotary, {} scaling by {}, theta {}", shown(kind), factor, theta);
}

std::string position_text(const JsonFields& fields, const std::string& model_type) {
  for (const char* learned : {"gpt2", "gpt_neo", "opt", "gpt_bigcode"})
    if (model_type == learned) return "learned";
  if (model_type == "bloom" || fields.boolean_or("alibi", false)) return "linear bias (ALiBi)";
  return rotary_text(fields);
}

}  // namespace

ConfigFacts read_config_facts(const Json& config, const std::string& file) {
  ConfigFacts facts;
  const JsonFields fields(config, file);
  const TolerantFields tolerant(fields, facts.problems);

  facts.model_type = tolerant.text({"model_type"});
  if (!fields.has("model_type")) facts.problems.push_back("config.json: model_type is missing");
  const auto architectures = config.find("architectures");
  if (architectures != config.end() && architectures->is_array() && !architectures->empty() &&
      architectures->front().is_string())
    facts.architecture = shown(architectures->front().get<std::string>());

  facts.layers = tolerant.size({"num_hidden_layers", "n_layer", "num_layers"});
  facts.hidden = tolerant.size({"hidden_size", "n_embd", "d_model"});
  facts.heads = tolerant.size({"num_attention_heads", "n_head", "num_heads"});
  facts.kv_heads = tolerant.size({"num_key_value_heads"});
  if (!facts.kv_heads) facts.kv_heads = facts.heads;
  facts.head_size = tolerant.size({"head_dim"});
  if (!facts.head_size && facts.hidden && facts.heads && *facts.hidden % *facts.heads == 0)
    facts.head_size = *facts.hidden / *facts.heads;
  facts.inner = tolerant.size({"intermediate_size", "n_inner", "ffn_dim"});
  const bool gpt2 = facts.model_type == "gpt2";
  if (!facts.inner && gpt2 && facts.hidden) facts.inner = 4 * *facts.hidden;
  facts.vocab = tolerant.size({"vocab_size"});
  facts.context = tolerant.size({"max_position_embeddings", "n_positions", "n_ctx"});
  facts.activation = tolerant.text({"hidden_act", "activation_function"});
  tolerant.attempt([&] { facts.position = position_text(fields, facts.model_type); });
  facts.stated_dtype = tolerant.text({"dtype", "torch_dtype"});

  facts.tied_stated = tolerant.boolean("tie_word_embeddings");
  facts.tied = facts.tied_stated.value_or(gpt2);
  facts.attention_bias = tolerant.boolean("attention_bias").value_or(false);
  facts.mlp_bias = tolerant.boolean("mlp_bias").value_or(false);
  facts.quantized = fields.has("quantization_config");
  return facts;
}

}  // namespace tauscope
