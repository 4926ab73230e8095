#include <cstring>

#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/malformed/cases.h"

namespace tauscope::test {
namespace {

const std::string record = R"({"prompt":"p","output":"o"})";

std::string tensor(const std::string& name, const std::string& type, const std::string& shape,
                   std::size_t begin, std::size_t end) {
  return "\"" + name + R"(":{"dtype":")" + type + R"(","shape":)" + shape + ",\"data_offsets\":[" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

const std::string logits22 = tensor("logits", "F32", "[2,2]", 0, 16);
const std::string floats(16, '\x3F');

std::string int64s(std::int64_t a, std::int64_t b) {
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), &a, 8);
  std::memcpy(bytes.data() + 8, &b, 8);
  return bytes;
}

void add_data_files(std::vector<MalformedCase>& cases) {
  const auto add = [&](std::string name, std::string text, std::vector<std::string> fragments) {
    cases.push_back({std::move(name), "data", {{"data.jsonl", std::move(text)}}, std::move(fragments)});
  };
  add("an empty file", "", {"data.jsonl", "empty"});
  add("CSV", "prompt,output\na,b\n", {"data.jsonl", "CSV"});
  add("text", "Once upon a time\n", {"data.jsonl"});
  add("a gzip file", std::string("\x1F\x8B\x08\0\0\0\0\0\0\0", 10),
      {"is not a data file", "unpack it", "\\x1f"});
  add("a number on a line", record + "\n7\n", {"data.jsonl:2", "the number 7"});
  add("a line that ends early", record + "\n{\"prompt\":\"p\"", {"line 2"});
  add("a deep line", record + "\n" + "{\"prompt\":" + std::string(1'000'000, '[') + "\n",
      {"line 2", "nested deeper"});
  add("a record of no known form", R"({"question":"q","answer":"a"})", {"question"});
  add("a record of another form", record + "\n{\"instruction\":\"i\",\"response\":\"r\"}\n",
      {"data.jsonl:2", "another form", "Dolly"});
  add("an output that is a number", R"({"prompt":"p","output":7})",
      {"output", "number", "a string or an array"});
  add("an output that is an empty list", R"({"prompt":"p","output":[]})", {"output"});
  add("a prompt that is null", R"({"prompt":null,"output":"o"})", {"prompt"});
  add("a record that is not UTF-8", "{\"prompt\":\"\xFF\",\"output\":\"o\"}", {"UTF-8"});
  add("half a surrogate pair", R"({"prompt":"\ud800","output":"o"})", {"surrogate"});
  add("a zero byte", record + "\n" + std::string("{\"prompt\":\"\0\"}", 14), {"line 2", "zero byte"});
  add("a key that stands twice", R"({"prompt":"p","prompt":"q","output":"o"})", {"\"prompt\" stands twice"});
  add("an array with a tail", "[" + record + "] more", {"data.jsonl"});
  add("an array of arrays", "[[" + record + "]]", {"data.jsonl"});
  add("an array without elements", "[]", {"data.jsonl"});
  add("an array without an end", "[{\"prompt\":\"" + std::string(100'000, 'x'), {"data.jsonl"});
  add("a task without instances", "{\n\"Definition\":[\"d\"],\n\"Instances\":[]\n}", {"Instances"});
}

void add_tables(std::vector<MalformedCase>& cases) {
  const auto add = [&](std::string name, std::string text, std::vector<std::string> fragments) {
    cases.push_back({std::move(name), "csv", {{"table.csv", std::move(text)}}, std::move(fragments)});
  };
  add("an empty table", "", {"table.csv"});
  add("two columns of one name", "a,b,a\n1,2,3\n", {"line 1", "same name"});
  add("a quote without an end", "a,b\n1,\"2\n", {"line 2"});
  add("text behind a quote", "a,b\n\"1\"x,2\n", {"line 2"});
  add("a row that is too short", "a,b\n1\n", {"line 2"});
  add("a row that is too long", "a,b\n1,2\n1,2,3\n", {"line 3"});
  add("a gzip table that ends early", std::string("\x1F\x8B\x08\0\0\0\0\0\0\3\x4B", 11), {"table.csv"});
  add("a gzip table that is damaged", std::string("\x1F\x8B\x08\0\0\0\0\0\0\3\xFF\xFF\xFF\xFF\xFF\xFF", 16),
      {"table.csv"});
}

void add_logits(std::vector<MalformedCase>& cases) {
  const auto add = [&](std::string name, const std::string& header, const std::string& data,
                       std::vector<std::string> fragments) {
    cases.push_back({std::move(name),
                     "logits",
                     {{"logits.safetensors", safetensors_bytes("{" + header + "}", data)}},
                     std::move(fragments)});
  };
  add("no logits", tensor("scores", "F32", "[2,2]", 0, 16), floats, {"logits", "scores"});
  add("logits of three dimensions", tensor("logits", "F32", "[1,2,2]", 0, 16), floats,
      {"logits", "[1, 2, 2]"});
  add("no rows", tensor("logits", "F32", "[0,2]", 0, 0), "", {"logits", "[0, 2]"});
  add("a vocabulary of one", tensor("logits", "F32", "[4,1]", 0, 16), floats, {"logits", "[4, 1]"});
  add("logits of integers", tensor("logits", "I64", "[1,2]", 0, 16), floats, {"logits", "I64"});
  add("logits of eight bits", tensor("logits", "F8_E5M2", "[4,4]", 0, 16), floats, {"logits", "F8_E5M2"});
  add("targets that are too few", logits22 + "," + tensor("targets", "I64", "[1]", 16, 24),
      floats + std::string(8, '\0'), {"targets"});
  add("targets that are floats", logits22 + "," + tensor("targets", "F32", "[2]", 16, 24),
      floats + std::string(8, '\0'), {"targets", "F32"});
  add("a target beyond the vocabulary", logits22 + "," + tensor("targets", "I64", "[2]", 16, 32),
      floats + int64s(1, 2), {"targets", "2"});
  add("a target of -2", logits22 + "," + tensor("targets", "I64", "[2]", 16, 32), floats + int64s(-2, 1),
      {"targets", "-2"});
  add("a mask of 2", logits22 + "," + tensor("mask", "U8", "[2]", 16, 18), floats + "\1\2", {"mask", "2"});
  add("a mask that is too long", logits22 + "," + tensor("mask", "BOOL", "[3]", 16, 19), floats + "\1\1\1",
      {"mask"});
  add("no scored row", logits22 + "," + tensor("mask", "BOOL", "[2]", 16, 18), floats + std::string(2, '\0'),
      {"scored"});
}

}  // namespace

std::vector<MalformedCase> data_cases() {
  std::vector<MalformedCase> cases;
  add_data_files(cases);
  add_tables(cases);
  add_logits(cases);
  return cases;
}

}  // namespace tauscope::test
