// Each way in which a safetensors file can be wrong has an error of its own: file, field, found, expected,
// remedy.
#include <chrono>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"
#include "tests/core/base/error_of.h"
#include "tests/core/checkpoint/safetensors_bytes.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::error_of;
using test::safetensors_bytes;

namespace {

Error refused(const std::string& bytes) {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  test::write_text(path, bytes);
  const auto start = std::chrono::steady_clock::now();
  const Error error = error_of([&] { SafetensorsFile::open(path); });
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file() == path.string());
  CHECK(std::string(error.what()).size() < 1000);
  CHECK_NOTHROW(Json(error.what()).dump());  // valid UTF-8
  return error;
}

Error refused(const std::string& header, const std::string& data) {
  return refused(safetensors_bytes(header, data));
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::string length_bytes(std::uint64_t length) {
  return {reinterpret_cast<const char*>(&length), sizeof length};
}

const std::string one = R"({"x":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})";

}  // namespace

TEST_CASE("what is not a safetensors file is called what it is") {
  struct Case {
    std::string content, problem, remedy;
  };
  const std::vector<Case> cases{
      {"", "the file is empty", "again"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12907016\n", "git-lfs pointer",
       "git lfs pull"},
      {"<!DOCTYPE html>\n<html><body>401</body></html>", "web page", "logged in"},
      {"  \n<HTML lang=\"en\">", "web page", "logged in"},
      {std::string("PK\x03\x04\x00\x00\x08\x08", 8) + std::string(100, '\0'), "PyTorch file",
       "safe_serialization=True"},
      {"\x80\x02\x8A\x0Al\xFC\x9C\x46\xF9 j\xA8P\x19." + std::string(100, 'x'), "PyTorch file",
       "save_pretrained"},
      {"GGUF" + std::string(100, '\0'), "GGUF", "converted"},
      {R"({"error": "Repository not found"})", "JSON text", "again"},
      {"hello, world: this is text", "is not a safetensors file", "again"},
      {std::string(1000, '\0'), "is not a safetensors file", "again"},
      {std::string(1000, '\xFF'), "is not a safetensors file", "again"},
  };
  for (const Case& each : cases) {
    INFO(each.problem);
    const Error error = refused(each.content);
    CHECK(holds(error.problem(), each.problem));
    CHECK(holds(error.remedy_text(), each.remedy));
  }
}

TEST_CASE("a file cut off anywhere is refused, and beyond its start is called truncated") {
  const std::string whole = safetensors_bytes(one + "       ", std::string(16, 'd'));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    const Error error = refused(whole.substr(0, size));
    if (size > 0) CHECK(holds(error.problem(), "the file is truncated"));
    CHECK_FALSE(error.remedy_text().empty());
  }
  refused(whole + "x");
}

TEST_CASE("the header's length is checked against the format's limit and the file") {
  const Error huge = refused(length_bytes(100'000'001) + "{" + std::string(100, ' '));
  CHECK(huge.field_name() == "header length");
  CHECK(huge.found_value() == "100000001");
  CHECK(huge.expected_value() == "from 2 to 100000000");
  const Error beyond = refused(length_bytes(100'000'000) + one);
  CHECK(beyond.field_name() == "header length");
  CHECK(holds(beyond.problem(), "truncated"));
  CHECK(holds(beyond.expected_value(), "for a file of 65 bytes"));
  CHECK(refused(length_bytes(0) + one).field_name() == "header length");
  CHECK(refused(length_bytes(1) + one).field_name() == "header length");
  CHECK(refused(length_bytes(UINT64_MAX) + one).field_name() == "header length");
  CHECK(refused(length_bytes(one.size()) + "[" + one).field_name() == "header");
  CHECK(refused(" " + one, std::string(16, 'd')).field_name() == "header");
}

TEST_CASE("a header that is not strict JSON is refused with its place") {
  const std::string data(16, 'd');
  CHECK(refused(one.substr(0, one.size() - 1), data).field_name() == "header, line 1, column 56");
  CHECK(holds(refused(one + "x", data).field_name(), "header, line 1"));
  CHECK(holds(refused(one + std::string(3, '\0'), data).problem(), "zero byte"));
  CHECK(holds(refused("{\"\xFF\":1}", data).field_name(), "header, line 1"));
  const std::string entry = R"("x":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]})";
  CHECK(holds(refused("{" + entry + "," + entry + "}", data).problem(), "\"x\" stands twice"));
  CHECK(holds(
      refused(R"({"x":{"dtype":"F32","shape":[2,2],"shape":[4],"data_offsets":[0,16]}})", data).problem(),
      "\"shape\" stands twice"));
  CHECK(holds(refused(R"({"__metadata__":{},"__metadata__":{}})", "").problem(), "stands twice"));
  CHECK(holds(refused("{\"x\":" + std::string(100000, '['), "").problem(), "nested deeper"));
  CHECK(holds(refused("{\"" + std::string(100000, 'n') + "\":7}", "").problem(), "is not an object"));
}

