// Scored folders against each other: the demo's against SciPy's figures, training seeds, what is odd.
#include "eval/comparison/comparison.h"

#include <cmath>

#include "core/base/error.h"
#include "eval/scoring/score_job.h"
#include "tests/core/base/error_of.h"
#include "tests/eval/scoring/recorder.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::error_of;
using test::Recorder;

namespace {

namespace fs = std::filesystem;

void score_demo(const std::string& model, const fs::path& out, const std::string& metrics) {
  ScoreRequest request;
  request.predictions = {test::source_path("assets/demo/answers/" + model + ".jsonl")};
  request.references = test::source_path("assets/demo/data/test.jsonl");
  request.metrics = parse_metrics(metrics);
  request.statistics.resamples = 100;
  request.out = out;
  Recorder recorder;
  run_score(request, recorder);
}

/// A folder as `score` writes it, with these values of rouge-l by example.
void write_scores(const fs::path& folder, const std::string& model, const std::vector<double>& values,
                  const std::string& references = "r", const std::string& set = "s") {
  fs::create_directories(folder);
  std::string rows = "example,seed,metric,value\n";
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i])) rows += std::to_string(i) + ",,rouge-l," + std::to_string(values[i]) + "\n";
  test::write_text(folder / "scores.csv", rows);
  const Json card{{"format", "tauscope-protocol"},
                  {"version", 1},
                  {"set", set},
                  {"model", model},
                  {"decoding", {}},
                  {"references", {{"sha256", references}}}};
  test::write_text(folder / "protocol.json", card.dump());
}

const ComparedRow& row_of(const ComparisonTable& table, const std::string& model, const std::string& metric) {
  for (const ComparedRow& row : table.rows)
    if (row.model == model && row.metric == metric) return row;
  throw std::runtime_error("no row of " + model + " and " + metric);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the demo's models against each other, as SciPy tests them") {
  const test::TemporaryFolder folder;
  for (const std::string model : {"teacher", "student-llama", "student-gpt2"})
    score_demo(model, folder / model, "rouge-l,distinct-2");
  Recorder recorder;
  const ComparisonTable table = compare_scores(
      {{"", folder / "student-llama"}, {"", folder / "student-gpt2"}, {"", folder / "teacher"}}, "", {}, {},
      recorder);
  CHECK(recorder.warnings.empty());
  CHECK(table.baseline == "student-llama");
  CHECK(table.tests == 2);
  REQUIRE(table.rows.size() == 6);
  const Json golden = read_json_file(test::source_path("tests/golden/scoring/differences.json"));
  REQUIRE(golden.size() == 2);
  for (const auto& [model, expected] : golden.items()) {
    INFO(model);
    const ComparedRow& row = row_of(table, model, "rouge-l");
    CHECK(row.tested);
    CHECK(row.count == 300);
    CHECK(row.difference.delta == Approx(expected.at("delta").get<double>()).epsilon(1e-9));
    CHECK(row.difference.p_ttest == Approx(expected.at("p_ttest").get<double>()).epsilon(1e-8));
    CHECK(row.difference.wins == expected.at("wins").get<std::int64_t>());
    CHECK(row.difference.ties == expected.at("ties").get<std::int64_t>());
    CHECK(row.difference.losses == expected.at("losses").get<std::int64_t>());
    CHECK(row.difference.p == Approx(row.difference.p_ttest).margin(0.03));
  }
  CHECK(row_of(table, "student-gpt2", "rouge-l").within_noise);
  CHECK_FALSE(row_of(table, "teacher", "rouge-l").within_noise);
  CHECK(row_of(table, "teacher", "rouge-l").p_holm ==
        Approx(2 * row_of(table, "teacher", "rouge-l").difference.p));
  const auto warnings = noise_warnings(table);
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0],
                 "student-gpt2 on test, rouge-l: +0.00 against student-llama is within noise: over 300"));

  const ComparedRow& distinct = row_of(table, "teacher", "distinct-2");
  CHECK_FALSE(distinct.tested);
  CHECK(std::isnan(distinct.interval.low));
  CHECK(distinct.sd_over_seeds > 0);
  CHECK(distinct.difference.delta ==
        Approx(distinct.mean - row_of(table, "student-llama", "distinct-2").mean));

  Recorder second;
  const ComparisonTable chosen = compare_scores({{"a", folder / "student-llama"}, {"b", folder / "teacher"}},
                                                "b", {"rouge-l"}, {}, second);
  CHECK(chosen.rows.size() == 2);
  CHECK(row_of(chosen, "a", "rouge-l").difference.delta < 0);
}

TEST_CASE("folders of one name are training seeds") {
  const test::TemporaryFolder folder;
  write_scores(folder / "a1", "x", {10, 20, 30, 40});
  write_scores(folder / "a2", "x", {14, 22, 36, 44});
  write_scores(folder / "b1", "x", {1, 2, 3, 4});
  write_scores(folder / "b2", "x", {2, 3, 4, 5});
  Recorder recorder;
  const ComparisonTable table =
      compare_scores({{"a", folder / "a1"}, {"a", folder / "a2"}, {"b", folder / "b1"}, {"b", folder / "b2"}},
                     "b", {}, {}, recorder);
  REQUIRE(table.rows.size() == 2);
  const ComparedRow& a = row_of(table, "a", "rouge-l");
  CHECK(a.training_seeds == 2);
  CHECK(a.mean == Approx(27));
  CHECK(a.sd_over_seeds == Approx(4 / std::sqrt(2.0)));  // of 25 and 29
  CHECK(a.difference.delta == Approx(24));
  const PairedComparison expected =
      compare_paired({{10, 20, 30, 40}, {14, 22, 36, 44}}, {{1, 2, 3, 4}, {2, 3, 4, 5}}, true, {});
  CHECK(a.difference.interval.low == Approx(expected.interval.low));
  CHECK(a.difference.p == expected.p);
}

