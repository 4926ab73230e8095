#include "core/decoding/decoding_options.h"

#include <cmath>

#include "core/base/files.h"
#include "core/decoding/end_tokens.h"
#include "tests/core/base/error_of.h"
#include "tests/core/decoding/toy_model.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

TEST_CASE("decoding protocols have the settings that they are known for") {
  CHECK(decoding_protocol("greedy") == DecodingOptions{});
  const DecodingOptions minillm = decoding_protocol("minillm");
  CHECK(minillm.sample);
  CHECK(minillm.temperature == 1);
  CHECK(minillm.top_p == 1);
  CHECK(minillm.top_k == 0);
  CHECK(minillm.no_repeat_ngram == 6);
  CHECK(minillm.max_prompt_length == 256);
  CHECK(minillm.max_new_tokens == 256);
  const Error error = error_of([] { decoding_protocol("nucleus"); });
  CHECK(error.found_value() == "nucleus");
  CHECK(error.expected_value() == "one of greedy, minillm");
  CHECK_FALSE(to_json(DecodingOptions{}).contains("temperature"));  // greedy has none
  CHECK(to_json(minillm).at("temperature") == 1);
}

TEST_CASE("decoding options out of range are refused by name") {
  const auto refused = [](auto change) {
    DecodingOptions options;
    change(options);
    return error_of([&] { check(options); }).field_name();
  };
  CHECK(refused([](auto& o) { o.temperature = 0; }) == "temperature");
  CHECK(refused([](auto& o) { o.temperature = std::nan(""); }) == "temperature");
  CHECK(refused([](auto& o) { o.top_k = -1; }) == "top-k");
  CHECK(refused([](auto& o) { o.top_p = 0; }) == "top-p");
  CHECK(refused([](auto& o) { o.top_p = 1.01; }) == "top-p");
  CHECK(refused([](auto& o) { o.repetition_penalty = 0; }) == "repetition-penalty");
  CHECK(refused([](auto& o) { o.no_repeat_ngram = -2; }) == "no-repeat-ngram-size");
  CHECK(refused([](auto& o) { o.max_new_tokens = 0; }) == "max-new-tokens");
  CHECK(refused([](auto& o) { o.max_prompt_length = -1; }) == "max-prompt-length");
  CHECK(refused([](auto& o) { o.stop = {"a", ""}; }) == "stop");
  check(decoding_protocol("minillm"));
}

TEST_CASE("end tokens: the generation config's, else the config's, else the tokenizer's") {
  const TemporaryFolder folder;
  const ToyTokenizer tokenizer;
  using Ids = std::vector<std::int32_t>;
  CHECK(end_tokens(folder.path(), tokenizer) == Ids{ToyTokenizer::end});
  write_text(folder / "config.json", R"({"eos_token_id": 7})");
  CHECK(end_tokens(folder.path(), tokenizer) == Ids{7});
  write_text(folder / "generation_config.json", R"({"eos_token_id": null})");
  CHECK(end_tokens(folder.path(), tokenizer) == Ids{7});
  write_text(folder / "generation_config.json", R"({"eos_token_id": [3, 9]})");
  CHECK(end_tokens(folder.path(), tokenizer) == Ids{3, 9});
  for (const char* bad :
       {R"({"eos_token_id": "x"})", R"({"eos_token_id": [1, -4]})", R"({"eos_token_id": 1.5})"}) {
    write_text(folder / "generation_config.json", bad);
    const Error error = error_of([&] { end_tokens(folder.path(), tokenizer); });
    CHECK(error.field_name() == "eos_token_id");
    CHECK(error.file() == (folder / "generation_config.json").string());
  }
}
