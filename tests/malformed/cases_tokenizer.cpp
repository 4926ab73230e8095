#include "tests/malformed/cases.h"

namespace tauscope::test {
namespace {

const std::string vocabulary = R"({"<s>":0,"h":1,"e":2,"l":3,"o":4,"he":5})";

/// A tokenizer.json of these parts.
Files json(const std::string& model, const std::string& others = "") {
  return {{"tokenizer.json", "{" + others + "\"model\":" + model + "}"}};
}

Files bpe(const std::string& vocab, const std::string& merges) {
  return json("{\"type\":\"BPE\",\"vocab\":" + vocab + ",\"merges\":" + merges + "}",
              R"("pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"},)");
}

Files with_part(const std::string& part) {
  return json("{\"type\":\"BPE\",\"vocab\":" + vocabulary + ",\"merges\":[\"h e\"]}", part + ",");
}

Files with_regex(const std::string& regex) {
  return with_part(
      R"("pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":")" + regex +
      R"("},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},"decoder":{"type":"ByteLevel"})");
}

Files files(const std::string& vocab, const std::string& merges, const std::string& config = "{}") {
  return {{"vocab.json", vocab},
          {"merges.txt", merges},
          {"tokenizer_config.json", config},
          {"config.json", R"({"model_type":"gpt2"})"}};
}

/// Pieces of a sentencepiece model: field 1 of the file, with text (1), score (2) and type (3).
std::string piece(const std::string& text, char type, const std::string& score = std::string(4, '\0')) {
  const std::string body =
      "\x0A" + std::string(1, static_cast<char>(text.size())) + text + "\x15" + score + "\x18" + type;
  return "\x0A" + std::string(1, static_cast<char>(body.size())) + body;
}

const std::string unigram("\x12\x02\x18\x01\x1A\x02\x18\x01");  // trainer and normalizer
const std::string specials = piece("<unk>", 2) + piece("<s>", 3) + piece("</s>", 3);

}  // namespace

