// Greedy answers of the golden models against transformers' generate (tests/golden/decoding).
#include <map>
#include <set>

#include "core/base/json.h"
#include "core/decoding/generator.h"
#include "tests/core/model/golden.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

/// Ids in, ids out: the golden models have no text.
class NumberTokenizer final : public Tokenizer {
 public:
  std::vector<std::int32_t> encode(std::string_view, bool) const override { return {}; }
  std::string decode(std::span<const std::int32_t>, bool) const override { return ""; }
  std::string token_bytes(std::int32_t) const override { return ""; }
  std::int32_t size() const override { return 61; }
  std::optional<std::int32_t> bos_id() const override { return std::nullopt; }
  std::optional<std::int32_t> eos_id() const override { return std::nullopt; }
  bool is_special(std::int32_t) const override { return false; }
  std::string description() const override { return "numbers"; }
  std::vector<std::filesystem::path> files() const override { return {}; }
};

struct Setting {
  const char* name;
  std::int64_t ngram;
  double penalty;
};
constexpr Setting settings[] = {{"plain", 0, 1}, {"no_repeat_2", 2, 1}, {"no_repeat_3_penalty", 3, 1.3}};

}  // namespace

TEST_CASE("greedy answers are transformers' token for token, alone, in batches and refilled") {
  const Json golden = read_json_file(source_path("tests/golden/decoding/greedy.json"));
  std::size_t models = 0, answers = 0;
  for (const auto& [name, cases] : golden.at("models").items()) {
    INFO(name);
    const auto model = load_model(source_path("tests/golden/model/" + name));
    std::vector<Prompt> prompts;
    for (const Json& each : cases)
      prompts.push_back(
          {static_cast<std::int64_t>(prompts.size()), each.at("prompt").get<std::vector<std::int32_t>>()});
    for (const Setting& setting : settings) {
      INFO(setting.name);
      DecodingOptions options;
      options.no_repeat_ngram = setting.ngram;
      options.repetition_penalty = setting.penalty;
      options.max_new_tokens = 20;
      for (const std::int64_t batch : {1, 2, 8}) {
        const NumberTokenizer tokenizer;
        SilentProgress silent;
        Generator generator(*model, tokenizer, {}, options, batch);
        generator.run(
            prompts, 0,
            [&](const GeneratedAnswer& answer) {
              CHECK(answer.ids == cases[static_cast<std::size_t>(answer.example)]
                                      .at(setting.name)
                                      .get<std::vector<std::int32_t>>());
              ++answers;
            },
            silent);
      }
    }
    ++models;
  }
  CHECK(models >= 45);
  CHECK(answers >= models * 2 * 3 * 3);
}
