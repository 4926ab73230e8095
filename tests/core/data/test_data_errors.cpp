// Data files that are wrong: file, line and field are named, and nothing is guessed.
#include "tests/core/data/data_text.h"

using namespace tauscope;
using test::data_error;
using test::error_of;

namespace {

const std::string good = R"({"instruction": "i", "input": "x", "output": "o"})";

bool ends_with(const std::string& text, const std::string& end) {
  return text.ends_with(end);
}

}  // namespace

TEST_CASE("a broken JSON line is named by its number") {
  CHECK(data_error(good + "\n" + R"({"instruction": "i", "output": )" + "\n" + good)
            .field_name()
            .starts_with("line 2"));
  CHECK(data_error(good + "\n\n\nnot json\n").field_name().starts_with("line 4"));
  CHECK(data_error(R"({"instruction": "i")"
                   "\n" +
                   good)
            .field_name()
            .starts_with("line 1"));
  CHECK(data_error(good + "\n" + R"({"instruction": "i", "output": "o"} {})")
            .field_name()
            .starts_with("line 2"));
  CHECK(data_error(good + "\n" +
                   R"({"instruction": ")"
                   "\xC3("
                   R"(", "output": "o"})")
            .field_name()
            .starts_with("line 2"));
  CHECK(data_error(R"({"instruction": "i", "instruction": "j", "output": "o"})")
            .field_name()
            .starts_with("line 1"));
}

TEST_CASE("missing and ill-typed fields are named with their line") {
  const auto error = [](const std::string& record) {
    const Error found = data_error(good + "\n" + record);
    CHECK(ends_with(found.file(), "data.json:2"));
    return found;
  };
  CHECK(error(R"({"instruction": "i", "input": 7, "output": "o"})").field_name() == "input");
  CHECK(error(R"({"instruction": null, "output": "o"})").field_name() == "instruction");
  CHECK(error(R"({"instruction": "i", "output": 7})").field_name() == "output");
  CHECK(error(R"({"instruction": "i", "output": []})").found_value() == "an empty array");
  CHECK(error(R"({"instruction": "i", "output": ["a", 2]})").field_name() == "output");
  CHECK(error(R"({"foo": 1, "bar": 2})").found_value() == "bar, foo");
  CHECK(error("[1]").problem() == "is not an object");
  const std::string self = R"({"instruction": "i", "instances": [{"input": "x", "output": "o"}]})";
  const Error missing =
      data_error(self + "\n" + R"({"instruction": "i", "instances": [{"output": "o"}, {"input": "x"}]})");
  CHECK(missing.field_name() == "instances[1].output");
  CHECK(data_error(R"({"instruction": "i", "instances": []})").field_name() == "instances");
  CHECK(data_error(R"({"Definition": ["d"], "Instances": [{"input": "x", "output": ["o"]}, {"input": "x"}]})")
            .field_name() == "Instances[1].output");
}

TEST_CASE("forms are not mixed within a file") {
  const Error error = data_error(good + "\n" + R"({"prompt": "p", "output": "o"})");
  CHECK(ends_with(error.file(), "data.json:2"));
  CHECK(error.found_value() == "prompt and output");
  CHECK(error.expected_value() == "Alpaca");
  const std::string task = R"({"Definition": "d", "Instances": [{"input": "x", "output": "o"}]})";
  CHECK(data_error(task + "\n" + task).problem() == "there is more than one task in the file");
}

TEST_CASE("what is no data file is refused with what to do") {
  CHECK(data_error("").problem() == "is empty");
  CHECK(data_error("\n \t\r\n").problem() == "is empty");
  CHECK(data_error("[]").problem() == "has no examples");
  const Error csv = data_error("instruction,output\n\"a\",\"b\"\n");
  CHECK(csv.problem() == "is not a data file");
  CHECK(csv.found_value() == "a file that begins with \"instruction,output\"");
  CHECK(csv.remedy_text() == "convert it to JSON lines");
  CHECK(data_error("version https://git-lfs.github.com/spec/v1\noid").remedy_text() ==
        "this is a git-lfs pointer: run git lfs pull");
  CHECK(data_error("\x1F\x8B\x08....").remedy_text() == "unpack it");
  CHECK(data_error("\"text\"").problem() == "is not a data file");
  CHECK(error_of([] { DataFile::open("/no/such/file.jsonl", {}); }).problem() == "cannot be read");
  const test::TemporaryFolder folder;
  CHECK(error_of([&] { DataFile::open(folder.path(), {}); }).found_value() == "a folder");
}

TEST_CASE("broken arrays are named by line") {
  CHECK(data_error("[\n" + good + "\n" + good + "]").field_name().starts_with("line 3"));
  CHECK(data_error("[" + good + ",\n" + good).problem() == "the JSON array has no end");
  CHECK(data_error("[" + good + ",\n]").problem() == "the JSON array is broken");
  CHECK(data_error("[" + good + "]\nx").problem() == "something follows the JSON array");
  CHECK(data_error("[" + good + ",\n{\"instruction\": }]").field_name().starts_with("line 2"));
  CHECK(data_error("[" + good + "}").problem() == "the JSON array has no end");
}
