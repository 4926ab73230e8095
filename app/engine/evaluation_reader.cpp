#include "app/engine/evaluation_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "app/engine/eval_job.h"
#include "app/engine/example_source.h"
#include "core/base/error.h"
#include "eval/comparison/scored_set.h"
#include "eval/scoring/answer_set.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t no_seed = -1;

/// Keeps what the comparison warns of.
class WarningList final : public ProgressSink {
 public:
  void progress(std::string_view, std::int64_t, std::int64_t) override {}
  void warning(std::string_view message) override { list.emplace_back(message); }
  void note(std::string_view) override {}
  std::vector<std::string> list;
};

/// A model's finished answers to one set, and its scores where there are some.
struct Answered {
  std::string model;
  std::vector<AnsweredPrompt> prompts;
  std::map<std::int64_t, std::string> texts;  ///< the prompts', by example
  std::optional<ScoredSet> scored;
};

/// Answers that nothing is held against.
std::vector<AnsweredPrompt> without_references(std::vector<Prediction> predictions) {
  std::map<std::int64_t, AnsweredPrompt> prompts;
  std::map<std::optional<std::int64_t>, std::int64_t> next;
  for (Prediction& prediction : predictions) {
    const std::int64_t example = prediction.example ? *prediction.example : next[prediction.seed]++;
    AnsweredPrompt& prompt = prompts[example];
    prompt.example = example;
    prompt.category = prediction.category;
    prompt.answers.push_back({prediction.seed, std::move(prediction.text)});
  }
  std::vector<AnsweredPrompt> list;
  for (auto& [example, prompt] : prompts)
    list.push_back(std::move(prompt));
  return list;
}

std::optional<Answered> read_answered(const fs::path& folder, const std::string& model,
                                      const EvaluationSpec& spec, const fs::path* references) {
  std::vector<fs::path> files;
  std::error_code absent;
  for (const std::uint64_t seed : spec.seeds)
    if (const fs::path file = folder / fmt::format("seed-{}.jsonl", seed); fs::exists(file, absent))
      files.push_back(file);
  if (files.empty()) return std::nullopt;
  Answered answered;
  answered.model = model;
  std::vector<Prediction> predictions = read_predictions(files);
  for (Prediction& prediction : predictions)
    if (prediction.example) answered.texts.try_emplace(*prediction.example, std::move(prediction.prompt));
  const bool own = std::all_of(predictions.begin(), predictions.end(),
                               [](const Prediction& each) { return !each.outputs.empty(); });
  SilentProgress silent;  // scoring has said what is odd about them
  if (references) {
    answered.prompts = join_answers(std::move(predictions), read_references(*references), silent).prompts;
  } else if (own) {
    answered.prompts = join_answers(std::move(predictions), std::nullopt, silent).prompts;
  } else {
    answered.prompts = without_references(std::move(predictions));
  }
  if (fs::exists(folder / "scores.csv", absent))
    answered.scored = std::move(read_scored_sets(folder).front());
  return answered;
}

