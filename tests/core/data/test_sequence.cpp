// Teacher-forced sequences: a tokenizer made for the test, and real ones against golden figures.
#include "core/data/sequence.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "tests/core/data/data_text.h"

using namespace tauscope;
using Ids = std::vector<std::int32_t>;

namespace {

/// One id a character; "ab" is one token. BOS is 1, EOS is 2.
class LetterTokenizer final : public Tokenizer {
 public:
  bool adds_bos = true, adds_eos = false, has_eos = true;

  Ids encode(std::string_view text, bool add_special_tokens) const override {
    Ids ids;
    if (add_special_tokens && adds_bos) ids.push_back(1);
    for (std::size_t at = 0; at < text.size(); ++at) {
      const bool pair = text.substr(at, 2) == "ab";
      ids.push_back(pair ? 300 : text[at]);
      at += pair;
    }
    if (add_special_tokens && adds_eos) ids.push_back(2);
    return ids;
  }
  std::string decode(std::span<const std::int32_t>, bool) const override { return ""; }
  std::string token_bytes(std::int32_t) const override { return ""; }
  std::int32_t size() const override { return 301; }
  std::optional<std::int32_t> bos_id() const override { return 1; }
  std::optional<std::int32_t> eos_id() const override {
    return has_eos ? std::optional<std::int32_t>(2) : std::nullopt;
  }
  bool is_special(std::int32_t id) const override { return id < 3; }
  std::string description() const override { return "letters"; }
  std::vector<std::filesystem::path> files() const override { return {}; }
};

Example example_of(const std::string& prompt, const std::string& response) {
  Example example;
  example.index = 4;
  example.prompt = prompt;
  example.outputs = {response, "never used"};
  return example;
}

TeacherForcedSequence sequence_of(const LetterTokenizer& tokenizer, const std::string& prompt,
                                  const std::string& response, const SequenceOptions& options = {},
                                  std::int64_t context = 100) {
  return make_sequence(tokenizer, example_of(prompt, response), "d.jsonl", options, context);
}

}  // namespace

TEST_CASE("prompt, response and EOS, scored behind the common prefix") {
  const auto sequence = sequence_of({}, "xy", "zz");
  CHECK(sequence.ids == Ids{1, 'x', 'y', 'z', 'z', 2});
  CHECK(sequence.first_scored == 3);
  CHECK(sequence.prompt_tokens_cut == 0);
  const auto bare = sequence_of({}, "xy", "zz", {.add_eos = false, .max_length = 0});
  CHECK(bare.ids == Ids{1, 'x', 'y', 'z', 'z'});
}

TEST_CASE("a token over the border between prompt and response is scored") {
  const auto sequence = sequence_of({}, "xa", "bz");
  CHECK(sequence.ids == Ids{1, 'x', 300, 'z', 2});
  CHECK(sequence.first_scored == 2);
}

TEST_CASE("an empty response leaves EOS to score") {
  const auto sequence = sequence_of({}, "xy", "");
  CHECK(sequence.ids == Ids{1, 'x', 'y', 2});
  CHECK(sequence.first_scored == 3);
  CHECK(test::error_of([] {
          sequence_of({}, "xy", "", {.add_eos = false, .max_length = 0});
        }).found_value() == "an empty response");
}

TEST_CASE("without BOS the first token of all is never scored") {
  LetterTokenizer tokenizer;
  tokenizer.adds_bos = false;
  CHECK(sequence_of(tokenizer, "", "zz").first_scored == 1);
  CHECK(sequence_of(tokenizer, "a", "b").ids == Ids{300, 2});
  CHECK(sequence_of(tokenizer, "a", "b").first_scored == 1);
}

TEST_CASE("a tokenizer that adds EOS by itself gives one EOS, not two") {
  LetterTokenizer tokenizer;
  tokenizer.adds_eos = true;
  CHECK(sequence_of(tokenizer, "xy", "zz").ids == Ids{1, 'x', 'y', 'z', 'z', 2});
  CHECK(sequence_of(tokenizer, "xy", "zz").first_scored == 3);
  CHECK(sequence_of(tokenizer, "xy", "").first_scored == 3);
}

