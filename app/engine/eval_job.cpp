#include "app/engine/eval_job.h"

#include <fmt/format.h>

#include <cmath>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/diagnostics/kept_logits.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

/// Names the cell that is worked on before what its parts say of themselves.
class InCell final : public ProgressSink {
 public:
  InCell(ProgressSink& sink, std::string cell) : sink_(sink), cell_(std::move(cell)) {}
  void progress(std::string_view phase, std::int64_t done, std::int64_t total) override {
    sink_.progress(fmt::format("{}: {}", cell_, phase), done, total);
  }
  void warning(std::string_view message) override { sink_.warning(fmt::format("{}: {}", cell_, message)); }
  void note(std::string_view message) override { sink_.note(fmt::format("{}: {}", cell_, message)); }

 private:
  ProgressSink& sink_;
  std::string cell_;
};

bool has_references(const fs::path& data, const EvalRequest& request) {
  const auto file = open_filtered(data, request.data_options, request.filter);
  const auto example = file->next();
  return example && !example->outputs.empty();
}

/// Before anything is loaded: the files can be read, and two names are not one folder.
void check_request(const EvalRequest& request) {
  check(request.decoding);
  if (request.models.empty() || request.sets.empty() || request.seeds.empty())
    throw Error::usage("an evaluation needs a model, a set and a seed");
  std::map<fs::path, std::string> folders;
  for (const NamedPath& model : request.models) {
    for (const NamedPath& set : request.sets) {
      const fs::path folder = eval_folder(request.out, model.name, set.name);
      const auto [other, added] = folders.emplace(folder, model.name + ", " + set.name);
      if (!added)
        throw Error::usage(
            fmt::format("{} and {}, {} would lie in one folder", other->second, model.name, set.name))
            .remedy("name models and sets: NAME=PATH");
    }
  }
  for (const NamedPath& set : request.sets)
    open_filtered(set.path, request.data_options, request.filter);
  for (const auto& [name, file] : request.references) {
    const auto named = [&](const NamedPath& set) { return set.name == name; };
    if (std::none_of(request.sets.begin(), request.sets.end(), named))
      throw Error::usage("references are given for a set that is not there").field("references").found(name);
    read_references(file);
  }
}

/// What must be the same for two models' scores to be comparable: not the model, nor which tokens end its
/// answers.
Json comparable_part(const Json& card) {
  Json part = card.at("decoding");
  part.erase("end_ids");
  for (const char* key : {"sha256", "template", "limit", "filter"})
    part[fmt::format("data_{}", key)] = card.at("data").at(key);
  return part;
}

void write_summaries(const fs::path& path, const std::vector<ScoreOutcome>& scores) {
  CsvWriter csv(path, {"set", "model", "metric", "mean", "ci_low", "ci_high", "sd_over_seeds", "count"});
  for (const ScoreOutcome& score : scores) {
    for (const ScoreSummary& row : score.result.summaries) {
      csv.text(score.set).text(score.model).text(row.metric);
      for (const double value : {row.mean, row.interval.low, row.interval.high, row.sd_over_seeds})
        std::isnan(value) ? csv.empty() : csv.number(value);
      csv.integer(row.count).end_row();
    }
  }
  csv.commit();
}

class Evaluation {
 public:
  Evaluation(const EvalRequest& request, ProgressSink& progress, std::stop_token stop)
      : request_(request), progress_(progress), stop_(std::move(stop)) {
    if (request.decoding.sample || request.seeds.size() == 1) {
      seeds_ = request.seeds;
    } else {
      seeds_ = {request.seeds.front()};
      progress.note("without sampling every seed gives the same answers: one is made");
    }
  }

  EvalOutcome go() {
    for (const NamedPath& model : request_.models) {
      const AnsweringModel loaded(model.path, request_.model, progress_);
      for (const NamedPath& set : request_.sets)
        if (!evaluate(loaded, model.name, set)) return std::move(outcome_);
    }
    write_summaries(request_.out / "summary.csv", outcome_.scores);
    outcome_.complete = true;
    return std::move(outcome_);
  }

 private:
  bool evaluate(const AnsweringModel& model, const std::string& name, const NamedPath& set) {
    const fs::path folder = eval_folder(request_.out, name, set.name);
    make_folder(folder);
    ScoreRequest scoring;
    Json decoding;
    for (const std::uint64_t seed : seeds_) {
      GenerateRequest asked;
      asked.data = set.path;
      asked.data_options = request_.data_options;
      asked.filter = request_.filter;
      asked.decoding = request_.decoding;
      asked.protocol = request_.protocol;
      asked.seed = seed;
      asked.batch = request_.batch;
      asked.out = folder / fmt::format("seed-{}.jsonl", seed);
      asked.force = request_.force;
      asked.keep_finished = true;
      asked.command = request_.command;
      InCell sink(progress_, fmt::format("{}, {}, seed {}", name, set.name, seed));
      const GenerateOutcome answers = model.answer(asked, sink, stop_);
      outcome_.counts.answers += answers.counts.answers;
      outcome_.counts.new_tokens += answers.counts.new_tokens;
      outcome_.counts.prompt_tokens += answers.counts.prompt_tokens;
      outcome_.seconds += answers.seconds;
      if (!answers.complete) return false;
      scoring.predictions.push_back(asked.out);
      decoding = comparable_part(answers.card);
    }
    scoring.decoding = std::move(decoding);
    return score(std::move(scoring), name, set, folder);
  }

  bool score(ScoreRequest scoring, const std::string& name, const NamedPath& set, const fs::path& folder) {
    if (const auto given = request_.references.find(set.name); given != request_.references.end()) {
      scoring.references = given->second;
    } else if (!has_references(set.path, request_)) {
      progress_.warning(
          fmt::format("{}: the set has no references, so its answers are not scored; name some with "
                      "--references {}=FILE",
                      set.name, set.name));
      outcome_.unscored.push_back(set.name);
      return true;
    }
    scoring.metrics = request_.metrics;
    scoring.set = set.name;
    scoring.model = name;
    scoring.statistics = request_.statistics;
    scoring.statistics.stop = stop_;
    scoring.out = folder;
    scoring.force = true;  // the answers lie there too
    scoring.command = request_.command;
    InCell sink(progress_, fmt::format("{}, {}", name, set.name));
    ScoreOutcome scored = run_score(scoring, sink);
    if (!scored.result.finished) return false;
    outcome_.scores.push_back(std::move(scored));
    return true;
  }

  static void make_folder(const fs::path& folder) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure)
      throw Error::failed(folder.string(), "the folder cannot be made: " + failure.message())
          .remedy("check the permissions, or choose another output folder");
  }

  const EvalRequest& request_;
  ProgressSink& progress_;
  std::stop_token stop_;
  std::vector<std::uint64_t> seeds_;
  EvalOutcome outcome_;
};

}  // namespace

fs::path eval_folder(const fs::path& out, const std::string& model, const std::string& set) {
  return out / file_safe_name(model) / file_safe_name(set);
}

EvalOutcome run_eval(const EvalRequest& request, ProgressSink& progress, std::stop_token stop) {
  check_request(request);
  return Evaluation(request, progress, std::move(stop)).go();
}

}  // namespace tauscope
