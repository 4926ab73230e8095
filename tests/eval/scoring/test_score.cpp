// Whole scores: the demo's answers against the programs that define the metrics, files, names, stopping.
#include "eval/scoring/score.h"

#include <cmath>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "eval/scoring/score_job.h"
#include "eval/statistics/sample.h"
#include "tests/core/base/error_of.h"
#include "tests/eval/scoring/recorder.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

const std::string every_metric =
    "rouge-l,rouge-l-nostem,rouge-1,rouge-2,exact-match,distinct-1,distinct-2,self-bleu,length,pass@1,pass@3";

ScoreRequest demo_request(const std::string& model) {
  ScoreRequest request;
  request.predictions = {test::source_path("assets/demo/answers/" + model + ".jsonl")};
  request.references = test::source_path("assets/demo/data/test.jsonl");
  request.metrics = parse_metrics(every_metric);
  return request;
}

AnswerSet small_set() {
  AnswerSet set;
  set.prompts = {{0, "", {"a b"}, {{1, "a b"}, {2, "a"}}}, {1, "", {"c"}, {{1, "x"}, {2, "x c"}}}};
  set.seeds = {1, 2};
  return set;
}

}  // namespace

TEST_CASE("the demo's scores are those of the programs that define the metrics") {
  const Json golden = read_json_file(test::source_path("tests/golden/scoring/demo.json"));
  for (const std::string model : {"teacher", "student-llama", "student-gpt2"}) {
    test::Recorder recorder;
    const ScoreOutcome outcome = run_score(demo_request(model), recorder);
    CHECK(outcome.set == "test");
    CHECK(outcome.model == model);
    CHECK(recorder.last_done == 300);
    REQUIRE(outcome.result.summaries.size() == 11);
    for (const ScoreSummary& summary : outcome.result.summaries) {
      INFO(model << " " << summary.metric);
      const Json& expected = golden.at(model).at(summary.metric);
      CHECK(summary.mean == Approx(expected.at("mean").get<double>()).epsilon(1e-12));
      CHECK(summary.count == 300);
      if (expected.contains("sd")) {
        CHECK(summary.sd_over_seeds == Approx(expected.at("sd").get<double>()).epsilon(1e-9));
      } else {
        CHECK(std::isnan(summary.sd_over_seeds));
      }
      const bool over_prompts = summary.metric.find("distinct") == std::string::npos;
      CHECK(std::isnan(summary.interval.low) == !over_prompts);
      if (over_prompts) {
        CHECK(summary.interval.low < summary.mean);
        CHECK(summary.interval.high > summary.mean);
      }
    }
    if (model != "student-llama") continue;
    const Json& values = golden.at("values");
    REQUIRE(values.size() == 900);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const ScoreRow& row = outcome.result.rows.at(i);
      CHECK(row.metric == "rouge-l");
      CHECK(row.example == static_cast<std::int64_t>(i / 3));
      CHECK(row.seed == 10 * (1 + static_cast<std::int64_t>(i % 3)));
      CHECK(row.value == Approx(values[i].get<double>()).epsilon(1e-14));
    }
  }
}

TEST_CASE("a score writes its table, its sums and its card, and keeps what is there") {
  const test::TemporaryFolder folder;
  ScoreRequest request = demo_request("student-llama");
  request.metrics = parse_metrics("rouge-l,distinct-1,pass@2");
  request.out = folder / "out";
  request.set = "demo, test";
  request.model = "llama";
  test::Recorder recorder;
  const ScoreOutcome outcome = run_score(request, recorder);

  const CsvTable scores = CsvTable::read(folder.path() / "out/scores.csv");
  CHECK(scores.header == std::vector<std::string>{"example", "seed", "metric", "value"});
  REQUIRE(scores.rows.size() == 900 + 3 + 300);
  CHECK(scores.number(0, 3) == outcome.result.rows[0].value);
  CHECK(scores.rows[900][0].empty());
  CHECK(scores.rows[900][1] == "10");
  CHECK(scores.rows[903][1].empty());
  const CsvTable summary = CsvTable::read(folder.path() / "out/summary.csv");
  CHECK(summary.header == std::vector<std::string>{"set", "model", "metric", "mean", "ci_low", "ci_high",
                                                   "sd_over_seeds", "count"});
  REQUIRE(summary.rows.size() == 3);
  CHECK(summary.rows[0][0] == "demo, test");
  CHECK(summary.rows[1][4].empty());
  CHECK(summary.rows[2][6].empty());
  CHECK(summary.integer(0, 7) == 300);
  const Json card = read_json_file(folder.path() / "out/protocol.json");
  CHECK(card.at("format") == "tauscope-protocol");
  CHECK(card.at("joined_by") == "example");
  CHECK(card.at("references").at("form") == "Dolly");
  CHECK(card.at("predictions")[0].at("sha256").get<std::string>().size() == 64);
  CHECK(card.at("seeds") == Json({10, 20, 30}));
  CHECK(card.at("metrics").size() == 3);
  CHECK(score_text(outcome).find("llama on demo, test: 900 answers to 300 prompts, seeds 10 20 30") == 0);

  CHECK(test::error_of([&] { run_score(request, recorder); }).problem().find("not empty") !=
        std::string::npos);
  request.force = true;
  run_score(request, recorder);
}

