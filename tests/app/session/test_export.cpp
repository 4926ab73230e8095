// What is saved, copied and exported.
#include <fstream>

#include "app/session/export_view.h"
#include "app/session/plots.h"
#include "core/base/csv.h"
#include "core/figure/figure_csv.h"
#include "tests/app/session/settle.h"

using namespace tauscope;
using test::has_message;
using test::OpenSession;
using test::settle;
namespace fs = std::filesystem;

namespace {

std::string start_of(const fs::path& path) {
  return test::read_text(path).substr(0, 8);
}

std::set<std::string> files_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) names.insert(fs::relative(entry.path(), folder).string());
  }
  return names;
}

}  // namespace

TEST_CASE("a figure is saved as its ending says, with the user's zoom and hidden series") {
  OpenSession o;
  const test::TemporaryFolder folder;
  o.session.apply(PinToken{1});
  // Nothing is computed yet: the saves wait for it.
  for (const char* ending : {".png", ".svg", ".pdf", ".csv"})
    o.session.apply(SaveFigure{"gradients", (folder / ("new/g" + std::string(ending))).string()});
  settle(o.session);
  CHECK(start_of(folder / "new/g.png") == "\x89PNG\r\n\x1a\n");
  CHECK(start_of(folder / "new/g.svg").find("<?xml") == 0);
  CHECK(start_of(folder / "new/g.pdf").find("%PDF-") == 0);
  const CsvTable csv = CsvTable::read(folder / "new/g.csv");
  CHECK(csv.rows.size() > 50);
  CHECK(csv.rows[0][csv.column("label")].find("tok") != std::string::npos);

  o.session.apply(ToggleSeries{"gradients", "FKL, dominant"});
  o.session.apply(SaveFigure{"gradients", (folder / "hidden.csv").string()});
  settle(o.session);
  CHECK(test::read_text(folder / "hidden.csv").find("FKL, dominant") == std::string::npos);
  o.session.apply(CopyFigure{"gradients"});
  const auto copied = o.session.take_clipboard();
  REQUIRE(copied);
  CHECK(*copied == test::read_text(folder / "hidden.csv"));
  CHECK_FALSE(o.session.take_clipboard());

  o.session.apply(SaveFigure{"gradients", (folder / "g.docx").string()});
  settle(o.session);
  CHECK(has_message(o.session, ".png, .svg, .pdf or .csv"));
  o.session.apply(SaveFigure{"nonsense", (folder / "n.png").string()});
  CHECK(has_message(o.session, "nonsense"));
  o.session.apply(SaveFigure{"compare_scatter", (folder / "n.png").string()});
  CHECK_FALSE(fs::exists(folder / "n.png"));
  test::write_text(folder / "file", "");
  o.session.apply(SaveFigure{"gradients", (folder / "file/below.png").string()});
  settle(o.session);
  CHECK(has_message(o.session, "cannot be made"));
  CHECK(o.session.jobs().empty());  // pictures are no jobs to watch
}

TEST_CASE("tables are saved and copied") {
  OpenSession o;
  const test::TemporaryFolder folder;
  o.session.apply(PinToken{1});
  o.session.apply(SaveTable{"token", (folder / "t.tex").string()});
  o.session.apply(CopyTable{"token", "markdown"});
  settle(o.session);
  CHECK(test::read_text(folder / "t.tex").find("\\toprule") != std::string::npos);
  const auto copied = o.session.take_clipboard();
  REQUIRE(copied);
  CHECK(copied->find("| quantity |") == 0);
  o.session.apply(SaveTable{"token", (folder / "t.xls").string()});
  CHECK(has_message(o.session, ".csv, .md or .tex"));
  o.session.apply(CopyTable{"token", "html"});
  CHECK(has_message(o.session, "latex (.tex)"));
  o.session.apply(SaveTable{"examples", (folder / "e.csv").string()});
  CHECK_FALSE(fs::exists(folder / "e.csv"));
}

TEST_CASE("export all writes every figure and table of every tab, and what it says") {
  OpenSession o;
  const test::TemporaryFolder folder;
  o.session.apply(PinToken{1});
  o.session.apply(ReadAnalysis{"analysis"});
  o.session.apply(ReadEvaluation{"evaluation"});
  test::make_run(folder / "run", test::some_run("run"));
  o.session.apply(OpenRuns{(folder / "run").string()});
  o.session.apply(SetTab{Tab::explore});
  settle(o.session);
  o.session.apply(ExportAll{(folder / "out").string()});
  settle(o.session);
  const auto files = files_in(folder / "out");
  for (const PlotInfo& info : plot_infos()) {
    for (const char* ending : {".png", ".svg", ".pdf", ".csv"})
      CHECK(files.count(std::string("figures/") + info.name + ending) == 1);
  }
  for (const TableInfo& info : table_infos()) {
    for (const char* ending : {".csv", ".md", ".tex"})
      CHECK(files.count(std::string("tables/") + info.name + ending) == 1);
  }
  CHECK(files.count("view.json") == 1);
  CHECK(files.size() == 15 * 4 + 9 * 3 + 1);
  CHECK(has_message(o.session, "15 figures and 9 tables"));
  REQUIRE(o.session.jobs().size() == 1);
  CHECK(o.session.jobs()[0].state == JobState::done);
  CHECK(o.session.view().tab == Tab::explore);  // the user's page stays
  // The session in it can be opened again.
  test::FakeEngine engine;
  Session again(engine, {});
  again.restore(parse_json(test::read_text(folder / "out" / "view.json"), "view.json"), "view.json");
  settle(again);
  CHECK(again.view() == o.session.view());
  // Nothing is overwritten.
  o.session.apply(ExportAll{(folder / "out").string()});
  settle(o.session);
  CHECK(files_in(folder / "out-2") == files);
}