TEST_CASE("a long prompt loses its left, behind BOS") {
  const auto sequence = sequence_of({}, "0123456789", "zz", {}, 8);
  CHECK(sequence.ids == Ids{1, '6', '7', '8', '9', 'z', 'z', 2});
  CHECK(sequence.first_scored == 5);
  CHECK(sequence.prompt_tokens_cut == 6);
  LetterTokenizer no_bos;
  no_bos.adds_bos = false;
  CHECK(sequence_of(no_bos, "0123456789", "zz", {}, 4).ids == Ids{'9', 'z', 'z', 2});
  CHECK(sequence_of({}, "0123456789", "zz", {.add_eos = true, .max_length = 5}, 8).ids ==
        Ids{1, '9', 'z', 'z', 2});
  CHECK(sequence_of({}, "0123456789", "zz", {.add_eos = true, .max_length = 50}, 8).ids.size() ==
        8);  // the context holds
  CHECK(sequence_of({}, "0123456789", "zz", {}, 4).ids == Ids{1, 'z', 'z', 2});
  CHECK(sequence_of({}, "0123456789", "zz", {}, 0).ids.size() == 14);  // no limit known
}

TEST_CASE("a prompt may have a limit of its own") {
  const auto sequence = sequence_of({}, "0123456789", "zz", {.max_prompt_length = 4});
  CHECK(sequence.ids == Ids{1, '7', '8', '9', 'z', 'z', 2});
  CHECK(sequence.first_scored == 4);
  CHECK(sequence.prompt_tokens_cut == 7);
  CHECK(sequence_of({}, "012", "zzzz", {.max_prompt_length = 4}).prompt_tokens_cut == 0);
  CHECK(sequence_of({}, "0123456789", "zz", {.max_length = 6, .max_prompt_length = 4}).ids ==
        Ids{1, '8', '9', 'z', 'z', 2});
  const auto shortest = sequence_of({}, "0123456789", "zz", {.max_prompt_length = 1});
  CHECK(shortest.ids == Ids{1, 'z', 'z', 2});
}

TEST_CASE("a response is never cut") {
  const Error error = test::error_of([] { sequence_of({}, "0123456789", "zzzz", {}, 5); });
  CHECK(error.file() == "d.jsonl");
  CHECK(error.field_name() == "example 4");
  CHECK(error.found_value() == "5 tokens to score after a prompt of 11");
  CHECK(error.expected_value() == "at most 5 tokens in all");
  CHECK(error.remedy_text().find("--max-length") != std::string::npos);
}

TEST_CASE("examples without a response and tokenizers without EOS are refused") {
  Example question = example_of("why?", "");
  question.outputs.clear();
  CHECK(test::error_of([&] {
          make_sequence(LetterTokenizer(), question, "d.jsonl", {}, 100);
        }).field_name() == "example 4");
  LetterTokenizer endless;
  endless.has_eos = false;
  CHECK(test::error_of([&] { sequence_of(endless, "x", "z"); }).problem() ==
        "the tokenizer has no EOS token to end the response with");
  CHECK(sequence_of(endless, "x", "z", {.add_eos = false, .max_length = 0}).ids == Ids{1, 'x', 'z'});
}

TEST_CASE("sequences of real examples are those of the reference libraries") {
  TS_NEED_SHARED(shared, "data");
  const Json golden = read_json_file(test::source_path("tests/golden/data/sequences.json"));
  std::vector<Example> examples;
  for (const char* name : {"dolly_valid.jsonl", "self-inst_valid.jsonl"}) {
    const auto data = DataFile::open(shared / "eval" / name, {.prompt_template = "alpaca", .limit = 25});
    while (auto example = data->next())
      examples.push_back(*example);
  }
  for (const auto& [folder, told] : golden.items()) {
    const auto tokenizer = load_tokenizer(shared / folder);
    REQUIRE(told.size() == examples.size());
    for (std::size_t i = 0; i < examples.size(); ++i) {
      CAPTURE(folder, i);
      const auto sequence = make_sequence(*tokenizer, examples[i], "f", {}, 0);
      std::string text = "[";
      for (const std::int32_t id : sequence.ids)
        text += (text.size() > 1 ? ", " : "") + std::to_string(id);
      CHECK(sequence.ids.size() == told[i]["length"].get<std::size_t>());
      CHECK(sha256(text + "]") == told[i]["ids_sha256"].get<std::string>());
      CHECK(sequence.first_scored == told[i]["first_scored"].get<std::int64_t>());
    }
  }
}
