#include "core/data/record_reader.h"

#include "tests/core/data/data_text.h"

using namespace tauscope;
using Records = std::vector<std::pair<std::int64_t, std::string>>;

namespace {

Records records_of(const std::string& text) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "data.json", text);
  RecordReader reader(folder / "data.json");
  Records records;
  while (auto record = reader.next())
    records.emplace_back(record->line, record->text);
  return records;
}

/// Gives out `count` records without holding them: a file of its own size on disk.
std::filesystem::path write_many(const test::TemporaryFolder& folder, bool array, int count) {
  const std::string record =
      R"({"instruction": "i", "input": "", "output": ")" + std::string(10000, 'x') + "\"}";
  std::string text = array ? "[" : "";
  for (int i = 0; i < count; ++i)
    text.append(i == 0 ? "" : array ? ",\n" : "\n").append(record);
  test::write_text(folder / "many.json", text + (array ? "]" : ""));
  return folder / "many.json";
}

}  // namespace

TEST_CASE("lines, with blank ones and Windows' line ends, and a byte-order mark") {
  CHECK(records_of("{\"a\": 1}\n\n{\"b\": 2}") == Records{{1, "{\"a\": 1}"}, {3, "{\"b\": 2}"}});
  CHECK(records_of("\n\n {}\r\n{}\r\n") == Records{{3, "{}\r"}, {4, "{}\r"}});
  CHECK(records_of("\xEF\xBB\xBF{}\n") == Records{{1, "{}"}});
}

TEST_CASE("array elements, whatever stands inside their strings") {
  CHECK(records_of("[{\"a\": \"]},{[\\\"\"},\n {\"b\": [1, {\"c\": 2}]} ,3]\n") ==
        Records{{1, "{\"a\": \"]},{[\\\"\"}"}, {2, "{\"b\": [1, {\"c\": 2}]} "}, {2, "3"}});
  CHECK(records_of("[\n]").empty());
  CHECK(records_of("[{\"a\": \"x\\\\\"}]") == Records{{1, "{\"a\": \"x\\\\\"}"}});
}

TEST_CASE("one object over several lines is one record") {
  CHECK(records_of("{\n \"Definition\": []\n}\n") == Records{{1, "{\n \"Definition\": []\n}\n"}});
  CHECK(records_of("{\"Definition\":\n []}") == Records{{1, "{\"Definition\":\n []}"}});
}

TEST_CASE("a record has a longest length") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "long.jsonl",
                   "{}\n{\"a\": \"" + std::string(RecordReader::max_record_bytes, 'x'));
  RecordReader reader(folder / "long.jsonl");
  CHECK(reader.next().has_value());
  const Error error = test::error_of([&] { reader.next(); });
  CHECK(error.problem() == "a record is too long");
  CHECK(error.field_name() == "line 2");
}

TEST_CASE("examples are counted, limited and numbered in lines and arrays alike") {
  for (const bool array : {false, true}) {
    const test::TemporaryFolder folder;
    const auto path = write_many(folder, array, 300);
    CHECK(DataFile::open(path, {})->count_estimate() == 300);
    const auto data = DataFile::open(path, {.prompt_template = "alpaca", .limit = 7});
    CHECK(data->count_estimate() == 7);
    for (std::int64_t i = 0; i < 7; ++i)
      CHECK(data->next()->index == i);
    CHECK_FALSE(data->next().has_value());
  }
}
