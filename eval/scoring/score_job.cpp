#include "eval/scoring/score_job.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <ctime>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/diagnostics/output_folder.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

Json file_json(const fs::path& path) {
  return {{"path", path.string()}, {"sha256", sha256_file(path)}};
}

Json protocol_json(const ScoreRequest& request, const ScoreOutcome& outcome, const AnswerSet& set,
                   const std::string& references_form) {
  Json predictions = Json::array(), metrics = Json::array();
  for (const fs::path& path : request.predictions)
    predictions.push_back(file_json(path));
  for (const Metric& metric : request.metrics)
    metrics.push_back({{"name", metric.name}, {"definition", metric.definition}});
  Json references = nullptr;
  if (request.references) {
    references = file_json(*request.references);
    references["form"] = references_form;
  }
  const BootstrapOptions& statistics = request.statistics;
  return {{"format", "tauscope-protocol"},
          {"version", 1},
          {"tauscope_version", TAUSCOPE_VERSION},
          {"created_utc", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
          {"command", request.command},
          {"set", outcome.set},
          {"model", outcome.model},
          {"predictions", predictions},
          {"references", references},
          {"joined_by", set.joined_by},
          {"seeds", set.seeds},
          {"counts",
           {{"prompts", set.prompts.size()},
            {"answers", set.answers},
            {"empty_answers", set.empty_answers},
            {"empty_references", set.empty_references},
            {"unanswered_references", set.unanswered},
            {"prompts_without_all_seeds", set.incomplete}}},
          {"metrics", metrics},
          {"several_references", "the one with the best score counts, for each metric"},
          {"mean", "over prompts; a prompt's value is the mean over its seeds"},
          {"interval",
           {{"kind", statistics.kind == IntervalKind::bca ? "bca" : "percentile"},
            {"what", "bootstrap of the mean over prompts"},
            {"level", statistics.level},
            {"resamples", statistics.resamples},
            {"seed", statistics.seed}}},
          {"decoding", request.decoding}};
}

void write_scores(const fs::path& path, const std::vector<ScoreRow>& rows) {
  CsvWriter csv(path, {"example", "seed", "metric", "value"});
  const auto integer_or_empty = [&](const std::optional<std::int64_t>& value) {
    value ? csv.integer(*value) : csv.empty();
  };
  for (const ScoreRow& row : rows) {
    integer_or_empty(row.example);
    integer_or_empty(row.seed);
    csv.text(row.metric).number(row.value).end_row();
  }
  csv.commit();
}

void write_files(const fs::path& folder, const ScoreOutcome& outcome) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure)
    throw Error::failed(folder.string(), "the output folder cannot be made: " + failure.message())
        .remedy("check the permissions, or choose another output folder");
  write_scores(folder / "scores.csv", outcome.result.rows);
  write_summary(folder / "summary.csv", std::span(&outcome, 1));
  const std::string card = outcome.protocol.dump(2, ' ', false, Json::error_handler_t::replace);
  write_file_atomically(folder / "protocol.json", card + "\n");
}

}  // namespace

void write_summary(const fs::path& path, std::span<const ScoreOutcome> outcomes) {
  CsvWriter csv(path, {"set", "model", "metric", "mean", "ci_low", "ci_high", "sd_over_seeds", "count"});
  for (const ScoreOutcome& outcome : outcomes) {
    for (const ScoreSummary& row : outcome.result.summaries) {
      csv.text(outcome.set).text(outcome.model).text(row.metric);
      for (const double value : {row.mean, row.interval.low, row.interval.high, row.sd_over_seeds})
        std::isnan(value) ? csv.empty() : csv.number(value);
      csv.integer(row.count).end_row();
    }
  }
  csv.commit();
}

Json summary_json(std::span<const ScoreOutcome> outcomes) {
  Json rows = Json::array();
  for (const ScoreOutcome& outcome : outcomes) {
    for (const ScoreSummary& row : outcome.result.summaries) {
      rows.push_back({{"set", outcome.set},
                      {"model", outcome.model},
                      {"metric", row.metric},
                      {"mean", number_or_null(row.mean)},
                      {"ci_low", number_or_null(row.interval.low)},
                      {"ci_high", number_or_null(row.interval.high)},
                      {"sd_over_seeds", number_or_null(row.sd_over_seeds)},
                      {"count", row.count}});
    }
  }
  return rows;
}

ScoreOutcome run_score(const ScoreRequest& request, ProgressSink& progress) {
  if (request.out) check_output_folder(*request.out, request.force);
  std::vector<Prediction> predictions = read_predictions(request.predictions);
  std::optional<ReferenceFile> references;
  if (request.references) {
    references = read_references(*request.references);
    progress.note(
        fmt::format("references: {} of the form {}", references->references.size(), references->form));
  }
  const std::string form = references ? references->form : "";
  const AnswerSet set = join_answers(std::move(predictions), references, progress);
  references.reset();
  ScoreOutcome outcome;
  outcome.set = request.set;
  if (outcome.set.empty())
    outcome.set = (request.references ? *request.references : request.predictions.front()).stem().string();
  outcome.model = request.model.empty() ? request.predictions.front().stem().string() : request.model;
  outcome.result = score_answers(set, request.metrics, request.statistics, progress);
  if (!outcome.result.finished) return outcome;
  outcome.protocol = protocol_json(request, outcome, set, form);
  if (request.out) write_files(*request.out, outcome);
  return outcome;
}

}  // namespace tauscope
