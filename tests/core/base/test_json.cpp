#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using test::error_of;

namespace {

Error broken(const std::string& text, std::int64_t first_line = 1) {
  const Error error = error_of([&] { parse_json(text, "some.json", first_line); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.file() == "some.json");
  CHECK(std::string(error.what()).size() < 400);
  return error;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("huge integers are refused, or become doubles where that is asked for") {
  const std::string text =
      R"({"model_max_length": 1000000000000000019884624838656, "n": -99999999999999999999})";
  CHECK(holds(broken(text).problem(), "out of the range of 64 bits"));
  const Json json = parse_json(text, "f.json", 1, HugeIntegers::as_double);
  CHECK(json["model_max_length"].get<double>() == 1e30);
  CHECK(json["n"].get<double>() == -1e20);
  CHECK_THROWS_AS(JsonFields(json, "f.json").integer("model_max_length", 0, 1 << 30), Error);
}

TEST_CASE("JSON values of every kind are built as the library would build them") {
  const std::string text =
      R"( {"a": [1, -2, 3.5, 1e3, true, false, null, "x\u00e9\n", {}, []], "b": {"c": {"d": [[[]]]}}} )";
  CHECK(parse_json(text, "f") == Json::parse(text));
  CHECK(parse_json("3", "f") == Json(3));
  CHECK(parse_json("\"\"", "f") == Json(""));
  CHECK(parse_json("18446744073709551615", "f") == Json(std::numeric_limits<std::uint64_t>::max()));
  CHECK(parse_json("-9223372036854775808", "f") == Json(std::numeric_limits<std::int64_t>::min()));
  CHECK(parse_json("123456789012345678901234567890.0", "f").is_number_float());
  CHECK(std::signbit(parse_json("-0.0", "f").get<double>()));
  CHECK(parse_json("\xEF\xBB\xBF[1]", "f") == Json::parse("[1]"));
}

TEST_CASE("broken JSON is refused with line and column") {
  CHECK(broken("{\"a\": 1,\n \"b\": }").field_name() == "line 2, column 7");
  CHECK(broken("[1, 2] 3").field_name() == "line 1, column 8");
  CHECK(broken("{\"a\": 1,\n \"b\": }", 40).field_name() == "line 41, column 7");
  CHECK(broken("").field_name() == "line 1, column 1");
  CHECK(holds(broken(" \n ").problem(), "empty"));
  for (const char* text :
       {"{",         "[",        "{\"a\"",    "{\"a\":",  "{\"a\":1", "{\"a\":1,",   "[1,]",     "{\"a\":1,}",
        "{a:1}",     "'a'",      "nul",       "01",       "1.",       ".5",          "+1",       "-",
        "NaN",       "Infinity", "-Infinity", "\"abc",    "\"\\x\"",  "\"\\ud800\"", "\"a\nb\"", "// c\n1",
        "/* c */ 1", "[1] [2]",  "]",         "\xEF\xBB", "1e999",    "-1e999",      "<html>"})
    broken(text);
}

TEST_CASE("what nlohmann-json lets through is refused") {
  SECTION("a key twice") {
    const Error error = broken("{\"a\": {\"x\": 1},\n\n  \"b\": {\"x\": 1, \"x\": 1}}");
    CHECK(holds(error.problem(), "\"x\" stands twice"));
    CHECK(error.field_name() == "line 3, column 19");
    CHECK(holds(broken(R"({"\u0061": 1, "a": 2})").problem(), "\"a\" stands twice"));
  }
  SECTION("integers that do not fit 64 bits") {
    for (const char* text :
         {"18446744073709551616", "-9223372036854775809", "99999999999999999999999999999999"})
      CHECK(holds(broken(text).problem(), "out of the range of 64 bits"));
  }
  SECTION("a zero byte, which ends the text for the library") {
    CHECK(broken(std::string("{}\0garbage", 10)).field_name() == "line 1, column 3");
    broken(std::string("{}\0", 3));
    broken(std::string("\0", 1));
    broken(std::string("\"a\0b\"", 5));
  }
  SECTION("nesting") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK_NOTHROW(parse_json(nested(128), "f"));
    CHECK(holds(broken(nested(129)).problem(), "nested deeper than 128"));
    std::string objects;
    for (int i = 0; i < 200000; ++i)
      objects += "{\"a\":";
    CHECK(holds(broken(objects).problem(), "nested deeper than 128"));
    broken(std::string(1000000, '['));
  }
}

TEST_CASE("text that is not UTF-8 is refused, and the message stays UTF-8") {
  for (const char* text : {"\"\xFF\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"",
                           "\"\xE2\x82\"", "{\"\xFF\": 1}", "\xFF"}) {
    const Error error = broken(text);
    CHECK_NOTHROW(Json(error.what()).dump());  // dump() throws on invalid UTF-8
  }
  CHECK_NOTHROW(parse_json("\"\xF4\x8F\xBF\xBF \xEE\x80\x80 \xC2\x80\"", "f"));
}

TEST_CASE("a long offending token does not flood the message") {
  std::string unclosed = "\"";
  broken(unclosed.append(1000000, 'x'));
  std::string digits = "[1";
  broken(digits.append(100000, '9').append("]"));
  const std::string key(100000, 'k');
  broken("{\"" + key + "\":1,\"" + key + "\":2}");
}

TEST_CASE("JSON members are checked, and errors name the whole path") {
  const Json json = parse_json(
      R"({"n": 5, "big": 18446744073709551615, "x": 1.5, "s": "text", "t": true, "z": null, "o": {"k": "v", "o": {}}})",
      "f");
  const JsonFields fields(json, "config.json");
  CHECK(fields.integer("n", 0, 5) == 5);
  CHECK(fields.integer_or("absent", 7, 0, 5) == 7);
  CHECK(fields.integer_or("z", 7, 0, 5) == 7);
  CHECK(fields.number("n") == 5.0);
  CHECK(fields.number("x") == 1.5);
  CHECK(fields.number_or("absent", 2.5) == 2.5);
  CHECK(fields.boolean_or("t", false));
  CHECK(fields.boolean_or("absent", true));
  CHECK(fields.string("s") == "text");
  CHECK(fields.string_or("absent", "other") == "other");
  CHECK(fields.object("o").string("k") == "v");
  CHECK_FALSE(fields.has("z"));
  CHECK_FALSE(fields.has("absent"));

  const auto check = [](const Error& error, const char* field, const char* found, const char* expected) {
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.file() == "config.json");
    CHECK(error.field_name() == field);
    CHECK(error.found_value() == found);
    CHECK(error.expected_value() == expected);
  };
  const auto limits = std::numeric_limits<std::int64_t>::max();
  check(error_of([&] { fields.integer("n", 6, 9); }), "n", "5", "an integer from 6 to 9");
  check(error_of([&] { fields.integer("n", 0, 4); }), "n", "5", "an integer from 0 to 4");
  check(error_of([&] { fields.integer("big", 0, limits); }), "big", "18446744073709551615",
        "an integer from 0 to 9223372036854775807");
  check(error_of([&] { fields.integer("x", 0, 9); }), "x", "the number 1.5", "an integer from 0 to 9");
  check(error_of([&] { fields.integer("t", 0, 9); }), "t", "the boolean true", "an integer from 0 to 9");
  check(error_of([&] { fields.number("s"); }), "s", "the string \"text\"", "a number");
  check(error_of([&] { fields.boolean_or("n", true); }), "n", "the number 5", "true or false");
  check(error_of([&] { fields.string("o"); }), "o", "an object", "a string");
  check(error_of([&] { fields.object("s"); }), "s", "the string \"text\"", "a JSON object: {...}");
  check(error_of([&] { fields.object("o").object("o").at("deep"); }), "o.o.deep", "", "");
  check(error_of([&] { fields.string("z"); }), "z", "null", "");
  check(error_of([&] { JsonFields(parse_json("[1]", "f"), "config.json"); }), "", "an array",
        "a JSON object: {...}");
}

TEST_CASE("JSON files: read, refused when too large") {
  const test::TemporaryFolder folder;
  test::write_text(folder / "a.json", "{\"a\": 1}");
  CHECK(read_json_file(folder / "a.json") == Json{{"a", 1}});
  CHECK(holds(error_of([&] { read_json_file(folder / "a.json", 7); }).problem(), "too large"));
  CHECK_NOTHROW(read_json_file(folder / "a.json", 8));
  CHECK(error_of([&] { read_json_file(folder / "b.json"); }).problem() == "there is no such file");
}
