#include "core/checkpoint/checkpoint_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/error.h"
#include "core/base/message.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 12> tokenizer_file_names{
    "tokenizer.json",    "tokenizer.model", "vocab.json",          "merges.txt",
    "vocab.bpe",         "encoder.json",    "spiece.model",        "tokenizer_config.json",
    "added_tokens.json", "vocab.txt",       "chat_template.jinja", "special_tokens_map.json"};
constexpr std::array<std::string_view, 9> familiar_files{
    "config.json",    "generation_config.json",       "README.md",  "LICENSE",      "LICENSE.txt",
    ".gitattributes", "model.safetensors.index.json", "SOURCE.txt", "USE_POLICY.md"};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// The order of core/tokenizer, which is transformers': tokenizer.json, tokenizer.model, vocab.json with
/// merges.
std::string tokenizer_of(const std::vector<std::string>& files) {
  if (contains(files, "tokenizer.json")) return "tokenizer.json";
  if (contains(files, "tokenizer.model")) return "sentencepiece, tokenizer.model";
  if (contains(files, "vocab.json"))
    for (const char* merges : {"merges.txt", "vocab.bpe"})
      if (contains(files, merges)) return fmt::format("byte-level BPE, vocab.json with {}", merges);
  return "";
}

bool is_other_weights(const std::string& name) {
  return name.starts_with("pytorch_model") || name.ends_with(".pth") || name.ends_with(".bin") ||
         name.ends_with(".h5") || name.ends_with(".msgpack") || name.ends_with(".gguf") ||
         name.ends_with(".onnx");
}

/// The checkpoint has told that it found these weights and took others.
bool was_passed_over(const std::string& name, const CheckpointInspection& result) {
  return std::any_of(result.remarks.begin(), result.remarks.end(),
                     [&](const std::string& remark) { return remark.starts_with(name + " is there too"); });
}

void sort_files(const fs::path& folder, CheckpointInspection& result) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
    names.push_back(at->path().filename().string());
  std::sort(names.begin(), names.end());
  std::string unread;
  for (const std::string& name : names) {
    const bool weights = std::any_of(result.weight_files.begin(), result.weight_files.end(),
                                     [&](const auto& file) { return file.name == name; });
    if (contains(tokenizer_file_names, name))
      result.tokenizer_files.push_back(name);
    else if (weights || name == result.weight_source || was_passed_over(name, result))
      continue;
    else if (is_other_weights(name))
      unread += (unread.empty() ? "" : ", ") + shown(name);
    else if (!contains(familiar_files, name))
      result.other_files.push_back(shown(name));
  }
  if (!unread.empty() && result.weights_read)
    result.remarks.push_back(fmt::format("weights that are not read: {}", unread));
}

/// "bos 1, eos 2, do_sample true, temperature 0.6".
std::string generation_text(const Json& generation) {
  std::string text;
  for (const char* key : {"bos_token_id", "eos_token_id", "pad_token_id", "do_sample", "temperature", "top_p",
                          "top_k", "repetition_penalty", "max_length", "max_new_tokens"}) {
    const auto value = generation.find(key);
    if (value == generation.end() || value->is_null()) continue;
    std::string label = key;
    if (label.ends_with("_token_id")) label.resize(3);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", label, shown(value->dump()));
  }
  return text.empty() ? "nothing set" : text;
}

void describe_generation(const fs::path& folder, const Json& config, CheckpointInspection& result) {
  const fs::path path = folder / "generation_config.json";
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return;
  try {
    const Json generation = read_json_file(path, std::uint64_t{1} << 20, HugeIntegers::as_double);
    const JsonFields object(generation, path.string());
    result.generation = generation_text(generation);
    for (const char* key : {"bos_token_id", "eos_token_id"}) {
      const auto here = generation.find(key), there = config.find(key);
      if (here != generation.end() && there != config.end() && !there->is_null() && *here != *there)
        result.remarks.push_back(fmt::format("{} is {} in generation_config.json and {} in config.json", key,
                                             shown(here->dump()), shown(there->dump())));
    }
  } catch (const Error& error) {
    result.generation = "cannot be read";
    result.remarks.push_back(error.what());
  }
}

}  // namespace

void describe_files(const fs::path& folder, const Json& config, CheckpointInspection& result) {
  sort_files(folder, result);
  result.tokenizer = tokenizer_of(result.tokenizer_files);
  if (result.tokenizer.empty())
    result.remarks.push_back(
        "there is no tokenizer: it needs tokenizer.json, or tokenizer.model, or vocab.json with merges.txt");
  describe_generation(folder, config, result);
}

}  // namespace tauscope
