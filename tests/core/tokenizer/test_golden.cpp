// Ids and texts against what Hugging Face tokenizers and sentencepiece make of them: tests/golden/tokenizer.
#include "core/base/json.h"
#include "tests/core/tokenizer/tokenizer_folder.h"

using namespace tauscope;

namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;

const std::vector<std::string>& texts() {
  static const auto all =
      read_json_file(test::golden_tokenizer("texts.json")).get<std::vector<std::string>>();
  return all;
}

/// Lays out the folder that a golden file speaks of; nothing if it is not there.
class GoldenFolder {
 public:
  explicit GoldenFolder(const Json& golden) {
    const auto name = golden["folder"].get<std::string>();
    const bool own = name.starts_with("golden:");
    source_ = own ? test::golden_tokenizer(name.substr(7)) : test::shared_path(name.substr(7));
    if (golden["setup"].empty() || !fs::exists(source_)) return;
    for (const auto& [target, from] : golden["setup"]["copy"].items())
      fs::create_symlink(fs::absolute(source_ / from.get<std::string>()), work_ / target);
    if (golden["setup"].contains("write"))
      for (const auto& [target, content] : golden["setup"]["write"].items())
        test::write_text(work_ / target, content.dump());
    source_ = work_.path();
  }
  bool exists() const { return fs::exists(source_); }
  std::unique_ptr<Tokenizer> load() const { return load_tokenizer(source_); }

 private:
  test::TemporaryFolder work_;
  fs::path source_;
};

/// null: as `expected`; "-": nothing is known.
void check_text(const std::string& found, const Json& told, const std::string& expected) {
  if (told == "-") return;
  CHECK(found == (told.is_null() ? expected : told.get<std::string>()));
}

void check_texts(const Tokenizer& tokenizer, const Json& golden) {
  const auto before = golden["before"].get<Ids>(), after = golden["after"].get<Ids>();
  const auto around = [&](const char* key) {
    return golden[key].is_string() ? golden[key].get<std::string>() : std::string();
  };
  REQUIRE(golden["texts"].size() >= 100);
  for (std::size_t i = 0; i < golden["texts"].size(); ++i) {
    const std::string& text = texts()[i];
    CAPTURE(text);
    const auto plain = golden["texts"][i][0].get<Ids>();
    Ids whole = before;
    whole.insert(whole.end(), plain.begin(), plain.end());
    whole.insert(whole.end(), after.begin(), after.end());
    CHECK(tokenizer.encode(text, false) == plain);
    CHECK(tokenizer.encode(text, true) == whole);
    check_text(tokenizer.decode(whole, false), golden["texts"][i][1],
               around("keep_before") + text + around("keep_after"));
    check_text(tokenizer.decode(whole, true), golden["texts"][i][2], text);
  }
}

void check_decodes(const Tokenizer& tokenizer, const Json& golden) {
  REQUIRE(golden["decodes"].size() >= 40);
  for (const Json& entry : golden["decodes"]) {
    const auto ids = entry[0].get<Ids>();
    CAPTURE(ids);
    check_text(tokenizer.decode(ids, false), entry[1], "");
    check_text(tokenizer.decode(ids, true), entry[2], "");
  }
}

void check_golden(const std::string& name) {
  const Json golden = read_json_file(test::golden_tokenizer(name + ".json"));
  const GoldenFolder folder(golden);
  if (!folder.exists()) TS_SKIP("needs ../" + golden["folder"].get<std::string>());
  const auto tokenizer = folder.load();
  CAPTURE(tokenizer->description());
  CHECK(tokenizer->size() == golden["size"].get<std::int32_t>());
  check_texts(*tokenizer, golden);
  check_decodes(*tokenizer, golden);
}

}  // namespace

TEST_CASE("byte-level tokenizer.json: added tokens of every kind, template, prefix space") {
  check_golden("byte_level_json");
}
TEST_CASE("tokenizer.json with a Split pattern, NFC and ignore_merges") {
  check_golden("split_json");
}
TEST_CASE("vocab.json and merges.txt with special tokens in the side files") {
  check_golden("vocab_merges");
}
TEST_CASE("tokenizer.json of a Llama: Metaspace and byte fallback") {
  check_golden("llama_json");
}
TEST_CASE("tokenizer.model, BPE with byte fallback, BOS and EOS added") {
  check_golden("sentencepiece_bpe");
}
TEST_CASE("tokenizer.model, unigram with a character map, without BOS") {
  check_golden("sentencepiece_unigram");
}
TEST_CASE("real tokenizer: GPT-2") {
  check_golden("real_gpt2");
}
TEST_CASE("real tokenizer: OPT") {
  check_golden("real_opt");
}
TEST_CASE("real tokenizer: Qwen 1.5") {
  check_golden("real_qwen1.5");
}
TEST_CASE("real tokenizer: TinyLlama") {
  check_golden("real_tinyllama");
}
TEST_CASE("real tokenizer: the trained pair") {
  check_golden("real_pair");
}
TEST_CASE("real tokenizer: sentencepiece BPE") {
  check_golden("real_test_sentencepiece_bpe");
}
TEST_CASE("real tokenizer: sentencepiece characters") {
  check_golden("real_test_sentencepiece_bpe_char");
}
TEST_CASE("real tokenizer: sentencepiece unigram without BOS") {
  check_golden("real_test_sentencepiece_no_bos");
}
TEST_CASE("real tokenizer: sentencepiece unigram with byte fallback") {
  check_golden("real_test_sentencepiece_with_bytefallback");
}
