#include <chrono>
#include <cmath>
#include <thread>

#include "app/session/session.h"
#include "tests/app/session/settle.h"

using namespace tauscope;
using test::FakeEngine;
using test::has_error;
using test::OpenSession;
using test::settle;
using test::some_sources;

TEST_CASE("opening loads the first example and fills what the view shows") {
  OpenSession o;
  CHECK(o.session.workspace_state() == Session::Loading::loaded);
  CHECK(o.session.example_state() == Session::Loading::loaded);
  CHECK(o.session.view().example == 0);
  const auto rows = o.session.rows(0);
  REQUIRE(rows.is_current);
  CHECK(rows.result->rows.size() == o.engine.rows);
  CHECK(o.session.curves(0).is_current);
  // The token that stands out most is pinned, and that is no step of undo.
  REQUIRE(o.session.view().pinned);
  const auto pinned = static_cast<std::size_t>(*o.session.view().pinned);
  for (const RowStatistics& row : rows.result->rows)
    CHECK(row.fkl_grad_l2 <= rows.result->rows[pinned].fkl_grad_l2);
  CHECK_FALSE(o.session.can_undo());
  o.session.apply(PinToken{std::nullopt});
  settle(o.session);
  CHECK_FALSE(o.session.view().pinned);  // what the user took away stays away
  CHECK_FALSE(o.session.detail(0).result);
  o.session.apply(PinToken{3});
  settle(o.session);
  const auto detail = o.session.detail(0);
  REQUIRE(detail.is_current);
  CHECK(detail.result->key.position == 3);
  CHECK(detail.result->detail.entries.size() >= 25);
}

TEST_CASE("a detail's entries and rest add up to the whole distribution and to gradients that sum to zero") {
  OpenSession o;
  o.session.apply(SetTau{2.5});
  o.session.apply(PinToken{1});
  settle(o.session);
  const PositionDetail& detail = o.session.detail(0).result->detail;
  double p = detail.rest.p, q = detail.rest.q;
  double fkl = detail.rest.fkl_up + detail.rest.fkl_down, rkl = detail.rest.rkl_up + detail.rest.rkl_down;
  int targets = 0;
  for (const auto& entry : detail.entries) {
    p += entry.p;
    q += entry.q;
    fkl += entry.fkl_gradient;
    rkl += entry.rkl_gradient;
    targets += entry.target;
    CHECK(entry.log_ratio == Approx(std::log(entry.q / entry.p)).margin(1e-12));
  }
  CHECK(p == Approx(1));
  CHECK(q == Approx(1));
  CHECK(fkl == Approx(0).margin(1e-6));
  CHECK(rkl == Approx(0).margin(1e-6));
  CHECK(targets == 1);
  CHECK(detail.head_rank.back() == 300);
  CHECK(detail.fkl_head_share.back() == Approx(1));
  CHECK(detail.rkl_head_share.back() == Approx(1));
}

