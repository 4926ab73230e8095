#include "core/diagnostics/analysis_texts.h"

#include "tests/core/base/error_of.h"
#include "tests/core/diagnostics/analysis_run.h"

namespace fs = std::filesystem;
using namespace tauscope;
using namespace tauscope::test;

namespace {

/// Texts that CSV has to quote, bytes that are no UTF-8, and an example without a prompt.
class SourceWithTexts final : public ScoredSource {
 public:
  explicit SourceWithTexts(SyntheticShape shape) : source_(std::move(shape)) {}
  std::optional<ScoredChunk> next(std::stop_token stop) override {
    auto chunk = source_.next(stop);
    if (!chunk) return chunk;
    chunk->title = "say \"a, b\"\n" + std::to_string(chunk->example);
    for (std::int64_t i = 0; i < chunk->example / 10; ++i)
      chunk->prompt.push_back(static_cast<std::int32_t>(i * i));
    return chunk;
  }
  std::vector<std::string> student_names() const override { return source_.student_names(); }
  std::int64_t vocab() const override { return source_.vocab(); }
  std::string token_text(std::int64_t id) const override { return source_.token_text(id); }
  std::int64_t example_count() const override { return source_.example_count(); }

 private:
  SyntheticSource source_;
};

}  // namespace

TEST_CASE("an analysis writes what its tokens and examples say, and both read back") {
  const TemporaryFolder folder;
  SourceWithTexts source(SyntheticShape{});
  SilentProgress silent;
  const auto result = run_analysis(source, small_spec(), folder.path(), silent, {});
  const auto vocabulary = read_vocabulary(folder / "vocabulary.csv", source.vocab());
  REQUIRE(static_cast<std::int64_t>(vocabulary.size()) == source.vocab());
  for (std::int64_t id = 0; id < source.vocab(); ++id)
    CHECK(vocabulary[static_cast<std::size_t>(id)] == source.token_text(id));

  const auto examples = read_examples(folder / "examples.csv", 1 << 20);
  REQUIRE(static_cast<std::int64_t>(examples.size()) == result.counts.examples);
  for (std::size_t i = 0; i < examples.size(); ++i) {
    CHECK(examples[i].example == static_cast<std::int64_t>(10 * i + 3));
    CHECK(examples[i].category == SyntheticShape{}.categories[i % 3]);
    CHECK(examples[i].title == "say \"a, b\"\n" + std::to_string(examples[i].example));
    REQUIRE(examples[i].prompt.size() == i);
    for (std::size_t k = 0; k < i; ++k)
      CHECK(examples[i].prompt[k] == static_cast<std::int32_t>(k * k));
  }
  // 0 + 1 + 2 + 3 ids fit into 24 bytes, four more do not.
  const auto bounded = read_examples(folder / "examples.csv", 24);
  CHECK(bounded[3].prompt.size() == 3);
  CHECK(bounded[4].prompt.empty());
}

TEST_CASE("an example in several chunks has one row of texts") {
  const TemporaryFolder folder;
  SyntheticShape shape;
  shape.chunk_rows = 2;
  SourceWithTexts source(shape);
  SilentProgress silent;
  const auto result = run_analysis(source, small_spec(), folder.path(), silent, {});
  CHECK(static_cast<std::int64_t>(read_examples(folder / "examples.csv", 1 << 20).size()) ==
        result.counts.examples);
}

TEST_CASE("without tables of positions there are no texts either, and without texts no files") {
  const TemporaryFolder folder;
  SilentProgress silent;
  auto spec = small_spec();
  spec.tokens = TokensFormat::none;
  SourceWithTexts source(SyntheticShape{});
  run_analysis(source, spec, folder.path(), silent, {});
  CHECK_FALSE(fs::exists(folder / "vocabulary.csv"));
  CHECK_FALSE(fs::exists(folder / "examples.csv"));
  SyntheticSource untitled{SyntheticShape{}};
  run_analysis(untitled, small_spec(), folder.path(), silent, {});
  CHECK_FALSE(fs::exists(folder / "examples.csv"));
}

TEST_CASE("texts that cannot be used are refused with file and line") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& name, const std::string& text) {
    write_text(folder / name, text);
    const Error error = error_of([&] {
      name == "vocabulary.csv" ? void(read_vocabulary(folder / name, 2))
                               : void(read_examples(folder / name, 100));
    });
    CHECK(error.file() == (folder / name).string());
    return std::string(error.what());
  };
  CHECK_THAT(refused("vocabulary.csv", "id,token\n0,a\n2,b\n"), Catch::Contains("expected: 1"));
  CHECK_THAT(refused("vocabulary.csv", "id,token\n0,a\n1,b\n2,c\n"), Catch::Contains("no more rows"));
  CHECK_THAT(refused("vocabulary.csv", "id,token\n0,a\n"), Catch::Contains("ends early"));
  CHECK_THAT(refused("vocabulary.csv", "id,text\n0,a\n"), Catch::Contains("token"));
  const std::string header = "example,category,title,prompt_ids\n";
  CHECK_THAT(refused("examples.csv", header + "1,,a,1 2\n1,,b,3\n"), Catch::Contains("ascending"));
  CHECK_THAT(refused("examples.csv", header + "1,,a,1  2\n"), Catch::Contains("list of token ids"));
  CHECK_THAT(refused("examples.csv", header + "1,,a,-1\n"), Catch::Contains("list of token ids"));
  CHECK_THAT(refused("examples.csv", header + "1,,a,2147483648\n"), Catch::Contains("list of token ids"));
}
