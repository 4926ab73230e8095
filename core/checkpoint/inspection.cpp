#include "core/checkpoint/inspection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/checkpoint/checkpoint_files.h"
#include "core/checkpoint/tensor_layout.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

using Part = CheckpointInspection::Part;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t most_shown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most_shown); ++i)
    text += (i > 0 ? ", " : "") + shown(names[i]);
  return names.size() > most_shown ? fmt::format("{} and {} more", text, names.size() - most_shown) : text;
}

Part& part_named(std::vector<Part>& parts, const std::string& name) {
  for (Part& part : parts)
    if (part.name == name) return part;
  parts.push_back({name});
  return parts.back();
}

void count(Part& part, const TensorEntry& tensor) {
  ++part.tensors;
  part.parameters += tensor.elements();
  part.bytes += tensor.bytes.size();
}

void count_tensors(const Checkpoint& checkpoint, CheckpointInspection& result) {
  std::vector<Part> groups;
  for (const auto group : {TensorGroup::embedding, TensorGroup::attention, TensorGroup::mlp,
                           TensorGroup::norm, TensorGroup::head, TensorGroup::other, TensorGroup::buffer})
    groups.push_back({tensor_group_name(group)});
  for (const auto& file : checkpoint.files()) {
    std::error_code ignored;
    result.weight_files.push_back({file->path().filename().string(), fs::file_size(file->path(), ignored),
                                   static_cast<std::int64_t>(file->tensors().size())});
    for (const TensorEntry& tensor : file->tensors()) {
      const TensorGroup group = tensor_group(tensor.name);
      count(part_named(groups, tensor_group_name(group)), tensor);
      count(part_named(result.types, tensor_type_name(tensor.type)), tensor);
      result.weight_bytes += tensor.bytes.size();
      if (group != TensorGroup::buffer) result.parameters += tensor.elements();
    }
  }
  for (Part& group : groups)
    if (group.tensors > 0) result.groups.push_back(std::move(group));
  std::sort(result.types.begin(), result.types.end(),
            [](const Part& a, const Part& b) { return a.parameters > b.parameters; });
}

/// Whether head and embedding are one, by the config and by the file. As transformers has it: a head in the
/// file that differs from the embedding is used, whatever the config says.
void judge_head(const Checkpoint& checkpoint, const TensorLayout& layout, CheckpointInspection& result) {
  const TensorEntry* head = checkpoint.find(layout.head);
  const TensorEntry* embedding = checkpoint.find(layout.embedding);
  const bool tied = result.config.tied;
  const std::string config = result.config.tied_stated ? (tied ? "config says tied" : "config says not tied")
                                                       : (tied ? "tied by default" : "not tied by default");
  if (!head) {
    result.head = tied ? fmt::format("the embedding ({}, the file has no head)", config) : "missing";
    if (!tied)
      result.problems.push_back(
          fmt::format("{} is missing, and {}: set tie_word_embeddings to true if it is the embedding",
                      layout.head, config));
    return;
  }
  const bool equal = embedding && head->type == embedding->type && head->shape == embedding->shape &&
                     std::ranges::equal(head->bytes, embedding->bytes);
  if (equal && tied) {
    result.head = fmt::format("the embedding ({}, the file holds it twice)", config);
    result.parameters -= head->elements();
  } else {
    result.head = fmt::format("its own ({})", config);
    if (tied)
      result.remarks.push_back(fmt::format("{}, but the file holds another head: that one is used", config));
    if (equal) result.remarks.push_back(fmt::format("the head equals the embedding, though {}", config));
  }
}

void compare_with_layout(const Checkpoint& checkpoint, const TensorLayout& layout,
                         CheckpointInspection& result) {
  std::set<std::string> known{layout.head};
  std::vector<std::string> missing, unknown, buffers;
  std::vector<ExpectedTensor> expected = layout.tensors;
  if (checkpoint.find(layout.head)) expected.push_back({layout.head, layout.head_shape});
  constexpr std::size_t shown_shapes = 3;
  std::size_t wrong_shapes = 0;
  for (const ExpectedTensor& tensor : expected) {
    known.insert(tensor.name);
    const TensorEntry* entry = checkpoint.find(tensor.name);
    if (!entry)
      missing.push_back(tensor.name);
    else if (entry->shape != tensor.shape && ++wrong_shapes <= shown_shapes)
      result.problems.push_back(fmt::format("{} is {}, config.json asks for {}", tensor.name,
                                            shape_text(entry->shape), shape_text(tensor.shape)));
  }
  if (wrong_shapes > shown_shapes)
    result.problems.push_back(fmt::format("{} more tensors are not of the shape that config.json asks for",
                                          wrong_shapes - shown_shapes));
  for (const std::string& name : checkpoint.tensor_names())
    if (!known.contains(name))
      (tensor_group(name) == TensorGroup::buffer ? buffers : unknown).push_back(name);
  if (!missing.empty())
    result.problems.push_back(fmt::format("{} tensors are missing: {}", missing.size(), some_of(missing)));
  if (!unknown.empty())
    result.problems.push_back(fmt::format("{} tensors do not belong to a {} of {} layers: {}", unknown.size(),
                                          result.config.model_type, *result.config.layers, some_of(unknown)));
  if (!buffers.empty())
    result.remarks.push_back(fmt::format("{} masks or tables that hold no weights are passed over: {}",
                                         buffers.size(), some_of(buffers)));
}