TEST_CASE("one folder may hold many scores, and folders tell equal models apart") {
  const test::TemporaryFolder folder;
  write_scores(folder / "all/one/s", "one", {1, 2, 3});
  write_scores(folder / "all/two/s", "two", {3, 2, 3});
  write_scores(folder / "all/one/t", "one", {1, 2}, "r", "t");
  write_scores(folder / "all/two/t", "two", {3, 9}, "r", "t");
  Recorder recorder;
  const ComparisonTable table = compare_scores({{"", folder / "all"}}, "two", {}, {}, recorder);
  CHECK(table.rows.size() == 4);
  CHECK(table.tests == 2);
  write_scores(folder / "run-a", "student", {1, 2, 3});
  write_scores(folder / "run-b", "student", {1, 2, 4});
  const ComparisonTable runs = compare_scores(
      {{"", folder / "run-a"}, {"", (folder / "run-b").string() + "/"}}, "run-b", {}, {}, recorder);
  CHECK(row_of(runs, "run-a", "rouge-l").difference.delta == Approx(-1.0 / 3));
  CHECK(recorder.warnings.empty());
}

TEST_CASE("only prompts that all models have are compared, and that is said") {
  const test::TemporaryFolder folder;
  const double none = std::nan("");
  write_scores(folder / "a", "a", {1, none, 3, 8});
  write_scores(folder / "b", "b", {2, 5, 4, none}, "other references");
  Recorder recorder;
  const ComparisonTable table =
      compare_scores({{"", folder / "a"}, {"", folder / "b"}}, "", {}, {}, recorder);
  CHECK(row_of(table, "a", "rouge-l").mean == 2);
  CHECK(row_of(table, "b", "rouge-l").count == 2);
  REQUIRE(recorder.warnings.size() == 2);
  CHECK(contains(recorder.warnings[0], "differ in their references"));
  CHECK(contains(recorder.warnings[1], "scores of 3 prompts, all of them of 2"));
  write_scores(folder / "c", "c", {none, 1});
  CHECK(error_of([&] {
          compare_scores({{"", folder / "a"}, {"", folder / "c"}}, "", {}, {}, recorder);
        }).kind() == ErrorKind::bad_input);
}

TEST_CASE("what cannot be compared says why") {
  const test::TemporaryFolder folder;
  write_scores(folder / "a", "a", {1, 2});
  write_scores(folder / "b", "b", {1, 2});
  Recorder recorder;
  const auto error = [&](const std::vector<ScoredFolder>& folders, const std::string& baseline = "",
                         const std::vector<std::string>& metrics = {}) {
    return error_of([&] { compare_scores(folders, baseline, metrics, {}, recorder); });
  };
  CHECK(error({{"", folder / "a"}}).kind() == ErrorKind::usage);
  CHECK(contains(error({{"", folder / "a"}, {"", folder / "b"}}, "c").expected_value(), "a, b"));
  CHECK(error({{"", folder / "a"}, {"", folder / "b"}}, "", {"rouge-9"}).kind() == ErrorKind::usage);
  CHECK(error({{"", folder / "a"}, {"", folder / "a"}}).kind() == ErrorKind::usage);
  CHECK(error({{"", folder / "none"}}).kind() == ErrorKind::bad_input);
  CHECK(contains(error({{"", folder.path()}, {"x", folder.path()}}).problem(), "one name for several"));
  fs::create_directories(folder / "empty");
  CHECK(contains(error({{"", folder / "empty"}}).problem(), "has no scores"));

  write_scores(folder / "bad", "bad", {1});
  test::write_text(folder / "bad/scores.csv", "example,seed,metric,value\n0,,rouge-l,1\n0,,rouge-l,2\n");
  CHECK(contains(error({{"", folder / "bad"}, {"", folder / "a"}}).what(), "line 3"));
  test::write_text(folder / "bad/scores.csv", "example,seed,metric,value\n0,,rouge-l,high\n");
  CHECK(error({{"", folder / "bad"}, {"", folder / "a"}}).kind() == ErrorKind::bad_input);
  test::write_text(folder / "bad/scores.csv", "example,metric\n");
  CHECK(error({{"", folder / "bad"}, {"", folder / "a"}}).kind() == ErrorKind::bad_input);
  write_scores(folder / "bad", "bad", {1});
  test::write_text(folder / "bad/protocol.json", "{\"format\": \"other\"}");
  CHECK(error({{"", folder / "bad"}, {"", folder / "a"}}).field_name() == "format");
}

TEST_CASE("a stopped comparison has no table") {
  const test::TemporaryFolder folder;
  write_scores(folder / "a", "a", {1, 2});
  write_scores(folder / "b", "b", {1, 2});
  std::stop_source stop;
  stop.request_stop();
  BootstrapOptions options;
  options.stop = stop.get_token();
  Recorder recorder;
  CHECK_FALSE(compare_scores({{"", folder / "a"}, {"", folder / "b"}}, "", {}, options, recorder).finished);
}
