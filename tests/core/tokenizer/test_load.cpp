// Which file is read, and what the files beside it decide.
#include <thread>

#include "tests/core/base/error_of.h"
#include "tests/core/tokenizer/tokenizer_folder.h"

using namespace tauscope;
using test::holds;
using test::load_error;
using test::small_tokenizer_json;
using test::TokenizerFolder;
using Ids = std::vector<std::int32_t>;

namespace {

const std::string some_vocab = R"({"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3, "<s>": 4})";
const std::string some_merges = "a b\n";

std::string model_bytes() {
  return test::read_text(test::golden_tokenizer("sentencepiece_bpe/tokenizer.model"));
}

std::unique_ptr<Tokenizer> vocab_and_merges(const std::string& config) {
  return TokenizerFolder(
             {{"vocab.json", some_vocab}, {"merges.txt", some_merges}, {"tokenizer_config.json", config}})
      .load();
}

std::unique_ptr<Tokenizer> sentencepiece_with(const std::string& config) {
  return TokenizerFolder({{"tokenizer.model", model_bytes()}, {"tokenizer_config.json", config}}).load();
}

}  // namespace

TEST_CASE("a folder without a tokenizer says what was looked for") {
  const Error none = load_error({{"config.json", "{}"}});
  for (const char* name : {"tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt"})
    CHECK(holds(none.expected_value(), name));
  CHECK(load_error({{"vocab.json", some_vocab}}).found_value() == "vocab.json without merges.txt");
  CHECK(holds(test::error_of([] { load_tokenizer("/no/such/folder"); }).problem(), "not a folder"));
}

TEST_CASE("tokenizer.json comes first, then tokenizer.model, then vocab.json") {
  std::map<std::string, std::string> files{{"tokenizer.json", small_tokenizer_json().dump()},
                                           {"tokenizer.model", model_bytes()},
                                           {"vocab.json", some_vocab},
                                           {"merges.txt", some_merges}};
  const auto file_read = [&] { return TokenizerFolder(files).load()->files().front().filename(); };
  CHECK(file_read() == "tokenizer.json");
  files.erase("tokenizer.json");
  CHECK(file_read() == "tokenizer.model");
  files.erase("tokenizer.model");
  CHECK(file_read() == "vocab.json");
  files["vocab.bpe"] = files["merges.txt"];
  files.erase("merges.txt");
  CHECK(TokenizerFolder(files).load()->encode("ab", true) == Ids{2});
}

TEST_CASE("BOS and EOS around a text are what tokenizer_config.json asks for") {
  CHECK(vocab_and_merges("{}")->encode("ab", true) == Ids{2});
  CHECK(vocab_and_merges(R"({"add_bos_token": true})")->encode("ab", true) == Ids{3, 2});
  CHECK(vocab_and_merges(R"({"add_bos_token": true, "bos_token": "<s>"})")->encode("", true) == Ids{4});
  CHECK(vocab_and_merges(R"({"add_bos_token": true, "bos_token": null})")->encode("ab", true) == Ids{2});
  const auto both = vocab_and_merges(R"({"add_bos_token": true, "add_eos_token": true, "bos_token": "<s>"})");
  CHECK(both->encode("ab", true) == Ids{4, 2, 3});
  CHECK(both->encode("ab", false) == Ids{2});
  CHECK(both->bos_id() == 4);
  CHECK(both->eos_id() == 3);
  CHECK(both->is_special(4));
  CHECK(holds(both->description(), "<s> before a text and <|endoftext|> after it"));
}

TEST_CASE("sentencepiece adds BOS and EOS only if it is told to") {
  const Ids plain = sentencepiece_with("{}")->encode("ab", false);
  const auto ends = [&](const std::string& config) {
    Ids ids = sentencepiece_with(config)->encode("ab", true);
    const auto text = std::search(ids.begin(), ids.end(), plain.begin(), plain.end());
    REQUIRE(text != ids.end());
    ids.erase(text, text + static_cast<std::ptrdiff_t>(plain.size()));
    return ids;
  };
  CHECK(ends("{}").empty());
  CHECK(ends(R"({"add_bos_token": true})") == Ids{1});
  CHECK(ends(R"({"add_bos_token": false})").empty());
  CHECK(ends(R"({"add_bos_token": true, "add_eos_token": true})") == Ids{1, 2});
  CHECK(sentencepiece_with(R"({"add_eos_token": true})")->encode("", true) == Ids{2});
  const TokenizerFolder bare({{"tokenizer.model", model_bytes()}});
  CHECK(bare.load()->encode("", true).empty());
  CHECK(holds(bare.load()->description(), "add_bos_token is not set"));
  CHECK_FALSE(holds(sentencepiece_with(R"({"add_bos_token": false})")->description(), "not set"));
}

