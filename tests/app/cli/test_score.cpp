// score and compare from outside: the help's examples, one JSON document, exit codes.
#include "core/base/csv.h"
#include "core/base/json.h"
#include "tests/app/cli/program.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> score_of(const std::string& model) {
  return {"score", "--predictions", "assets/demo/answers/" + model + ".jsonl", "--references",
          "assets/demo/data/test.jsonl"};
}

}  // namespace

TEST_CASE("score prints a table and writes its files") {
  const TemporaryFolder folder;
  const std::string out = folder / "scores";
  const Run run = run_program(with(score_of("student-llama"), {"--metric", "rouge-l,length", "--out", out}));
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK(contains(run.out, "student-llama on test: 900 answers to 300 prompts, seeds 10 20 30"));
  CHECK(contains(run.out, "rouge-l              21.86"));
  CHECK(contains(run.err, "references: 300 of the form Dolly"));
  CHECK(CsvTable::read(out + "/scores.csv").rows.size() == 1800);
  CHECK(std::filesystem::exists(out + "/protocol.json"));
  CHECK(run_program(with(score_of("student-llama"), {"--out", out})).code == 1);  // what is there stays

  const Json json =
      parse_json(run_program(with(score_of("student-llama"), {"--json", "--quiet"})).out, "stdout");
  CHECK(json.at("format") == "tauscope-score");
  CHECK(json.at("summary")[0].at("metric") == "rouge-l");
  CHECK(json.at("summary")[0].at("count") == 300);
  CHECK(json.at("protocol").at("joined_by") == "example");
}

TEST_CASE("score says what is wrong with its input") {
  const TemporaryFolder folder;
  const std::string bad = folder / "bad.jsonl";
  write_text(bad, "{\"text\": \"x\", \"output\": \"r\"}\n{\"text\": 1, \"output\": \"r\"}\n");
  const Run type = run_program({"score", "--predictions", bad});
  CHECK(type.code == 3);
  CHECK(contains(type.err, "bad.jsonl:2"));
  CHECK(run_program({"score", "--predictions", folder / "none.jsonl"}).code == 3);
  const Run metric = run_program(with(score_of("teacher"), {"--metric", "bleu"}));
  CHECK(metric.code == 2);
  CHECK(contains(metric.err, "rouge-l-nostem"));
  CHECK(run_program({"score"}).code == 2);
  CHECK(run_program(with(score_of("teacher"), {"--resamples", "1"})).code == 2);
}

TEST_CASE("compare says which of the demo's differences are noise, in every format") {
  const TemporaryFolder folder;
  std::vector<std::string> scores;
  for (const std::string model : {"student-llama", "student-gpt2", "teacher"}) {
    scores.push_back(folder / model);
    REQUIRE(run_program(with(score_of(model), {"--out", scores.back()})).code == 0);
  }
  const Run text = run_program(with({"compare"}, scores));
  INFO(text.err);
  REQUIRE(text.code == 0);
  CHECK(contains(text.out, "rouge-l on test, 300 prompts"));
  CHECK(contains(text.out, "delta: against student-llama"));
  CHECK(contains(text.err, "student-gpt2 on test, rouge-l: +0.00 against student-llama is within noise"));
  CHECK_FALSE(contains(text.err, "teacher on test"));
  const auto formatted = [&](const std::string& format) {
    return run_program(with(with({"compare"}, scores), {"--format", format, "--baseline", "teacher"})).out;
  };
  write_text(folder / "table.csv", formatted("csv"));
  const CsvTable table = CsvTable::read(folder / "table.csv");
  REQUIRE(table.rows.size() == 3);
  CHECK(table.number(0, table.column("delta")) < -5);
  CHECK(table.number(0, table.column("p_holm")) < 0.01);
  CHECK(contains(formatted("markdown"), "| student-llama |"));
  CHECK(contains(formatted("latex"), "\\toprule"));
  const Json json =
      parse_json(run_program(with(with({"compare"}, scores), {"--json", "--quiet"})).out, "stdout");
  CHECK(json.at("format") == "tauscope-compare");
  CHECK(json.at("tests") == 2);
  CHECK(json.at("rows")[1].at("within_noise") == true);
  CHECK(run_program({"compare", scores[0]}).code == 2);
  CHECK(run_program({"compare", scores[0], folder / "none"}).code == 3);
  CHECK(run_program(with(with({"compare"}, scores), {"--baseline", "none"})).code == 2);
}
