#include "core/distillation/training_data.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {
namespace {

void check_ids(const TeacherForcedSequence& sequence, std::int64_t vocab, const Example& example,
               const std::string& file) {
  for (const std::int32_t id : sequence.ids)
    if (id < 0 || id >= vocab)
      throw Error::bad_input(file, "a token of the example is not among the ids that the models share")
          .field(fmt::format("example {}", example.index))
          .found(fmt::format("id {}", id))
          .expected(fmt::format("0 to {}", vocab - 1));
}

std::string hash_of(const std::vector<TrainingExample>& examples) {
  std::string text;
  for (const TrainingExample& example : examples) {
    text += fmt::format("{} {}:", example.index, example.first_scored);
    for (const std::int32_t id : example.ids)
      text += fmt::format(" {}", id);
    text += '\n';
  }
  return sha256(text);
}

void report(const TrainingData& data, ProgressSink& progress) {
  const std::string name = data.file.string();
  if (!data.too_long.empty())
    progress.warning(fmt::format(
        "{}: {} of {} examples are left out, because their responses do not fit "
        "into data.max_length (the first is example {})",
        name, data.too_long.size(), data.too_long.size() + data.examples.size(), data.too_long.front()));
  if (data.prompts_cut > 0)
    progress.note(
        fmt::format("{}: the prompts of {} examples are cut on their left", name, data.prompts_cut));
}

}  // namespace

TrainingData read_training_data(const std::filesystem::path& file, const RunSpec::Data& settings,
                                const TrainingLimits& limits, const Tokenizer& tokenizer,
                                ProgressSink& progress) {
  TrainingData data;
  data.file = file;
  const auto source =
      DataFile::open(file, {.prompt_template = settings.form_template, .limit = limits.examples});
  progress.note(fmt::format("{}: data form {}", file.string(), data_form_name(source->form())));
  const SequenceOptions options{.max_length = settings.max_length,
                                .max_prompt_length = settings.max_prompt_length,
                                .too_long = TooLong::skip};
  while (const auto example = source->next()) {
    TeacherForcedSequence sequence =
        make_sequence(tokenizer, *example, file.string(), options, limits.context);
    if (!sequence.fits) {
      data.too_long.push_back(example->index);
      continue;
    }
    check_ids(sequence, limits.vocab, *example, file.string());
    if (sequence.prompt_tokens_cut > 0) ++data.prompts_cut;
    data.examples.push_back({example->index, std::move(sequence.ids), sequence.first_scored});
  }
  if (data.examples.empty())
    throw Error::bad_input(file.string(), "no example fits into the longest sequence")
        .field("data.max_length")
        .found(fmt::format("{} tokens (the models' context is {})", settings.max_length, limits.context))
        .remedy("raise data.max_length, or take data with shorter responses");
  report(data, progress);
  data.file_sha256 = sha256_file(file);
  data.ids_sha256 = hash_of(data.examples);
  return data;
}

}  // namespace tauscope
