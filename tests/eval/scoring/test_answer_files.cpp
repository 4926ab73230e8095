// Predictions and references: every form that is read, how they are joined, and what is refused.
#include "eval/scoring/answer_files.h"

#include "core/base/error.h"
#include "eval/scoring/answer_set.h"
#include "tests/core/base/error_of.h"
#include "tests/eval/scoring/recorder.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::error_of;
using Strings = std::vector<std::string>;

namespace {

struct Joined {
  AnswerSet set;
  Strings warnings;
};

/// `references` empty: none are given.
Joined join(const std::string& predictions, const std::string& references) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "answers.jsonl", predictions);
  test::write_text(folder / "refs.jsonl", references);
  std::optional<ReferenceFile> file;
  if (!references.empty()) file = read_references(folder / "refs.jsonl");
  test::Recorder recorder;
  AnswerSet set = join_answers(read_predictions({folder / "answers.jsonl"}), file, recorder);
  return {std::move(set), recorder.warnings};
}

/// The one bad_input that this raises; it names the file and the line.
Error refused(const std::string& predictions, const std::string& references, const std::string& place) {
  const Error error = error_of([&] { join(predictions, references); });
  INFO(error.what());
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file().find(place) != std::string::npos);
  return error;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string two_answers = "{\"text\": \"x\"}\n{\"text\": \"y\"}\n";

}  // namespace

TEST_CASE("answers are joined by order where no number joins them") {
  for (const char* field : {"text", "answer", "response"}) {
    const auto [set, warnings] = join(std::string("[{\"") + field + "\": \"x\"}, {\"" + field + "\": \"y\"}]",
                                      "{\"output\": \"r\"}\n{\"output\": [\"s\", \"t\"]}\n");
    CHECK(set.joined_by == "order");
    REQUIRE(set.prompts.size() == 2);
    CHECK(set.prompts[0].example == 0);
    CHECK(set.prompts[0].answers[0].text == "x");
    CHECK(set.prompts[1].references == Strings{"s", "t"});
    CHECK(set.seeds.empty());
    CHECK(warnings.empty());
  }
}

TEST_CASE("answers are joined by example where both sides have it") {
  const std::string answers = R"({"example": 2, "text": "c", "seed": 20}
{"example": 0, "text": "a", "seed": 20}
{"example": 2, "text": "C", "seed": 10}
{"example": 0, "text": "A", "seed": 10}
)";
  for (
      const std::string references :
      {R"({"example": 2, "output": "two"}
{"example": 0, "output": "nought"}
)",
       R"({"prompt": "p", "output": "nought"}
{"prompt": "p", "output": "one"}
{"prompt": "p", "output": "two"}
)",
       R"([{"instruction": "i", "input": "", "output": "nought"}, {"instruction": "i", "input": "", "output": "one"},
            {"instruction": "i", "input": "", "output": "two"}])",
       R"({"instruction": "i", "context": "", "response": "nought", "category": "c"}
{"instruction": "i", "context": "", "response": "one", "category": "c"}
{"instruction": "i", "context": "", "response": "two", "category": "c"}
)",
       R"({"instruction": "i", "instances": [{"input": "", "output": "nought"}, {"input": "", "output": "one"}]}
{"instruction": "i", "instances": [{"input": "", "output": "two"}]}
)",
       R"({"Definition": ["d"], "Positive Examples": [], "Instances": [{"id": "a", "input": "i", "output": ["nought"]},
            {"id": "b", "input": "i", "output": ["one"]}, {"id": "c", "input": "i", "output": ["two"]}]})"}) {
    INFO(references);
    const auto [set, warnings] = join(answers, references);
    CHECK(set.joined_by == "example");
    REQUIRE(set.prompts.size() == 2);
    CHECK(set.prompts[0].references == Strings{"nought"});
    CHECK(set.prompts[1].references == Strings{"two"});
    CHECK(set.prompts[1].example == 2);
    CHECK(set.prompts[1].answers[0].text == "C");  // seeds rise
    CHECK(set.prompts[1].answers[1].text == "c");
    CHECK(set.seeds == std::vector<std::int64_t>{10, 20});
    CHECK(set.answers == 4);
    CHECK(warnings.size() == static_cast<std::size_t>(set.unanswered > 0));
  }
}

