// Instruction data in every form of the contract, read record by record: memory does not grow with the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tauscope {

class ChatPrompt;

/// One record after its form was recognised and the template applied.
struct Example {
  std::int64_t index =
      0;  ///< 0-based number in the file, before any filter: of the record, or, in files whose records hold
          ///< several instances, of the instance, so that no two examples share a number
  std::string prompt;                ///< the text given to the model, template included
  std::vector<std::string> outputs;  ///< reference responses; empty where the form has none (Vicuna)
  std::string category;              ///< "" where there is none
  std::string instruction;           ///< as in the file, before the template; may be empty
  std::string input;                 ///< context or input; may be empty
  std::string id;  ///< the record's own id ("question_id", S-NI "id"); "" where there is none
};

/// The forms of the contract; recognised by a record's fields, first match in this order.
enum class DataForm {
  prompt_output,
  dolly,
  alpaca,
  self_instruct,
  unnatural_instructions,
  vicuna,
  super_natural
};
const char* data_form_name(DataForm form);

/// A template: one of names(), a file whose text holds {instruction} and, optionally, {input}, or a
/// checkpoint's folder, whose own chat template is then used with the instruction (and behind an empty line
/// the input) as the user's message.
class PromptTemplate {
 public:
  static PromptTemplate named_or_file(const std::string& name_or_path);
  /// "alpaca", "none", and chats with one message in the styles of model families.
  static const std::vector<std::string>& names();
  static bool is_name(const std::string& text);
  std::string apply(const std::string& instruction, const std::string& input) const;
  const std::string& name() const { return name_; }

 private:
  std::string name_, with_input_, without_input_;
  std::shared_ptr<const ChatPrompt> chat_;
};

struct DataOptions {
  std::string prompt_template = "alpaca";
  std::int64_t limit = 0;  ///< at most so many examples; 0 = all
};

/// Sequential reader. Errors are Error::bad_input and name file and line.
class DataFile {
 public:
  static std::unique_ptr<DataFile> open(const std::filesystem::path& path, const DataOptions& options);
  virtual ~DataFile() = default;

  /// The next example; nothing at the end. A file without any usable example is an error at open.
  virtual std::optional<Example> next() = 0;
  virtual DataForm form() const = 0;
  /// Number of examples if it can be told cheaply (counted lines), for progress; 0 if not. The limit is
  /// applied.
  virtual std::int64_t count_estimate() const = 0;
};

}  // namespace tauscope
