// An analysis of the data set beside the session, and examples of a run without logits.
#include "app/session/plots.h"
#include "app/session/view_tables.h"
#include "tests/app/session/settle.h"

using namespace tauscope;
using test::FakeEngine;
using test::has_message;
using test::OpenSession;
using test::settle;
using test::some_sources;
using Loading = Session::Loading;

TEST_CASE("an analysis is read on request, replaced by the next, and forgotten with what was open") {
  OpenSession o;
  CHECK(o.session.data().state == Loading::nothing);
  o.session.apply(ReadAnalysis{"first"});
  CHECK(o.session.data().state == Loading::loading);
  o.session.apply(ReadAnalysis{"second"});
  settle(o.session);
  REQUIRE(o.session.data().state == Loading::loaded);
  CHECK(o.session.data().summary->folder == "second");
  CHECK(std::isnan(o.session.data().summary->example_mean(7, 0, 0, 0)));
  CHECK(std::isnan(o.session.data().summary->example_mean(0, 0, 0, 99)));
  o.engine.fail_read = true;
  o.session.apply(ReadAnalysis{"third"});
  settle(o.session);
  CHECK(o.session.data().state == Loading::failed);
  CHECK(o.session.data().error.find("third") != std::string::npos);
  o.session.apply(SetCurveScope{CurveScope::data});
  PlotBook book;
  CHECK(book.plot(o.session, "curves").note.find("third") != std::string::npos);
  o.session.apply(OpenSources{some_sources()});
  CHECK(o.session.data().state == Loading::nothing);
  settle(o.session);
}

TEST_CASE("an analysis that ends well is read, one that is cancelled is not") {
  OpenSession o;
  o.session.apply(RunAnalysis{"out", 0});
  settle(o.session);
  REQUIRE(o.session.data().state == Loading::loaded);
  CHECK(o.session.data().summary->folder == "out");
  o.session.apply(OpenSources{some_sources()});
  settle(o.session);
  o.session.apply(RunAnalysis{"again", 0});
  o.session.apply(CancelJob{o.session.jobs().back().id});
  settle(o.session);
  CHECK(o.session.data().state == Loading::nothing);
  o.session.apply(RunAnalysis{"", 0});
  CHECK(has_message(o.session, "folder"));
}

TEST_CASE("a run brings its analysis with it") {
  FakeEngine engine;
  Session session(engine, {});
  session.apply(OpenRun{"/runs/one"});
  settle(session);
  REQUIRE(session.data().state == Loading::loaded);
  CHECK(session.data().summary->folder == "/runs/one");
}

TEST_CASE("an example without logits shows the nearest τ it knows and says which") {
  OpenSession o([](FakeEngine& engine) { engine.taus = {0.5, 1, 2, 4, 8}; });
  o.session.apply(PinToken{2});
  o.session.apply(SetTau{2.7});
  settle(o.session);
  CHECK(o.session.messages().size() == 1);  // "opened": nobody was asked for a τ that is not known
  CHECK(o.session.shown_tau() == 2);
  const auto rows = o.session.rows(0);
  REQUIRE(rows.result);
  CHECK(rows.is_current);
  CHECK(rows.result->key.tau == 2);
  CHECK_FALSE(o.session.detail(0).result);
  CHECK(o.session.detail_note().find("--keep-logits") != std::string::npos);
  o.session.apply(SetTau{2.9});  // nearer to 4 than to 2 by ratio
  CHECK(o.session.shown_tau() == 4);
  settle(o.session);

  const auto curves = o.session.curves(0);
  REQUIRE(curves.is_current);
  CHECK(curves.result->taus == o.engine.taus);
  PlotBook book;
  CHECK(book.plot(o.session, "histogram").note.find("--keep-logits") != std::string::npos);
  CHECK(book.plot(o.session, "curves").figure);
  CHECK(book.plot(o.session, "heat_map").figure);
  const Plot shares = book.plot(o.session, "shares");
  REQUIRE(shares.figure);
  CHECK(shares.note.find("τ = 4") != std::string::npos);
  const ViewTable token = view_table(o.session, "token");
  REQUIRE(token.rows.size() == statistics_columns().size());
  CHECK(token.rows[0][2].value == o.session.all_rows(0).result->rows[2].fkl);
  o.session.apply(SetCurveScope{CurveScope::token});
  settle(o.session);
  CHECK(book.plot(o.session, "curves").figure);
}

TEST_CASE("curves over τ are computed once: a drag neither restarts nor repeats them") {
  OpenSession o;
  const auto before = o.session.example_curves(0).result;
  REQUIRE(before);
  for (int i = 0; i < 100; ++i) {
    o.session.apply(SetTau{0.2 + 0.1 * i});
    o.session.update();
  }
  settle(o.session);
  CHECK(o.session.example_curves(0).result == before);
}

TEST_CASE("curves that were interrupted go on where they were") {
  OpenSession o([](FakeEngine& engine) { engine.rows = 40; });
  o.session.apply(SelectExample{1});
  o.engine.delay_milliseconds = 3;
  // Another student's page, and back: the first one's blocks are not computed twice.
  const auto blocks_before = o.engine.blocks.load();
  for (int i = 0; i < 10; ++i) {
    o.session.apply(SetTab{i % 2 == 0 ? Tab::compare : Tab::explore});
    for (int frame = 0; frame < 20; ++frame) {
      o.session.update();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  o.engine.delay_milliseconds = 0;
  settle(o.session);
  CHECK(o.session.example_curves(0).is_current);
  CHECK(o.session.example_curves(0).result->set == StatisticsSet::all);
  // Two students: a preview and the exact blocks each, the rows, and at most one block lost per interruption.
  const int once = 2 * (40 / 8 + 40 / 2) + 2 * 3 * 2;
  CHECK(o.engine.blocks - blocks_before < once + 10 + 20);
}
