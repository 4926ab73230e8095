#include "app/engine/run_examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/engine/table_example.h"
#include "app/session/kernel_engine.h"
#include "core/base/error.h"
#include "core/data/title.h"
#include "core/diagnostics/analysis_texts.h"
#include "core/diagnostics/kept_reader.h"
#include "core/diagnostics/manifest.h"
#include "core/diagnostics/tokens_reader.h"

namespace tauscope {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> student_names(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const ManifestModel& student : manifest.source.students)
    names.push_back(student.name);
  return names;
}

using Vocabulary = std::vector<std::string>;  // bytes of each token

/// Null where nothing is known of the example.
const ExampleText* find_text(const std::vector<ExampleText>& texts, std::int64_t example) {
  const auto found = std::lower_bound(texts.begin(), texts.end(), example,
                                      [](const auto& each, auto wanted) { return each.example < wanted; });
  return found != texts.end() && found->example == example ? &*found : nullptr;
}

class RunExamples final : public ExampleSource {
 public:
  RunExamples(fs::path folder, Manifest manifest, std::vector<std::int64_t> kept,
              std::shared_ptr<const TokensIndex> tokens, std::shared_ptr<const Vocabulary> vocabulary,
              std::vector<ExampleText> texts)
      : folder_(std::move(folder)),
        manifest_(std::move(manifest)),
        students_(student_names(manifest_)),
        taus_(manifest_.spec.taus),
        kept_(std::move(kept)),
        tokens_(std::move(tokens)),
        vocabulary_(std::move(vocabulary)),
        texts_(std::move(texts)) {
    std::sort(taus_.begin(), taus_.end());
  }

  std::shared_ptr<const ScoredExample> score(std::int64_t index, ProgressSink& progress,
                                             std::stop_token stop) const override {
    if (stop.stop_requested()) return nullptr;
    const bool in_table = tokens_ && tokens_->find(index);
    std::string problem;
    if (std::binary_search(kept_.begin(), kept_.end(), index)) {
      try {
        return from_kept(index);
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
    return from_table(index, std::move(problem));
  }

 private:
  /// "" where nothing in the folder says it.
  static std::string token(const Vocabulary* vocabulary, const TokensIndex* tokens, std::int64_t id) {
    if (vocabulary && id >= 0 && id < static_cast<std::int64_t>(vocabulary->size()))
      return (*vocabulary)[static_cast<std::size_t>(id)];
    return tokens ? tokens->token(id) : "";
  }
  StripToken strip_token(std::int64_t id) const {
    return {static_cast<std::int32_t>(id), id < 0 ? "" : token(vocabulary_.get(), tokens_.get(), id)};
  }

  void fill_common(ScoredExample& example, std::int64_t index) const {
    example.id = next_id();
    example.index = index;
    for (std::size_t row = 0; row < example.rows; ++row)
      example.response.push_back(strip_token(example.targets.empty() ? -1 : example.targets[row]));
    if (const ExampleText* text = find_text(texts_, index)) {
      example.category = text->category;
      for (const std::int32_t id : text->prompt)
        example.prompt.push_back(strip_token(id));
    }
  }

  std::shared_ptr<const ScoredExample> from_kept(std::int64_t index) const {
    auto kept = std::make_shared<const KeptExample>(open_kept_example(folder_ / "logits", students_, index));
    auto example = std::make_shared<HostExample>();
    example->rows = kept->logits.rows();
    example->vocab = kept->logits.vocab();
    example->teacher = kept->logits.teacher;
    example->students = kept->logits.students;
    example->targets = kept->logits.targets;
    example->positions = kept->positions;
    fill_common(*example, index);
    if (vocabulary_ || tokens_) {
      example->token = [tokens = tokens_, vocabulary = vocabulary_](std::int64_t id) -> std::string {
        const std::string text = token(vocabulary.get(), tokens.get(), id);
        return text.empty() ? fmt::format("#{}", id) : text;
      };
    }
    example->keep_alive = std::move(kept);
    return example;
  }

  std::shared_ptr<const ScoredExample> from_table(std::int64_t index, std::string logits_problem) const {
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
    fill_common(*example, index);
    return example;
  }

  fs::path folder_;
  Manifest manifest_;
  std::vector<std::string> students_;
  std::vector<double> taus_;  ///< ascending
  std::vector<std::int64_t> kept_;
  std::shared_ptr<const TokensIndex> tokens_;     ///< null: no table, or one that cannot be read
  std::shared_ptr<const Vocabulary> vocabulary_;  ///< null likewise
  std::vector<ExampleText> texts_;                ///< ascending; empty likewise
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

/// What `read` makes of the file; nothing, with a warning, where it is damaged, and without one where there
/// is none: logits files have no texts.
template <typename Read>
auto read_if_there(const fs::path& file, ProgressSink& progress, Read read) -> decltype(read(file)) {
  std::error_code absent;
  if (!fs::exists(file, absent)) return {};
  try {
    return read(file);
  } catch (const Error& error) {
    progress.warning(error.what());
    return {};
  }
}

std::vector<ExampleTitle> titles_of(const std::vector<std::int64_t>& kept, const TokensIndex* tokens,
                                    const std::vector<ExampleText>& texts) {
  std::set<std::int64_t> numbers(kept.begin(), kept.end());
  if (tokens) {
    for (const auto& entry : tokens->entries())
      numbers.insert(entry.example);
  }
  std::vector<ExampleTitle> titles;
  for (const std::int64_t number : numbers) {
    const ExampleText* text = find_text(texts, number);
    const auto* entry = tokens ? tokens->find(number) : nullptr;
    std::string title = text ? text->title : entry ? short_title(entry->text) : "";
    if (title.empty()) title = fmt::format("example {}", number);
    titles.push_back({number, std::move(title), text ? text->category : ""});
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
  auto vocabulary = read_if_there(folder / "vocabulary.csv", progress, [&](const fs::path& file) {
    return std::make_shared<const Vocabulary>(read_vocabulary(file, manifest.vocab));
  });
  auto texts = read_if_there(folder / "examples.csv", progress, [&](const fs::path& file) {
    return read_examples(file, options.max_list_bytes);
  });
  if (stop.stop_requested()) return false;

  workspace.teacher = card_of(manifest.source.teacher);
  for (const ManifestModel& student : manifest.source.students)
    workspace.students.push_back(card_of(student));
  workspace.vocab = manifest.vocab;
  workspace.examples = titles_of(kept, tokens.get(), texts);
  workspace.data_description =
      fmt::format("an analysis of {}: {} examples, {} positions, {} temperatures, kept logits of {}{}",
                  manifest.created_utc, manifest.counts.examples, manifest.counts.positions,
                  manifest.spec.taus.size(), kept.empty() ? "none" : fmt::format("{} examples", kept.size()),
                  manifest.complete ? "" : " (it was stopped early)");
  workspace.engine_data = std::make_shared<RunExamples>(folder, std::move(manifest), std::move(kept), tokens,
                                                        std::move(vocabulary), std::move(texts));
  return true;
}

}  // namespace tauscope