template <typename T>
void add_once(std::vector<T>& list, const T& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

template <typename T>
std::size_t place_of(const std::vector<T>& list, const T& value) {
  return static_cast<std::size_t>(std::find(list.begin(), list.end(), value) - list.begin());
}

/// Metrics whose values belong to prompts.
std::vector<std::string> prompt_metrics(const std::vector<Answered>& all) {
  std::vector<std::string> metrics;
  for (const Answered& answered : all) {
    if (!answered.scored) continue;
    for (std::size_t m = 0; m < answered.scored->metrics.size(); ++m)
      if (answered.scored->values[m].front().example) add_once(metrics, answered.scored->metrics[m]);
  }
  return metrics;
}

EvaluatedSet merge(const std::string& name, const std::vector<Answered>& all) {
  EvaluatedSet set;
  set.name = name;
  set.metrics = prompt_metrics(all);
  std::map<std::int64_t, EvaluatedSet::Prompt> prompts;
  for (const Answered& answered : all) {
    set.models.push_back(answered.model);
    for (const AnsweredPrompt& prompt : answered.prompts) {
      const auto text = answered.texts.find(prompt.example);
      prompts.try_emplace(
          prompt.example,
          EvaluatedSet::Prompt{prompt.example, prompt.category,
                               text == answered.texts.end() ? "" : text->second, prompt.references});
      for (const Answer& answer : prompt.answers)
        add_once(set.seeds, answer.seed.value_or(no_seed));
    }
  }
  std::map<std::int64_t, std::size_t> place;
  for (auto& [example, prompt] : prompts) {
    place.emplace(example, set.prompts.size());
    set.prompts.push_back(std::move(prompt));
  }
  const std::size_t models = all.size(), count = set.prompts.size();
  set.answers.resize(models * count * set.seeds.size());
  set.answered.resize(set.answers.size());
  set.values.assign(set.metrics.size() * models * count, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t m = 0; m < models; ++m) {
    for (const AnsweredPrompt& prompt : all[m].prompts) {
      for (const Answer& answer : prompt.answers) {
        const std::size_t at =
            set.place(m, place.at(prompt.example), place_of(set.seeds, answer.seed.value_or(no_seed)));
        set.answers[at] = answer.text;
        set.answered[at] = 1;
      }
    }
    for (std::size_t metric = 0; all[m].scored && metric < set.metrics.size(); ++metric) {
      const auto* rows = all[m].scored->values_of(set.metrics[metric]);
      if (!rows) continue;
      for (const auto& [example, value] : values_by_example(*rows))
        if (const auto at = place.find(example); at != place.end())
          set.values[(metric * models + m) * count + at->second] = value;
    }
  }
  return set;
}

/// The table of what is scored; the scores of the models are compared as `compare` does it.
void compare(EvaluationResult& result, const std::string& baseline, int threads, const std::stop_token& stop,
             const std::vector<std::string>& scored) {
  std::vector<ScoredFolder> folders;
  for (const std::string& model : scored)
    folders.push_back({model, eval_folder(result.folder, model, "x").parent_path()});
  if (folders.empty()) return;
  const bool known = std::find(scored.begin(), scored.end(), baseline) != scored.end();
  BootstrapOptions options;
  options.threads = threads;
  options.stop = stop;
  WarningList warnings;
  result.table = compare_scores(folders, known ? baseline : "", {}, options, warnings, LeastModels::one);
  result.baseline = result.table.baseline;
  result.warnings = std::move(warnings.list);
}

}  // namespace

std::shared_ptr<const EvaluationResult> read_evaluation_folder(const fs::path& folder,
                                                               const std::string& baseline, int threads,
                                                               const std::stop_token& stop) {
  const EvalRequest request = read_eval_request(folder);
  auto result = std::make_shared<EvaluationResult>();
  result->id = next_id();
  result->folder = folder;
  result->spec = request.spec;
  result->complete = read_json_file(folder / evaluation_file).value("complete", false);
  std::vector<std::string> scored;
  for (const NamedPath& set : request.spec.sets) {
    const auto references = std::find_if(request.spec.references.begin(), request.spec.references.end(),
                                         [&](const NamedPath& each) { return each.name == set.name; });
    std::vector<Answered> all;
    for (const NamedPath& model : request.spec.models) {
      if (stop.stop_requested()) return nullptr;
      auto answered =
          read_answered(eval_folder(folder, model.name, set.name), model.name, request.spec,
                        references == request.spec.references.end() ? nullptr : &references->path);
      if (!answered) continue;
      if (answered->scored) {
        add_once(scored, model.name);
        if (result->protocol.is_null()) result->protocol = answered->scored->protocol;
      }
      all.push_back(std::move(*answered));
    }
    if (!all.empty()) result->sets.push_back(merge(set.name, all));
  }
  compare(*result, baseline, threads, stop, scored);
  if (stop.stop_requested()) return nullptr;
  return result;
}

}  // namespace tauscope