std::vector<MalformedCase> tokenizer_cases() {
  std::vector<MalformedCase> cases;
  const auto add = [&](std::string name, Files inputs, std::vector<std::string> fragments) {
    cases.push_back({std::move(name), "tokenizer", std::move(inputs), std::move(fragments)});
  };
  add("no tokenizer", {{"config.json", "{}"}}, {"there is no tokenizer in the folder", "tokenizer.json"});
  add("a tokenizer.json that is no JSON", {{"tokenizer.json", "{\"model\":"}}, {"tokenizer.json", "line 1"});
  add("a deep tokenizer.json", {{"tokenizer.json", "{\"model\":" + std::string(2'000'000, '[')}},
      {"nested deeper than 128"});
  add("a tokenizer.json that is a list", {{"tokenizer.json", "[]"}}, {"tokenizer.json", "an array"});
  add("a tokenizer.json without a model", {{"tokenizer.json", "{}"}}, {"model", "missing"});
  add("a model of another kind", json(R"({"type":"WordPiece","vocab":{"a":0}})"),
      {"model.type", "WordPiece"});
  add("a vocabulary that is a list", bpe("[\"a\"]", "[]"), {"vocab"});
  add("an empty vocabulary", bpe("{}", "[]"), {"model.vocab", "is empty"});
  add("an id of text", bpe(R"({"a":"0"})", "[]"), {"model.vocab"});
  add("a negative id", bpe(R"({"a":-1})", "[]"), {"-1"});
  add("an id of 2^31", bpe(R"({"a":2147483648})", "[]"), {"2147483648"});
  add("an id far beyond the others", bpe(R"({"a":2000000000})", "[]"), {"2000000000"});
  add("an id that stands twice", bpe(R"({"a":0,"b":0})", "[]"), {"0"});
  add("a merge of an unknown token", bpe(vocabulary, R"(["h x"])"), {"merges[0]"});
  add("a merge whose result is unknown", bpe(vocabulary, R"(["l o"])"), {"merges[0]"});
  add("a merge of three", bpe(vocabulary, R"(["h e l"])"), {"merges[0]", "is not a merge"});
  add("a merge of nothing and a token", bpe(vocabulary, R"([["","h"]])"), {"merges[0]"});
  add("a merge that is a number", bpe(vocabulary, "[7]"), {"merges[0]", "is not a merge", "not a string"});
  add("merges that are text", bpe(vocabulary, "\"h e\""), {"merges"});
  add("a pre-tokenizer that is not known", with_part(R"("pre_tokenizer":{"type":"Shell","command":"rm"})"),
      {"pre_tokenizer", "Shell"});
  add("a normalizer that is not known",
      with_part(R"("normalizer":{"type":"Rot13"},"pre_tokenizer":{"type":"ByteLevel"})"),
      {"normalizer", "Rot13"});
  add("a decoder that is not known",
      with_part(R"("decoder":{"type":"Morse"},"pre_tokenizer":{"type":"ByteLevel"})"), {"decoder", "Morse"});
  add("a post-processor that is not known",
      with_part(R"("post_processor":{"type":"Mail"},"pre_tokenizer":{"type":"ByteLevel"})"),
      {"post_processor", "Mail"});
  add("a pattern with an open bracket", with_regex("["), {"pre_tokenizer", "Regex"});
  add("a pattern with an open group", with_regex("(a|b"), {"pre_tokenizer"});
  add("a pattern of nested repeats", with_regex("(a*)*b|(a+)+$"), {"pattern"});
  add("a pattern that repeats 2^31 times", with_regex("a{2147483647}"), {"pre_tokenizer"});
  add("a pattern of huge repeats within repeats", with_regex("((a{1000}){1000}){1000}"), {"pre_tokenizer"});
  add("a pattern that runs code", with_regex("(?C1)a"), {"pre_tokenizer"});
  add("a pattern of deep groups", with_regex(std::string(5000, '(') + "a" + std::string(5000, ')')),
      {"pre_tokenizer"});
  add("a pattern that recurses", with_regex("(?R)?a"), {"pre_tokenizer"});
  add("an added token with another id",
      with_part(
          R"("added_tokens":[{"id":3,"content":"<x>","special":true}],"pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"})"),
      {"added token", "<x>", "id 3", "id 6"});
  add("an added token without an id",
      with_part(
          R"("added_tokens":[{"content":"<x>"}],"pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"})"),
      {"added_tokens", "id"});
  add("an added token of 2^40",
      with_part(
          R"("added_tokens":[{"id":1099511627776,"content":"<x>"}],"pre_tokenizer":{"type":"ByteLevel"},"decoder":{"type":"ByteLevel"})"),
      {"1099511627776"});

  add("a vocab.json that is no JSON", files("vocabulary", "h e\n"), {"vocab.json", "line 1"});
  add("an empty vocab.json", files("{}", ""), {"vocab.json", "is empty"});
  add("a vocab.json that is a list", files("[]", "h e\n"), {"vocab.json"});
  add("a vocab.json with an id that stands twice", files(R"({"h":0,"e":0})", ""), {"vocab.json"});
  add("a vocab.json without merges", {{"vocab.json", vocabulary}}, {"vocab.json without merges.txt"});
  add("a line of three in merges.txt", files(vocabulary, "#version: 0.2\nh e l\n"), {"merges.txt", "line 2"});
  add("a line of one in merges.txt", files(vocabulary, "h\n"), {"merges.txt", "line 1"});
  add("an unknown token in merges.txt", files(vocabulary, "h e\nq q\n"), {"merges.txt", "merge[1]", "\"q\""});
  add("merges.txt that is not UTF-8", files(vocabulary, "h e\n\xFF e\n"), {"merges.txt"});
  add("merges.txt with a zero byte", files(vocabulary, std::string("h \0e\n", 5)), {"merges.txt"});
  add("a tokenizer_config.json that is a list", files(vocabulary, "h e\n", "[]"),
      {"tokenizer_config.json", "an array"});
  add("a tokenizer_config.json that ends early", files(vocabulary, "h e\n", "{\"bos_token\":"),
      {"tokenizer_config.json", "line 1"});
  add("a begin token that is a number", files(vocabulary, "h e\n", R"({"bos_token":7})"),
      {"tokenizer_config.json", "bos_token"});
  add("an added token whose key is no id",
      files(vocabulary, "h e\n", R"({"added_tokens_decoder":{"x":{"content":"<x>"}}})"),
      {"added_tokens_decoder"});
  add("an added token whose id is beyond all",
      files(vocabulary, "h e\n", R"({"added_tokens_decoder":{"99999999999":{"content":"<x>"}}})"),
      {"added_tokens_decoder", "99999999999"});

  const auto model = [](std::string bytes) { return Files{{"tokenizer.model", std::move(bytes)}}; };
  add("an empty sentencepiece model", model(""), {"tokenizer.model"});
  add("a sentencepiece model that is text", model("pieces of text"), {"is not a sentencepiece model"});
  add("a sentencepiece model that is cut off", model(specials.substr(0, specials.size() - 3)),
      {"is not a sentencepiece model"});
  add("a length beyond the model", model(specials + "\x0A\xFF\xFF\xFF\xFF\x0F"),
      {"is not a sentencepiece model"});
  add("a varint without an end", model(specials + std::string(20, '\xFF')), {"is not a sentencepiece model"});
  add("a piece that is not UTF-8", model(specials + piece("\xC3\x28", 1)), {"pieces[3]", "UTF-8"});
  add("a piece of an unknown type", model(specials + piece("a", 9)), {"pieces[3]", "no known type"});
  add("a piece whose score is NaN", model(specials + piece("a", 1, std::string("\0\0\xC0\x7F", 4))),
      {"pieces[3]", "not a finite number"});
  add("a byte's piece with another name", model(specials + piece("<0xZZ>", 6)),
      {"pieces[3]", "not named <0xNN>"});
  add("two pieces of one text", model(specials + piece("a", 1) + piece("a", 1) + unigram),
      {"is not a sentencepiece model", "a"});
  add("a model without an unknown piece", model(piece("a", 1) + unigram), {"is not a sentencepiece model"});
  add("a trainer of an unknown kind", model(specials + std::string("\x12\x02\x18\x09", 4)),
      {"trainer_spec.model_type"});
  add("a character map that is cut off",
      model(specials + piece("a", 1) + std::string("\x1A\x05\x12\x03\xFF\xFF\xFF", 7)), {"normalizer_spec"});
  return cases;
}

}  // namespace tauscope::test
