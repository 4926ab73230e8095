// The folder of an earlier analysis, opened where its checkpoints are not.
#include <fmt/format.h>

#include "core/diagnostics/tokens_reader.h"
#include "tests/app/engine/workbench_fixture.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

/// An analysis of 4 demo records by a teacher and a student that are gone afterwards.
struct EarlierAnalysis {
  TemporaryFolder folder;
  Sources run;
  AnalysisSpec spec;
  std::vector<std::string> titles;

  explicit EarlierAnalysis(TokensFormat tokens, std::int64_t keep, bool take_away = true,
                           DType keep_dtype = DType::float32) {
    const Sources sources = copied_sources(folder, 4);
    spec.taus = {2, 0.5, 1};  // not ascending
    spec.tokens = tokens;
    spec.keep_logits = keep;
    spec.keep_dtype = keep_dtype;
    analyze_alone(sources, path(), spec);
    WorkbenchEngine engine(small_options());
    SilentProgress silent;
    const auto workspace = engine.open(sources, silent, {});
    for (const ExampleTitle& title : workspace->examples)
      titles.push_back(title.title);
    if (take_away) {
      fs::remove_all(sources.teacher);
      fs::remove_all(sources.students.front().path);
      fs::remove(sources.data);
    }
    run.run = path();
  }
  fs::path path() const { return folder / "run"; }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "an analysis without checkpoints shows tables where no logits were kept, and any tau where they were") {
  const EarlierAnalysis earlier(GENERATE(TokensFormat::csv, TokensFormat::csv_gz), 2);
  WorkbenchEngine engine(small_options());
  Listener listener;
  const auto workspace = engine.open(earlier.run, listener, {});
  REQUIRE(workspace);
  CHECK(listener.warnings.empty());
  CHECK(workspace->teacher.name == "teacher");
  CHECK(workspace->students.front().name == "llama");
  CHECK(workspace->vocab == 2048);
  CHECK(contains(workspace->data_description, "4 examples"));
  REQUIRE(workspace->examples.size() == 4);

  const TokensMap tokens(earlier.path());
  const std::vector<double> ascending{0.5, 1, 2};
  for (const ExampleTitle& title : workspace->examples) {
    INFO("example " << title.index);
    CHECK_FALSE(title.title.empty());
    const auto example = engine.score(*workspace, title.index, listener, {});
    REQUIRE(static_cast<std::int64_t>(example->rows) == tokens.positions(title.index));
    CHECK(example->has_logits() == (title.index < 2));
    if (!example->has_logits()) CHECK(example->taus == ascending);
    for (std::size_t row = 0; row < example->rows; ++row)
      CHECK(printable_utf8(example->response[row].bytes) ==
            tokens.text(title.index, static_cast<std::int64_t>(row), "token"));
    for (const auto& taus : {ascending, std::vector<double>{2}, std::vector<double>{1, 0.5}}) {
      const auto cells = all_statistics(engine, *example, 0, spec_of(taus));
      CHECK(count_differences(tokens, *example, "llama", taus, cells, other_bits) == 0);
    }
    std::vector<RowStatistics> one(1);
    CHECK(engine.statistics(*example, 0, example->rows - 1, spec_of({2}), Precision::fast, one, {}));
    CHECK(one[0].fkl ==
          Approx(tokens.value(title.index, static_cast<std::int64_t>(example->rows) - 1, "llama", 2, "fkl"))
              .epsilon(1e-4));
    if (example->has_logits()) {
      CHECK(engine.statistics(*example, 0, 0, spec_of({7.3}), Precision::exact, one, {}));
      const auto detail = engine.detail(*example, 0, 0, spec_of({7.3}), 10);
      CHECK(std::any_of(detail.entries.begin(), detail.entries.end(), [&](const auto& entry) {
        return entry.target && entry.label == example->response[0].bytes;
      }));
    } else {
      const Error error =
          error_of([&] { engine.statistics(*example, 0, 0, spec_of({7.3}), Precision::exact, one, {}); });
      CHECK(error.expected_value() == "one of 0.5, 1, 2");
      CHECK(contains(error_of([&] { engine.detail(*example, 0, 0, spec_of({1}), 10); }).remedy_text(),
                     "--keep-logits"));
    }
    CHECK_THROWS_AS(engine.statistics(*example, 1, 0, spec_of({1}), Precision::exact, one, {}), Error);
    CHECK_THROWS_AS(engine.statistics(*example, 0, example->rows, spec_of({1}), Precision::exact, one, {}),
                    Error);
  }
}