TEST_CASE("classes that the files do not describe fully are refused by name") {
  const auto refused = [](std::map<std::string, std::string> files, const std::string& name) {
    files["tokenizer_config.json"] = Json{{"tokenizer_class", name}}.dump();
    const Error error = load_error(files);
    CHECK(error.field_name() == "tokenizer_class");
    return error.found_value();
  };
  CHECK(refused({{"tokenizer.model", model_bytes()}}, "T5Tokenizer") == "T5Tokenizer");
  CHECK(refused({{"vocab.json", some_vocab}, {"merges.txt", some_merges}}, "RobertaTokenizerFast") ==
        "RobertaTokenizer");
}

TEST_CASE("a class whose rules are not known is named where the file is used as it stands") {
  const auto described = [](const std::string& name) {
    const std::string json = R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}})";
    return TokenizerFolder(
               {{"tokenizer.json", json}, {"tokenizer_config.json", Json{{"tokenizer_class", name}}.dump()}})
        .load()
        ->description();
  };
  CHECK(holds(described("GemmaTokenizerFast"),
              "as the file stands (transformers' GemmaTokenizer may change it)"));
  CHECK(holds(described("CodeLlamaTokenizer"), "CodeLlamaTokenizer may change it"));
  for (const char* known : {"PreTrainedTokenizerFast", "Qwen2Tokenizer", "GPT2Tokenizer"})
    CHECK_FALSE(holds(described(known), "as the file stands"));
}

TEST_CASE("side files that are wrong are named") {
  const auto error = [](const std::string& name, const std::string& text) {
    return load_error({{"vocab.json", some_vocab}, {"merges.txt", some_merges}, {name, text}});
  };
  CHECK(error("tokenizer_config.json", R"({"add_bos_token": "yes"})").field_name() == "add_bos_token");
  CHECK(error("tokenizer_config.json", R"({"bos_token": 7})").field_name() == "bos_token");
  CHECK(error("tokenizer_config.json", R"({"added_tokens_decoder": {"x": {"content": "y"}}})").field_name() ==
        "added_tokens_decoder.x");
  CHECK(error("tokenizer_config.json", R"({"added_tokens_decoder": {"9": {"content": "y"}}})")
            .expected_value() == "id 5, the next free one");
  CHECK(error("added_tokens.json", R"({"x": -1})").field_name() == "x");
  CHECK(error("special_tokens_map.json", "[]").problem() == "is not an object");
  CHECK(holds(error("tokenizer_config.json", "{").field_name(), "line 1"));
  CHECK(load_error(
            {{"tokenizer.model", model_bytes()}, {"tokenizer_config.json", R"({"bos_token": "<none>"})"}})
            .field_name() == "bos_token");
  CHECK(load_error({{"tokenizer.model", model_bytes()},
                    {"tokenizer_config.json", R"({"bos_token": null, "add_bos_token": true})"}})
            .field_name() == "add_bos_token");
}

TEST_CASE("transformers' integer for no limit is not in the way") {
  const auto tokenizer = vocab_and_merges(
      R"({"model_max_length": 1000000000000000019884624838656, "note": "12345678901234567890 \" 123456789012345678901"})");
  CHECK(tokenizer->encode("ab", true) == Ids{2});
}

TEST_CASE("special tokens in a text can be left as text") {
  const std::string text = "<|endoftext|>ab";
  CHECK(vocab_and_merges("{}")->encode(text, true) == Ids{3, 2});
  CHECK(vocab_and_merges(R"({"split_special_tokens": true})")->encode(text, true).back() == 2);
  CHECK(vocab_and_merges(R"({"split_special_tokens": true})")->encode(text, true).front() != 3);
}

TEST_CASE("text that is not UTF-8 is refused with its place") {
  for (const auto& tokenizer : {vocab_and_merges("{}"), sentencepiece_with("{}")}) {
    const Error error = test::error_of([&] { tokenizer->encode("ab\xC3(", true); });
    CHECK(error.found_value() == "byte 0xC3 at offset 2");
  }
}

TEST_CASE("one tokenizer serves several threads") {
  for (const char* name : {"byte_level_json", "llama_json", "sentencepiece_bpe", "split_json"}) {
    const auto tokenizer = load_tokenizer(test::golden_tokenizer(name));
    const std::string text = "The teacher doesn't like a caf\xC3\xA9 in Z\xC3\xBCrich; it's late.\n";
    const Ids expected = tokenizer->encode(text, true);
    std::vector<std::thread> threads;
    std::vector<int> same(4, 0);
    for (std::size_t t = 0; t < same.size(); ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i)
          same[t] += tokenizer->encode(text, true) == expected && !tokenizer->decode(expected, false).empty();
      });
    for (auto& thread : threads)
      thread.join();
    for (const int count : same)
      CHECK(count == 50);
  }
}
