// tokenizer.json, vocab.json and merges.txt that are wrong: each has an error that says where and what.
#include "tests/core/base/error_of.h"
#include "tests/core/tokenizer/tokenizer_folder.h"

using namespace tauscope;
using test::holds;
using test::load_error;
using test::small_tokenizer_json;

namespace {

const std::string some_vocab = R"({"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3})";
const std::string some_merges = "#version: 0.2\na b\n";

Error json_error(const std::function<void(Json&)>& change) {
  Json json = small_tokenizer_json();
  change(json);
  const Error error = load_error({{"tokenizer.json", json.dump()}});
  CHECK(error.file().ends_with("tokenizer.json"));
  return error;
}

Error merges_error(const std::string& merges) {
  const Error error = load_error({{"vocab.json", some_vocab}, {"merges.txt", merges}});
  CHECK(error.file().ends_with("merges.txt"));
  return error;
}

Error vocab_error(const std::string& vocab) {
  const Error error = load_error({{"vocab.json", vocab}, {"merges.txt", some_merges}});
  CHECK(error.file().ends_with("vocab.json"));
  return error;
}

}  // namespace

TEST_CASE("the small tokenizer is sound") {
  const test::TokenizerFolder folder({{"tokenizer.json", small_tokenizer_json().dump()}});
  CHECK(folder.load()->encode("hello", true) == std::vector<std::int32_t>{257, 'l', 'o'});
  CHECK(folder.load()->token_bytes(256) == "he");
}

TEST_CASE("unknown components of tokenizer.json are refused by name") {
  const auto type = [](const char* part, const char* name) {
    const Error error = json_error([&](Json& json) { json[part] = {{"type", name}}; });
    CHECK(error.field_name() == std::string(part) + ".type");
    return error.found_value();
  };
  CHECK(type("normalizer", "BertNormalizer") == "BertNormalizer");
  CHECK(type("pre_tokenizer", "UnicodeScripts") == "UnicodeScripts");
  CHECK(type("post_processor", "Other") == "Other");
  CHECK(type("decoder", "CTC") == "CTC");
  CHECK(type("decoder", "WordPiece") == "WordPiece");
  CHECK(type("model", "WordPiece") == "WordPiece");
  CHECK(json_error([](Json& json) { json["model"]["dropout"] = 0.1; }).field_name() == "model.dropout");
}

TEST_CASE("a broken Unigram model is refused") {
  const auto error = [](const char* vocab, const Json& unknown) {
    return json_error([&](Json& json) {
      json["model"] = {{"type", "Unigram"}, {"vocab", Json::parse(vocab)}, {"unk_id", unknown}};
    });
  };
  CHECK(error(R"([["a", 0], ["b"]])", 0).field_name() == "model.vocab[1]");
  CHECK(error(R"([["a", 0], ["b", "x"]])", 0).field_name() == "model.vocab[1]");
  CHECK(error(R"([["a", 0], ["a", 1]])", 0).problem() == "a piece stands twice");
  CHECK(error(R"([["a", 0]])", 1).problem() == "the unknown token is not in the vocabulary");
  CHECK(error(R"([["a", 0]])", -1).field_name() == "model.unk_id");
  CHECK(error(R"({"a": 0})", 0).expected_value() == "an array");
}

TEST_CASE("a broken normalizer or post-processor is refused") {
  const auto field = [](const char* part, const char* component) {
    return json_error([&](Json& json) { json[part] = Json::parse(component); }).field_name();
  };
  CHECK(field("normalizer", R"({"type": "Precompiled", "precompiled_charsmap": "a*=="})") ==
        "normalizer.precompiled_charsmap");
  CHECK(field("normalizer", R"({"type": "Precompiled", "precompiled_charsmap": "AAAA"})") ==
        "normalizer.precompiled_charsmap");
  CHECK(field("normalizer", R"({"type": "Replace", "pattern": {}, "content": ""})") ==
        "normalizer.pattern.String");
  CHECK(field("post_processor", R"({"type": "BertProcessing", "sep": ["x"], "cls": ["y", 1]})") ==
        "post_processor.sep");
  CHECK(field("post_processor", R"({"type": "RobertaProcessing", "sep": ["x", 1], "cls": ["y", -1]})") ==
        "post_processor.cls[1]");
}

