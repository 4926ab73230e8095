#include "core/model/config_reading.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "core/base/error.h"
#include "core/base/message.h"

namespace tauscope::detail {
namespace {

struct NamedActivation {
  std::string_view name;
  Activation activation;
};

// gelu_fast is the tanh approximation in another order of operations.
constexpr std::array activations = {NamedActivation{"gelu", Activation::gelu},
                                    NamedActivation{"gelu_fast", Activation::gelu_tanh},
                                    NamedActivation{"gelu_new", Activation::gelu_tanh},
                                    NamedActivation{"gelu_pytorch_tanh", Activation::gelu_tanh},
                                    NamedActivation{"relu", Activation::relu},
                                    NamedActivation{"silu", Activation::silu},
                                    NamedActivation{"swish", Activation::silu}};

/// A field that changes the mathematics unless it is absent, null, or this.
struct NeutralField {
  const char* key;
  Json neutral;
};

/// Of architectures and code bases that are close enough to ours to share a model_type, or to be converted
/// by hand.
const std::vector<NeutralField>& neutral_fields() {
  static const std::vector<NeutralField> all = {
      {"alibi", false},
      {"attention_multiplier", nullptr},
      {"attention_sinks", false},
      {"attn_logit_softcapping", nullptr},
      {"attn_temperature_tuning", false},
      {"embedding_multiplier", 1},
      {"final_logit_softcapping", nullptr},
      {"is_causal", true},
      {"is_encoder_decoder", false},
      {"logit_scale", 1},
      {"logits_scaling", 1},
      {"no_rope_layers", Json::array()},
      {"num_experts", 0},
      {"num_local_experts", 0},
      {"parallel_attn", false},
      {"pruned_heads", Json::object()},
      {"qk_layernorm", false},
      {"query_pre_attn_scalar", nullptr},
      {"residual_multiplier", 1},
      {"rope_interleaved", false},
      {"scale_embedding", false},
      {"use_parallel_residual", false},
      {"use_qk_norm", false},
  };
  return all;
}

Error out_of_range(const JsonFields& fields, const std::string& key, double value, std::string expected) {
  return Error::bad_input(fields.file(), "is out of range")
      .field(fields.path_of(key))
      .found(fmt::format("{}", value))
      .expected(std::move(expected))
      .remedy(compare_with_source);
}

}  // namespace

std::int64_t read_size(const JsonFields& fields, const std::string& key, std::int64_t largest) {
  return fields.integer(key, 1, largest);
}

std::int64_t read_size_or(const JsonFields& fields, const std::string& key, std::int64_t fallback,
                          std::int64_t largest) {
  return fields.integer_or(key, fallback, 1, largest);
}

double read_positive(const JsonFields& fields, const std::string& key) {
  const double value = fields.number(key);
  if (!(std::isfinite(value) && value > 0.0)) throw out_of_range(fields, key, value, "a number above 0");
  return value;
}

double read_positive_or(const JsonFields& fields, const std::string& key, double fallback) {
  return fields.has(key) ? read_positive(fields, key) : fallback;
}

double read_epsilon(const JsonFields& fields, const std::string& key, double fallback) {
  const double epsilon = fields.number_or(key, fallback);
  if (!(epsilon >= 0.0 && epsilon < 1.0)) throw out_of_range(fields, key, epsilon, "from 0 to below 1");
  return epsilon;
}

Activation read_activation(const JsonFields& fields, const std::string& key, const std::string& fallback) {
  const std::string name = fields.string_or(key, fallback);
  std::vector<std::string_view> known;
  for (const NamedActivation& each : activations) {
    if (each.name == name) return each.activation;
    known.push_back(each.name);
  }
  throw Error::bad_input(fields.file(), "the activation is not supported")
      .field(fields.path_of(key))
      .found(name)
      .expected(fmt::format("one of {}", fmt::join(known, ", ")))
      .remedy(ignoring_is_wrong);
}

std::int64_t read_window(const JsonFields& fields) {
  const std::string key = "sliding_window";
  if (fields.json().contains(key) && !fields.has(key)) return 0;
  return read_size_or(fields, key, 4096, longest_context);
}

std::vector<std::int64_t> read_layer_types(const JsonFields& fields, std::int64_t layers,
                                           std::int64_t window) {
  const std::string key = "layer_types";
  const Json& types = fields.at(key);
  if (!types.is_array() || types.size() != static_cast<std::size_t>(layers))
    throw Error::bad_input(fields.file(), "is no list with one entry for each layer")
        .field(fields.path_of(key))
        .found(types.is_array() ? fmt::format("{} entries", types.size()) : std::string(types.type_name()))
        .expected(fmt::format("{} entries", layers))
        .remedy(compare_with_source);
  std::vector<std::int64_t> windows;
  bool any = false;
  for (const Json& type : types) {
    const bool sliding = type == "sliding_attention";
    if (!sliding && type != "full_attention")
      throw Error::bad_input(fields.file(), "the kind of layer is not supported")
          .field(fmt::format("{}[{}]", fields.path_of(key), windows.size()))
          .found(shown(type.is_string() ? type.get<std::string>() : type.dump()))
          .expected("full_attention or sliding_attention")
          .remedy(ignoring_is_wrong);
    if (sliding && window == 0)
      throw Error::bad_input(fields.file(), "a layer has a sliding window, but its length is not stated")
          .field(fmt::format("{}[{}]", fields.path_of(key), windows.size()))
          .found("sliding_attention")
          .expected("a sliding_window (and use_sliding_window, where the architecture has it)")
          .remedy(compare_with_source);
    any = any || sliding;
    windows.push_back(sliding ? window : 0);
  }
  return any ? windows : std::vector<std::int64_t>{};
}

std::vector<std::int64_t> read_qwen_windows(const JsonFields& fields, std::int64_t layers) {
  const std::int64_t window = fields.boolean_or("use_sliding_window", false) ? read_window(fields) : 0;
  if (fields.has("layer_types")) return read_layer_types(fields, layers, window);
  const std::int64_t first = fields.integer_or("max_window_layers", 28, 0, most_layers);
  if (window == 0 || first >= layers) return {};
  std::vector<std::int64_t> windows(static_cast<std::size_t>(layers), window);
  std::fill_n(windows.begin(), first, 0);
  return windows;
}

void require_boolean(const JsonFields& fields, const std::string& key, bool supported) {
  if (fields.boolean_or(key, supported) == supported) return;
  throw Error::bad_input(fields.file(), "is not supported for this architecture")
      .field(fields.path_of(key))
      .found(supported ? "false" : "true")
      .expected(supported ? "true" : "false")
      .remedy(ignoring_is_wrong);
}

std::int64_t divide_heads(const JsonFields& fields, const std::string& hidden_key,
                          const std::string& heads_key, std::int64_t hidden, std::int64_t heads) {
  if (hidden % heads == 0) return hidden / heads;
  throw Error::bad_input(fields.file(), fmt::format("{} is no multiple of {}", hidden_key, heads_key))
      .field(fields.path_of(hidden_key))
      .found(fmt::format("{} {}, {} {}", hidden_key, hidden, heads_key, heads))
      .expected(fmt::format("a multiple of {}", heads))
      .remedy(compare_with_source);
}

std::vector<std::string> unread_keys(const JsonFields& fields) {
  // What families read, then what transformers writes beside it: tokens, training, generation, bookkeeping.
  static const std::set<std::string_view> known = {
      "model_type", "architectures", "auto_map", "vocab_size", "hidden_size", "n_embd", "num_hidden_layers",
      "n_layer", "num_attention_heads", "n_head", "num_key_value_heads", "head_dim", "intermediate_size",
      "n_inner", "ffn_dim", "max_position_embeddings", "n_positions", "rms_norm_eps", "layer_norm_epsilon",
      "hidden_act", "activation_function", "attention_bias", "mlp_bias", "tie_word_embeddings",
      "rope_parameters", "rope_scaling", "rope_theta", "original_max_position_embeddings",
      "partial_rotary_factor", "sliding_window", "use_sliding_window", "max_window_layers", "layer_types",
      "do_layer_norm_before", "_remove_final_layer_norm", "word_embed_proj_dim", "enable_bias",
      "layer_norm_elementwise_affine", "scale_attn_weights", "scale_attn_by_inverse_layer_idx",
      "add_cross_attention", "quantization_config",
      //
      "n_ctx", "num_layers", "dtype", "torch_dtype", "transformers_version", "use_cache", "bos_token_id",
      "eos_token_id", "pad_token_id", "sep_token_id", "decoder_start_token_id", "prefix",
      "forced_bos_token_id", "forced_eos_token_id", "suppress_tokens", "begin_suppress_tokens",
      "initializer_range", "init_std", "dropout", "attention_dropout", "activation_dropout", "attn_pdrop",
      "embd_pdrop", "resid_pdrop", "hidden_dropout", "layerdrop", "pretraining_tp", "reorder_and_upcast_attn",
      "gradient_checkpointing", "summary_activation", "summary_first_dropout", "summary_proj_to_labels",
      "summary_type", "summary_use_proj", "task_specific_params", "finetuning_task", "id2label", "label2id",
      "num_labels", "problem_type", "classifier_dropout", "is_decoder", "output_attentions",
      "output_hidden_states", "output_past", "return_dict", "return_dict_in_generate", "output_scores",
      "torchscript", "tie_encoder_decoder", "tokenizer_class", "chunk_size_feed_forward",
      "cross_attention_hidden_size", "use_bfloat16", "tf_legacy_loss", "remove_invalid_values",
      "exponential_decay_length_penalty", "max_length", "min_length", "do_sample", "early_stopping",
      "num_beams", "num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p", "typical_p",
      "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size",
      "bad_words_ids", "num_return_sequences", "max_sequence_length", "unsloth_version", "unsloth_fixed"};
  std::vector<std::string> unread;
  for (const auto& [key, value] : fields.json().items()) {
    const bool neutral = std::any_of(neutral_fields().begin(), neutral_fields().end(),
                                     [&](const NeutralField& each) { return key == each.key; });
    // transformers keeps what is private to it under a leading underscore.
    if (!value.is_null() && !neutral && !key.starts_with('_') && !known.contains(key)) unread.push_back(key);
  }
  return unread;
}

void refuse_unsupported(const JsonFields& fields) {
  if (fields.has("quantization_config"))
    throw Error::bad_input(fields.file(), "quantised weights are not supported")
        .field("quantization_config")
        .remedy("use the checkpoint's float32, float16 or bfloat16 version");
  for (const NeutralField& each : neutral_fields()) {
    if (!fields.has(each.key) || fields.at(each.key) == each.neutral) continue;
    throw Error::bad_input(fields.file(), "changes the forward pass in a way that is not supported")
        .field(each.key)
        .found(shown(fields.at(each.key).dump()))
        .expected(each.neutral.is_null() ? "null or absent" : each.neutral.dump() + " or absent")
        .remedy(ignoring_is_wrong);
  }
}

}  // namespace tauscope::detail