TEST_CASE("an export says what it left out and why") {
  OpenSession o;
  const test::TemporaryFolder folder;
  o.session.apply(PinToken{std::nullopt});
  o.session.apply(ExportAll{(folder / "out").string()});
  settle(o.session);
  CHECK(has_message(o.session, "histogram: No token is pinned"));
  CHECK(has_message(o.session, "compare_scatter: "));
  CHECK(has_message(o.session, "table summary: "));
  CHECK(fs::exists(folder / "out/figures/curves.pdf"));
  test::FakeEngine engine;
  Session empty(engine, {});
  empty.apply(ExportAll{(folder / "none").string()});
  settle(empty);
  CHECK(has_message(empty, "nothing is open"));
  CHECK_FALSE(fs::exists(folder / "none"));
}

TEST_CASE("a free folder is the one asked for, or the next") {
  const test::TemporaryFolder folder;
  CHECK(free_folder(folder / "a") == folder / "a");
  fs::create_directory(folder / "a");
  CHECK(free_folder(folder / "a") == folder / "a");
  test::write_text(folder / "a" / "mine.txt", "x");
  CHECK(free_folder(folder / "a") == folder / "a-2");
  CHECK(free_folder(folder / "a/") == folder / "a-2");
  test::write_text(folder / "a-2", "a file");
  CHECK(free_folder(folder / "a") == folder / "a-3");
}

TEST_CASE("the command line repeats what is open, quoted for a shell") {
  OpenSession o;
  o.session.apply(SetTau{3});
  o.session.apply(SetTauScaling{TauScaling::none});
  o.session.apply(SetDominant{{DominantSpec::Kind::top_k, 10}});
  CHECK(command_line(o.session) ==
        "tauscope analyze --teacher /models/teacher --student a=/models/a --student b=/models/b --data "
        "/data/test.jsonl --tau 0.5,1,2,3,4,8 --tau-scaling none --dominant top-k:10 --out analysis");
  o.session.apply(CopyCommandLine{});
  CHECK(o.session.take_clipboard() == command_line(o.session));

  Sources files;
  files.teacher_logits = "/l/it's here.safetensors";
  files.student_logits = {{"", "/l/a=b.safetensors"}};
  o.session.apply(OpenSources{files});
  CHECK(command_line(o.session).find("tauscope analyze --teacher-logits '/l/it'\\''s here.safetensors' "
                                     "--student-logits a=b=/l/a=b.safetensors --tau") == 0);
  Sources run;
  run.run = "/runs/one two";
  o.session.apply(OpenSources{run});
  settle(o.session);
  CHECK(command_line(o.session) == "tauscope gui --run '/runs/one two'");
  test::FakeEngine engine;
  Session empty(engine, {});
  empty.apply(CopyCommandLine{});
  CHECK_FALSE(empty.take_clipboard());
  CHECK(has_message(empty, "nothing is open"));
}

TEST_CASE("screenshots that were asked for are handed over once") {
  OpenSession o;
  o.session.apply(Screenshot{"/tmp/one.png"});
  o.session.apply(Screenshot{"/tmp/two.png"});
  CHECK(o.session.take_screenshots() == std::vector<fs::path>{"/tmp/one.png", "/tmp/two.png"});
  CHECK(o.session.take_screenshots().empty());
}

TEST_CASE("an export does not wait for an analysis, and each can be cancelled by its own number") {
  OpenSession o;
  const test::TemporaryFolder folder;
  o.engine.analysis_steps = 100000;
  o.session.apply(RunAnalysis{"out", 0});
  o.session.apply(ExportAll{(folder / "out").string()});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!has_message(o.session, "tables are in")) {
    o.session.update();
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto jobs = o.session.jobs();
  REQUIRE(jobs.size() == 2);
  CHECK(jobs[0].state == JobState::running);
  CHECK(jobs[0].id != jobs[1].id);
  o.session.apply(CancelJob{jobs[1].id});
  CHECK(o.session.jobs()[0].state == JobState::running);
  o.session.apply(CancelJob{jobs[0].id});
  settle(o.session);
  CHECK(o.session.jobs()[0].state == JobState::cancelled);
}
