// Answers of the bundled demo: files, cards, runs that are interrupted.
#include <fmt/format.h>

#include <map>

#include "app/engine/generate_job.h"
#include "core/base/files.h"
#include "tests/app/engine/workbench_fixture.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

struct Asked {
  TemporaryFolder folder;
  AnsweringModel model;
  GenerateRequest request;
  Listener listener;

  explicit Asked(int records = 6)
      : model(demo_sources(folder, records).students[0].path, ModelOptions{"cpu", DType::float32, 1},
              listener) {
    request.data = demo_sources(folder, records).data;
    request.decoding.max_new_tokens = 24;
    request.batch = 3;
    request.out = folder / "answers.jsonl";
  }
  GenerateOutcome run(std::stop_token stop = {}) { return model.answer(request, listener, std::move(stop)); }
  std::string text() const { return read_text(request.out); }
};

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  for (std::size_t first = 0; first < text.size(); first = text.find('\n', first) + 1)
    lines.push_back(parse_json(text.substr(first, text.find('\n', first) - first), "answers"));
  return lines;
}

/// Stops once so many answers are there.
class StopAfter final : public ProgressSink {
 public:
  explicit StopAfter(std::int64_t answers) : answers_(answers) {}
  void progress(std::string_view, std::int64_t done, std::int64_t) override {
    if (done >= answers_) source.request_stop();
  }
  void warning(std::string_view) override {}
  void note(std::string_view) override {}
  std::stop_source source;

 private:
  std::int64_t answers_;
};

}  // namespace

TEST_CASE("answers carry what scoring needs, and a card that says how they were made") {
  Asked asked;
  const GenerateOutcome outcome = asked.run();
  CHECK(outcome.complete);
  CHECK(outcome.prompts == 6);
  const auto lines = lines_of(asked.text());
  REQUIRE(lines.size() == 6);
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Json& line = lines[i];
    CHECK(line.at("example") == static_cast<std::int64_t>(i));
    CHECK(line.at("prompt").get<std::string>().find("### Response:") != std::string::npos);
    CHECK(line.at("seed") == 10);
    CHECK_FALSE(line.at("output").empty());
    CHECK(line.contains("category"));
    const auto ids = line.at("ids").get<std::vector<std::int32_t>>();
    tokens += static_cast<std::int64_t>(ids.size());
    CHECK((line.at("finish_reason") == "eos") == (ids.back() == 2));
    CHECK(ids.size() <= 24);
  }
  CHECK(outcome.counts.new_tokens == tokens);
  const Json card = read_json_file(asked.request.out.string() + ".protocol.json");
  CHECK(card.at("decoding").at("protocol") == "greedy");
  CHECK(card.at("decoding").at("end_ids") == Json::array({2}));
  CHECK(card.at("data").at("sha256") == sha256_file(asked.request.data));
  CHECK(card.at("prompts_cut").empty());
  CHECK(error_of([&] { asked.run(); }).remedy_text().find("--force") != std::string::npos);
}

TEST_CASE("a run that is stopped goes on where it was, and ends with the same file") {
  Asked whole(12);
  whole.request.decoding = decoding_protocol("minillm");
  whole.request.decoding.max_new_tokens = 24;
  REQUIRE(whole.run().complete);
  Asked parts(12);
  parts.request.decoding = whole.request.decoding;
  std::int64_t before = 0;
  for (const std::int64_t stop_at : {2, 5, 9}) {
    StopAfter stop(stop_at - before);
    const auto outcome = parts.model.answer(parts.request, stop, stop.source.get_token());
    CHECK_FALSE(outcome.complete);
    CHECK(outcome.taken_over == before);
    before += outcome.counts.answers;
    CHECK_FALSE(fs::exists(parts.request.out));
  }
  parts.request.seed = 11;
  CHECK_THROWS_AS(parts.run(), Error);  // not these answers
  parts.request.seed = 10;
  parts.request.batch = 1;
  const auto outcome = parts.run();
  CHECK(outcome.complete);
  CHECK(outcome.taken_over == before);
  CHECK(outcome.taken_over + outcome.counts.answers == 12);
  CHECK(parts.text() == whole.text());
}

TEST_CASE("prompts that are too long are cut, counted and named") {
  Asked asked;
  asked.request.decoding.max_prompt_length = 40;
  const GenerateOutcome outcome = asked.run();
  REQUIRE_FALSE(outcome.card.at("prompts_cut").empty());
  REQUIRE(asked.listener.warnings.size() == 1);
  CHECK(asked.listener.warnings[0].find("cut from the left") != std::string::npos);
  CHECK(lines_of(asked.text()).size() == 6);
}

TEST_CASE("a part of the data is answered, and the card says which") {
  Asked asked(12);
  asked.request.filter.subset = 4;
  const GenerateOutcome outcome = asked.run();
  CHECK(outcome.prompts == 4);
  CHECK(lines_of(asked.text()).size() == 4);
  CHECK(outcome.card.at("data").at("filter").at("subset") == 4);
  asked.request.filter.subset = 5;  // other answers than those that are there
  asked.request.keep_finished = true;
  CHECK_THROWS_AS(asked.run(), Error);
}