TEST_CASE("titles, categories, prompts and labels of all tokens come from the folder alone") {
  const EarlierAnalysis earlier(TokensFormat::csv, 1);
  WorkbenchEngine engine(small_options());
  Listener listener;
  const auto workspace = engine.open(earlier.run, listener, {});
  CHECK(listener.warnings.empty());
  REQUIRE(workspace->examples.size() == earlier.titles.size());
  for (std::size_t i = 0; i < earlier.titles.size(); ++i) {
    CHECK(workspace->examples[i].title == earlier.titles[i]);
    CHECK_FALSE(workspace->examples[i].category.empty());
  }
  const auto kept = engine.score(*workspace, 0, listener, {});
  CHECK(contains(text_of(kept->prompt), earlier.titles[0]));
  CHECK(kept->category == workspace->examples[0].category);
  const auto known = engine.detail(*kept, 0, 0, spec_of({1}), 200);
  CHECK(std::none_of(known.entries.begin(), known.entries.end(),
                     [](const auto& entry) { return entry.label == fmt::format("#{}", entry.id); }));
  const auto table = engine.score(*workspace, 3, listener, {});
  CHECK_FALSE(table->has_logits());
  CHECK(contains(text_of(table->prompt), "### Response:"));
}

TEST_CASE("an example shows the same tokens from its folder as from the checkpoints") {
  const EarlierAnalysis earlier(TokensFormat::csv, 1, false);
  Sources models;
  models.teacher = earlier.folder / "teacher";
  models.students = {{"llama", earlier.folder / "llama"}};
  models.data = earlier.folder / "data.jsonl";
  SilentProgress silent;
  WorkbenchEngine engine(small_options());
  const auto tokens_of = [&](const Sources& sources, std::int64_t index) {
    const auto example = engine.score(*engine.open(sources, silent, {}), index, silent, {});
    std::vector<std::pair<std::int32_t, std::string>> tokens;
    for (const auto* part : {&example->prompt, &example->response})
      for (const StripToken& token : *part)
        tokens.emplace_back(token.id, token.bytes);
    return tokens;
  };
  for (const std::int64_t index : {0, 3})
    CHECK(tokens_of(earlier.run, index) == tokens_of(models, index));
}

TEST_CASE("damaged texts of an analysis: said, and done without") {
  const EarlierAnalysis earlier(TokensFormat::csv, 1);
  WorkbenchEngine engine(small_options());
  const std::string name = GENERATE("vocabulary.csv", "examples.csv");
  const std::string whole = read_text(earlier.path() / name);
  const bool gone = GENERATE(true, false);
  fs::remove(earlier.path() / name);
  if (!gone) write_text(earlier.path() / name, whole.substr(0, whole.find('\n') + 1) + "0,x\n2,y\n");
  Listener listener;
  const auto workspace = engine.open(earlier.run, listener, {});
  if (gone) {
    CHECK(listener.warnings.empty());
  } else {
    REQUIRE(listener.warnings.size() == 1);
    CHECK(contains(listener.warnings[0], name));
  }
  const auto example = engine.score(*workspace, 0, listener, {});
  const auto detail = engine.detail(*example, 0, 0, spec_of({1}), 200);
  if (name == "examples.csv") {
    CHECK(example->prompt.empty());
    CHECK_FALSE(workspace->examples[0].title.empty());
  } else {  // labels of targets are in tokens.csv
    CHECK(std::any_of(detail.entries.begin(), detail.entries.end(),
                      [](const auto& entry) { return entry.label == fmt::format("#{}", entry.id); }));
    CHECK_FALSE(example->response[0].bytes.empty());
  }
}