void judge_types(const Checkpoint& checkpoint, CheckpointInspection& result) {
  if (result.config.quantized)
    result.problems.push_back(
        "the weights are quantised, which is not supported: use the unquantised checkpoint");
  std::vector<std::string> unusable;
  for (const auto& file : checkpoint.files())
    for (const TensorEntry& tensor : file->tensors()) {
      const bool usable =
          tensor.type == TensorType::F32 || tensor.type == TensorType::F16 || tensor.type == TensorType::BF16;
      if (!usable && tensor_group(tensor.name) != TensorGroup::buffer)
        unusable.push_back(fmt::format("{} ({})", tensor.name, tensor_type_name(tensor.type)));
    }
  if (!unusable.empty())
    result.problems.push_back(
        fmt::format("{} weights are not F32, F16 or BF16: {}", unusable.size(), some_of(unusable)));
  const std::string& stored = result.types.front().name;
  const std::string& stated = result.config.stated_dtype;
  const std::string expected = stated == "float32"    ? "F32"
                               : stated == "float16"  ? "F16"
                               : stated == "bfloat16" ? "BF16"
                                                      : "";
  if (!expected.empty() && expected != stored)
    result.remarks.push_back(fmt::format("config.json says {}, the weights are {}", stated, stored));
}

/// By the rules of this file; false where they do not know the family.
bool judge_weights(const Checkpoint& checkpoint, CheckpointInspection& result) {
  result.weights_read = true;
  result.weight_source = checkpoint.source().name;
  count_tensors(checkpoint, result);
  judge_types(checkpoint, result);
  result.remarks.insert(result.remarks.end(), checkpoint.remarks().begin(), checkpoint.remarks().end());
  const auto layout = tensor_layout(result.config, checkpoint);
  if (!layout) return false;
  compare_with_layout(checkpoint, *layout, result);
  judge_head(checkpoint, *layout, result);
  return true;
}

std::string no_layout_problem(const ConfigFacts& facts) {
  if (facts.model_type == "gpt2" || facts.model_type == "llama")
    return "config.json lacks sizes that the model needs";
  return fmt::format("the architecture {} is not known (known: gpt2, llama)", in_quotes(facts.model_type));
}

void judge_config(CheckpointInspection& result) {
  const ConfigFacts& facts = result.config;
  result.problems = facts.problems;
  if (facts.hidden && facts.heads && !facts.head_size)
    result.problems.push_back(fmt::format("config.json: the hidden size {} is no multiple of the {} heads",
                                          *facts.hidden, *facts.heads));
  if (facts.heads && facts.kv_heads && *facts.heads % *facts.kv_heads != 0)
    result.problems.push_back(fmt::format("config.json: {} heads cannot share {} key-value heads evenly",
                                          *facts.heads, *facts.kv_heads));
}

}  // namespace

CheckpointInspection inspect_checkpoint(const fs::path& folder, const LoadCheck& load_check) {
  CheckpointInspection result;
  result.folder = folder;
  const Json config = Checkpoint::read_config(folder);
  result.config = read_config_facts(config, (folder / "config.json").string());
  judge_config(result);

  try {
    const auto checkpoint = Checkpoint::open(folder);
    const bool judged = judge_weights(*checkpoint, result);
    if (load_check)
      load_check(*checkpoint);
    else if (!judged)
      result.problems.push_back(no_layout_problem(result.config));
  } catch (const Error& error) {
    result.problems.push_back(error.what());
  }
  describe_files(folder, config, result);
  result.loadable = result.problems.empty();
  return result;
}

}  // namespace tauscope
