// Each form of the contract: what is recognised, and what becomes of its fields.
#include "core/data/forms.h"

#include "tests/core/data/data_text.h"

using namespace tauscope;
using test::examples_of;

namespace {

const DataOptions no_template{.prompt_template = "none", .limit = 0};

Example only(const std::string& text, DataForm expected, const DataOptions& options = no_template) {
  DataForm form{};
  const auto examples = examples_of(text, options, &form);
  REQUIRE(examples.size() == 1);
  CHECK(form == expected);
  return examples.front();
}

}  // namespace

TEST_CASE("prompt and output are taken as they are, with <n> for a line end") {
  const Example example = only(
      R"({"prompt": "Say:<n>hi", "output": ["a<n>b", "c"], "instruction": "i", "input": "x", "topic": "t", "id": 7})",
      DataForm::prompt_output, {});
  CHECK(example.prompt == "Say:\nhi");
  CHECK(example.outputs == std::vector<std::string>{"a\nb", "c"});
  CHECK(example.instruction == "i");
  CHECK(example.input == "x");
  CHECK(example.category == "t");
  CHECK(example.id == "7");
  CHECK(only(R"({"prompt": "", "output": ""})", DataForm::prompt_output).outputs ==
        std::vector<std::string>{""});
}

TEST_CASE("Dolly and Alpaca") {
  const Example dolly = only(
      R"({"instruction": "i", "context": "c", "response": "r", "category": "open_qa"})", DataForm::dolly);
  CHECK(dolly.prompt == "i\n\nc");
  CHECK(dolly.outputs == std::vector<std::string>{"r"});
  CHECK(dolly.input == "c");
  CHECK(dolly.category == "open_qa");
  CHECK(only(R"({"instruction": "i<n>", "context": "", "response": "r"})", DataForm::dolly).prompt == "i<n>");
  const Example alpaca = only(R"({"instruction": "i", "input": "x", "output": "o"})", DataForm::alpaca);
  CHECK(alpaca.prompt == "i\n\nx");
  CHECK(alpaca.outputs == std::vector<std::string>{"o"});
  CHECK(only(R"({"instruction": "i", "output": "o", "input": null})", DataForm::alpaca).input.empty());
}

TEST_CASE("Self-Instruct and Unnatural Instructions: each instance is an example") {
  DataForm form{};
  const auto examples = examples_of(
      R"({"id": "a", "instruction": "i", "instances": [{"input": "x", "output": "o"}, {"input": "", "output": "p"}]}
                     {"id": "b", "instruction": "j", "instances": [{"input": "y", "output": "q"}]})",
      no_template, &form);
  CHECK(form == DataForm::self_instruct);
  REQUIRE(examples.size() == 3);
  CHECK(examples[1].prompt == "i");
  CHECK(examples[1].index == 1);
  CHECK(examples[2].prompt == "j\n\ny");
  CHECK(examples[2].id == "b");
  const Example unnatural = only(
      R"({"instruction": "i", "instances": [{"instruction_with_input": "i x", "input": "x", "constraints": "None.", "output": "o"}]})",
      DataForm::unnatural_instructions);
  CHECK(unnatural.prompt == "i\n\nx");
  CHECK(unnatural.outputs == std::vector<std::string>{"o"});
}

TEST_CASE("Vicuna has questions and no references") {
  const Example question =
      only(R"({"question_id": 3, "text": "why?", "category": "generic"})", DataForm::vicuna);
  CHECK(question.prompt == "why?");
  CHECK(question.outputs.empty());
  CHECK(question.id == "3");
  CHECK(only(R"({"question_id": "x", "category": "c", "turns": ["first", "second"]})", DataForm::vicuna)
            .prompt == "first");
  CHECK(test::data_error(R"({"answer_id": "z", "question_id": 3, "text": "because"})").problem() ==
        "holds answers, not questions");
}

TEST_CASE("a Super-NaturalInstructions task is one object on one line or on many") {
  const std::string task =
      R"({"Definition": ["Do it."], "Categories": ["QA"], "Positive Examples": [], "Instances": [)"
      "\n"
      R"({"id": "t-1", "input": "x", "output": ["o", "p"]}, {"id": "t-2", "input": "y", "output": ["q"]}]})";
  std::string one_line = task;
  one_line[task.find('\n')] = ' ';
  for (const std::string& text : {task, one_line, "{\n" + task.substr(1)}) {
    DataForm form{};
    const auto examples = examples_of(text, no_template, &form);
    CHECK(form == DataForm::super_natural);
    REQUIRE(examples.size() == 2);
    CHECK(examples[0].prompt == "Do it.\n\nx");
    CHECK(examples[0].outputs == std::vector<std::string>{"o", "p"});
    CHECK(examples[1].id == "t-2");
    CHECK(examples[1].index == 1);
    CHECK(examples[1].category == "QA");
  }
}

TEST_CASE("of several forms that fit the contract's first one is taken") {
  CHECK(only(R"({"prompt": "p", "output": "o", "instruction": "i", "context": "c", "response": "r"})",
             DataForm::prompt_output)
            .prompt == "p");
  only(R"({"instruction": "i", "context": "c", "response": "r", "output": "o", "input": "x"})",
       DataForm::dolly);
  only(R"({"instruction": "i", "output": "o", "instances": [{"input": "", "output": "x"}]})",
       DataForm::alpaca);
  only(R"({"instruction": "i", "instances": [{"input": "", "output": "x"}], "question_id": 1, "text": "t"})",
       DataForm::self_instruct);
}

TEST_CASE("every form has a name of its own") {
  std::vector<std::string> names;
  for (const DataForm form :
       {DataForm::prompt_output, DataForm::dolly, DataForm::alpaca, DataForm::self_instruct,
        DataForm::unnatural_instructions, DataForm::vicuna, DataForm::super_natural})
    names.emplace_back(data_form_name(form));
  std::sort(names.begin(), names.end());
  CHECK(std::unique(names.begin(), names.end()) == names.end());
}
