// Distillation runs in the session: watched while they grow, started, stopped and gone on with.
#include "app/session/runs.h"

#include <fstream>

#include "app/session/view_tables.h"
#include "core/base/files.h"
#include "tests/app/session/fake_engine.h"
#include "tests/app/session/plot_access.h"
#include "tests/app/session/settle.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

struct Fixture {
  TemporaryFolder folder;
  FakeEngine engine;
  Session session{engine, {}};
  std::string path(const char* name) { return (folder / name).string(); }
};

/// Frames until something holds; a watch looks a few times a second.
template <typename Condition>
bool soon(Session& session, Condition condition) {
  for (int i = 0; i < 4000; ++i) {
    session.update();
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

}  // namespace

TEST_CASE("a run's events become curves, and what changes is seen") {
  Fixture f;
  const auto run = RunDir::create(f.folder / "a", some_run("a"), Json::object());
  run->begin(20);
  RunWatcher watcher({f.folder / "a"});
  auto set = watcher.poll();
  REQUIRE(set);
  REQUIRE(set->runs.size() == 1);
  CHECK(set->runs[0]->curves.empty());
  CHECK_FALSE(watcher.poll());  // nothing is new
  run->event({{"event", "step"}, {"step", 1}, {"loss", 3.5}, {"source", "fixed"}});
  run->event({{"event", "warning"}, {"step", 1}, {"text", "odd"}});
  run->event({{"event", "probe"}, {"step", 1}, {"tau", {{{"tau", 0.5}, {"fkl", nullptr}, {"rkl", 1.5}}}}});
  set = watcher.poll();
  REQUIRE(set);
  const RunView& view = *set->runs[0];
  CHECK(view.last("step.loss") == 3.5);
  CHECK(view.curve("step.source") == nullptr);
  CHECK(std::isnan(view.last("probe.fkl@0.5")));
  CHECK(view.last("probe.rkl@0.5") == 1.5);
  CHECK(view.warnings == std::vector<std::string>{"odd"});
  CHECK(std::isnan(view.last("step.nothing")));
}

TEST_CASE("a folder that holds no run, and one that is spoilt, are told and do not hide the others") {
  Fixture f;
  make_run(f.folder / "a", some_run("a"));
  make_run(f.folder / "b", some_run("b"));
  write_text(f.folder / "b/spec.json", "{");
  RunWatcher watcher({f.folder / "a", f.folder / "b", f.folder / "none"});
  const auto set = watcher.poll();
  REQUIRE(set);
  CHECK(set->runs.size() == 1);
  REQUIRE(set->problems.size() == 2);
  CHECK(set->problems[0].find("spec.json") != std::string::npos);
  CHECK_FALSE(watcher.poll());  // said once
}

TEST_CASE("of several runs the settings are shown that differ, and names are told apart") {
  Fixture f;
  RunSpec second = some_run("fkl", 4);
  second.seed = 7;
  make_run(f.folder / "a", some_run("fkl", 1));
  make_run(f.folder / "b", second);
  f.session.apply(OpenRuns{f.folder / ""});
  settle(f.session);
  const auto set = f.session.runs().set;
  REQUIRE(set);
  CHECK(set->names == std::vector<std::string>{"fkl", "fkl (2)"});
  std::vector<std::string> keys;
  for (const DifferingSetting& setting : set->differing)
    keys.push_back(setting.key);
  CHECK(keys == std::vector<std::string>{"objective.tau", "seed"});
  CHECK(set->differing[1].values == std::vector<std::string>{"0", "7"});
  CHECK(f.session.view().tab == Tab::distill);
  const ViewTable table = view_table(f.session, "runs");
  REQUIRE(table.rows.size() == 2);
  REQUIRE(table.columns.size() == table.rows[0].size());
  CHECK(table.rows[0][1].text == "finished");
  CHECK(table.rows[0][2].value == 20);
  CHECK(table.rows[1][5].text == "7");
  CHECK(table.rows[0][6].value == Approx(made_up_loss(20)));
  CHECK(table.columns[8].name == "rouge-l");
  CHECK(table.rows[0][8].value == 20);
  CHECK(table.rows[0][9].value == Approx(made_up_loss(20) + 1));
}

TEST_CASE("the curves of runs stand side by side, smoothed with what was logged behind") {
  Fixture f;
  CHECK(plot_of(f.session, "run_curves").note.find("No run is open") != std::string::npos);
  make_run(f.folder / "a", some_run("a"));
  make_run(f.folder / "b", some_run("b"));
  f.session.apply(OpenRuns{f.folder / ""});
  settle(f.session);
  f.session.apply(SetSmoothing{0.5});
  PlotBook book;
  const Plot plot = book.plot(f.session, "run_curves");
  REQUIRE(plot.figure);
  std::vector<std::string> titles;
  for (const Panel& panel : plot.figure->panels)
    titles.push_back(panel.title);
  CHECK(titles == std::vector<std::string>{"loss", "validation loss", "rouge-l", "gradient norm",
                                           "student entropy (nats)", "non-dominant share of FKL, τ = 1"});
  const auto& loss = plot.figure->panels[0].series;
  REQUIRE(loss.size() == 4);  // two runs, each with its line and the average
  const auto& average = std::get<Line>(loss[0].data);
  const auto& raw = std::get<Line>(loss[1].data);
  CHECK(raw.y[1] == made_up_loss(2));
  CHECK(average.y[0] == Approx(made_up_loss(1)));
  CHECK(average.y[1] == Approx((0.25 * made_up_loss(1) + 0.5 * made_up_loss(2)) / 0.75));
  f.session.apply(SetSmoothing{0});
  CHECK(book.plot(f.session, "run_curves").figure->panels[0].series.size() == 2);
}

TEST_CASE("a run is started, watched, stopped, and gone on with to its end") {
  Fixture f;
  f.engine.step_milliseconds = 30;
  f.session.apply(StartRun{"spec.toml", {"seed=3"}, f.path("run")});
  CHECK(f.session.view().distill_view == DistillView::runs);
  REQUIRE(soon(f.session, [&] {
    const auto set = f.session.runs().set;
    return set && !set->runs.empty() && set->runs[0]->curve("step.loss") &&
           set->runs[0]->curve("step.loss")->step.back() >= 2;
  }));
  CHECK(f.engine.started_with == std::vector<std::string>{"seed=3"});
  const auto job = f.session.run_job(f.folder / "run");
  REQUIRE(job);
  CHECK(job->state == JobState::running);
  f.session.apply(ResumeRun{f.path("run")});
  CHECK(has_error(f.session, "under way already"));
  f.session.apply(CancelJob{job->id});
  REQUIRE(soon(f.session,
               [&] { return f.session.runs().set->runs[0]->record.status.state == RunState::stopped; }));
  REQUIRE_FALSE(f.session.runs().set->runs[0]->record.checkpoints.empty());
  f.engine.step_milliseconds = 0;
  f.session.apply(ResumeRun{f.path("run")});
  REQUIRE(soon(f.session, [&] {
    const auto set = f.session.runs().set;
    return set && !set->runs.empty() && set->runs[0]->record.status.state == RunState::finished;
  }));
  const RunCurve& loss = *f.session.runs().set->runs[0]->curve("step.loss");
  REQUIRE(loss.step.size() == 20);  // without gap or repetition
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(loss.step[i] == static_cast<double>(i + 1));
}

TEST_CASE("what cannot be started, opened or gone on with is said") {
  Fixture f;
  f.session.apply(OpenRuns{f.path("nowhere")});
  CHECK(has_error(f.session, "there is no run in it"));
  f.session.apply(ResumeRun{f.path("nowhere")});
  CHECK(f.session.messages().size() == 2);
  f.session.apply(StartRun{"", {}, f.path("run")});
  CHECK(has_error(f.session, "needs a spec"));
  f.engine.fail_run = true;
  f.session.apply(StartRun{"spec.toml", {}, f.path("run")});
  settle(f.session);
  REQUIRE(f.session.run_job(f.folder / "run"));
  CHECK(f.session.run_job(f.folder / "run")->error.find("cannot be used") != std::string::npos);
}

TEST_CASE("open runs are there again at the next start, a closed one is not") {
  Fixture f;
  make_run(f.folder / "a", some_run("a"));
  make_run(f.folder / "b", some_run("b"));
  f.session.apply(OpenRuns{f.path("a")});
  f.session.apply(OpenRuns{f.path("b")});
  f.session.apply(OpenRuns{f.path("b") + "/"});  // known already
  settle(f.session);
  f.session.apply(CloseRun{f.path("a")});
  settle(f.session);
  REQUIRE(f.session.runs().set->runs.size() == 1);
  Fixture next;
  next.session.restore(f.session.to_json(), "session.json");
  settle(next.session);
  CHECK(next.session.runs().set->names == std::vector<std::string>{"b"});
}

TEST_CASE("a moving average starts at what it averages and passes over what is no number") {
  CHECK(smoothed({2, 2, 2}, 0.9) == std::vector<double>{2, 2, 2});
  const auto out = smoothed({NAN, 1, NAN, 3}, 0.5);
  CHECK(std::isnan(out[0]));
  CHECK(out[1] == 1);
  CHECK(out[2] == 1);
  CHECK(out[3] == Approx((0.25 * 1 + 0.5 * 3) / 0.75));
}
