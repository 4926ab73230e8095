#include "core/data/forms.h"

#include <fmt/format.h>

#include "core/base/error.h"

namespace tauscope {
namespace {

const Json* first_instance(const JsonFields& record) {
  const auto instances = record.json().find("instances");
  if (instances == record.json().end() || !instances->is_array() || instances->empty()) return nullptr;
  return &instances->front();
}

std::string keys_of(const JsonFields& record) {
  constexpr std::size_t most_allowed = 12;
  std::string out;
  std::size_t count = 0;
  for (const auto& entry : record.json().items()) {
    if (++count > most_allowed) return out + ", ...";
    out += (out.empty() ? "" : ", ") + entry.key().substr(0, 40);
  }
  return out.empty() ? "no fields" : out;
}

/// A string, or an array of strings of which the first is used.
std::vector<std::string> strings(const JsonFields& fields, const std::string& key) {
  const Json& value = fields.at(key);
  if (value.is_string()) return {value.get<std::string>()};
  std::vector<std::string> out;
  if (value.is_array())
    for (const Json& element : value)
      if (element.is_string()) out.push_back(element.get<std::string>());
  if (out.empty() || out.size() != value.size())
    throw Error::bad_input(fields.file(), "has the wrong type")
        .field(fields.path_of(key))
        .found(value.is_array() && value.empty() ? "an empty array"
                                                 : "the type " + std::string(value.type_name()))
        .expected("a string or an array of strings");
  return out;
}

/// An id that may be written as a number.
std::string id_of(const JsonFields& fields, const std::string& key) {
  if (!fields.has(key)) return "";
  const Json& value = fields.at(key);
  return value.is_number_integer() ? value.dump() : fields.string(key);
}

std::string category_of(const JsonFields& fields) {
  return fields.string_or("category", fields.string_or("topic", ""));
}

std::vector<JsonFields> elements(const JsonFields& record, const std::string& key) {
  const Json& array = record.at(key);
  if (!array.is_array() || array.empty())
    throw Error::bad_input(record.file(), "has the wrong type")
        .field(record.path_of(key))
        .found(array.is_array() ? "an empty array" : "the type " + std::string(array.type_name()))
        .expected("an array of objects");
  std::vector<JsonFields> out;
  for (const Json& element : array)
    out.emplace_back(element, record.file(), fmt::format("{}[{}]", record.path_of(key), out.size()));
  return out;
}

std::string with_line_ends(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t mark = text.find("<n>"); mark != std::string::npos; mark = text.find("<n>", at)) {
    out.append(text, at, mark - at).push_back('\n');
    at = mark + 3;
  }
  return out.append(text, at);
}

Example prompt_output(const JsonFields& record) {
  Example example;
  example.prompt = with_line_ends(record.string("prompt"));
  for (const std::string& output : strings(record, "output"))
    example.outputs.push_back(with_line_ends(output));
  example.instruction = record.string_or("instruction", "");
  example.input = record.string_or("input", "");
  example.category = category_of(record);
  example.id = id_of(record, "id");
  return example;
}

/// The forms of one instruction, one input and one output, whatever the fields are called.
Example instruction_form(const JsonFields& record, const char* input, const char* output) {
  Example example;
  example.instruction = record.string("instruction");
  example.input = record.string_or(input, "");
  example.outputs = strings(record, output);
  example.category = category_of(record);
  example.id = id_of(record, "id");
  return example;
}

std::vector<Example> instances(const JsonFields& record) {
  std::vector<Example> out;
  for (const JsonFields& instance : elements(record, "instances")) {
    Example example;
    example.instruction = record.string("instruction");
    example.input = instance.string_or("input", "");
    example.outputs = strings(instance, "output");
    example.category = category_of(record);
    example.id = id_of(record, "id");
    out.push_back(std::move(example));
  }
  return out;
}

Example vicuna(const JsonFields& record) {
  if (record.has("answer_id"))
    throw Error::bad_input(record.file(), "holds answers, not questions")
        .field(record.path_of("answer_id"))
        .remedy("give it as the references of a score, and the questions as data");
  Example example;
  example.instruction = record.has("text") ? record.string("text") : strings(record, "turns").front();
  example.category = category_of(record);
  example.id = id_of(record, "question_id");
  return example;
}

std::vector<Example> super_natural(const JsonFields& record) {
  std::string definition;
  for (const std::string& line : strings(record, "Definition"))
    definition += (definition.empty() ? "" : "\n") + line;
  const std::string category = record.has("Categories") ? strings(record, "Categories").front() : "";
  std::vector<Example> out;
  for (const JsonFields& instance : elements(record, "Instances")) {
    Example example;
    example.instruction = definition;
    example.input = instance.string("input");
    example.outputs = strings(instance, "output");
    example.category = category;
    example.id = id_of(instance, "id");
    out.push_back(std::move(example));
  }
  return out;
}

}  // namespace

const char* data_form_name(DataForm form) {
  switch (form) {
    case DataForm::prompt_output:
      return "prompt and output";
    case DataForm::dolly:
      return "Dolly";
    case DataForm::alpaca:
      return "Alpaca";
    case DataForm::self_instruct:
      return "Self-Instruct";
    case DataForm::unnatural_instructions:
      return "Unnatural Instructions";
    case DataForm::vicuna:
      return "Vicuna";
    case DataForm::super_natural:
      return "Super-NaturalInstructions";
  }
  return "unknown";
}

DataForm recognise_form(const JsonFields& record) {
  const auto has = [&](const char* key) { return record.json().contains(key); };
  if (has("prompt") && has("output")) return DataForm::prompt_output;
  if (has("instruction") && has("response")) return DataForm::dolly;
  if (has("instruction") && has("output")) return DataForm::alpaca;
  if (has("instruction") && has("instances")) {
    const Json* instance = first_instance(record);
    const bool unnatural = instance && instance->is_object() && instance->contains("instruction_with_input");
    return unnatural ? DataForm::unnatural_instructions : DataForm::self_instruct;
  }
  if (has("question_id") && (has("text") || has("turns"))) return DataForm::vicuna;
  if (has("Definition") && has("Instances")) return DataForm::super_natural;
  throw Error::bad_input(record.file(), "a record has none of the known forms")
      .found(keys_of(record))
      .expected(
          "prompt, output (prompt and output); instruction, context, response (Dolly); instruction, input, "
          "output (Alpaca); "
          "instruction, instances (Self-Instruct, Unnatural Instructions); question_id, text or turns "
          "(Vicuna); "
          "Definition, Instances (Super-NaturalInstructions)");
}

std::vector<Example> read_examples(DataForm form, const JsonFields& record,
                                   const PromptTemplate& prompt_template) {
  std::vector<Example> out;
  switch (form) {
    case DataForm::prompt_output:
      return {prompt_output(record)};
    case DataForm::dolly:
      out = {instruction_form(record, "context", "response")};
      break;
    case DataForm::alpaca:
      out = {instruction_form(record, "input", "output")};
      break;
    case DataForm::self_instruct:
    case DataForm::unnatural_instructions:
      out = instances(record);
      break;
    case DataForm::vicuna:
      out = {vicuna(record)};
      break;
    case DataForm::super_natural:
      out = super_natural(record);
      break;
  }
  for (Example& example : out)
    example.prompt = prompt_template.apply(example.instruction, example.input);
  return out;
}

}  // namespace tauscope
