#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "core/base/error.h"
#include "core/model/family.h"

namespace tauscope::detail {
namespace {

double positive(const JsonFields& fields, const std::string& key, double value) {
  if (std::isfinite(value) && value > 0.0) return value;
  throw Error::bad_input(fields.file(), "is out of range")
      .field(fields.path_of(key))
      .found(fmt::format("{}", value))
      .expected("a number above 0");
}

/// "default" or the name of a kind; old files say `type`, newer ones `rope_type`, some both.
std::string rope_kind(const JsonFields& rope) {
  return rope.string_or("rope_type", rope.string_or("type", "default"));
}

void read_llama3(const JsonFields& rope, const JsonFields& config, std::int64_t context, RopeConfig& out) {
  out.kind = RopeConfig::Kind::llama3;
  out.factor = positive(rope, "factor", rope.number("factor"));
  out.low_frequency_factor = positive(rope, "low_freq_factor", rope.number("low_freq_factor"));
  out.high_frequency_factor = positive(rope, "high_freq_factor", rope.number("high_freq_factor"));
  if (!(out.high_frequency_factor > out.low_frequency_factor))
    throw Error::bad_input(rope.file(), "must be larger than low_freq_factor")
        .field(rope.path_of("high_freq_factor"))
        .found(fmt::format("{}", out.high_frequency_factor))
        .expected(fmt::format("above {}", out.low_frequency_factor));
  // As transformers: a field beside rope_parameters wins over the one inside.
  const std::string key = "original_max_position_embeddings";
  out.original_context = config.has(key) ? read_size(config, key, longest_context)
                                         : read_size_or(rope, key, context, longest_context);
}

void refuse_partial(const JsonFields& fields) {
  const double share = fields.number_or("partial_rotary_factor", 1.0);
  if (share != 1.0)
    throw Error::bad_input(fields.file(), "partial rotary embedding is not supported")
        .field(fields.path_of("partial_rotary_factor"))
        .found(fmt::format("{}", share))
        .expected("1 or absent");
}

}  // namespace

RopeConfig read_rope(const JsonFields& config, std::int64_t context, double default_theta) {
  RopeConfig out;
  // transformers lets rope_scaling win where a file has both.
  std::optional<JsonFields> rope;
  for (const char* key : {"rope_parameters", "rope_scaling"})
    if (config.has(key)) rope = config.object(key);

  const bool inside = rope && rope->has("rope_theta");
  const JsonFields& holder = inside ? *rope : config;
  out.theta = positive(holder, "rope_theta", holder.number_or("rope_theta", default_theta));

  refuse_partial(config);
  if (!rope) return out;
  refuse_partial(*rope);
  const std::string kind = rope_kind(*rope);
  if (kind == "llama3") {
    read_llama3(*rope, config, context, out);
  } else if (kind != "default") {
    throw Error::bad_input(rope->file(), "the kind of rotary scaling is not supported")
        .field(rope->path_of(rope->has("rope_type") ? "rope_type" : "type"))
        .found(kind)
        .expected("default or llama3");
  }
  return out;
}

}  // namespace tauscope::detail
