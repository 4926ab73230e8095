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
  facts.vocab = tolerant.size({"vocab_size"});
  facts.context = tolerant.size({"max_position_embeddings", "n_positions", "n_ctx"});
  facts.activation = tolerant.text({"hidden_act", "activation_function"});
  facts.stated_dtype = tolerant.text({"dtype", "torch_dtype"});

  facts.tied_stated = tolerant.boolean("tie_word_embeddings");
  facts.tied = facts.tied_stated.value_or(false);
  facts.quantized = fields.has("quantization_config");
  return facts;
}

}  // namespace tauscope
