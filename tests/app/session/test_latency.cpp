// How soon results arrive; hidden, because figures of a loaded machine say nothing: ts_test_session
// "[latency]".
#include <fmt/format.h>

#include <iostream>

#include "tests/app/session/settle.h"

using namespace tauscope;
using Clock = std::chrono::steady_clock;

namespace {

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Frames of about a millisecond until `done`; how long it took.
template <typename Done>
double until(Session& session, Clock::time_point start, Done done) {
  while (!done()) {
    REQUIRE(milliseconds_since(start) < 120000);
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    session.update();
  }
  return milliseconds_since(start);
}

std::string percentiles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
  };
  return fmt::format("median {:.1f} ms, p90 {:.1f} ms, largest {:.1f} ms", at(0.5), at(0.9), values.back());
}

/// Forty steps of a drag, each waited for.
void drag(Session& session, const char* what, double from) {
  std::vector<double> details, rows;
  for (int step = 1; step <= 40; ++step) {
    const auto start = Clock::now();
    session.apply(SetTau{from + 0.0217 * step});
    session.update();
    details.push_back(until(session, start, [&] { return session.detail(0).is_current; }));
    rows.push_back(until(session, start, [&] { return session.rows(0).is_current; }));
  }
  std::cout << what << ": pinned token " << percentiles(details) << "; whole example " << percentiles(rows)
            << "\n";
}

}  // namespace

TEST_CASE("latency of a τ drag at 512 x 50,257", "[.][latency]") {
  test::FakeEngine engine;
  engine.rows = 512;
  engine.vocab = 50257;
  engine.students = 2;
  Session session(engine, {});
  session.apply(OpenSources{test::some_sources()});
  const auto start = Clock::now();
  until(session, start, [&] { return session.example_state() == Session::Loading::loaded; });
  session.apply(PinToken{100});
  drag(session, "while the curves are being computed", 1);
  const auto curves = Clock::now();
  const double preview = until(session, curves, [&] { return session.example_curves(0).result != nullptr; });
  const double exact = until(session, curves, [&] {
    const auto shown = session.example_curves(0);
    return shown.is_current && shown.result->set == StatisticsSet::all;
  });
  std::cout << fmt::format(
      "curves of the example over 31 τ: one-pass columns after {:.1f} s, all after {:.1f} s\n",
      preview / 1000, exact / 1000);
  drag(session, "with nothing else to do", 2);
  session.apply(SetColourBy{"fkl_nd_share_l1"});
  drag(session, "coloured by a column of the exact kernel", 3);

  // A drag without waiting: a new value every 8 ms; how old is the detail that is shown?
  session.apply(SetColourBy{"fkl_grad_l2"});
  std::vector<double> ages;
  std::map<double, Clock::time_point> asked;
  double newest = 0;
  const auto end = Clock::now() + std::chrono::seconds(2);
  for (int step = 0; Clock::now() < end; ++step) {
    const double tau = 5 + 0.01 * step;
    asked[tau] = Clock::now();
    session.apply(SetTau{tau});
    const auto next = Clock::now() + std::chrono::milliseconds(8);
    while (Clock::now() < next) {
      session.update();
      if (const auto shown = session.detail(0).result;
          shown && shown->key.tau > newest && asked.count(shown->key.tau)) {
        newest = shown->key.tau;
        ages.push_back(milliseconds_since(asked[newest]));
      }
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  }
  std::cout << fmt::format("a value every 8 ms for 2 s: {} details shown, {}\n", ages.size(),
                           percentiles(ages));
}
