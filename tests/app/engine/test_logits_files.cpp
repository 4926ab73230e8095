// Logits files as a workspace.
#include <random>

#include "app/session/kernel_engine.h"
#include "core/checkpoint/safetensors.h"
#include "tests/app/engine/workbench_fixture.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

constexpr std::int64_t rows = 9, vocab = 50;

/// `scored` marks rows with targets; the others have -1. Empty: no targets in the file.
void write_logits(const std::filesystem::path& path, unsigned seed, const std::vector<bool>& scored,
                  std::int64_t width = vocab) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> logits(static_cast<std::size_t>(rows * width));
  for (float& logit : logits)
    logit = normal(random);
  std::vector<std::int64_t> targets;
  for (std::size_t r = 0; r < scored.size(); ++r)
    targets.push_back(scored[r] ? static_cast<std::int64_t>(r * 5) : -1);
  std::vector<TensorToWrite> tensors{
      {"logits", TensorType::F32, {rows, width}, std::as_bytes(std::span(logits))}};
  if (!targets.empty())
    tensors.push_back({"targets", TensorType::I64, {rows}, std::as_bytes(std::span(targets))});
  write_safetensors(path, tensors);
}

Sources logits_sources(const TemporaryFolder& folder) {
  Sources sources;
  sources.teacher_logits = folder / "t.safetensors";
  sources.student_logits = {{"", folder / "a.safetensors"}, {"b", folder / "s.safetensors"}};
  return sources;
}

}  // namespace

TEST_CASE("rows of logits files have the numbers of their analysis, whichever are scored") {
  const TemporaryFolder folder;
  const auto scored = GENERATE(std::vector<bool>{}, std::vector<bool>(9, true),
                               std::vector<bool>{false, false, true, true, true, true, true, true, false},
                               std::vector<bool>{true, false, true, true, false, true, true, false, true});
  write_logits(folder / "t.safetensors", 1, scored);
  write_logits(folder / "a.safetensors", 2, scored);
  write_logits(folder / "s.safetensors", 3, {});
  const Sources sources = logits_sources(folder);
  AnalysisSpec spec;
  spec.taus = {0.7, 1, 2};
  analyze_alone(sources, folder / "run", spec);
  const TokensMap tokens(folder / "run");

  WorkbenchEngine engine(small_options());
  Listener listener;
  const auto workspace = engine.open(sources, listener, {});
  CHECK(listener.warnings.empty());
  REQUIRE(workspace->examples.size() == 1);
  CHECK(workspace->students[0].name == "a");
  CHECK(workspace->students[1].name == "b");
  CHECK(workspace->vocab == vocab);
  const auto example = engine.score(*workspace, 0, listener, {});
  const auto expected = scored.empty() ? rows : std::count(scored.begin(), scored.end(), true);
  REQUIRE(static_cast<std::int64_t>(example->rows) == expected);
  CHECK(example->targets.empty() == scored.empty());
  CHECK(example->response.size() == example->rows);
  CHECK(example->response[0].id == (scored.empty() ? -1 : static_cast<std::int32_t>(example->targets[0])));
  for (const std::size_t student : {0u, 1u}) {
    const auto cells = all_statistics(engine, *example, student, spec_of(spec.taus));
    CHECK(count_differences(tokens, *example, workspace->students[student].name, spec.taus, cells,
                            other_bits) == 0);
  }
  CHECK(engine.detail(*example, 1, 0, spec_of({2}), 10).entries.size() >= 10);
  CHECK(error_of([&] { engine.score(*workspace, 1, listener, {}); }).kind() == ErrorKind::usage);
}

TEST_CASE("logits stay in the mapped file where no row is left out") {
  const TemporaryFolder folder;
  write_logits(folder / "t.safetensors", 1, {});
  write_logits(folder / "a.safetensors", 2, {});
  write_logits(folder / "s.safetensors", 3, {});
  WorkbenchEngine engine(small_options());
  SilentProgress silent;
  const auto workspace = engine.open(logits_sources(folder), silent, {});
  const auto example = engine.score(*workspace, 0, silent, {});
  CHECK(example->bytes == 0);
  std::filesystem::remove(folder / "t.safetensors");  // what is mapped stays
  const auto before = all_statistics(engine, *example, 0, spec_of({1}));
  const auto again = engine.score(*workspace, 0, silent, {});
  CHECK_FALSE(other_bits(all_statistics(engine, *again, 0, spec_of({1}))[0].fkl, before[0].fkl));
  CHECK(again->id != example->id);
  CHECK(error_of([&] { engine.open(logits_sources(folder), silent, {}); }).file() ==
        (folder / "t.safetensors").string());
}

TEST_CASE("a student's logits that cannot be read or do not fit are left out, as long as another's do") {
  const TemporaryFolder folder;
  write_logits(folder / "t.safetensors", 1, {});
  write_logits(folder / "a.safetensors", 2, {}, 49);
  write_logits(folder / "s.safetensors", 3, {});
  Sources sources = logits_sources(folder);
  sources.student_logits.push_back({"gone", folder / "gone.safetensors"});
  WorkbenchEngine engine(small_options());
  SilentProgress silent;
  const auto workspace = engine.open(sources, silent, {});
  REQUIRE(workspace->students.size() == 1);
  CHECK(workspace->students[0].name == "b");
  CHECK(workspace->sources.student_logits.size() == 1);
  REQUIRE(workspace->failed_students.size() == 2);
  CHECK(workspace->failed_students[0].error.find("49") != std::string::npos);
  CHECK(workspace->failed_students[1].name == "gone");
  CHECK(engine.score(*workspace, 0, silent, {})->rows == static_cast<std::size_t>(rows));
}

TEST_CASE("logits files none of which fits are refused") {
  const TemporaryFolder folder;
  write_logits(folder / "t.safetensors", 1, {});
  write_logits(folder / "a.safetensors", 2, {}, 49);
  write_logits(folder / "s.safetensors", 3, {}, 48);
  WorkbenchEngine engine(small_options());
  SilentProgress silent;
  CHECK(std::string(error_of([&] { engine.open(logits_sources(folder), silent, {}); }).what()).find("49") !=
        std::string::npos);
  Sources alone = logits_sources(folder);
  alone.student_logits.clear();
  CHECK(error_of([&] { engine.open(alone, silent, {}); }).kind() == ErrorKind::usage);
}
