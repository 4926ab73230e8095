// The two sides of a score as they lie in files: answers of a model, and references.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tauscope {

/// A line of a predictions file.
struct Prediction {
  std::string text;  ///< "text", or "answer", or "response"
  std::optional<std::int64_t> example, seed;
  std::string question_id;           ///< "" where there is none
  std::vector<std::string> outputs;  ///< its own references: "output", a string or several; may be empty
  std::string category;
  std::string prompt;  ///< "" where it is not there
  std::string place;   ///< file:line
};

/// What an answer is held against.
struct Reference {
  std::vector<std::string> outputs;  ///< at least one
  std::optional<std::int64_t>
      example;  ///< "example", or, of a data file, its record's number; of other files nothing
  std::string question_id;
  std::string category;
  std::string place;
};

/// One or several predictions files, such as one for each seed, one behind the other. JSON lines or a JSON
/// array. Throws Error::bad_input naming file and line: no text or a text that is no string, an `example`
/// that is no number, lines of which only some have an `example` or a `seed`.
std::vector<Prediction> read_predictions(const std::vector<std::filesystem::path>& files);

struct ReferenceFile {
  std::vector<Reference> references;
  std::string form;  ///< "references", "Vicuna answers" or a data form's name
};

/// Any data file whose form has responses; answers in Vicuna's form (`answer_id`, `question_id`, `text`); or
/// records with `output` and perhaps `example` or `question_id`. Throws Error::bad_input as above, and where
/// an `example` or a `question_id` stands twice.
ReferenceFile read_references(const std::filesystem::path& file);

}  // namespace tauscope