TEST_CASE("answers with an example are joined by order to references that have none") {
  const auto [set, warnings] = join("{\"example\": 7, \"text\": \"x\"}\n{\"example\": 9, \"text\": \"y\"}\n",
                                    "{\"output\": \"r\"}\n{\"output\": \"s\"}\n");
  CHECK(set.joined_by == "order");
  CHECK(set.prompts[1].example == 9);
  CHECK(set.prompts[1].references == Strings{"s"});
  CHECK(warnings.empty());
}

TEST_CASE("Vicuna's answers are joined by question_id") {
  const auto [set, warnings] = join(
      R"({"answer_id": "q", "question_id": 2, "text": "mine of two", "model_id": "m"}
{"answer_id": "r", "question_id": 1, "text": "mine of one", "model_id": "m"}
)",
      R"({"answer_id": "a", "question_id": 1, "text": "one"}
{"answer_id": "b", "question_id": 2, "text": "two"}
{"answer_id": "c", "question_id": 3, "text": "three"}
)");
  CHECK(set.joined_by == "question_id");
  REQUIRE(set.prompts.size() == 2);
  CHECK(set.prompts[0].references == Strings{"one"});
  CHECK(set.prompts[0].answers[0].text == "mine of one");
  CHECK(set.unanswered == 1);
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0], "1 reference has no answer"));
  CHECK(contains(warnings[0], "refs.jsonl:3"));
}

TEST_CASE("answers may carry their own references") {
  const auto [set, warnings] = join(
      "{\"text\": \"x\", \"output\": \"r\", \"category\": \"c\"}\n{\"text\": \"y\", \"output\": [\"s\", "
      "\"t\"]}\n",
      "");
  CHECK(set.joined_by == "own");
  REQUIRE(set.prompts.size() == 2);
  CHECK(set.prompts[0].category == "c");
  CHECK(set.prompts[1].references == Strings{"s", "t"});
  CHECK(refused("{\"text\": \"x\", \"output\": \"r\"}\n{\"text\": \"y\"}\n", "", "answers.jsonl:2")
            .field_name() == "output");
}

TEST_CASE("several prediction files are one set") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "10.jsonl", "{\"example\": 0, \"seed\": 10, \"text\": \"x\"}\n");
  test::write_text(folder / "20.jsonl", "{\"example\": 0, \"seed\": 20, \"text\": \"y\"}\n");
  test::write_text(folder / "refs.jsonl", "{\"prompt\": \"p\", \"output\": \"r\"}\n");
  test::Recorder recorder;
  const AnswerSet set = join_answers(read_predictions({folder / "10.jsonl", folder / "20.jsonl"}),
                                     read_references(folder / "refs.jsonl"), recorder);
  REQUIRE(set.prompts.size() == 1);
  CHECK(set.prompts[0].answers.size() == 2);
  const Error twice = error_of([&] {
    join_answers(read_predictions({folder / "10.jsonl", folder / "10.jsonl"}),
                 read_references(folder / "refs.jsonl"), recorder);
  });
  CHECK(contains(twice.problem(), "answered twice"));
}

TEST_CASE("what is odd but can be scored is counted, with its first place") {
  const auto [set, warnings] = join(
      R"({"example": 0, "seed": 1, "text": ""}
{"example": 1, "seed": 1, "text": "x"}
{"example": 0, "seed": 2, "text": "  "}
)",
      R"({"prompt": "p", "output": "r"}
{"prompt": "p", "output": ""}
{"prompt": "p", "output": "t"}
)");
  CHECK(set.empty_answers == 2);
  CHECK(set.empty_references == 1);
  CHECK(set.unanswered == 1);
  CHECK(set.incomplete == 1);
  REQUIRE(warnings.size() == 4);
  CHECK(contains(warnings[0], "1 prompt lacks some seeds"));
  CHECK(contains(warnings[1], "2 answers are empty"));
  CHECK(contains(warnings[1], "answers.jsonl:1"));
  CHECK(contains(warnings[3], "refs.jsonl:2"));
}

