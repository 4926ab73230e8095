// The long jobs: an analysis from the window, and reading one back.
#include <chrono>

#include "core/diagnostics/manifest.h"
#include "tests/app/engine/workbench_fixture.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

/// Asks to stop when the first example is done.
class StopAfterOne final : public ProgressSink {
 public:
  explicit StopAfterOne(std::stop_source& stop) : stop_(stop) {}
  void progress(std::string_view phase, std::int64_t done, std::int64_t) override {
    if (phase != "examples" || done == 0 || stop_.stop_requested()) return;
    asked = std::chrono::steady_clock::now();
    stop_.request_stop();
  }
  void warning(std::string_view) override {}
  void note(std::string_view) override {}
  std::chrono::steady_clock::time_point asked;

 private:
  std::stop_source& stop_;
};

}  // namespace

TEST_CASE("an analysis from the window is the one of the command line, and reads back") {
  const TemporaryFolder folder;
  const Sources sources = demo_sources(folder, 3);
  WorkbenchEngine engine(small_options());
  SilentProgress silent;
  const auto workspace = engine.open(sources, silent, {});
  StatisticsSpec spec = spec_of({0.5, 1, 2});
  spec.dominant = {DominantSpec::Kind::top_k, 10};
  engine.analyze(workspace->sources, spec, 2, folder / "run", silent, {});
  const Manifest manifest = read_manifest(folder / "run");
  CHECK(manifest.complete);
  CHECK(manifest.counts.examples == 2);
  CHECK(manifest.spec.dominant == spec.dominant);
  CHECK(manifest.spec.tokens == TokensFormat::csv_gz);
  CHECK(fs::exists(folder / "run/report.html"));
  CHECK(fs::exists(folder / "run/tokens.csv.gz"));
  const std::vector<std::string> command{"tauscope",      "analyze",
                                         "--teacher",     sources.teacher.string(),
                                         "--student",     "llama=" + sources.students[0].path.string(),
                                         "--student",     "gpt2=" + sources.students[1].path.string(),
                                         "--data",        sources.data.string(),
                                         "--template",    "alpaca",
                                         "--limit",       "2",
                                         "--tau",         "0.5,1,2",
                                         "--tau-scaling", "squared",
                                         "--dominant",    "top-k:10",
                                         "--tokens",      "csv.gz",
                                         "--out",         (folder / "run").string()};
  CHECK(manifest.command == command);

  const auto summary = engine.read_analysis(folder / "run", silent, {});
  CHECK(summary->students == std::vector<std::string>{"llama", "gpt2"});
  CHECK(summary->taus == std::vector<double>{0.5, 1, 2});
  CHECK(summary->examples == std::vector<std::int64_t>{0, 1});
  CHECK(summary->manifest.at("counts").at("examples") == 2);
  const TokensMap tokens(folder / "run");
  const auto columns = statistics_columns();
  for (std::size_t column = 0; column < columns.size(); ++column) {
    double sum = 0, count = 0;
    for (std::int64_t position = 0; position < tokens.positions(1); ++position) {
      const double value = tokens.value(1, position, "gpt2", 2, columns[column].name);
      if (!std::isfinite(value)) continue;
      sum += value;
      ++count;
    }
    INFO(columns[column].name);
    CHECK(summary->example_mean(1, 2, column, 1) == Approx(sum / count).epsilon(1e-12));
  }

  // With the workspace's students in another order, so are the summary's.
  Sources turned = sources;
  std::swap(turned.students[0], turned.students[1]);
  engine.open(turned, silent, {});
  const auto other = engine.read_analysis(folder / "run", silent, {});
  CHECK(other->students == std::vector<std::string>{"gpt2", "llama"});
  CHECK_FALSE(other_bits(other->example_mean(0, 1, 3, 1), summary->example_mean(1, 1, 3, 1)));
}

TEST_CASE("an analysis never touches a folder that holds something") {
  const TemporaryFolder folder;
  const Sources sources = demo_sources(folder, 1);
  fs::create_directories(folder / "mine");
  write_text(folder / "mine/notes.txt", "mine");
  WorkbenchEngine engine(small_options());
  SilentProgress silent;
  const auto refused = [&](const Sources& from, const fs::path& into) {
    return error_of([&] { engine.analyze(from, spec_of({1}), 0, into, silent, {}); });
  };
  const Error error = refused(sources, folder / "mine");
  CHECK(error.file() == (folder / "mine").string());
  CHECK(error.remedy_text() == "choose another folder");
  CHECK(read_text(folder / "mine/notes.txt") == "mine");
  CHECK(refused(sources, "").kind() == ErrorKind::usage);
  CHECK(refused(sources, folder / "mine/notes.txt").kind() == ErrorKind::failed);
  Sources run;
  run.run = folder / "mine";
  CHECK(refused(run, folder / "other").kind() == ErrorKind::usage);
}

TEST_CASE("a cancelled analysis ends at once, with whole tables of what was done") {
  const TemporaryFolder folder;
  const Sources sources = demo_sources(folder, 300);
  WorkbenchEngine engine(small_options());
  std::stop_source stop;
  StopAfterOne progress(stop);
  engine.analyze(sources, spec_of({0.5, 1, 2, 4, 8}), 0, folder / "run", progress, stop.get_token());
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - progress.asked;
  CHECK(taken.count() < 3);  // a fraction of a second on a quiet machine
  const Manifest manifest = read_manifest(folder / "run");
  CHECK_FALSE(manifest.complete);
  CHECK(manifest.counts.examples >= 1);
  CHECK(manifest.counts.examples < 300);
  SilentProgress silent;
  CHECK(engine.read_analysis(folder / "run", silent, {})->examples.size() ==
        static_cast<std::size_t>(manifest.counts.examples));
}
