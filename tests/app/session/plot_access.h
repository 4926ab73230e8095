// Reading the figures of a session in tests.
#pragma once

#include <stdexcept>
#include <string>

#include "app/session/plots.h"
#include "tests/app/session/settle.h"
#include "tests/support/catch.h"

namespace tauscope::test {

inline Plot plot_of(const Session& session, const std::string& name) {
  PlotBook book;
  return book.plot(session, name);
}

inline const Series* find_series(const Panel& panel, const std::string& name) {
  for (const Series& series : panel.series) {
    if (series.name == name) return &series;
  }
  return nullptr;
}

inline const Bars& bars_of(const Panel& panel, const std::string& name) {
  const Series* series = find_series(panel, name);
  INFO("series " << name);
  REQUIRE(series != nullptr);
  return std::get<Bars>(series->data);
}

inline const Line& line_of(const Panel& panel, const std::string& name) {
  for (const Series& series : panel.series) {
    if (series.name == name && std::holds_alternative<Line>(series.data)) return std::get<Line>(series.data);
  }
  FAIL("no line " << name);
  throw std::logic_error("unreachable");
}

inline const StatisticsColumn& column(const std::string& name) {
  const StatisticsColumn* found = find_statistics_column(name);
  REQUIRE(found != nullptr);
  return *found;
}

/// An example, a token and a τ of 2.
struct Pinned : OpenSession {
  Pinned() {
    session.apply(PinToken{3});
    session.apply(SetTau{2});
    settle(session);
  }
};

}  // namespace tauscope::test