TEST_CASE("half-precision logits give the analysis' numbers to half precision") {
  const EarlierAnalysis earlier(TokensFormat::csv, 1, true, DType::float16);
  WorkbenchEngine engine(small_options());
  SilentProgress silent;
  const auto workspace = engine.open(earlier.run, silent, {});
  const auto example = engine.score(*workspace, 0, silent, {});
  const TokensMap tokens(earlier.path());
  const auto cells = all_statistics(engine, *example, 0, spec_of({2}));
  for (std::size_t row = 0; row < example->rows; ++row) {
    const double written = tokens.value(0, static_cast<std::int64_t>(row), "llama", 2, "entropy_teacher");
    CHECK(cells[row].entropy_teacher == Approx(written).epsilon(5e-3).margin(1e-3));
  }
}

TEST_CASE("a table answers for the scaling that is asked for, and not for another dominant set") {
  const EarlierAnalysis earlier(TokensFormat::csv, 0, false);
  WorkbenchEngine engine(small_options());
  SilentProgress silent;
  const auto run = engine.open(earlier.run, silent, {});
  const auto table = engine.score(*run, 1, silent, {});
  Sources models;
  models.teacher = earlier.folder / "teacher";
  models.students = {{"llama", earlier.folder / "llama"}};
  models.data = earlier.folder / "data.jsonl";
  WorkbenchEngine second(small_options());
  const auto live = second.score(*second.open(models, silent, {}), 1, silent, {});
  StatisticsSpec spec = spec_of({0.5, 1, 2});
  spec.tau_scaling = TauScaling::none;
  const auto from_table = all_statistics(engine, *table, 0, spec),
             from_models = all_statistics(second, *live, 0, spec);
  for (std::size_t i = 0; i < from_table.size(); ++i) {
    for (const auto& column : statistics_columns()) {
      const double a = from_table[i].*column.member, b = from_models[i].*column.member;
      INFO(column.name);
      CHECK(((std::isnan(a) && std::isnan(b)) || a == Approx(b).epsilon(1e-12)));
    }
  }
  spec.dominant = {DominantSpec::Kind::top_k, 3};
  spec.overlap_k = 5;
  const auto other = all_statistics(engine, *table, 0, spec);
  CHECK(std::isnan(other[0].teacher_nd_mass));
  CHECK(std::isnan(other[0].rkl_nd_share));
  CHECK(std::isnan(other[0].top_k_overlap));
  CHECK_FALSE(std::isnan(other[0].fkl));
}

TEST_CASE("an analysis without tokens.csv still opens, with what it kept") {
  const EarlierAnalysis earlier(TokensFormat::none, 1);
  WorkbenchEngine engine(small_options());
  Listener listener;
  const auto workspace = engine.open(earlier.run, listener, {});
  CHECK(listener.warnings.empty());
  REQUIRE(workspace->examples.size() == 1);
  CHECK(workspace->examples[0].title == earlier.titles[0]);
  CHECK(engine.score(*workspace, 0, listener, {})->has_logits());
  const auto summary = engine.read_analysis(earlier.path(), listener, {});
  CHECK(summary->examples.empty());
  CHECK_FALSE(summary->tables.summary.empty());
}