TEST_CASE("a prompt's value is the mean over its seeds, and a seed's over its prompts") {
  test::Recorder recorder;
  const ScoreResult result =
      score_answers(small_set(), parse_metrics("rouge-1,exact-match,pass@1,pass@2,length"), {}, recorder);
  REQUIRE(result.summaries.size() == 5);
  const double two_thirds = 200.0 / 3;
  CHECK(result.summaries[0].mean == Approx((100 + two_thirds + 0 + two_thirds) / 4));
  CHECK(result.summaries[0].sd_over_seeds == Approx((two_thirds - 50) / std::sqrt(2.0)));
  CHECK(result.summaries[1].mean == 25);
  CHECK(result.summaries[2].mean == 25);
  CHECK(result.summaries[3].mean == 50);
  CHECK(result.summaries[4].mean == 1.5);
  CHECK(values_by_example({result.rows.begin(), result.rows.begin() + 4})[1].second ==
        Approx(two_thirds / 2));
}

TEST_CASE("threads do not change a score, and stopping ends it") {
  test::Recorder recorder;
  ScoreRequest request = demo_request("student-gpt2");
  request.statistics.threads = 1;
  const ScoreOutcome one = run_score(request, recorder);
  request.statistics.threads = 3;
  const ScoreOutcome three = run_score(request, recorder);
  REQUIRE(one.result.rows.size() == three.result.rows.size());
  for (std::size_t i = 0; i < one.result.rows.size(); ++i)
    REQUIRE(one.result.rows[i].value == three.result.rows[i].value);
  CHECK(one.result.summaries[0].interval.low == three.result.summaries[0].interval.low);

  const test::TemporaryFolder folder;
  std::stop_source stop;
  stop.request_stop();
  request.statistics.stop = stop.get_token();
  request.out = folder / "out";
  CHECK_FALSE(run_score(request, recorder).result.finished);
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
}

TEST_CASE("metrics that a set cannot have are refused, and so are names that are none") {
  test::Recorder recorder;
  const auto problem = [&](const AnswerSet& set, const std::string& metric) {
    return test::error_of([&] { score_answers(set, parse_metrics(metric), {}, recorder); });
  };
  CHECK(problem(small_set(), "pass@3").kind() == ErrorKind::bad_input);
  AnswerSet one = small_set();
  one.prompts.resize(1);
  CHECK(problem(one, "self-bleu").found_value().find("seed 1") != std::string::npos);
  for (const char* name : {"", "rouge", "rouge-l,", "pass@0", "pass@", "pass@2x", "ROUGE-L", "distinct-3"}) {
    INFO(name);
    const Error error = problem(small_set(), name);
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.expected_value().find("rouge-l-nostem") != std::string::npos);
  }
  CHECK(parse_metrics("rouge-1,length,rouge-1").size() == 2);
  for (const std::string& name : metric_names())
    CHECK(parse_metrics(name).at(0).name == name);
}

TEST_CASE("the real answers to Vicuna's questions are scored by question_id") {
  TS_NEED_SHARED(folder, "data/eval");
  ScoreRequest request;
  request.predictions = {folder / "vicuna_answer_vicuna-13b.jsonl"};
  request.references = folder / "vicuna_answer_gpt35.jsonl";
  request.metrics = parse_metrics("rouge-l,rouge-2");
  test::Recorder recorder;
  const ScoreOutcome outcome = run_score(request, recorder);
  CHECK(outcome.protocol.at("joined_by") == "question_id");
  CHECK(outcome.result.summaries[0].count == 80);
  // rouge_score 0.1.2 with stemmer, mean over the 80 answers, times 100.
  CHECK(outcome.result.summaries[0].mean == Approx(28.61334656938563).epsilon(1e-12));
  CHECK(outcome.result.summaries[1].mean == Approx(20.979061843122473).epsilon(1e-12));
}
