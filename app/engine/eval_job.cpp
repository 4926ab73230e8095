#include "app/engine/eval_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/base/files.h"
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

const fs::path* references_of(const EvaluationSpec& spec, const std::string& set) {
  const auto found = std::find_if(spec.references.begin(), spec.references.end(),
                                  [&](const NamedPath& each) { return each.name == set; });
  return found == spec.references.end() ? nullptr : &found->path;
}

DataOptions data_options(const EvaluationSpec& spec) {
  return {spec.prompt_template, spec.limit};
}

bool has_references(const fs::path& data, const EvaluationSpec& spec) {
  const auto file = open_filtered(data, data_options(spec), spec.filter);
  const auto example = file->next();
  return example && !example->outputs.empty();
}

/// Before anything is loaded: the files can be read, and two names are not one folder.
void check_request(const EvalRequest& request) {
  const EvaluationSpec& spec = request.spec;
  if (const std::string problem = evaluation_problem(spec); !problem.empty()) throw Error::usage(problem);
  std::map<fs::path, std::string> folders;
  for (const NamedPath& model : spec.models) {
    for (const NamedPath& set : spec.sets) {
      const fs::path folder = eval_folder(request.out, model.name, set.name);
      const auto [other, added] = folders.emplace(folder, model.name + ", " + set.name);
      if (!added)
        throw Error::usage(
            fmt::format("{} and {}, {} would lie in one folder", other->second, model.name, set.name))
            .remedy("name models and sets: NAME=PATH");
    }
  }
  for (const NamedPath& set : spec.sets)
    open_filtered(set.path, data_options(spec), spec.filter);
  for (const auto& [name, file] : spec.references) {
    const auto named = [&, &name = name](const NamedPath& set) { return set.name == name; };
    if (std::none_of(spec.sets.begin(), spec.sets.end(), named))
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

void make_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure)
    throw Error::failed(folder.string(), "the folder cannot be made: " + failure.message())
        .remedy("check the permissions, or choose another output folder");
}

/// What is asked for, before anything is done; the same bytes once it is complete, however often it was
/// interrupted.
void write_request(const EvalRequest& request, bool complete) {
  EvaluationSpec spec = request.spec;  // to be gone on with from any folder
  for (auto* list : {&spec.models, &spec.sets, &spec.references})
    for (NamedPath& each : *list)
      each.path = fs::absolute(each.path).lexically_normal();
  const Json json = {{"format", "tauscope-evaluation"},      {"version", 1},
                     {"tauscope_version", TAUSCOPE_VERSION}, {"complete", complete},
                     {"command", request.command},           {"spec", evaluation_to_json(spec)}};
  write_file_atomically(request.out / evaluation_file,
                        json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

class Evaluation {
 public:
  Evaluation(const EvalRequest& request, ProgressSink& progress, std::stop_token stop)
      : request_(request), progress_(progress), stop_(std::move(stop)) {
    const EvaluationSpec& spec = request.spec;
    if (spec.decoding.sample || spec.seeds.size() == 1) {
      seeds_ = spec.seeds;
    } else {
      seeds_ = {spec.seeds.front()};
      progress.note("without sampling every seed gives the same answers: one is made");
    }
  }

  EvalOutcome go() {
    make_folder(request_.out);
    write_request(request_, false);
    for (const NamedPath& model : request_.spec.models) {
      const AnsweringModel loaded(
          model.path, model_options(request_.spec.device, request_.spec.dtype, request_.threads), progress_);
      for (const NamedPath& set : request_.spec.sets)
        if (!evaluate(loaded, model.name, set)) return std::move(outcome_);
    }
    write_summary(request_.out / "summary.csv", outcome_.scores);
    write_request(request_, true);
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
      asked.data_options = data_options(request_.spec);
      asked.filter = request_.spec.filter;
      asked.decoding = request_.spec.decoding;
      asked.protocol = request_.spec.protocol;
      asked.seed = seed;
      asked.batch = request_.spec.batch;
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
    if (const fs::path* given = references_of(request_.spec, set.name)) {
      scoring.references = *given;
    } else if (!has_references(set.path, request_.spec)) {
      progress_.warning(
          fmt::format("{}: the set has no references, so its answers are not scored; name some with "
                      "--references {}=FILE",
                      set.name, set.name));
      outcome_.unscored.push_back(set.name);
      return true;
    }
    scoring.metrics = parse_metrics(request_.spec.metrics);
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
    if (request_.scored) request_.scored();
    return true;
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

EvalRequest read_eval_request(const fs::path& out) {
  const fs::path file = out / evaluation_file;
  std::error_code absent;
  if (!fs::exists(file, absent))
    throw Error::bad_input(out.string(), "this is not the folder of an evaluation")
        .expected(std::string("a folder with ") + evaluation_file);
  const Json json = read_json_file(file);
  const JsonFields fields(json, file.string());
  if (!json.is_object() || fields.string("format") != "tauscope-evaluation")
    throw Error::bad_input(file.string(), "this does not say what an evaluation was asked for");
  fields.integer("version", 1, 1);
  EvalRequest request;
  request.spec = evaluation_from_json(fields.at("spec"), file.string());
  request.out = out;
  return request;
}

EvalOutcome run_eval(const EvalRequest& request, ProgressSink& progress, std::stop_token stop) {
  check_request(request);
  return Evaluation(request, progress, std::move(stop)).go();
}

}  // namespace tauscope
