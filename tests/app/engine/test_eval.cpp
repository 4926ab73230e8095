// An evaluation of the bundled demo's students: folders, tables, and going on after an interruption.
#include "app/engine/eval_job.h"

#include <set>

#include "core/base/csv.h"
#include "tests/app/engine/workbench_fixture.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

struct Evaluated {
  TemporaryFolder folder;
  EvalRequest request;
  Listener listener;

  Evaluated() {
    const Sources demo = demo_sources(folder, 6);
    request.models = demo.students;
    request.sets = {{"demo", demo.data}};
    request.protocol = "minillm";
    request.decoding = decoding_protocol(request.protocol);
    request.decoding.max_new_tokens = 16;
    request.seeds = {10, 20};
    request.model = {"cpu", DType::float32, 1};
    request.metrics = parse_metrics("rouge-l,length");
    request.statistics.resamples = 200;
    request.out = folder / "out";
  }
  EvalOutcome run(std::stop_token stop = {}) { return run_eval(request, listener, std::move(stop)); }
};

/// Every file with its content, but for what says when it was made.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_regular_file() && !name.ends_with("protocol.json")) files[name] = read_text(entry.path());
  }
  return files;
}

/// Stops at the n-th message of progress.
class StopAtProgress final : public ProgressSink {
 public:
  explicit StopAtProgress(int at) : left_(at) {}
  void progress(std::string_view, std::int64_t, std::int64_t) override {
    if (--left_ == 0) source.request_stop();
  }
  void warning(std::string_view) override {}
  void note(std::string_view) override {}
  std::stop_source source;

 private:
  int left_;
};

}  // namespace

TEST_CASE("every model answers every set with every seed, and one table says how well") {
  Evaluated e;
  const EvalOutcome outcome = e.run();
  CHECK(outcome.complete);
  CHECK(outcome.counts.answers == 2 * 2 * 6);
  REQUIRE(outcome.scores.size() == 2);
  std::set<std::string> names;
  for (const auto& [name, text] : contents(e.request.out))
    names.insert(name);
  CHECK(names == std::set<std::string>{"llama/demo/seed-10.jsonl", "llama/demo/seed-20.jsonl",
                                       "llama/demo/scores.csv", "llama/demo/summary.csv",
                                       "gpt2/demo/seed-10.jsonl", "gpt2/demo/seed-20.jsonl",
                                       "gpt2/demo/scores.csv", "gpt2/demo/summary.csv", "summary.csv"});
  const CsvTable table = CsvTable::read(e.request.out / "summary.csv");
  REQUIRE(table.rows.size() == 4);
  CHECK(table.rows[0][table.column("model")] == "llama");
  CHECK(table.rows[3][table.column("metric")] == "length");
  CHECK(table.number(0, table.column("mean")) == outcome.scores[0].result.summaries[0].mean);
  const Json card = read_json_file(e.request.out / "gpt2/demo/protocol.json");
  CHECK(card.at("decoding").at("protocol") == "minillm");
  CHECK(card.at("decoding") == read_json_file(e.request.out / "llama/demo/protocol.json").at("decoding"));
  CHECK(card.at("seeds") == Json({10, 20}));
}

TEST_CASE("an evaluation that is stopped again and again ends with the same files") {
  Evaluated whole;
  REQUIRE(whole.run().complete);
  Evaluated parts;
  int stops = 0;
  for (;; ++stops) {
    REQUIRE(stops < 60);
    StopAtProgress sink(25);  // an answer takes up to 16
    if (run_eval(parts.request, sink, sink.source.get_token()).complete) break;
  }
  CHECK(stops >= 2);
  CHECK(contents(parts.request.out) == contents(whole.request.out));
  const EvalOutcome again = parts.run();  // nothing is left to do
  CHECK(again.complete);
  CHECK(again.counts.answers == 0);
  CHECK(contents(parts.request.out) == contents(whole.request.out));
  parts.request.decoding.max_new_tokens = 9;
  CHECK_THROWS_AS(parts.run(), Error);
  parts.request.force = true;
  CHECK(parts.run().complete);
}

TEST_CASE("what an evaluation cannot do is said before anything is loaded") {
  Evaluated e;
  const auto refused = [](EvalRequest request) {
    request.models[0].path = "/nowhere";  // never reached
    SilentProgress silent;
    return error_of([&] { run_eval(request, silent, {}); });
  };
  EvalRequest request = e.request;
  request.seeds.clear();
  CHECK(refused(request).kind() == ErrorKind::usage);
  request = e.request;
  request.references["other"] = e.request.sets[0].path;
  CHECK(refused(request).found_value() == "other");
  request = e.request;
  request.sets[0].path = e.folder / "missing.jsonl";
  CHECK(refused(request).file() == (e.folder / "missing.jsonl").string());
  request = e.request;
  request.models[1].name = "llama";
  CHECK(refused(request).kind() == ErrorKind::usage);
}

TEST_CASE("without sampling one seed is enough; a set without references is answered and not scored") {
  Evaluated e;
  write_text(e.folder / "vicuna.jsonl",
             "{\"question_id\": 1, \"category\": \"x\", \"turns\": [\"Name a colour.\"]}\n"
             "{\"question_id\": 2, \"category\": \"x\", \"turns\": [\"Name an animal.\"]}\n");
  e.request.models.resize(1);
  e.request.sets = {{"vicuna", e.folder / "vicuna.jsonl"}};
  e.request.decoding = decoding_protocol("greedy");
  e.request.decoding.max_new_tokens = 8;
  const EvalOutcome outcome = e.run();
  CHECK(outcome.complete);
  CHECK(outcome.counts.answers == 2);
  CHECK(outcome.scores.empty());
  CHECK(outcome.unscored == std::vector<std::string>{"vicuna"});
  write_text(e.folder / "references.jsonl",
             "{\"question_id\": 1, \"output\": \"Blue.\"}\n{\"question_id\": 2, \"output\": \"A dog.\"}\n");
  e.request.references["vicuna"] = e.folder / "references.jsonl";
  const EvalOutcome scored = e.run();
  CHECK(scored.counts.answers == 0);
  REQUIRE(scored.scores.size() == 1);
  CHECK(scored.scores[0].result.summaries[0].count == 2);
}
