#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/checkpoint/inspection.h"

namespace tauscope {
namespace {

/// "6.45 M"
std::string count_text(std::int64_t count) {
  const auto value = static_cast<double>(count);
  if (value >= 1e9) return fmt::format("{:.2f} G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.2f} M", value / 1e6);
  if (value >= 1e3) return fmt::format("{:.1f} k", value / 1e3);
  return fmt::format("{}", count);
}

std::string bytes_text(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (value >= 1e9) return fmt::format("{:.2f} GB", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.2f} MB", value / 1e6);
  return fmt::format("{:.1f} kB", value / 1e3);
}

std::string size_text(const std::optional<std::int64_t>& size) {
  return size ? fmt::format("{}", *size) : "?";
}

void add_line(std::string& text, const char* label, const std::string& value) {
  text += fmt::format("  {:<13} {}\n", label, value);
}

void add_list(std::string& text, const char* label, const std::vector<std::string>& items) {
  for (const std::string& item : items) {
    std::string indented;
    for (const char c : item)
      c == '\n' ? indented.append("\n                ") : indented.append(1, c);
    add_line(text, &item == items.data() ? label : "", indented);
  }
}

std::string with(const std::string& detail) {
  return detail.empty() ? "" : ", " + detail;
}

void add_config(std::string& text, const ConfigFacts& config) {
  const bool projected = config.embedding_width && config.embedding_width != config.hidden;
  add_line(text, "layers",
           fmt::format("{}, hidden size {}{}, MLP width {}{}{}", size_text(config.layers),
                       size_text(config.hidden),
                       projected ? fmt::format(" (embedding {}, projected)", *config.embedding_width) : "",
                       size_text(config.inner), config.gated ? ", gated" : "", with(config.activation)));
  if (!config.norm.empty()) add_line(text, "norms", config.norm);
  const bool grouped = config.heads && config.kv_heads && *config.heads != *config.kv_heads;
  add_line(text, "attention",
           fmt::format("{} heads of {}{}{}", size_text(config.heads), size_text(config.head_size),
                       grouped ? fmt::format(", {} key-value {} (grouped queries)", *config.kv_heads,
                                             *config.kv_heads == 1 ? "head" : "heads")
                               : "",
                       with(config.attention)));
  if (!config.window.empty()) add_line(text, "window", config.window);
  add_line(text, "positions",
           fmt::format("{}, {}", size_text(config.context),
                       config.position.empty() ? "kind not known" : config.position));
  add_line(text, "vocabulary", size_text(config.vocab));
}

void add_weights(std::string& text, const CheckpointInspection& inspection) {
  if (!inspection.weights_read) return;
  std::string types, groups;
  for (const auto& type : inspection.types)
    types +=
        fmt::format("{}{}", types.empty() ? "" : ", ",
                    inspection.types.size() > 1 ? fmt::format("{} {}", type.tensors, type.name) : type.name);
  for (const auto& group : inspection.groups)
    groups += fmt::format("{}{} {}", groups.empty() ? "" : ", ", group.name, count_text(group.parameters));
  const std::size_t files = inspection.weight_files.size();
  add_line(text, "parameters", fmt::format("{} ({})", count_text(inspection.parameters), groups));
  add_line(text, "weights",
           fmt::format("{} in {}, {}", bytes_text(inspection.weight_bytes),
                       files == 1 ? inspection.weight_files.front().name
                                  : fmt::format("{} files of {}", files, inspection.weight_source),
                       types));
  if (!inspection.head.empty()) add_line(text, "head", inspection.head);
}

Json parts_json(const std::vector<CheckpointInspection::Part>& parts) {
  Json all = Json::array();
  for (const auto& part : parts)
    all.push_back({{"name", part.name},
                   {"tensors", part.tensors},
                   {"parameters", part.parameters},
                   {"bytes", part.bytes}});
  return all;
}

template <class T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json config_json(const ConfigFacts& config) {
  return {{"model_type", config.model_type},
          {"architecture", config.architecture},
          {"layers", value_or_null(config.layers)},
          {"hidden_size", value_or_null(config.hidden)},
          {"mlp_width", value_or_null(config.inner)},
          {"heads", value_or_null(config.heads)},
          {"key_value_heads", value_or_null(config.kv_heads)},
          {"head_size", value_or_null(config.head_size)},
          {"vocabulary", value_or_null(config.vocab)},
          {"context", value_or_null(config.context)},
          {"activation", config.activation},
          {"gated_mlp", config.gated},
          {"embedding_width", value_or_null(config.embedding_width)},
          {"norm", config.norm},
          {"attention", config.attention},
          {"window", config.window},
          {"position", config.position},
          {"dtype", config.stated_dtype},
          {"tied", config.tied}};
}

}  // namespace

std::string inspection_text(const CheckpointInspection& inspection) {
  const ConfigFacts& config = inspection.config;
  std::string text = inspection.folder.string() + "\n";
  add_line(text, "architecture",
           fmt::format("{}{}: {}", config.model_type.empty() ? "not stated" : config.model_type,
                       config.architecture.empty() ? "" : " (" + config.architecture + ")",
                       inspection.loadable ? "can be loaded" : "cannot be loaded"));
  add_config(text, config);
  add_weights(text, inspection);
  std::vector<std::string> beside;
  for (const std::string& file : inspection.tokenizer_files)
    if (inspection.tokenizer.find(file) == std::string::npos) beside.push_back(file);
  add_line(text, "tokenizer",
           (inspection.tokenizer.empty() ? "none" : inspection.tokenizer) +
               (beside.empty() ? "" : fmt::format(" (also there: {})", fmt::join(beside, ", "))));
  add_line(text, "generation",
           inspection.generation.empty() ? "no generation_config.json" : inspection.generation);
  if (!inspection.other_files.empty())
    add_line(text, "other files", fmt::format("{}", fmt::join(inspection.other_files, ", ")));
  add_list(text, "remarks", inspection.remarks);
  add_list(text, "problems", inspection.problems);
  return text;
}

Json inspection_json(const CheckpointInspection& inspection) {
  Json files = Json::array();
  for (const auto& file : inspection.weight_files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"tensors", file.tensors}});
  return {{"format", "tauscope-inspection"},
          {"version", 1},
          {"folder", inspection.folder.string()},
          {"config", config_json(inspection.config)},
          {"weights_read", inspection.weights_read},
          {"parameters", inspection.parameters},
          {"weight_bytes", inspection.weight_bytes},
          {"weight_source", inspection.weight_source},
          {"weight_files", files},
          {"groups", parts_json(inspection.groups)},
          {"types", parts_json(inspection.types)},
          {"head", inspection.head},
          {"tokenizer", inspection.tokenizer},
          {"tokenizer_files", inspection.tokenizer_files},
          {"generation", inspection.generation},
          {"other_files", inspection.other_files},
          {"remarks", inspection.remarks},
          {"problems", inspection.problems},
          {"loadable", inspection.loadable}};
}

}  // namespace tauscope
