// Rotary positions in config.json. What transformers computes from it: its modeling_rope_utils.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/model/config_reading.h"

namespace tauscope {
namespace detail {
namespace {

using Kind = RopeConfig::Kind;

struct NamedKind {
  const char* name;
  Kind kind;
};
constexpr std::array kinds = {NamedKind{"default", Kind::standard},  NamedKind{"linear", Kind::linear},
                              NamedKind{"dynamic", Kind::dynamic},   NamedKind{"yarn", Kind::yarn},
                              NamedKind{"longrope", Kind::longrope}, NamedKind{"llama3", Kind::llama3}};

/// Old files say `type`, newer ones `rope_type`, some both.
Kind read_kind(const JsonFields& rope) {
  const std::string key = rope.has("rope_type") || !rope.has("type") ? "rope_type" : "type";
  const std::string name = rope.string_or(key, "default");
  std::string known;
  for (const NamedKind& each : kinds) {
    if (name == each.name) return each.kind;
    known += (known.empty() ? "" : ", ") + std::string(each.name);
  }
  throw Error::bad_input(rope.file(), "the kind of rotary scaling is not supported")
      .field(rope.path_of(key))
      .found(shown(name))
      .expected("one of " + known)
      .remedy(ignoring_is_wrong);
}

void refuse_partial(const JsonFields& fields) {
  const double share = fields.number_or("partial_rotary_factor", 1.0);
  if (share != 1.0)
    throw Error::bad_input(fields.file(), "partial rotary embedding is not supported")
        .field(fields.path_of("partial_rotary_factor"))
        .found(fmt::format("{}", share))
        .expected("1 or absent")
        .remedy(ignoring_is_wrong);
}

/// Parameters for each kind of layer, one object inside the other.
void refuse_nested(const JsonFields& rope) {
  for (const auto& [key, value] : rope.json().items())
    if (value.is_object())
      throw Error::bad_input(rope.file(), "rotary parameters for each kind of layer are not supported")
          .field(rope.path_of(shown(key)))
          .expected("one set of parameters for all layers")
          .remedy(ignoring_is_wrong);
}

/// As transformers: a field beside the parameters wins over the one inside.
std::int64_t read_original_context(const JsonFields& rope, const JsonFields& config, std::int64_t context) {
  const std::string key = "original_max_position_embeddings";
  return config.has(key) ? read_size(config, key, longest_context)
                         : read_size_or(rope, key, context, longest_context);
}

void read_llama3(const JsonFields& rope, RopeConfig& out) {
  out.factor = read_positive(rope, "factor");
  out.low_frequency_factor = read_positive(rope, "low_freq_factor");
  out.high_frequency_factor = read_positive(rope, "high_freq_factor");
  if (!(out.high_frequency_factor > out.low_frequency_factor))
    throw Error::bad_input(rope.file(), "must be larger than low_freq_factor")
        .field(rope.path_of("high_freq_factor"))
        .found(fmt::format("{}", out.high_frequency_factor))
        .expected(fmt::format("above {}", out.low_frequency_factor))
        .remedy(compare_with_source);
}

/// The factor, or how far the context was stretched where it is not stated.
double read_stretch(const JsonFields& rope, const RopeConfig& out, std::int64_t context) {
  return read_positive_or(rope, "factor",
                          static_cast<double>(context) / static_cast<double>(out.original_context));
}

/// 0 counts as absent, as in transformers.
double read_nonzero_or(const JsonFields& rope, const std::string& key, double fallback) {
  return rope.number_or(key, 0.0) == 0.0 ? fallback : read_positive(rope, key);
}

void read_yarn(const JsonFields& rope, std::int64_t context, RopeConfig& out) {
  out.factor = read_stretch(rope, out, context);
  out.beta_fast = read_nonzero_or(rope, "beta_fast", 32.0);
  out.beta_slow = read_nonzero_or(rope, "beta_slow", 1.0);
  out.whole_pairs = rope.boolean_or("truncate", true);
  if (!(out.theta > 1.0))
    throw Error::bad_input(rope.file(), "yarn needs a base above 1")
        .field("rope_theta")
        .found(fmt::format("{}", out.theta))
        .expected("above 1")
        .remedy(compare_with_source);
  const auto scale = [&](double weight) {
    return out.factor <= 1.0 ? 1.0 : 0.1 * weight * std::log(out.factor) + 1.0;
  };
  const double mscale = rope.number_or("mscale", 0.0), all = rope.number_or("mscale_all_dim", 0.0);
  const double suggested = mscale != 0.0 && all != 0.0 ? scale(mscale) / scale(all) : scale(1.0);
  out.magnitude = read_positive_or(rope, "attention_factor", suggested);
}

std::vector<double> read_factors(const JsonFields& rope, const std::string& key, std::int64_t pairs) {
  const Json& list = rope.at(key);
  if (!list.is_array() || list.size() != static_cast<std::size_t>(pairs))
    throw Error::bad_input(rope.file(), "is no list with one factor for each pair of a head")
        .field(rope.path_of(key))
        .found(list.is_array() ? fmt::format("{} entries", list.size()) : std::string(list.type_name()))
        .expected(fmt::format("{} numbers", pairs))
        .remedy(compare_with_source);
  std::vector<double> factors;
  for (const Json& each : list) {
    if (!each.is_number() || !(each.get<double>() > 0.0) || !std::isfinite(each.get<double>()))
      throw Error::bad_input(rope.file(), "is out of range")
          .field(fmt::format("{}[{}]", rope.path_of(key), factors.size()))
          .found(shown(each.dump()))
          .expected("a number above 0")
          .remedy(compare_with_source);
    factors.push_back(each.get<double>());
  }
  return factors;
}

void read_longrope(const JsonFields& rope, std::int64_t context, std::int64_t pairs, RopeConfig& out) {
  out.short_factors = read_factors(rope, "short_factor", pairs);
  out.long_factors = read_factors(rope, "long_factor", pairs);
  out.factor = read_stretch(rope, out, context);
  double suggested = 1.0;
  if (out.factor > 1.0 && out.original_context > 1)
    suggested = std::sqrt(1.0 + std::log(out.factor) / std::log(static_cast<double>(out.original_context)));
  out.magnitude = read_positive_or(rope, "attention_factor", suggested);
}

void read_scaling(const JsonFields& rope, const JsonFields& config, std::int64_t context,
                  std::int64_t head_size, RopeConfig& out) {
  const bool trained_shorter =
      out.kind == Kind::yarn || out.kind == Kind::longrope || out.kind == Kind::llama3;
  out.original_context = trained_shorter ? read_original_context(rope, config, context) : context;
  switch (out.kind) {
    case Kind::standard:
      out.original_context = 0;
      return;
    case Kind::linear:
      out.factor = read_positive(rope, "factor");
      return;
    case Kind::dynamic:
      out.factor = read_positive(rope, "factor");
      if (head_size <= 2)
        throw Error::bad_input(rope.file(), "dynamic scaling needs heads of more than one pair")
            .field("head_dim")
            .found(std::to_string(head_size))
            .expected("4 or more")
            .remedy(compare_with_source);
      return;
    case Kind::yarn:
      return read_yarn(rope, context, out);
    case Kind::longrope:
      return read_longrope(rope, context, head_size / 2, out);
    case Kind::llama3:
      return read_llama3(rope, out);
  }
}

}  // namespace

RopeConfig read_rope(const JsonFields& config, std::int64_t context, std::int64_t head_size) {
  RopeConfig out;
  // transformers lets rope_scaling win where a file has both, unless it is empty.
  std::optional<JsonFields> rope;
  for (const char* key : {"rope_parameters", "rope_scaling"})
    if (config.has(key) && !config.at(key).empty()) rope = config.object(key);

  const bool inside = rope && rope->has("rope_theta");
  out.theta = read_positive_or(inside ? *rope : config, "rope_theta", 10000.0);
  refuse_partial(config);
  if (!rope) return out;
  refuse_partial(*rope);
  refuse_nested(*rope);
  out.kind = read_kind(*rope);
  read_scaling(*rope, config, context, head_size, out);
  return out;
}

std::int64_t stretched_context(const RopeConfig& rope, std::int64_t context) {
  // The frequencies that these kinds use beyond max_position_embeddings are meant for it. With the others
  // max_position_embeddings is the stretched length already.
  if (rope.kind != Kind::dynamic && rope.kind != Kind::yarn) return context;
  const double reach = std::floor(static_cast<double>(rope.original_context) * rope.factor);
  return std::max(context, static_cast<std::int64_t>(std::min(reach, static_cast<double>(longest_context))));
}

}  // namespace detail

const char* rope_kind_name(RopeConfig::Kind kind) {
  for (const auto& each : detail::kinds)
    if (each.kind == kind) return each.name;
  return "?";
}

}  // namespace tauscope
