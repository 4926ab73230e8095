// What is open changes: students that fail, choices made before it is known what there is, other sources.
#include "app/session/session.h"
#include "tests/app/session/settle.h"

using namespace tauscope;
using test::FakeEngine;
using test::has_error;
using test::OpenSession;
using test::settle;
using test::some_sources;

TEST_CASE("a student that cannot be loaded is left out and named, and indices mean those that are there") {
  FakeEngine engine;
  engine.broken = {"a"};
  Session session(engine, {});
  Sources sources = some_sources();
  sources.students.push_back({"c", "/models/c"});
  session.apply(OpenSources{sources});
  session.apply(SelectStudent{2});
  settle(session);
  REQUIRE(session.workspace_state() == Session::Loading::loaded);
  CHECK(has_error(session, "student a was left out: its weights are truncated"));
  CHECK(has_error(session, "/models/a"));
  REQUIRE(session.sources().students.size() == 2);
  CHECK(session.workspace()->students[0].name == "student-1");
  CHECK(session.view().student == 0);  // there is no third one any more
  session.apply(SelectStudent{1});
  settle(session);
  CHECK(session.rows(1).is_current);
  session.apply(RemoveStudent{0});
  settle(session);
  REQUIRE(session.sources().students.size() == 1);
  CHECK(session.sources().students[0].name == "c");
  engine.broken.clear();
  session.apply(AddStudent{"/models/a", "a"});
  settle(session);
  CHECK(session.workspace()->students.size() == 2);
}

TEST_CASE("what a command chose before it was known what there is, is checked once it is known") {
  FakeEngine engine;
  Session session(engine, {});
  session.apply(OpenSources{some_sources()});
  session.apply(SelectExample{99});
  session.apply(PinToken{3});
  settle(session);
  CHECK(has_error(session, "no example 99"));
  CHECK(session.view().example == 0);

  engine.delay_milliseconds = 20;
  session.apply(SelectExample{1});
  session.apply(PinToken{static_cast<std::int64_t>(engine.rows)});
  settle(session);
  CHECK(has_error(session, "no position 12: it has 12"));
  CHECK(session.view().pinned.value_or(0) < 12);
  session.apply(SelectExample{2});
  session.apply(PinToken{11});
  settle(session);
  CHECK(session.view().pinned == 11);

  for (const std::int64_t pin : {4, 500}) {  // before the example list is there: meant is the first
    FakeEngine slow;
    slow.delay_milliseconds = 20;
    Session early(slow, {});
    early.apply(OpenSources{some_sources()});
    early.apply(PinToken{pin});
    settle(early);
    CHECK(has_error(early, "no position 500: it has 12") == (pin == 500));
    CHECK(early.view().example == 0);
    if (pin == 4) CHECK(early.view().pinned == 4);
  }

  for (const bool beyond : {false, true}) {  // likewise students
    FakeEngine slow;
    slow.delay_milliseconds = 20;
    Session early(slow, {});
    early.apply(OpenSources{some_sources()});
    early.apply(SelectStudent{beyond ? std::size_t{7} : std::size_t{1}});
    settle(early);
    CHECK(has_error(early, "no student number 7: 2 are open") == beyond);
    CHECK(early.view().student == (beyond ? 0 : 1));
  }

  // What a saved session names is no command: its absence is worth a note.
  Json saved = session.to_json();
  engine.examples = 2;
  engine.rows = 5;
  Session later(engine, {});
  later.restore(saved, "session.json");
  settle(later);
  CHECK(later.view().example == 0);
  CHECK(test::has_message(later, "no example 2"));
  saved["view"]["example"] = 1;
  Session pinned(engine, {});
  pinned.restore(saved, "session.json");
  settle(pinned);
  CHECK(test::has_message(pinned, "no position 11"));
  CHECK(pinned.view().pinned.value_or(0) < 5);
  for (const Session* each : {&later, &pinned})
    CHECK_FALSE(has_error(*each, ""));
}

TEST_CASE("another teacher or other data begin without the choices made in the ones before") {
  OpenSession o;
  const auto choose = [&] {
    o.session.apply(PinToken{7});
    o.session.apply(SearchTokens{"nowhere"});
    o.session.apply(CompareStudents{1, 0});
    o.session.apply(SelectStudent{1});
    settle(o.session);
  };
  choose();
  o.session.apply(AddStudent{"/models/c", "c"});  // the same teacher and data
  settle(o.session);
  CHECK(o.session.view().pinned == 7);
  CHECK(o.session.view().search == "nowhere");
  CHECK(o.session.view().compare_a == 1);
  CHECK(o.session.view().student == 1);
  Sources other = some_sources();
  other.teacher = "/models/other";
  Sources data = other;
  data.data = "/data/other.jsonl";
  for (const Sources& next : {other, data}) {
    choose();
    o.session.apply(OpenSources{next});
    CHECK_FALSE(o.session.view().pinned);
    CHECK(o.session.view().search.empty());
    CHECK(o.session.view().compare_a == 0);
    CHECK(o.session.view().compare_b == 1);
    CHECK(o.session.view().student == 0);
    settle(o.session);
  }
}