TEST_CASE("each field of a tensor is checked") {
  struct Case {
    std::string entry, field, found, problem;
  };
  const std::vector<Case> cases{
      {R"(7)", "", "the number 7", "is not an object"},
      {R"([])", "", "an array", "is not an object"},
      {R"(null)", "", "null", "is not an object"},
      {R"({"shape":[4],"data_offsets":[0,16]})", ".dtype", "", "missing"},
      {R"({"dtype":"F32","data_offsets":[0,16]})", ".shape", "", "missing"},
      {R"({"dtype":"F32","shape":[4]})", ".data_offsets", "", "missing"},
      {R"({"dtype":"F33","shape":[4],"data_offsets":[0,16]})", ".dtype", "\"F33\"", "not known"},
      {R"({"dtype":4,"shape":[4],"data_offsets":[0,16]})", ".dtype", "the number 4", "wrong type"},
      {R"({"dtype":"F32","shape":4,"data_offsets":[0,16]})", ".shape", "4", "is not a list"},
      {R"({"dtype":"F32","shape":[-4],"data_offsets":[0,16]})", ".shape", "[-4]", "not a size"},
      {R"({"dtype":"F32","shape":[4.0],"data_offsets":[0,16]})", ".shape", "[4.0]", "not a size"},
      {R"({"dtype":"F32","shape":["4"],"data_offsets":[0,16]})", ".shape", "[\"4\"]", "not a size"},
      {R"({"dtype":"F32","shape":[[4]],"data_offsets":[0,16]})", ".shape", "[[4]]", "not a size"},
      {R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,16]})", ".shape",
       "[18446744073709551615]", "not a size"},
      {R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]})", ".shape",
       "[4611686018427387904,4]", "larger than 63 bits"},
      {R"({"dtype":"F32","shape":[2147483648,2147483648,4],"data_offsets":[0,0]})", ".shape",
       "[2147483648,2147483648,4]", "larger than 63 bits"},
      {R"({"dtype":"F32","shape":[4],"data_offsets":[16]})", ".data_offsets", "[16]", "begin and end"},
      {R"({"dtype":"F32","shape":[4],"data_offsets":[0,8,16]})", ".data_offsets", "[0,8,16]",
       "begin and end"},
      {R"({"dtype":"F32","shape":[4],"data_offsets":[16,0]})", ".data_offsets", "[16,0]", "begin and end"},
      {R"({"dtype":"F32","shape":[4],"data_offsets":[-16,0]})", ".data_offsets", "[-16,0]", "begin and end"},
      {R"({"dtype":"F32","shape":[4],"data_offsets":[0,17]})", ".data_offsets", "end 17", "truncated"},
      {R"({"dtype":"F32","shape":[4],"data_offsets":[0,18446744073709551615]})", ".data_offsets",
       "end 18446744073709551615", "truncated"},
      {R"({"dtype":"F32","shape":[3],"data_offsets":[0,16]})", ".data_offsets", "16 bytes", "do not match"},
      {R"({"dtype":"F64","shape":[4],"data_offsets":[0,16]})", ".data_offsets", "16 bytes", "do not match"},
      {R"({"dtype":"F32","shape":[4],"data_offsets":[0,16],"strides":[1]})", ".strides", "", "does not have"},
  };
  for (const Case& each : cases) {
    INFO(each.entry);
    const Error error = refused("{\"x\":" + each.entry + "}", std::string(16, 'd'));
    CHECK(error.field_name() == "\"x\"" + each.field);
    CHECK(error.found_value() == each.found);
    CHECK(holds(error.problem(), each.problem));
  }
}

TEST_CASE("tensors must cover the data without gap, overlap or rest") {
  const auto entry = [](const std::string& name, int begin, int end) {
    return "\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[" + std::to_string(end - begin) +
           "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) + "]}";
  };
  const auto header = [](const std::vector<std::string>& entries) {
    std::string text = "{";
    for (const auto& each : entries)
      text += (text.size() > 1 ? "," : "") + each;
    return text + "}";
  };
  const std::string data(16, 'd');
  const auto check = [&](const std::vector<std::string>& entries, const std::string& field,
                         const std::string& problem) {
    const Error error = refused(header(entries), data);
    CHECK(error.field_name() == field);
    CHECK(holds(error.problem(), problem));
  };
  check({entry("a", 0, 8), entry("b", 9, 16)}, "\"b\".data_offsets", "gap");
  check({entry("b", 8, 16)}, "\"b\".data_offsets", "gap");
  check({entry("a", 0, 8), entry("b", 7, 16)}, "\"b\".data_offsets", "overlaps");
  check({entry("a", 0, 16), entry("b", 0, 16)}, "\"b\".data_offsets", "overlaps");
  check({entry("a", 0, 8), entry("b", 8, 15)}, "end of file", "behind the last tensor");
  check({entry("a", 0, 16), entry("b", 3, 3)}, "\"b\".data_offsets", "overlaps");
  check({}, "end of file", "behind the last tensor");

  const test::TemporaryFolder folder;  // the order of the header's entries does not matter
  test::write_text(folder / "ok",
                   safetensors_bytes(header({entry("z", 0, 4), entry("a", 4, 4), entry("m", 4, 16)}), data));
  const auto file = SafetensorsFile::open(folder / "ok");
  CHECK(file->tensors()[0].name == "z");
  CHECK(file->tensors()[2].name == "m");
}

TEST_CASE("metadata are strings") {
  const auto field = [](const std::string& metadata) {
    return refused("{\"__metadata__\":" + metadata + "}", "");
  };
  CHECK(field("[]").field_name() == "__metadata__");
  CHECK(field("\"pt\"").field_name() == "__metadata__");
  CHECK(field(R"({"format":1})").field_name() == "__metadata__.format");
  CHECK(field(R"({"format":{"a":"b"}})").found_value() == "an object");
  CHECK(field(R"({"format":null})").field_name() == "__metadata__.format");
}
