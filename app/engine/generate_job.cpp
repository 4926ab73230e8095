#include "app/engine/generate_job.h"

#include <fmt/format.h>

#include <chrono>
#include <map>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/decoding/answer_log.h"
#include "core/decoding/end_tokens.h"
#include "core/engine/shared_vocabulary.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

/// The data's prompts as ids, and what became of them on the way.
struct PromptSet {
  std::vector<Prompt> prompts;
  std::map<std::int64_t, Example> examples;
  std::vector<std::int64_t> cut, empty;
};

PromptSet read_prompts(DataFile& data, const Tokenizer& tokenizer, const DecodingOptions& decoding,
                       std::int64_t context) {
  PromptSet set;
  while (auto example = data.next()) {
    std::int64_t cut = 0;
    auto ids = fit_prompt(tokenizer.encode(example->prompt, true), decoding, context, cut);
    if (ids.empty()) {
      set.empty.push_back(example->index);
      continue;
    }
    if (cut > 0) set.cut.push_back(example->index);
    set.prompts.push_back({example->index, std::move(ids)});
    set.examples.emplace(example->index, std::move(*example));
  }
  return set;
}

std::string some(const std::vector<std::int64_t>& examples) {
  std::string text;
  for (std::size_t i = 0; i < examples.size() && i < 10; ++i)
    text += fmt::format("{}{}", i ? ", " : "", examples[i]);
  return text + (examples.size() > 10 ? ", …" : "");
}

Json line_of(const GeneratedAnswer& answer, const Example& example, DataForm form, std::uint64_t seed) {
  Json line = {{"example", answer.example},
               {"prompt", example.prompt},
               {"text", answer.text},
               {"ids", answer.ids},
               {"finish_reason", finish_reason_name(answer.finish)},
               {"seed", seed}};
  if (!example.outputs.empty()) line["output"] = example.outputs;
  if (!example.category.empty()) line["category"] = example.category;
  if (form == DataForm::vicuna && !example.id.empty()) line["question_id"] = example.id;
  return line;
}

Json filter_json(const ExampleFilter& filter) {
  if (filter.passes_all()) return nullptr;
  return {{"categories", filter.categories},
          {"least_words", filter.least_words},
          {"most_words", filter.most_words},
          {"subset", filter.subset},
          {"subset_seed", filter.subset_seed}};
}

/// What answers depend on: not where the files lie, nor the batch, nor how the command was typed.
std::string key_of(Json card) {
  card["model"].erase("path");
  card["data"].erase("path");
  for (const char* more : {"batch_size", "command"})
    card.erase(more);
  return sha256(card.dump());
}

fs::path card_path(const fs::path& answers) {
  return answers.string() + ".protocol.json";
}

/// The answers are there, and their card says what `card` says.
bool is_finished(const fs::path& answers, const Json& card) {
  std::error_code absent;
  if (!fs::exists(answers, absent) || !fs::exists(card_path(answers), absent)) return false;
  const Json known = read_json_file(card_path(answers));
  return known.is_object() && known.contains("model") && known.contains("data") &&
         key_of(known) == key_of(card);
}

}  // namespace

AnsweringModel::AnsweringModel(const std::filesystem::path& folder, const ModelOptions& options,
                               ProgressSink& sink)
    : checkpoint_(Checkpoint::open(folder)),
      tokenizer_(load_tokenizer(folder)),
      model_(CausalLM::load(*checkpoint_, options)),
      end_ids_(end_tokens(folder, *tokenizer_)),
      options_(options) {
  for (const std::string& remark : model_->remarks())
    sink.warning(remark);
  if (tokenizer_->size() > model_->vocab_size()) {
    throw Error::bad_input(folder.string(), "the tokenizer has more tokens than the model")
        .found(fmt::format("{} tokens", tokenizer_->size()))
        .expected(fmt::format("at most {}", model_->vocab_size()));
  }
  if (end_ids_.empty())
    sink.warning(folder.string() + ": nothing says which token ends an answer; all run to the limit");
}

/// Everything that can change an answer, or says what was used.
Json AnsweringModel::card_of(const GenerateRequest& request, const DataFile& data) const {
  Json decoding = to_json(request.decoding);
  decoding["protocol"] = request.protocol;
  decoding["end_ids"] = end_ids_;
  return {
      {"format", "tauscope-answers"},
      {"version", 1},
      {"tauscope_version", TAUSCOPE_VERSION},
      {"model",
       {{"path", checkpoint_->folder().string()},
        {"sha256", checkpoint_->hash()},
        {"architecture", checkpoint_->model_type()}}},
      {"tokenizer", {{"description", tokenizer_->description()}, {"sha256", tokenizer_hash(*tokenizer_)}}},
      {"data",
       {{"path", request.data.string()},
        {"sha256", sha256_file(request.data)},
        {"form", data_form_name(data.form())},
        {"template", request.data_options.prompt_template},
        {"limit", request.data_options.limit},
        {"filter", filter_json(request.filter)}}},
      {"decoding", decoding},
      {"seed", request.seed},
      {"device", model_->device()},
      {"dtype", dtype_name(options_.dtype)}};
}

GenerateOutcome AnsweringModel::answer(const GenerateRequest& request, ProgressSink& progress,
                                       std::stop_token stop) const {
  check(request.decoding);
  const auto data = open_filtered(request.data, request.data_options, request.filter);
  PromptSet set = read_prompts(*data, *tokenizer_, request.decoding, model_->context_length());
  if (set.prompts.empty())
    throw Error::bad_input(request.data.string(), "the data hold no prompt that could be answered");
  GenerateOutcome outcome;
  outcome.prompts = static_cast<std::int64_t>(set.prompts.size());
  outcome.card = card_of(request, *data);
  outcome.card["prompts_cut"] = set.cut;
  outcome.card["prompts_empty"] = set.empty;
  if (!set.cut.empty())
    progress.warning(
        fmt::format("cut from the left to fit: {} of the prompts ({})", set.cut.size(), some(set.cut)));
  if (!set.empty.empty())
    progress.warning(fmt::format("left out, because they are empty: {} of the prompts ({})", set.empty.size(),
                                 some(set.empty)));

  if (request.keep_finished && is_finished(request.out, outcome.card)) {
    outcome.complete = true;
    outcome.taken_over = outcome.prompts;
    return outcome;
  }
  AnswerLog log(request.out, key_of(outcome.card), request.force);
  outcome.taken_over = static_cast<std::int64_t>(log.taken_over());
  std::erase_if(set.prompts, [&](const Prompt& prompt) { return log.has(prompt.example); });
  Generator generator(*model_, *tokenizer_, end_ids_, request.decoding, request.batch);
  const auto start = std::chrono::steady_clock::now();
  outcome.complete = generator.run(
      set.prompts, request.seed,
      [&](const GeneratedAnswer& answer) {
        log.add(answer.example, line_of(answer, set.examples.at(answer.example), data->form(), request.seed));
      },
      progress, std::move(stop));
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  outcome.counts = generator.counts();
  if (!outcome.complete) return outcome;
  log.finish();
  outcome.card["batch_size"] = request.batch;
  outcome.card["command"] = request.command;
  write_file_atomically(card_path(request.out), outcome.card.dump(2) + "\n");
  return outcome;
}

}  // namespace tauscope
