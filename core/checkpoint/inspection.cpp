#include "core/checkpoint/inspection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/checkpoint/checkpoint_files.h"
#include "core/checkpoint/head_decision.h"
#include "core/checkpoint/weight_values.h"

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
    std::set<std::pair<const std::byte*, std::size_t>>
        seen;  // tensors of a torch.save file may share their bytes
    for (const TensorEntry& tensor : file->tensors()) {
      const TensorGroup group = tensor_group(tensor.name);
      count(part_named(groups, tensor_group_name(group)), tensor);
      count(part_named(result.types, tensor_type_name(tensor.type)), tensor);
      if (seen.emplace(tensor.bytes.data(), tensor.bytes.size()).second)
        result.weight_bytes += tensor.bytes.size();
      if (group != TensorGroup::buffer) result.parameters += tensor.elements();
    }
  }
  for (Part& group : groups)
    if (group.tensors > 0) result.groups.push_back(std::move(group));
  std::sort(result.types.begin(), result.types.end(),
            [](const Part& a, const Part& b) { return a.parameters > b.parameters; });
}

std::string head_phrase(const HeadDecision& head, const std::string& config) {
  switch (head.kind) {
    case HeadKind::embedding:
      return fmt::format("the embedding ({}, the file has no head)", config);
    case HeadKind::embedding_twice:
      return fmt::format("the embedding ({}, the file holds it twice)", config);
    case HeadKind::own:
    case HeadKind::own_though_tied:
      return fmt::format("its own ({})", config);
    case HeadKind::missing:
      break;
  }
  return "missing";
}

void judge_head(const Checkpoint& checkpoint, const TensorLayout& layout, CheckpointInspection& result) {
  const bool tied = result.config.tied;
  const HeadDecision head = decide_head(checkpoint, layout.head, layout.embedding, tied);
  const std::string config = result.config.tied_stated ? (tied ? "config says tied" : "config says not tied")
                                                       : (tied ? "tied by default" : "not tied by default");
  result.head = head_phrase(head, config);
  if (head.kind == HeadKind::missing)
    result.problems.push_back(
        fmt::format("{} is missing, and {}: set tie_word_embeddings to true if it is the embedding",
                    layout.head, config));
  if (head.kind == HeadKind::embedding_twice) {
    result.parameters -= checkpoint.find(layout.head)->elements();
    std::erase_if(result.groups,
                  [](const Part& group) { return group.name == tensor_group_name(TensorGroup::head); });
  }
  if (const std::string remark = head_remark(head); !remark.empty()) result.remarks.push_back(remark);
}

/// Tensors of the file that the model does not ask for, by their kind.
void judge_leftovers(const Checkpoint& checkpoint, const TensorLayout& layout,
                     const std::set<std::string>& known, CheckpointInspection& result) {
  std::vector<std::string> unexpected, beside, buffers;
  for (const std::string& name : checkpoint.tensor_names()) {
    if (known.contains(name)) continue;
    const Leftover kind = layout.leftover(name);
    (kind == Leftover::buffer ? buffers : kind == Leftover::beside ? beside : unexpected).push_back(name);
  }
  if (!unexpected.empty())
    result.problems.push_back(fmt::format("{} tensors do not belong to a {} of {} layers: {}",
                                          unexpected.size(), result.config.model_type, *result.config.layers,
                                          some_of(unexpected)));
  if (!beside.empty())
    result.remarks.push_back(fmt::format("{} tensors stand beside the model and are not used: {}",
                                         beside.size(), some_of(beside)));
  if (!buffers.empty())
    result.remarks.push_back(fmt::format("{} masks or tables that hold no weights are passed over: {}",
                                         buffers.size(), some_of(buffers)));
}

void compare_with_layout(const Checkpoint& checkpoint, const TensorLayout& layout,
                         CheckpointInspection& result) {
  std::set<std::string> known{layout.head};
  std::vector<std::string> missing;
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
  if (!missing.empty())
    result.problems.push_back(fmt::format("{} tensors are missing: {}", missing.size(), some_of(missing)));
  judge_leftovers(checkpoint, layout, known, result);
}

void judge_types(const Checkpoint& checkpoint, CheckpointInspection& result) {
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

void judge_weights(const Checkpoint& checkpoint, const ModelDescription* model,
                   CheckpointInspection& result) {
  result.weights_read = true;
  result.weight_source = checkpoint.source().name;
  count_tensors(checkpoint, result);
  judge_types(checkpoint, result);
  result.remarks.insert(result.remarks.end(), checkpoint.remarks().begin(), checkpoint.remarks().end());
  if (model == nullptr) return;
  const TensorLayout layout = model->layout(checkpoint);
  compare_with_layout(checkpoint, layout, result);
  judge_head(checkpoint, layout, result);
}

/// Every byte is read, which for large checkpoints takes as long as the disk does.
void judge_values(const Checkpoint& checkpoint, CheckWeights check, CheckpointInspection& result) {
  constexpr std::uint64_t most_bytes = std::uint64_t{4} << 30;
  if (check == CheckWeights::if_small && result.weight_bytes > most_bytes) {
    result.remarks.push_back(
        "the values of the weights were not looked at, so NaN and damaged bytes would go unseen: there are "
        "more than 4 GiB of them (inspect --check-weights reads them all)");
    return;
  }
  const std::vector<std::string> problems = weight_value_problems(checkpoint);
  result.problems.insert(result.problems.end(), problems.begin(), problems.end());
}

}  // namespace

CheckpointInspection inspect_checkpoint(const fs::path& folder, const DescribeModel& describe,
                                        CheckWeights check) {
  CheckpointInspection result;
  result.folder = folder;
  const Json config = Checkpoint::read_config(folder);
  const std::string file = (folder / "config.json").string();
  std::optional<ModelDescription> model;
  try {
    model = describe(config, file);
    result.config = model->facts;
    result.remarks = model->remarks;
  } catch (const Error& error) {
    result.config = read_config_facts(config, file);
    result.problems.push_back(error.what());
  }
  try {
    const auto checkpoint = Checkpoint::open(folder);
    judge_weights(*checkpoint, model ? &*model : nullptr, result);
    judge_values(*checkpoint, check, result);
  } catch (const Error& error) {
    result.problems.push_back(error.what());
  }
  describe_files(folder, config, result);
  result.loadable = result.problems.empty();
  return result;
}

}  // namespace tauscope
