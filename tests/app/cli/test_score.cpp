// score from outside: the help's examples, one JSON document, exit codes.
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