TEST_CASE("predictions that cannot be used name file and line") {
  const std::string good = "{\"text\": \"x\"}\n", refs = "{\"output\": \"r\"}\n{\"output\": \"s\"}\n";
  CHECK(refused(good + "{\"text\": 3}\n", refs, "answers.jsonl:2").field_name() == "text");
  CHECK(refused(good + "{\"text\": null}\n", refs, "answers.jsonl:2").field_name() == "text");
  CHECK(refused(good + "{\"answer\": [\"x\"]}\n", refs, "answers.jsonl:2").field_name() == "answer");
  CHECK(contains(refused(good + "{\"prompt\": \"p\"}\n", refs, "answers.jsonl:2").problem(), "no text"));
  CHECK(refused(good + "{\"text\": \"x\", \"example\": 1}\n", refs, "answers.jsonl:2").field_name() ==
        "example");
  CHECK(refused(good + "{\"text\": \"x\", \"seed\": 1}\n", refs, "answers.jsonl:2").field_name() == "seed");
  CHECK(refused("{\"text\": \"x\", \"example\": -1}\n", refs, "answers.jsonl:1").field_name() == "example");
  CHECK(refused("{\"text\": \"x\", \"example\": \"1\"}\n", refs, "answers.jsonl:1").field_name() ==
        "example");
  refused("", refs, "answers.jsonl");
  refused("[]", refs, "answers.jsonl");
  refused("example,text\n0,x\n", refs, "answers.jsonl");
  refused(good + "[]\n", refs, "answers.jsonl:2");
}

TEST_CASE("sides that do not match are refused") {
  const Error counts = refused(two_answers, "{\"output\": \"r\"}\n", "answers.jsonl");
  CHECK(contains(counts.what(), "2 predictions, 1 references"));
  const Error seeds = refused(
      "{\"text\": \"x\", \"seed\": 1}\n{\"text\": \"y\", \"seed\": 2}\n{\"text\": \"z\", \"seed\": 2}\n",
      "{\"output\": \"r\"}\n", "answers.jsonl");
  CHECK(contains(seeds.what(), "2 predictions of seed 2"));
  const Error unknown = refused("{\"text\": \"x\", \"example\": 5}\n",
                                "{\"prompt\": \"p\", \"output\": \"r\"}\n", "answers.jsonl:1");
  CHECK(contains(unknown.what(), "refs.jsonl"));
  const Error twice = refused("{\"text\": \"x\", \"example\": 0}\n{\"text\": \"y\", \"example\": 0}\n",
                              "{\"prompt\": \"p\", \"output\": \"r\"}\n", "answers.jsonl:2");
  CHECK(contains(twice.found_value(), "answers.jsonl:1"));
  CHECK(contains(twice.remedy_text(), "seed"));
}

TEST_CASE("references that cannot be used name file and line") {
  const std::string answer = "{\"text\": \"x\"}\n";
  CHECK(refused(answer, "{\"output\": 3}\n", "refs.jsonl:1").field_name() == "output");
  CHECK(refused(answer, "{\"output\": []}\n", "refs.jsonl:1").field_name() == "output");
  CHECK(refused(answer, "{\"output\": [\"r\", 3]}\n", "refs.jsonl:1").field_name() == "output");
  CHECK(contains(refused(answer, "{\"output\": \"\"}\n", "refs.jsonl:1").problem(),
                 "no example can be scored"));
  CHECK(contains(
      refused(answer, "{\"output\": \"r\"}\n{\"prompt\": \"p\", \"output\": \"r\"}\n", "refs.jsonl:2")
          .problem(),
      "another form"));
  CHECK(contains(refused(answer, "{\"question_id\": 1, \"text\": \"why?\"}\n", "refs.jsonl:1").problem(),
                 "no reference answers"));
  const Error twice = refused(
      answer, "{\"example\": 4, \"output\": \"r\"}\n{\"example\": 4, \"output\": \"s\"}\n", "refs.jsonl:2");
  CHECK(contains(twice.found_value(), "refs.jsonl:1"));
  CHECK(refused(answer,
                "{\"answer_id\": 1, \"question_id\": 4, \"text\": \"r\"}\n{\"answer_id\": 2, "
                "\"question_id\": 4, \"text\": \"s\"}\n",
                "refs.jsonl:2")
            .field_name() == "question_id");
  CHECK(
      refused(answer, "{\"answer_id\": 1, \"question_id\": 4, \"text\": 7}\n", "refs.jsonl:1").field_name() ==
      "text");
  refused(answer, "{\"a\": 1}\n", "refs.jsonl:1");
}
