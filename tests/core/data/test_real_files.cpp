// Every real data file, example by example, against what plain Python reads (tests/golden/data).
#include "core/base/files.h"
#include "core/base/json.h"
#include "tests/core/data/data_text.h"

using namespace tauscope;

namespace {

DataForm form_of(const std::string& name) {
  if (name == "self-instruct_user_oriented.jsonl") return DataForm::self_instruct;
  if (name == "vicuna_question.jsonl") return DataForm::vicuna;
  if (name == "alpaca_1k.json") return DataForm::alpaca;
  if (name == "superni_task828.json") return DataForm::super_natural;
  return DataForm::prompt_output;
}

}  // namespace

TEST_CASE("the real data files are read as Python reads them") {
  TS_NEED_SHARED(folder, "data/eval");
  const Json golden = read_json_file(test::source_path("tests/golden/data/real_files.json"));
  REQUIRE(golden.size() == 9);
  for (const auto& [name, told] : golden.items()) {
    CAPTURE(name);
    const auto data = DataFile::open(folder / name, {});
    CHECK(data->form() == form_of(name));
    CHECK(data->count_estimate() == told["examples"].get<std::int64_t>());
    std::string all;
    std::int64_t count = 0;
    while (const auto example = data->next()) {
      REQUIRE(example->index == count++);
      const Json entry = {example->prompt, example->outputs,     example->category,
                          example->id,     example->instruction, example->input};
      all += entry.dump() + "\n";
    }
    CHECK(count == told["examples"].get<std::int64_t>());
    CHECK(sha256(all) == told["sha256"].get<std::string>());
  }
}

TEST_CASE("our Alpaca prompts are those that the MiniLLM files carry") {
  TS_NEED_SHARED(folder, "data/eval");
  const auto alpaca = PromptTemplate::named_or_file("alpaca");
  for (const char* name : {"dolly_valid.jsonl", "dolly_dev.jsonl", "self-inst_valid.jsonl"}) {
    const auto data = DataFile::open(folder / name, {});
    std::int64_t same = 0, count = 0, with_input = 0;
    while (const auto example = data->next()) {
      ++count;
      with_input += !example->input.empty();
      same += alpaca.apply(example->instruction, example->input) == example->prompt;
    }
    CAPTURE(name);
    CHECK(count >= 242);
    CHECK(with_input > 20);
    CHECK(same == count);
  }
}

TEST_CASE("answers are no data") {
  TS_NEED_SHARED(answers, "data/eval/vicuna_answer_gpt35.jsonl");
  CHECK(test::error_of([&] { DataFile::open(answers, {}); }).problem() == "holds answers, not questions");
}
