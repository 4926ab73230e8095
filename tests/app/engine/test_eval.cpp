// An evaluation of the bundled demo's students: folders, tables, and going on after an interruption.
#include "app/engine/eval_job.h"

#include <set>

#include "app/engine/evaluation_reader.h"
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
    EvaluationSpec& spec = request.spec;
    spec.models = demo.students;
    spec.sets = {{"demo", demo.data}};
    spec.protocol = "minillm";
    spec.decoding = decoding_protocol(spec.protocol);
    spec.decoding.max_new_tokens = 16;
    spec.seeds = {10, 20};
    spec.device = "cpu";
    spec.metrics = "rouge-l,length";
    request.threads = 1;
    request.statistics.resamples = 200;
    request.out = folder / "out";
  }
  EvalOutcome run(std::stop_token stop = {}) { return run_eval(request, listener, std::move(stop)); }
};

/// Every file with its content, but for what says when or where it was made.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_regular_file() && !name.ends_with("protocol.json") && name != evaluation_file)
      files[name] = read_text(entry.path());
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
  parts.request.spec.decoding.max_new_tokens = 9;
  CHECK_THROWS_AS(parts.run(), Error);
  parts.request.force = true;
  CHECK(parts.run().complete);
}

TEST_CASE("what an evaluation cannot do is said before anything is loaded") {
  Evaluated e;
  const auto refused = [](EvalRequest request) {
    request.spec.models[0].path = "/nowhere";  // never reached
    SilentProgress silent;
    return error_of([&] { run_eval(request, silent, {}); });
  };
  EvalRequest request = e.request;
  request.spec.seeds.clear();
  CHECK(refused(request).kind() == ErrorKind::usage);
  request = e.request;
  request.spec.references = {{"other", e.request.spec.sets[0].path}};
  CHECK(refused(request).found_value() == "other");
  request = e.request;
  request.spec.sets[0].path = e.folder / "missing.jsonl";
  CHECK(refused(request).file() == (e.folder / "missing.jsonl").string());
  request = e.request;
  request.spec.models[1].name = "llama";
  CHECK(refused(request).kind() == ErrorKind::usage);
}

TEST_CASE("without sampling one seed is enough; a set without references is answered and not scored") {
  Evaluated e;
  write_text(e.folder / "vicuna.jsonl",
             "{\"question_id\": 1, \"category\": \"x\", \"turns\": [\"Name a colour.\"]}\n"
             "{\"question_id\": 2, \"category\": \"x\", \"turns\": [\"Name an animal.\"]}\n");
  e.request.spec.models.resize(1);
  e.request.spec.sets = {{"vicuna", e.folder / "vicuna.jsonl"}};
  e.request.spec.decoding = decoding_protocol("greedy");
  e.request.spec.decoding.max_new_tokens = 8;
  const EvalOutcome outcome = e.run();
  CHECK(outcome.complete);
  CHECK(outcome.counts.answers == 2);
  CHECK(outcome.scores.empty());
  CHECK(outcome.unscored == std::vector<std::string>{"vicuna"});
  write_text(e.folder / "references.jsonl",
             "{\"question_id\": 1, \"output\": \"Blue.\"}\n{\"question_id\": 2, \"output\": \"A dog.\"}\n");
  e.request.spec.references = {{"vicuna", e.folder / "references.jsonl"}};
  const EvalOutcome scored = e.run();
  CHECK(scored.counts.answers == 0);
  REQUIRE(scored.scores.size() == 1);
  CHECK(scored.scores[0].result.summaries[0].count == 2);
}

TEST_CASE("an evaluation says what it was asked for, and is gone on with from that alone") {
  Evaluated whole;
  REQUIRE(whole.run().complete);
  Evaluated parts;
  parts.request.spec.filter.least_words = 1;
  StopAtProgress sink(40);
  REQUIRE_FALSE(run_eval(parts.request, sink, sink.source.get_token()).complete);
  EvalRequest again = read_eval_request(parts.request.out);
  CHECK(again.spec == parts.request.spec);
  CHECK_FALSE(read_json_file(parts.request.out / evaluation_file).at("complete").get<bool>());
  again.threads = 1;
  again.statistics = parts.request.statistics;
  SilentProgress silent;
  CHECK(run_eval(again, silent, {}).complete);
  CHECK(read_json_file(parts.request.out / evaluation_file).at("complete").get<bool>());
  CHECK(contents(parts.request.out) == contents(whole.request.out));
}

