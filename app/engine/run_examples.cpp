#include "app/engine/run_examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "app/engine/example_list.h"
#include "app/engine/table_example.h"
#include "app/session/kernel_engine.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"
#include "core/data/sequence.h"
#include "core/diagnostics/kept_reader.h"
#include "core/diagnostics/manifest.h"
#include "core/diagnostics/tokens_reader.h"
#include "core/engine/shared_vocabulary.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> student_names(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const ManifestModel& student : manifest.source.students)
    names.push_back(student.name);
  return names;
}

class RunExamples final : public ExampleSource {
 public:
  RunExamples(fs::path folder, Manifest manifest, std::vector<std::int64_t> kept,
              std::shared_ptr<const TokensIndex> tokens, std::shared_ptr<const Tokenizer> tokenizer,
              std::shared_ptr<const ExampleList> data)
      : folder_(std::move(folder)),
        manifest_(std::move(manifest)),
        students_(student_names(manifest_)),
        taus_(manifest_.spec.taus),
        kept_(std::move(kept)),
        tokens_(std::move(tokens)),
        tokenizer_(std::move(tokenizer)),
        data_(std::move(data)) {
    std::sort(taus_.begin(), taus_.end());
  }

  std::shared_ptr<const ScoredExample> score(std::int64_t index, ProgressSink& progress,
                                             std::stop_token stop) const override {
    if (stop.stop_requested()) return nullptr;
    const bool in_table = tokens_ && tokens_->find(index);
    std::string problem;
    if (std::binary_search(kept_.begin(), kept_.end(), index)) {
      try {
        return from_kept(index, stop);
      } catch (const Error& error) {
        if (!in_table) throw;
        problem = error.what();
        progress.warning(fmt::format("{}\nexample {} is shown from tokens.csv instead", problem, index));
      }
    }
    if (!in_table)
      throw Error::bad_input(folder_.string(), "the analysis kept nothing of this example")
          .field(fmt::format("example {}", index))
          .remedy("analyze again with --tokens csv or --keep-logits");
    return from_table(index, std::move(problem), stop);
  }

 private:
  std::string token(std::int64_t id) const {
    if (tokenizer_ && id >= 0 && id < tokenizer_->size())
      return tokenizer_->token_bytes(static_cast<std::int32_t>(id));
    return tokens_ ? tokens_->token(id) : "";
  }

  void fill_common(ScoredExample& example, std::int64_t index, const std::stop_token& stop) const {
    example.id = next_id();
    example.index = index;
    for (std::size_t row = 0; row < example.rows; ++row) {
      const std::int64_t target = example.targets.empty() ? -1 : example.targets[row];
      example.response.push_back({static_cast<std::int32_t>(target), target < 0 ? "" : token(target)});
    }
    if (data_) add_prompt(example, stop);
  }

  /// Where data and tokenizer are still those of the analysis: its prompt, if the response comes out the
  /// same.
  void add_prompt(ScoredExample& example, const std::stop_token& stop) const {
    try {
      const auto record = data_->find(example.index, stop);
      if (!record) return;
      example.category = record->category;
      if (!tokenizer_) return;
      const JsonFields settings(manifest_.more_settings, (folder_ / "manifest.json").string());
      SequenceOptions options;
      options.add_eos = settings.boolean_or("eos", true);
      options.too_long = TooLong::skip;
      const std::int64_t longest = settings.integer_or("max_length", 0, 0, std::int64_t{1} << 40);
      const auto sequence = make_sequence(*tokenizer_, *record, data_->path().string(), options, longest);
      const auto first = sequence.ids.begin() + sequence.first_scored;
      if (!std::equal(first, sequence.ids.end(), example.targets.begin(), example.targets.end())) return;
      for (auto id = sequence.ids.begin(); id != first; ++id)
        example.prompt.push_back({*id, tokenizer_->token_bytes(*id)});
    } catch (const Error&) {
      // The prompt is an addition: without it the example is as the analysis' folder has it.
    }
  }

  std::shared_ptr<const ScoredExample> from_kept(std::int64_t index, const std::stop_token& stop) const {
    auto kept = std::make_shared<const KeptExample>(open_kept_example(folder_ / "logits", students_, index));
    auto example = std::make_shared<HostExample>();
    example->rows = kept->logits.rows();
    example->vocab = kept->logits.vocab();
    example->teacher = kept->logits.teacher;
    example->students = kept->logits.students;
    example->targets = kept->logits.targets;
    example->positions = kept->positions;
    fill_common(*example, index, stop);
    if (tokenizer_ || tokens_) {
      example->token = [tokens = tokens_, tokenizer = tokenizer_](std::int64_t id) -> std::string {
        if (tokenizer && id < tokenizer->size()) return tokenizer->token_bytes(static_cast<std::int32_t>(id));
        const std::string text = tokens ? tokens->token(id) : "";
        return text.empty() ? fmt::format("#{}", id) : text;
      };
    }
    example->keep_alive = std::move(kept);
    return example;
  }

  std::shared_ptr<const ScoredExample> from_table(std::int64_t index, std::string logits_problem,
                                                  const std::stop_token& stop) const {
    TokensOfExample found = tokens_->read(index);
    auto example = std::make_shared<TableExample>();
    example->logits_problem = std::move(logits_problem);
    example->rows = found.positions.size();
    example->vocab = static_cast<std::size_t>(manifest_.vocab);
    example->taus = taus_;
    example->tau_scaling = manifest_.spec.tau_scaling;
    example->dominant = manifest_.spec.dominant;
    example->overlap_k = manifest_.spec.overlap_k;
    if (found.has_targets()) example->targets = std::move(found.targets);
    example->positions = std::move(found.positions);
    for (const auto& cells : found.students)
      example->bytes += cells.size() * sizeof(RowStatistics);
    example->students = std::move(found.students);
    fill_common(*example, index, stop);
    return example;
  }

