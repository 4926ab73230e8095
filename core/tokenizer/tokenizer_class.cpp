#include "core/tokenizer/tokenizer_class.h"

#include <map>

namespace tauscope {
namespace {

constexpr const char* as_it_stands = "TokenizersBackend";

std::string without_fast(std::string name) {
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  return name == "PreTrainedTokenizer" ? as_it_stands : name;
}

std::string class_of_model_type(const std::string& model_type) {
  static const std::map<std::string, const char*> known{
      {"gpt2", "GPT2Tokenizer"},       {"opt", "GPT2Tokenizer"},    {"qwen2", "Qwen2Tokenizer"},
      {"qwen2_moe", "Qwen2Tokenizer"}, {"qwen3", "Qwen2Tokenizer"}, {"qwen3_moe", "Qwen2Tokenizer"},
      {"mistral", as_it_stands},       {"ministral", as_it_stands}};
  const auto at = known.find(model_type);
  return at == known.end() ? "" : at->second;
}

}  // namespace

std::string tokenizer_class_of(std::string declared, const std::string& model_type) {
  declared = without_fast(std::move(declared));
  const std::string own = class_of_model_type(model_type);
  if (declared.empty()) return own;
  if (own == as_it_stands || model_type == "qwen2") return own;
  return declared;
}

RebuiltAs rebuilt_as(const TokenizerConfig& config, bool byte_level) {
  if (config.class_name == "GPT2Tokenizer") return RebuiltAs::gpt2;
  if (config.class_name == "Qwen2Tokenizer") return RebuiltAs::qwen2;
  if (config.class_name == "LlamaTokenizer" && !byte_level) return RebuiltAs::llama;
  return RebuiltAs::none;
}

bool has_rules_of_its_own(const TokenizerConfig& config) {
  for (const char* known : {"", as_it_stands, "GPT2Tokenizer", "Qwen2Tokenizer", "LlamaTokenizer"})
    if (config.class_name == known) return false;
  return true;
}

}  // namespace tauscope