TEST_CASE("a broken model of tokenizer.json is refused") {
  CHECK(json_error([](Json& json) { json["model"]["merges"][1] = "he x y"; }).field_name() ==
        "model.merges[1]");
  CHECK(json_error([](Json& json) { json["model"]["merges"][1] = 7; }).found_value() == "not a string");
  CHECK(json_error([](Json& json) {
          json["model"]["merges"] = {{"h", "e", "l"}};
        }).field_name() == "model.merges[0]");
  CHECK(json_error([](Json& json) { json["model"]["merges"].push_back("hel x"); }).found_value() ==
        "\"helx\"");
  CHECK(json_error([](Json& json) { json["model"]["merges"] = "h e"; }).expected_value() == "an array");
  CHECK(json_error([](Json& json) { json["model"]["vocab"]["he"] = "7"; }).field_name() == "model.vocab.he");
  CHECK(json_error([](Json& json) { json["model"]["vocab"]["he"] = 257; }).problem() ==
        "two tokens have the same id");
  CHECK(json_error([](Json& json) { json["model"]["vocab"]["he"] = 1u << 31; }).field_name() ==
        "model.vocab.he");
  CHECK(json_error([](Json& json) { json["model"]["unk_token"] = "<unk>"; }).field_name() ==
        "model.unk_token");
  CHECK(json_error([](Json& json) { json.erase("model"); }).field_name() == "model");
  CHECK(json_error([](Json& json) { json = Json::array(); }).problem() == "is not an object");
}

TEST_CASE("broken added tokens and templates of tokenizer.json are refused") {
  CHECK(json_error([](Json& json) {
          json["added_tokens"] = {{{"id", 300}, {"content", "<s>"}}};
        }).expected_value() == "id 258, the next free one");
  CHECK(json_error([](Json& json) {
          json["added_tokens"] = {{{"content", "<s>"}}};
        }).field_name() == "added_tokens[0].id");
  CHECK(json_error([](Json& json) {
          json["added_tokens"] = {{{"id", 258}}};
        }).field_name() == "added_tokens[0].content");
  const auto with_template = [](const Json& single, const Json& special) {
    return json_error([&](Json& json) {
      json["post_processor"] = {
          {"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", special}};
    });
  };
  const Json text = {{"Sequence", {{"id", "A"}}}};
  const Json start = {{"SpecialToken", {{"id", "<s>"}}}};
  CHECK(with_template(Json::array({start}), {{"<s>", {{"ids", {1}}}}}).found_value() == "0 times");
  CHECK(with_template(Json::array({start, text}), Json::object()).field_name() ==
        "post_processor.special_tokens.<s>");
  CHECK(with_template(Json::array({start, text}), {{"<s>", {{"ids", {-1}}}}}).field_name() ==
        "post_processor.special_tokens.<s>.ids[0]");
  CHECK(with_template(Json::array({start, text}), {{"<s>", {{"ids", {999}}}}}).found_value() == "id 999");
}

TEST_CASE("a broken merges file is refused by line") {
  const auto line = [](const std::string& merges) { return merges_error(merges).field_name(); };
  CHECK(line("#version: 0.2\na b\nab\n") == "line 3");
  CHECK(line("a b c\n") == "line 1");
  CHECK(line("a  b\n") == "line 1");
  CHECK(line("a b\n\na b\n") == "line 2");
  CHECK(line("a \n") == "line 1");
  CHECK(line("a b\n\xFF b\n") == "line 2");
  CHECK(merges_error("a b\nb zz\n").field_name() == "merge[1]");
  CHECK(merges_error("a b\nb zz\n").found_value() == "\"zz\"");
}

TEST_CASE("merges with Windows line ends, and with empty lines at the end, are fine") {
  for (const char* merges : {"a b", "a b\r\n", "#version: 0.2\r\na b\r\n\r\n", "#version: 0.1\na b\n\n\n"}) {
    const test::TokenizerFolder folder({{"vocab.json", some_vocab}, {"merges.txt", merges}});
    CHECK(folder.load()->encode("ab", false) == std::vector<std::int32_t>{2});
  }
}

TEST_CASE("a broken vocabulary is refused by field") {
  CHECK(vocab_error("[]").problem() == "is not an object");
  CHECK(vocab_error(R"({"a": 0, "a": 1})").problem() == "the key \"a\" stands twice in one object");
  CHECK(vocab_error(R"({"a": 0, "b": 0})").problem() == "two tokens have the same id");
  CHECK(vocab_error(R"({"a": 0, "b": "1"})").field_name() == "b");
  CHECK(vocab_error(R"({"a": 0, "b": 1.5})").field_name() == "b");
  CHECK(vocab_error(R"({"a": 0, "b": -1})").field_name() == "b");
  CHECK(vocab_error(R"({"a": 0, "b": 99999999999})").field_name() == "b");
  CHECK(holds(vocab_error(R"({"a": 0, )").field_name(), "line 1"));
}

TEST_CASE("holes in the vocabulary have no text, and the size counts them") {
  const test::TokenizerFolder folder(
      {{"vocab.json", R"({"a": 0, "b": 1, "ab": 7, "<|endoftext|>": 4})"}, {"merges.txt", "a b\n"}});
  const auto tokenizer = folder.load();
  CHECK(tokenizer->size() == 8);
  CHECK(tokenizer->decode(std::vector<std::int32_t>{7, 3, 0}, false) == "aba");
  CHECK(tokenizer->token_bytes(3) == "");
  for (const std::int32_t bad : {-1, 8})
    CHECK(test::error_of([&] {
            tokenizer->decode(std::vector<std::int32_t>{bad}, false);
          }).expected_value() == "0 to 7");
}