TEST_CASE("a folder that is no evaluation's, or whose request was spoilt, is refused by file and field") {
  Evaluated e;
  fs::create_directories(e.request.out);
  CHECK(error_of([&] { read_eval_request(e.request.out); }).file() == e.request.out.string());
  const fs::path file = e.request.out / evaluation_file;
  write_text(file, R"({"format": "tauscope-evaluation", "version": 1, "spec": {"batch_size": 0}})");
  const Error range = error_of([&] { read_eval_request(e.request.out); });
  CHECK(range.file() == file.string());
  CHECK(range.field_name() == "batch_size");
  write_text(file, R"({"format": "tauscope-evaluation", "version": 1, "spec": {"decoding": {"beams": 4}}})");
  CHECK(error_of([&] { read_eval_request(e.request.out); }).field_name() == "decoding.beams");
}

TEST_CASE("what is read back of an evaluation is what its files say") {
  Evaluated e;
  e.request.spec.metrics = "rouge-l,length,distinct-1";
  int told = 0;
  e.request.scored = [&] { ++told; };
  const EvalOutcome outcome = e.run();
  REQUIRE(outcome.complete);
  CHECK(told == 2);
  const auto result = read_evaluation_folder(e.request.out, "gpt2", 1, {});
  REQUIRE(result);
  CHECK(result->complete);
  CHECK(result->spec == e.request.spec);
  CHECK(result->baseline == "gpt2");
  REQUIRE(result->table.rows.size() == 6);
  const ComparedRow& first = result->table.rows.front();
  CHECK(first.model == "llama");
  CHECK(first.tested);
  CHECK(first.mean == Approx(outcome.scores[0].result.summaries[0].mean).epsilon(1e-12));
  REQUIRE(result->sets.size() == 1);
  const EvaluatedSet& set = result->sets.front();
  CHECK(set.models == std::vector<std::string>{"llama", "gpt2"});
  CHECK(set.metrics == std::vector<std::string>{"rouge-l", "length"});
  CHECK(set.seeds == std::vector<std::int64_t>{10, 20});
  REQUIRE(set.prompts.size() == 6);
  CHECK_FALSE(set.prompts[0].references.empty());
  CHECK(set.prompts[0].text.find("### Response:") != std::string::npos);
  const auto lines = read_text(e.request.out / "gpt2/demo/seed-20.jsonl");
  const Json line = Json::parse(lines.substr(0, lines.find('\n')));
  CHECK(set.answers[set.place(1, 0, 1)] == line.at("text").get<std::string>());
  double mean = 0;
  for (std::size_t p = 0; p < 6; ++p)
    mean += set.value(0, 1, p) / 6;
  CHECK(mean == Approx(outcome.scores[1].result.summaries[0].mean).epsilon(1e-9));
}

TEST_CASE("of an evaluation on its way what is finished can be read") {
  Evaluated e;
  e.request.scored = [&] {};
  StopAtProgress sink(1);
  REQUIRE_FALSE(run_eval(e.request, sink, sink.source.get_token()).complete);
  const auto nothing = read_evaluation_folder(e.request.out, "", 1, {});
  REQUIRE(nothing);
  CHECK_FALSE(nothing->complete);
  CHECK(nothing->sets.empty());
  CHECK(nothing->table.rows.empty());
  std::stop_source source;
  e.request.scored = [&] { source.request_stop(); };
  SilentProgress silent;
  REQUIRE_FALSE(run_eval(e.request, silent, source.get_token()).complete);
  const auto half = read_evaluation_folder(e.request.out, "", 1, {});
  REQUIRE(half);
  REQUIRE(half->sets.size() == 1);
  CHECK(half->sets[0].models == std::vector<std::string>{"llama"});
  CHECK(half->table.tests == 0);
  CHECK(half->table.rows.size() == 2);
}