TEST_CASE("while a new tau is computed an old result is shown and says that it is not current") {
  test::FakeEngine engine;
  Session session(engine, {});
  session.apply(OpenSources{some_sources()});
  while (!session.rows(0).is_current) {
    session.update();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  engine.delay_milliseconds = 30;
  session.apply(SetTau{3});
  session.update();
  const auto shown = session.rows(0);
  REQUIRE(shown.result);
  CHECK_FALSE(shown.is_current);
  CHECK(shown.result->key.tau != 3);
  engine.delay_milliseconds = 0;
  settle(session);
  CHECK(session.rows(0).is_current);
  CHECK(session.rows(0).result->key.tau == 3);
}

TEST_CASE("once the curves are there a drag shows the nearest tau of their grid, under its own label") {
  OpenSession o;
  o.session.apply(SetColourBy{"jsd"});  // a column that takes the exact kernel
  settle(o.session);
  o.engine.delay_milliseconds = 30;
  o.session.apply(SetTau{3});
  o.session.update();
  const auto near = o.session.rows(0);
  REQUIRE(near.result);
  CHECK_FALSE(near.is_current);
  CHECK(near.result->key.tau == Approx(std::exp2(1.5)));
  o.session.apply(SetTau{4});  // on the grid: known at once, and exactly
  const auto four = o.session.rows(0);
  CHECK(four.is_current);
  o.engine.delay_milliseconds = 0;
  StatisticsSpec spec;
  spec.taus = {4};
  std::vector<RowStatistics> direct(o.engine.rows);
  o.engine.statistics(*o.session.example(), 0, 0, spec, Precision::exact, direct, {});
  for (std::size_t r = 0; r < direct.size(); ++r) {
    for (const StatisticsColumn& column : statistics_columns())
      CHECK(four.result->rows[r].*column.member == Approx(direct[r].*column.member));
  }
}

TEST_CASE("going back to a tau that was seen costs nothing") {
  OpenSession o;
  o.session.apply(SetTau{2});
  settle(o.session);
  const int before = o.engine.blocks;
  o.session.apply(SetTau{1});
  o.session.update();
  CHECK(o.session.rows(0).is_current);
  settle(o.session);
  CHECK(o.engine.blocks == before);
}

TEST_CASE("dragging tau through many values ends at the last one, and undo goes back before the drag") {
  OpenSession o;
  o.engine.delay_milliseconds = 2;
  for (int i = 0; i < 200; ++i) {
    o.session.apply(SetTau{0.5 + i * 0.05});
    o.session.update();
  }
  settle(o.session);
  CHECK(o.session.rows(0).result->key.tau == Approx(0.5 + 199 * 0.05));
  o.session.apply(Undo{});
  CHECK(o.session.view().tau == 1);
  o.session.apply(Redo{});
  CHECK(o.session.view().tau == Approx(0.5 + 199 * 0.05));
}

TEST_CASE("a zoom gesture is one step of undo, and what does nothing joins no step") {
  OpenSession o;
  o.session.apply(SetTab{Tab::compare});
  o.session.apply(SetTau{1});  // as it is: no step, so the next one must not melt into the tab's
  o.session.apply(SetTau{2});
  o.session.apply(Undo{});
  CHECK(o.session.view().tau == 1);
  CHECK(o.session.view().tab == Tab::compare);
  for (int i = 1; i <= 50; ++i)
    o.session.apply(ZoomPlot{"curves", 0, {0.1 * i, 20, std::nullopt, std::nullopt}});
  o.session.apply(
      ZoomPlot{"curves", 1, {1, 2, std::nullopt, std::nullopt}});  // another panel: another gesture
  CHECK(o.session.view().plots.at("curves").zoom.size() == 2);
  o.session.apply(Undo{});
  CHECK(*o.session.view().plots.at("curves").zoom.at(0).x_low == Approx(5));
  o.session.apply(Undo{});
  CHECK(o.session.view().plots.empty());
  o.session.apply(Redo{});
  CHECK(*o.session.view().plots.at("curves").zoom.at(0).x_low == Approx(5));
  o.session.apply(FitPlot{"curves"});
  CHECK(o.session.view().plots.empty());
  o.session.apply(ToggleSeries{"curves", "forward KL"});
  CHECK(o.session.view().plots.at("curves").hidden.count("forward KL") == 1);
  o.session.apply(ToggleSeries{"curves", "forward KL"});
  CHECK(o.session.view().plots.empty());
  o.session.apply(ZoomPlot{"curves", 0, {3, 2, std::nullopt, std::nullopt}});
  CHECK(has_error(o.session, "limits"));
  CHECK(o.session.view().plots.empty());
}

TEST_CASE("failures stay where they belong and the rest goes on") {
  FakeEngine engine;
  Session session(engine, {});
  SECTION("a checkpoint that does not load") {
    engine.fail_open = true;
    session.apply(OpenSources{some_sources()});
    settle(session);
    CHECK(session.workspace_state() == Session::Loading::failed);
    CHECK(session.workspace_error().find("/models/teacher") != std::string::npos);
    engine.fail_open = false;
    session.apply(OpenSources{some_sources()});
    settle(session);
    CHECK(session.workspace_state() == Session::Loading::loaded);
  }
  SECTION("an example that cannot be scored, and another that can") {
    engine.fail_score = true;
    session.apply(OpenSources{some_sources()});
    settle(session);
    CHECK(session.example_state() == Session::Loading::failed);
    const int tries = engine.scored;
    for (int i = 0; i < 20; ++i)
      session.update();
    CHECK(engine.scored == tries);  // it is not tried again and again
    engine.fail_score = false;
    session.apply(SelectExample{2});
    settle(session);
    CHECK(session.example_state() == Session::Loading::loaded);
    CHECK(session.example()->index == 2);
  }
  SECTION("a kernel that throws") {
    engine.fail_statistics = true;
    session.apply(OpenSources{some_sources()});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!has_error(session, "the kernel ran into something") &&
           std::chrono::steady_clock::now() < deadline) {
      session.update();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(has_error(session, "the kernel ran into something"));
    const int before = engine.blocks;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (int i = 0; i < 20; ++i)
      session.update();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(engine.blocks <= before + 1);  // the same request is not repeated for ever
  }
}

TEST_CASE("the user's mistakes become messages") {
  OpenSession o;
  const ViewState before = o.session.view();
  o.session.apply(SelectExample{99});
  o.session.apply(PinToken{999});
  o.session.apply(SelectStudent{7});
  o.session.apply(SetColourBy{"beauty"});
  o.session.apply(SetDominant{{DominantSpec::Kind::nucleus, 1.5}});
  o.session.apply(OpenPath{"/no/such/thing"});
  CHECK(o.session.messages().size() >= 6);
  CHECK(has_error(o.session, "beauty"));
  CHECK(o.session.view() == before);
}

TEST_CASE("tokens are stepped through, searched and clamped") {
  OpenSession o;
  o.session.apply(PinToken{std::nullopt});
  o.session.apply(StepToken{1});
  CHECK(o.session.view().pinned == 0);
  o.session.apply(StepToken{100});
  CHECK(o.session.view().pinned == 11);
  o.session.apply(SearchTokens{"WORD7"});
  CHECK(o.session.view().pinned == 7);
  o.session.apply(StepExample{1});
  CHECK(o.session.view().example == 1);
  CHECK_FALSE(o.session.view().pinned);
  o.session.apply(StepExample{-50});
  CHECK(o.session.view().example == 0);
}

TEST_CASE("a session is restored as it was") {
  OpenSession o;
  o.session.apply(SetTau{3.25});
  o.session.apply(SetTab{Tab::compare});
  o.session.apply(SetDominant{{DominantSpec::Kind::top_k, 7}});
  const Json saved = parse_json(o.session.to_json().dump(), "session.json");
  FakeEngine engine;
  Session again(engine, {});
  again.restore(saved, "session.json");
  settle(again);
  CHECK(again.view() == o.session.view());
  CHECK(again.sources() == o.session.sources());
  CHECK(again.data().state == Session::Loading::nothing);
  CHECK_THROWS_AS(again.restore(parse_json(R"({"format": "other", "version": 1})", "f"), "f"), Error);
}

TEST_CASE("the analysis that was read is read again at the next start, wherever that is") {
  OpenSession o;
  o.session.apply(ReadAnalysis{"out"});
  settle(o.session);
  const Json saved = parse_json(o.session.to_json().dump(), "session.json");
  FakeEngine engine;
  {
    Session again(engine, {});
    again.restore(saved, "session.json");
    CHECK(again.to_json() == saved);  // also when it is closed before it has read anything
    settle(again);
    REQUIRE(again.data().state == Session::Loading::loaded);
    CHECK(again.data().summary->folder == std::filesystem::absolute("out"));
    CHECK(again.to_json() == saved);
    again.apply(OpenSources{some_sources()});
    settle(again);
    CHECK(again.data().state == Session::Loading::nothing);
    CHECK_FALSE(again.to_json().contains("analysis"));
  }
  engine.fail_read = true;  // gone meanwhile
  Session third(engine, {});
  third.restore(saved, "session.json");
  settle(third);
  CHECK(third.data().state == Session::Loading::failed);
  CHECK(third.example());
}

TEST_CASE("closing during work ends at once") {
  FakeEngine engine;
  engine.delay_milliseconds = 100000;
  const auto start = std::chrono::steady_clock::now();
  {
    Session session(engine, {});
    session.apply(OpenSources{some_sources()});
    session.update();
    session.apply(RunAnalysis{"/tmp/never", 0});
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("the page asks for the column that it is coloured by, and for all where all are shown") {
  OpenSession o;
  const auto column = [](const char* name, const Session::Shown& shown) {
    std::vector<double> values;
    for (const RowStatistics& row : shown.result->rows)
      values.push_back(row.*find_statistics_column(name)->member);
    return values;
  };
  for (const char* name : {"jsd", "fkl_nd_share_l1", "fkl_grad_cos_tau1", "fkl_effective_tokens"}) {
    INFO(name);
    o.session.apply(SetColourBy{name});
    for (const double tau : {1.37, 2.73}) {  // not on the grid of the curves
      o.session.apply(SetTau{tau});
      settle(o.session);
      const auto shown = o.session.rows(0);
      REQUIRE(shown.is_current);
      CHECK(shown.result->key.tau == tau);
      CHECK(shown.result->key.columns == column_set(name));
      CHECK_FALSE(o.session.all_rows(0).is_current);
      StatisticsSpec spec;
      spec.taus = {tau};
      std::vector<RowStatistics> all(shown.result->rows.size());
      o.engine.KernelEngine::statistics(*o.session.example(), 0, 0, spec, Precision::exact, all, {});
      const double RowStatistics::*member = find_statistics_column(name)->member;
      for (std::size_t r = 0; r < all.size(); ++r)
        CHECK(column(name, shown)[r] == all[r].*member);
    }
  }
  o.session.apply(SetTab{Tab::compare});
  settle(o.session);
  for (const std::size_t student : {0, 1}) {
    REQUIRE(o.session.all_rows(student).is_current);
    for (const double value : column("jsd", o.session.all_rows(student)))
      CHECK(std::isfinite(value));
    CHECK(o.session.rows(student).is_current);
  }
}