TEST_CASE("damaged analyses: the manifest is needed, the rest is used as far as it goes") {
  const EarlierAnalysis earlier(TokensFormat::csv_gz, 2);
  WorkbenchEngine engine(small_options());
  const fs::path table = tokens_file(earlier.path());
  const std::string packed = read_text(table);

  SECTION("a table that ends early") {
    write_text(table, packed.substr(0, packed.size() * 3 / 4));
    Listener listener;
    const auto workspace = engine.open(earlier.run, listener, {});
    REQUIRE(listener.warnings.size() == 1);
    CHECK(contains(listener.warnings[0], "ends early"));
    CHECK(workspace->examples.size() >= 2);
    CHECK(workspace->examples.size() < 4);
    for (const ExampleTitle& title : workspace->examples)
      CHECK(engine.score(*workspace, title.index, listener, {})->rows > 0);
    CHECK_THROWS_AS(engine.read_analysis(earlier.path(), listener, {}), Error);
  }
  SECTION("a table that is gone, or was never one") {
    for (const bool gone : {true, false}) {
      fs::remove(table);
      if (!gone) write_text(table, "<html>");
      Listener listener;
      const auto workspace = engine.open(earlier.run, listener, {});
      CHECK(listener.warnings.size() == 1);
      CHECK(workspace->examples.size() == 2);
      CHECK(engine.score(*workspace, 1, listener, {})->response[0].id >= 0);
    }
  }
  SECTION("kept logits that are damaged: the table is shown instead, if there is one") {
    Listener listener;
    const auto workspace = engine.open(earlier.run, listener, {});
    fs::resize_file(earlier.path() / "logits" / "0-llama.safetensors", 50);
    fs::remove(earlier.path() / "logits" / "1-teacher.safetensors");
    for (const std::int64_t index : {0, 1}) {
      const auto example = engine.score(*workspace, index, listener, {});
      CHECK_FALSE(example->has_logits());
    }
    REQUIRE(listener.warnings.size() == 2);
    CHECK(contains(listener.warnings[0], "0-llama.safetensors"));
    CHECK(contains(listener.warnings[1], "1-teacher.safetensors"));
    fs::remove(table);
    Listener other;
    const auto bare = engine.open(earlier.run, other, {});
    REQUIRE(bare->examples.size() == 1);
    CHECK(contains(error_of([&] { engine.score(*bare, 0, other, {}); }).file(), "0-llama.safetensors"));
  }
  SECTION("what was opened outlives its folder") {
    Listener listener;
    const auto workspace = engine.open(earlier.run, listener, {});
    const auto kept = engine.score(*workspace, 0, listener, {});
    const auto before = all_statistics(engine, *kept, 0, spec_of({3}));
    fs::remove_all(earlier.path());
    CHECK_FALSE(other_bits(all_statistics(engine, *kept, 0, spec_of({3}))[0].fkl, before[0].fkl));
    CHECK(engine.score(*workspace, 3, listener, {})->rows > 0);  // the open table
    CHECK_FALSE(engine.score(*workspace, 1, listener, {})->has_logits());
    CHECK_THROWS_AS(engine.open(earlier.run, listener, {}), Error);
  }
  SECTION("a manifest that is not one") {
    Listener listener;
    for (const char* text : {"", "{}", "{\"format\": \"something\"}", "[1"}) {
      write_text(earlier.path() / "manifest.json", text);
      CHECK(contains(error_of([&] { engine.open(earlier.run, listener, {}); }).file(), "manifest.json"));
      CHECK(contains(error_of([&] { engine.read_analysis(earlier.path(), listener, {}); }).file(),
                     "manifest.json"));
    }
    fs::remove(earlier.path() / "manifest.json");
    const Error absent = error_of([&] { engine.open(earlier.run, listener, {}); });
    CHECK(absent.kind() == ErrorKind::bad_input);
    CHECK(absent.file() == earlier.path().string());
    CHECK(absent.expected_value() == "an analysis folder with manifest.json");
    CHECK_FALSE(absent.remedy_text().empty());
    CHECK(error_of([&] { engine.open(earlier.run, listener, {}); }).kind() == ErrorKind::bad_input);
  }
  SECTION("a request to stop") {
    std::stop_source stop;
    stop.request_stop();
    Listener listener;
    CHECK_FALSE(engine.open(earlier.run, listener, stop.get_token()));
    CHECK_FALSE(engine.read_analysis(earlier.path(), listener, stop.get_token()));
  }
}
