#include "core/model/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/message.h"
#include "core/model/config_reading.h"
#include "core/model/decoder_parameters.h"

namespace tauscope {
namespace {

/// "4 to 7", "0, 2, 4".
std::string layers_text(const std::vector<std::int64_t>& layers) {
  if (layers.size() > 2 && layers.back() - layers.front() + 1 == static_cast<std::int64_t>(layers.size()))
    return fmt::format("{} to {}", layers.front(), layers.back());
  return fmt::format("{}", fmt::join(layers, ", "));
}

std::string window_text(const DecoderConfig& c) {
  std::vector<std::int64_t> layers;
  std::int64_t window = 0;
  for (std::int64_t i = 0; i < c.layers; ++i) {
    if (c.window_of_layer(i) == 0) continue;
    window = c.window_of_layer(i);
    layers.push_back(i);
  }
  if (layers.empty()) return "";
  const bool all = static_cast<std::int64_t>(layers.size()) == c.layers;
  return fmt::format(
      "a token sees {} tokens{}", window,
      all ? "" : fmt::format(" in {} {}", layers.size() == 1 ? "layer" : "layers", layers_text(layers)));
}

/// What is not the same in every decoder; "" where nothing is to say.
std::string attention_text(const DecoderConfig& c) {
  std::vector<std::string> parts;
  if (c.qkv_bias && !c.attention_out_bias) parts.emplace_back("biases on query, key and value");
  if (c.query_key_norm) parts.emplace_back("norms on query and key");
  if (c.attention_scale == 1.0) parts.emplace_back("logits not scaled");
  if (c.attention_scale_over_layer) parts.emplace_back("logits divided by the layer's number");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string norm_text(const DecoderConfig& c) {
  std::string text = c.norm == NormKind::rms_norm ? "root mean square" : "layer norm";
  if (!c.norm_weights) text += " without weights";
  text += c.norm_after ? ", after each sum" : ", before each part";
  if (!c.final_norm) text += ", none at the end";
  return text + fmt::format(", epsilon {}", c.norm_epsilon);
}

std::string rope_text(const RopeConfig& rope) {
  std::string text;
  switch (rope.kind) {
    case RopeConfig::Kind::standard:
      return fmt::format("rotary, theta {}", rope.theta);
    case RopeConfig::Kind::linear:
      text = fmt::format("by {}", rope.factor);
      break;
    case RopeConfig::Kind::longrope:
      text = fmt::format("by other factors beyond {} positions", rope.original_context);
      break;
    case RopeConfig::Kind::dynamic:
      text = fmt::format("by {} beyond {} positions", rope.factor, rope.original_context);
      break;
    case RopeConfig::Kind::yarn:
    case RopeConfig::Kind::llama3:
      text = fmt::format("by {} from {} positions", rope.factor, rope.original_context);
      break;
  }
  if (rope.magnitude != 1.0) text += fmt::format(", magnitude {:.6g}", rope.magnitude);
  return fmt::format("rotary, {} scaling {}, theta {}", rope_kind_name(rope.kind), text, rope.theta);
}

std::string position_text(const DecoderConfig& c) {
  if (c.position == PositionKind::rotary) return rope_text(c.rope);
  return c.position_offset == 0 ? "learned" : fmt::format("learned, from row {}", c.position_offset);
}

void describe_config(const DecoderConfig& c, ConfigFacts& facts) {
  facts.layers = c.layers;
  facts.hidden = c.hidden;
  facts.inner = c.inner;
  facts.heads = c.heads;
  facts.kv_heads = c.kv_heads;
  facts.head_size = c.head_size;
  facts.vocab = c.vocab;
  facts.context = c.context;
  facts.embedding_width = c.embedding_width;
  facts.position = position_text(c);
  facts.attention = attention_text(c);
  facts.window = window_text(c);
  facts.norm = norm_text(c);
  facts.gated = c.gated_mlp;
  facts.tied = c.tied_head;
}

std::vector<std::string> describe_oddities(const JsonFields& fields) {
  std::vector<std::string> remarks;
  const std::vector<std::string> unread = detail::unread_keys(fields);
  if (!unread.empty()) {
    constexpr std::size_t most_shown = 6;
    std::string some;
    for (std::size_t i = 0; i < std::min(unread.size(), most_shown); ++i)
      some += (i > 0 ? ", " : "") + shown(unread[i], 40);
    if (unread.size() > most_shown) some += fmt::format(" and {} more", unread.size() - most_shown);
    remarks.push_back("config.json has fields that no architecture here reads: " + some);
  }
  if (fields.has("auto_map"))
    remarks.emplace_back(
        "config.json names Python code of its own (auto_map): it is not run, and the model is taken for what "
        "model_type says");
  return remarks;
}

}  // namespace

Leftover leftover_kind(const Family& family, const DecoderNames& names, std::string_view tensor) {
  std::string_view inside = tensor;
  const bool has_prefix = inside.starts_with(family.base_prefix);
  if (has_prefix) inside.remove_prefix(family.base_prefix.size());
  if (family.holds_no_weights(inside)) return Leftover::buffer;
  // Without prefixes there is no telling what stands beside the model.
  return has_prefix || names.is_bare ? Leftover::unexpected : Leftover::beside;
}

ModelDescription describe_model(const Json& config, const std::string& file) {
  const JsonFields fields(config, file);
  const Family& family = family_of(fields);
  const DecoderConfig decoder = read_decoder_config(config, file);
  ModelDescription description;
  description.facts = read_config_facts(config, file);
  describe_config(decoder, description.facts);
  description.remarks = describe_oddities(fields);
  description.layout = [decoder, &family](const Checkpoint& checkpoint) {
    const DecoderNames names = names_in(checkpoint, decoder);
    TensorLayout layout;
    layout.embedding = names.token_embedding;
    layout.head = names.head;
    layout.head_shape = head_shape(decoder);
    DecoderNames parts = names;
    visit_parameters(decoder, names, parts, [&](const ParameterSlot<std::string>& slot) {
      layout.tensors.push_back({slot.name, slot.stored_shape()});
    });
    layout.leftover = [names, &family](std::string_view name) { return leftover_kind(family, names, name); };
    return layout;
  };
  return description;
}

}  // namespace tauscope
