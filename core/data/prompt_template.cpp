#include <algorithm>
#include <filesystem>
#include <string_view>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/chat/chat_template.h"
#include "core/data/data_file.h"
#include "core/tokenizer/utf8.h"

namespace tauscope {
namespace {

constexpr std::string_view instruction_slot = "{instruction}";
constexpr std::string_view input_slot = "{input}";
constexpr std::uint64_t max_template_bytes = std::uint64_t{1} << 20;

// Stanford Alpaca's two texts (Taori et al. 2023), with the line end after "### Response:" that MiniLLM,
// DistiLLM, ABKD and DSKD have.
constexpr const char* alpaca_with_input =
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response "
    "that appropriately completes the request.\n\n### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n"
    "### Response:\n";
constexpr const char* alpaca_without_input =
    "Below is an instruction that describes a task. Write a response that appropriately completes the "
    "request.\n\n"
    "### Instruction:\n{instruction}\n\n### Response:\n";

struct NamedText {
  std::string name;
  const char* text;  // null: the two of Alpaca
};

// One user's message and the opening of the answer, as the families' own templates write them; the BOS is the
// tokenizer's to add. The input follows the instruction behind an empty line.
const std::vector<NamedText>& named_texts() {
  static const std::vector<NamedText> all{
      {"alpaca", nullptr},
      {"none", "{instruction}"},
      {"chatml", "<|im_start|>user\n{instruction}<|im_end|>\n<|im_start|>assistant\n"},
      {"llama2", "[INST] {instruction} [/INST]"},
      {"llama3",
       "<|start_header_id|>user<|end_header_id|>\n\n{instruction}<|eot_id|>"
       "<|start_header_id|>assistant<|end_header_id|>\n\n"},
      {"mistral", "[INST] {instruction}[/INST]"},
      {"zephyr", "<|user|>\n{instruction}</s>\n<|assistant|>\n"}};
  return all;
}

const NamedText* find_named(const std::string& name) {
  for (const NamedText& named : named_texts())
    if (named.name == name) return &named;
  return nullptr;
}

std::string all_names() {
  std::string out;
  for (const NamedText& named : named_texts())
    out += (out.empty() ? "" : ", ") + named.name;
  return out;
}

/// In one pass: what is put in is not searched again.
std::string filled(std::string_view text, const std::string& instruction, const std::string& input) {
  std::string out;
  while (!text.empty()) {
    const std::size_t brace = std::min(text.find('{'), text.size());
    out += text.substr(0, brace);
    text.remove_prefix(brace);
    if (text.starts_with(instruction_slot)) {
      out += instruction;
      text.remove_prefix(instruction_slot.size());
    } else if (text.starts_with(input_slot)) {
      out += input;
      text.remove_prefix(input_slot.size());
    } else if (!text.empty()) {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

const std::vector<std::string>& PromptTemplate::names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    for (const NamedText& named : named_texts())
      out.push_back(named.name);
    return out;
  }();
  return all;
}

bool PromptTemplate::is_name(const std::string& text) {
  return find_named(text) != nullptr;
}

PromptTemplate PromptTemplate::named_or_file(const std::string& name_or_path) {
  PromptTemplate made;
  made.name_ = name_or_path;
  if (name_or_path == "alpaca") {
    made.with_input_ = alpaca_with_input;
    made.without_input_ = alpaca_without_input;
    return made;
  }
  const NamedText* named = find_named(name_or_path);
  std::error_code unreadable;
  if (!named && std::filesystem::is_directory(name_or_path, unreadable)) {
    made.chat_ = std::make_shared<ChatPrompt>(name_or_path);
    return made;
  }
  made.without_input_ = named ? named->text : read_file(name_or_path, max_template_bytes);
  const std::string& text = made.without_input_;
  if (utf8::find_invalid(text) != std::string::npos)
    throw Error::bad_input(name_or_path, "the template is not valid UTF-8");
  const std::size_t instruction = text.find(instruction_slot);
  if (instruction == std::string::npos)
    throw Error::bad_input(name_or_path, "the template has no place for the instruction")
        .expected("a text with {instruction} and, where wanted, {input}")
        .remedy("write {instruction} into it, or choose one of --template " + all_names());
  made.with_input_ = text;
  if (text.find(input_slot) == std::string::npos)
    made.with_input_.insert(instruction + instruction_slot.size(), "\n\n{input}");  // rather than lose it
  return made;
}

std::string PromptTemplate::apply(const std::string& instruction, const std::string& input) const {
  if (chat_) return chat_->apply(input.empty() ? instruction : instruction + "\n\n" + input);
  return filled(input.empty() ? without_input_ : with_input_, instruction, input);
}

}  // namespace tauscope
