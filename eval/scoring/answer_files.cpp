#include "eval/scoring/answer_files.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <unordered_map>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/data/forms.h"
#include "core/data/record_reader.h"

namespace tauscope {
namespace {

constexpr std::array<const char*, 3> text_fields{"text", "answer", "response"};
constexpr std::int64_t largest_number = std::numeric_limits<std::int64_t>::max();

/// Calls read(fields) for every record of a file.
template <typename Read>
void for_each_record(const std::filesystem::path& path, const Read& read) {
  RecordReader records(path);
  while (const auto record = records.next()) {
    const Json json = parse_json(record->text, path.string(), record->line, HugeIntegers::as_double);
    read(JsonFields(json, fmt::format("{}:{}", path.string(), record->line)));
  }
}

std::optional<std::int64_t> number_of(const JsonFields& record, const char* key, std::int64_t low) {
  if (!record.has(key)) return std::nullopt;
  return record.integer(key, low, largest_number);
}

std::string question_id_of(const JsonFields& record) {
  if (!record.has("question_id")) return "";
  const Json& value = record.at("question_id");
  return value.is_number_integer() ? value.dump() : record.string("question_id");
}

/// "output": a string, or several.
std::vector<std::string> outputs_of(const JsonFields& record) {
  const Json& value = record.at("output");
  if (value.is_string()) return {value.get<std::string>()};
  std::vector<std::string> outputs;
  for (const Json& element : value)
    if (value.is_array() && element.is_string()) outputs.push_back(element.get<std::string>());
  if (outputs.empty() || outputs.size() != value.size())
    throw Error::bad_input(record.file(), "a reference is not text")
        .field(record.path_of("output"))
        .found(value.is_array() && value.empty() ? "an empty array"
                                                 : "the type " + std::string(value.type_name()))
        .expected("a string or an array of strings");
  return outputs;
}

std::string category_of(const JsonFields& record) {
  return record.string_or("category", record.string_or("topic", ""));
}

Prediction prediction_of(const JsonFields& record) {
  const char* field = nullptr;
  for (const char* name : text_fields)
    if (field == nullptr && record.json().contains(name)) field = name;
  if (field == nullptr)
    throw Error::bad_input(record.file(), "a prediction has no text")
        .field("text")
        .expected("a field text (or answer, or response) with the model's answer");
  const Json& text = record.json().at(field);
  if (!text.is_string())
    throw Error::bad_input(record.file(), "an answer is not text")
        .field(field)
        .found("the type " + std::string(text.type_name()))
        .expected("a string")
        .remedy("write an empty string where the model said nothing");
  Prediction prediction;
  prediction.text = text.get<std::string>();
  prediction.example = number_of(record, "example", 0);
  prediction.seed = number_of(record, "seed", std::numeric_limits<std::int64_t>::min());
  prediction.question_id = question_id_of(record);
  if (record.has("output")) prediction.outputs = outputs_of(record);
  prediction.category = category_of(record);
  prediction.prompt = record.string_or("prompt", "");
  prediction.place = record.file();
  return prediction;
}

void check_alike(const std::vector<Prediction>& predictions) {
  const Prediction& first = predictions.front();
  const auto refuse = [&](const Prediction& prediction, const char* field, bool has) {
    throw Error::bad_input(prediction.place, fmt::format("{} {}", has ? "has" : "lacks", field))
        .field(field)
        .found(fmt::format("predictions that {} it before, from {}", has ? "lack" : "have", first.place))
        .expected("all of them to have it, or none");
  };
  for (const Prediction& prediction : predictions) {
    if (prediction.example.has_value() != first.example.has_value())
      refuse(prediction, "example", prediction.example.has_value());
    if (prediction.seed.has_value() != first.seed.has_value())
      refuse(prediction, "seed", prediction.seed.has_value());
  }
}

class ReferenceReader {
 public:
  void read(const JsonFields& record) {
    const bool answer = record.json().contains("answer_id") && record.json().contains("question_id");
    const std::string form = answer ? "Vicuna answers" : bare(record) ? "references" : form_of(record);
    if (file_.form.empty()) file_.form = form;
    if (form != file_.form)
      throw Error::bad_input(record.file(), "a record has another form than the first one")
          .found(form)
          .expected(file_.form)
          .remedy("give each form a file of its own");
    if (answer || bare(record)) {
      Reference reference;
      if (answer) reference.outputs = {record.string("text")};
      if (!answer) reference.outputs = outputs_of(record);
      reference.category = category_of(record);
      add(std::move(reference), record);
    } else {
      add_examples(record);
    }
  }

  ReferenceFile take() { return std::move(file_); }

 private:
  /// A record with "output" that is no data of the contract's forms.
  static bool bare(const JsonFields& record) {
    const Json& json = record.json();
    return json.contains("output") && !json.contains("prompt") && !json.contains("instruction");
  }
  static std::string form_of(const JsonFields& record) { return data_form_name(recognise_form(record)); }

  void add_examples(const JsonFields& record) {
    static const PromptTemplate none = PromptTemplate::named_or_file("none");
    for (Example& example : read_examples(recognise_form(record), record, none)) {
      if (example.outputs.empty())
        throw Error::bad_input(record.file(), "has no reference answers")
            .found(fmt::format("data of the form {}, which has questions alone", file_.form))
            .remedy("give a file of answers, such as Vicuna's with answer_id, question_id and text");
      Reference reference;
      reference.outputs = std::move(example.outputs);
      reference.category = std::move(example.category);
      reference.example = next_number_++;
      add(std::move(reference), record);
    }
  }

  void add(Reference reference, const JsonFields& record) {
    if (const auto example = number_of(record, "example", 0)) reference.example = example;
    reference.question_id = question_id_of(record);
    reference.place = record.file();
    if (reference.example) once(by_example_, std::to_string(*reference.example), "example", reference);
    if (!reference.question_id.empty()) once(by_id_, reference.question_id, "question_id", reference);
    file_.references.push_back(std::move(reference));
  }

  static void once(std::unordered_map<std::string, std::string>& seen, const std::string& key,
                   const char* field, const Reference& reference) {
    const auto [entry, fresh] = seen.try_emplace(key, reference.place);
    if (fresh) return;
    throw Error::bad_input(reference.place, "a reference stands twice")
        .field(field)
        .found(fmt::format("{}, as at {}", key, entry->second))
        .expected("each of them once; several references of one example are a list in its output");
  }

  ReferenceFile file_;
  std::int64_t next_number_ = 0;
  std::unordered_map<std::string, std::string> by_example_, by_id_;
};

}  // namespace

std::vector<Prediction> read_predictions(const std::vector<std::filesystem::path>& files) {
  std::vector<Prediction> predictions;
  for (const auto& file : files)
    for_each_record(file, [&](const JsonFields& record) { predictions.push_back(prediction_of(record)); });
  if (predictions.empty())
    throw Error::bad_input(files.empty() ? "" : files.front().string(), "has no predictions")
        .expected("at least one record with text");
  check_alike(predictions);
  return predictions;
}

ReferenceFile read_references(const std::filesystem::path& file) {
  ReferenceReader reader;
  for_each_record(file, [&](const JsonFields& record) { reader.read(record); });
  ReferenceFile result = reader.take();
  if (result.references.empty())
    throw Error::bad_input(file.string(), "has no references").expected("at least one record with output");
  return result;
}

}  // namespace tauscope