  fs::path folder_;
  Manifest manifest_;
  std::vector<std::string> students_;
  std::vector<double> taus_;  ///< ascending
  std::vector<std::int64_t> kept_;
  std::shared_ptr<const TokensIndex> tokens_;   ///< null: no table, or one that cannot be read
  std::shared_ptr<const Tokenizer> tokenizer_;  ///< null: not there any more
  std::shared_ptr<const ExampleList> data_;     ///< null: not there any more, or changed
};

/// Null, with a warning, where the table cannot be used. `stopped` is set if stopped.
std::shared_ptr<const TokensIndex> index_tokens(const fs::path& folder, const Manifest& manifest,
                                                ProgressSink& progress, const std::stop_token& stop) {
  const fs::path path = tokens_file(folder);
  if (path.empty()) {
    if (manifest.spec.tokens != TokensFormat::none)
      progress.warning(folder.string() + ": tokens.csv is missing; only what the summaries say can be shown");
    return nullptr;
  }
  try {
    std::vector<double> taus = manifest.spec.taus;
    std::sort(taus.begin(), taus.end());
    auto index = TokensIndex::build(path, student_names(manifest), std::move(taus), progress, stop);
    if (index && !index->problem().empty())
      progress.warning(
          fmt::format("{}\nthe {} examples before it are shown", index->problem(), index->entries().size()));
    return index;
  } catch (const Error& error) {
    progress.warning(error.what());
    return nullptr;
  }
}

/// The teacher's tokenizer, if it is still the one that the analysis used.
std::shared_ptr<const Tokenizer> same_tokenizer(const Manifest& manifest) {
  std::error_code absent;
  const fs::path folder = manifest.source.teacher.path;
  if (!manifest.source.tokenizer || !fs::is_directory(folder, absent)) return nullptr;
  try {
    std::shared_ptr<const Tokenizer> tokenizer = load_tokenizer(folder);
    return tokenizer_hash(*tokenizer) == manifest.source.tokenizer->sha256 ? tokenizer : nullptr;
  } catch (const Error&) {
    return nullptr;  // another folder is there now; texts then come from the tables
  }
}

/// The data file's examples, if it is still the one that was analysed.
std::shared_ptr<const ExampleList> same_data(const Manifest& manifest, const WorkbenchOptions& options,
                                             const std::stop_token& stop) {
  const auto& data = manifest.source.data;
  std::error_code absent;
  if (!data || !fs::is_regular_file(data->path, absent)) return nullptr;
  try {
    if (sha256_file(data->path) != data->sha256) return nullptr;
    SilentProgress silent;
    return ExampleList::read(fs::absolute(data->path), data->prompt_template, options, silent, stop);
  } catch (const Error&) {
    return nullptr;  // titles then come from the tables
  }
}

std::vector<ExampleTitle> titles_of(const std::vector<std::int64_t>& kept, const TokensIndex* tokens,
                                    const std::vector<ExampleTitle>& data) {
  std::set<std::int64_t> numbers(kept.begin(), kept.end());
  if (tokens) {
    for (const auto& entry : tokens->entries())
      numbers.insert(entry.example);
  }
  std::vector<ExampleTitle> titles;
  auto known = data.begin();
  for (const std::int64_t number : numbers) {
    while (known != data.end() && known->index < number)
      ++known;
    if (known != data.end() && known->index == number) {
      titles.push_back(*known);
      continue;
    }
    const auto* entry = tokens ? tokens->find(number) : nullptr;
    std::string title = entry ? short_title(entry->text) : "";
    if (title.empty()) title = fmt::format("example {}", number);
    titles.push_back({number, std::move(title), ""});
  }
  return titles;
}

ModelCard card_of(const ManifestModel& model) {
  return {model.name, model.path, model.architecture, model.dtype, model.parameters};
}

}  // namespace

bool open_run(Workspace& workspace, const WorkbenchOptions& options, ProgressSink& progress,
              const std::stop_token& stop) {
  const fs::path folder = workspace.sources.run;
  check_is_analysis(folder);
  Manifest manifest = read_manifest(folder);
  const auto tokens = index_tokens(folder, manifest, progress, stop);
  if (stop.stop_requested()) return false;
  std::vector<std::int64_t> kept = kept_examples(folder / "logits");
  auto data = same_data(manifest, options, stop);
  if (stop.stop_requested()) return false;

  workspace.teacher = card_of(manifest.source.teacher);
  for (const ManifestModel& student : manifest.source.students)
    workspace.students.push_back(card_of(student));
  workspace.vocab = manifest.vocab;
  workspace.examples = titles_of(kept, tokens.get(), data ? data->titles() : std::vector<ExampleTitle>{});
  workspace.data_description =
      fmt::format("an analysis of {}: {} examples, {} positions, {} temperatures, kept logits of {}{}",
                  manifest.created_utc, manifest.counts.examples, manifest.counts.positions,
                  manifest.spec.taus.size(), kept.empty() ? "none" : fmt::format("{} examples", kept.size()),
                  manifest.complete ? "" : " (it was stopped early)");
  auto tokenizer = same_tokenizer(manifest);
  workspace.engine_data = std::make_shared<RunExamples>(folder, std::move(manifest), std::move(kept), tokens,
                                                        std::move(tokenizer), std::move(data));
  return true;
}

}  // namespace tauscope
