#include "tests/core/data/data_text.h"

using namespace tauscope;

namespace {

struct TemplateFile {
  explicit TemplateFile(const std::string& text) { test::write_text(folder / "t.txt", text); }
  std::string path() const { return (folder / "t.txt").string(); }
  std::string apply(const std::string& instruction, const std::string& input) const {
    return PromptTemplate::named_or_file(path()).apply(instruction, input);
  }
  Error error() const {
    return test::error_of([&] { PromptTemplate::named_or_file(path()); });
  }
  test::TemporaryFolder folder;
};

}  // namespace

TEST_CASE("Alpaca's two texts") {
  const auto alpaca = PromptTemplate::named_or_file("alpaca");
  CHECK(alpaca.apply("Name a bird.", "") ==
        "Below is an instruction that describes a task. Write a response that appropriately completes the "
        "request.\n\n"
        "### Instruction:\nName a bird.\n\n### Response:\n");
  CHECK(alpaca.apply("Sum up.", "A text.") ==
        "Below is an instruction that describes a task, paired with an input that provides further context. "
        "Write a "
        "response that appropriately completes the request.\n\n### Instruction:\nSum up.\n\n### Input:\nA "
        "text.\n\n"
        "### Response:\n");
  CHECK(alpaca.name() == "alpaca");
}

TEST_CASE("a template file is filled in one pass") {
  const TemplateFile both("Q: {instruction} [{input}] {other} {\nA:");
  CHECK(both.apply("is {input} a word?", "{instruction}") ==
        "Q: is {input} a word? [{instruction}] {other} {\nA:");
  CHECK(both.apply("i", "") == "Q: i [] {other} {\nA:");
  const TemplateFile no_input("Q: {instruction}\nA:");
  CHECK(no_input.apply("i", "") == "Q: i\nA:");
  CHECK(no_input.apply("i", "x") == "Q: i\n\nx\nA:");  // not lost
}

TEST_CASE("templates that cannot be used are refused") {
  CHECK(TemplateFile("{input} only").error().problem() == "the template has no place for the instruction");
  CHECK(TemplateFile("").error().problem() == "the template has no place for the instruction");
  CHECK(TemplateFile("{instruction}\xFF").error().problem() == "the template is not valid UTF-8");
  CHECK(test::error_of([] { PromptTemplate::named_or_file("/no/such/template"); }).kind() ==
        ErrorKind::bad_input);
}

TEST_CASE("the template's name goes into the data file") {
  const TemplateFile file("<{instruction}>");
  const auto examples = test::examples_of(R"({"instruction": "i", "input": "", "output": "o"})",
                                          {.prompt_template = file.path(), .limit = 0});
  CHECK(examples.at(0).prompt == "<i>");
}
