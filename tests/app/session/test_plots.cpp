// Figures hold the numbers of the results they are made from.
#include <cmath>

#include "app/session/plots.h"
#include "app/session/view_tables.h"
#include "core/figure/cairo_renderer.h"
#include "tests/app/session/plot_access.h"

using namespace tauscope;
using test::bars_of;
using test::column;
using test::find_series;
using test::line_of;
using test::Pinned;
using test::plot_of;
using test::settle;

TEST_CASE("every plot has a name of its own, a title, a size, and a reason where it has no figure") {
  test::FakeEngine engine;
  Session session(engine, {});
  std::set<std::string> names;
  for (const PlotInfo& info : plot_infos()) {
    CHECK(names.insert(info.name).second);
    CHECK(find_plot(info.name)->title == std::string(info.title));
    CHECK(std::string(info.help).size() > 20);
    CHECK(info.size.width > 200);
    const Plot plot = plot_of(session, info.name);
    CHECK_FALSE(plot.figure);
    const char* expected = info.tab == Tab::evaluate  ? "No evaluation is open"
                           : info.tab == Tab::distill ? "No run is open"
                                                      : "Nothing is open";
    CHECK(plot.note.find(expected) != std::string::npos);
  }
  CHECK(names.size() == 15);
  CHECK_FALSE(find_plot("nonsense"));
  CHECK_FALSE(plot_of(session, "nonsense").figure);
}

TEST_CASE("every plot can be laid out and drawn once its results are there") {
  Pinned o;
  o.session.apply(ReadAnalysis{"anywhere"});
  o.session.apply(ReadEvaluation{"somewhere"});
  const test::TemporaryFolder folder;
  test::make_run(folder / "run", test::some_run("run"));
  o.session.apply(OpenRuns{(folder / "run").string()});
  const PangoTextMetrics metrics;
  for (const Tab tab : {Tab::explore, Tab::compare, Tab::evaluate, Tab::distill, Tab::objectives}) {
    o.session.apply(SetTab{tab});
    settle(o.session);
    for (const PlotInfo& info : plot_infos()) {
      if (info.tab != tab) continue;
      for (const bool log : {false, true}) {
        o.session.apply(SetLogScale{log});
        INFO(info.name);
        const Plot plot = plot_of(o.session, info.name);
        REQUIRE(plot.figure);
        CHECK(plot.is_current);
        CHECK_FALSE(plot.loading);
        CHECK_FALSE(plot.figure->title.empty());
        CHECK(plot.figure->description.size() > 30);
        CHECK(plot.figure->provenance.find("TauScope") == 0);
        CHECK_FALSE(layout(*plot.figure, info.size, metrics, Style::light()).primitives.empty());
        CHECK_FALSE(layout(*plot.figure, {900, 420}, metrics, Style::screen(true)).primitives.empty());
      }
    }
  }
}

TEST_CASE("the histogram shows the detail's probabilities, the tail as one bar, and the target") {
  Pinned o;
  const PositionDetail detail = o.session.detail(0).result->detail;
  const Plot plot = plot_of(o.session, "histogram");
  REQUIRE(plot.figure);
  const Panel& panel = plot.figure->panels.at(0);
  const Bars& teacher = bars_of(panel, "teacher");
  const Bars& student = bars_of(panel, "student");
  REQUIRE(teacher.top.size() == detail.entries.size() + 1);
  double sum = 0;
  for (std::size_t i = 0; i < detail.entries.size(); ++i) {
    CHECK(teacher.top[i] == detail.entries[i].p);
    CHECK(student.top[i] == detail.entries[i].q);
    CHECK(teacher.x_high[i] == Approx(student.x_low[i]));  // side by side
    sum += teacher.top[i];
  }
  CHECK(sum + teacher.top[detail.entries.size()] == Approx(1));
  int targets = 0;
  for (std::size_t i = 0; i < panel.x.tick_labels.size(); ++i)
    targets += panel.x.tick_labels[i].find("▸") == 0;
  CHECK(targets == 1);
  CHECK(plot.figure->title.find("τ = 2") != std::string::npos);

  o.session.apply(SetHistogram{HistogramView::by_probability});
  const Plot bins = plot_of(o.session, "histogram");
  const auto& steps = std::get<Steps>(find_series(bins.figure->panels[0], "teacher")->data);
  double mass = 0;
  for (const double height : steps.heights.span())
    mass += height;
  CHECK(mass == Approx(1));
  CHECK(bins.figure->panels[0].x.scale == Scale::log);
}

TEST_CASE("top-k tokens are as many as asked for, and the target is among them") {
  Pinned o;
  for (const int k : {5, 25, 200}) {
    o.session.apply(SetTopK{k});
    settle(o.session);
    const auto bars = bars_of(plot_of(o.session, "histogram").figure->panels[0], "teacher").top.size();
    CHECK((bars == static_cast<std::size_t>(k) + 1 || bars == static_cast<std::size_t>(k) + 2));
  }
}

TEST_CASE("gradient bars are the detail's, sum to zero, and tell the dominant set apart") {
  Pinned o;
  const PositionDetail detail = o.session.detail(0).result->detail;
  const Panel panel = plot_of(o.session, "gradients").figure->panels.at(0);
  for (const std::string name : {"FKL", "RKL"}) {
    double sum = 0;
    std::size_t bars = 0;
    for (const std::string part : {", dominant", ", non-dominant", ", others"}) {
      const Series* series = find_series(panel, name + part);
      if (series == nullptr) continue;
      for (const double top : std::get<Bars>(series->data).top.span()) {
        sum += top;
        ++bars;
      }
    }
    CHECK(bars == detail.entries.size() + 2);
    CHECK(sum == Approx(0).margin(1e-6));
  }
  std::size_t dominant = 0;
  for (const auto& entry : detail.entries)
    dominant += entry.dominant;
  REQUIRE(dominant > 0);
  CHECK(bars_of(panel, "FKL, dominant").top.size() == dominant);
  if (dominant < detail.entries.size()) {
    CHECK(find_series(panel, "FKL, dominant")->look != find_series(panel, "FKL, non-dominant")->look);
  }
  // On a log axis the signs have a panel each, and nothing is lost.
  o.session.apply(SetLogScale{true});
  const auto split = plot_of(o.session, "gradients").figure->panels;
  REQUIRE(split.size() == 2);
  CHECK(split[1].y.reversed);
  double up = 0, down = 0;
  for (const Series& series : split[0].series)
    if (const auto* bars = std::get_if<Bars>(&series.data))
      for (const double top : bars->top.span())
        down += top;
  for (const Series& series : split[1].series)
    if (const auto* bars = std::get_if<Bars>(&series.data))
      for (const double top : bars->top.span())
        up += top;
  CHECK(up == Approx(down));
}

TEST_CASE("shares are those of the statistics and add up") {
  Pinned o;
  const RowStatistics row = o.session.detail(0).result->statistics;
  const Panel panel = plot_of(o.session, "shares").figure->panels.at(0);
  const Bars& forward = bars_of(panel, "forward-KL gradient");
  CHECK(forward.top[1] == row.fkl_nd_share_l1);
  CHECK(forward.top[0] + forward.top[1] == Approx(1));
  CHECK(forward.top[2] == row.fkl_target_share_l1);
  CHECK(bars_of(panel, "student probability").top[2] == row.q_target);
}

TEST_CASE("curves are medians of the rows at each τ, a token's are its own") {
  Pinned o;
  const Panel norms = plot_of(o.session, "curves").figure->panels.at(0);
  const Line& median = line_of(norms, "forward KL");
  std::size_t two = 0;
  while (median.x[two] != 2)
    ++two;
  StatisticsSpec spec;
  spec.taus = {2};
  std::vector<RowStatistics> rows(o.engine.rows);
  o.engine.statistics(*o.session.example(), 0, 0, spec, Precision::exact, rows, {});
  std::vector<double> values;
  for (const RowStatistics& row : rows)
    values.push_back(row.fkl_grad_l2);
  std::sort(values.begin(), values.end());
  CHECK(median.y[two] == Approx((values[5] + values[6]) / 2).epsilon(1e-5));

  o.session.apply(SetCurveScope{CurveScope::token});
  settle(o.session);
  const Plot token = plot_of(o.session, "curves");
  REQUIRE(token.figure);
  CHECK(token.figure->title.find("position 3") != std::string::npos);
  CHECK(line_of(token.figure->panels[0], "forward KL").y[two] ==
        Approx(o.session.detail(0).result->statistics.fkl_grad_l2).epsilon(1e-5));
}

TEST_CASE("curves of the data set come from its analysis, with what to do where there is none") {
  Pinned o;
  o.session.apply(SetCurveScope{CurveScope::data});
  const Plot none = plot_of(o.session, "curves");
  CHECK_FALSE(none.figure);
  CHECK(none.note.find("analysis") != std::string::npos);
  o.session.apply(ReadAnalysis{"folder"});
  settle(o.session);
  const Plot plot = plot_of(o.session, "curves");
  REQUIRE(plot.figure);
  const Line& line = line_of(plot.figure->panels[0], "forward KL");
  REQUIRE(line.x.size() == 5);
  CHECK(line.y[1] ==
        Approx(o.session.data().summary->example_mean(0, 1, 14, 0)));  // column 14 is fkl_grad_l2
}

TEST_CASE("the heat map shows any quantity at every position and τ") {
  Pinned o;
  const auto curves = o.session.example_curves(0);
  REQUIRE(curves.result);
  for (const std::string name :
       {"fkl_grad_l2", "fkl_nd_share_l1", "tckd", "rank_target_student", "grad_cosine"}) {
    o.session.apply(SetColourBy{name});
    const Plot plot = plot_of(o.session, "heat_map");
    INFO(name << " " << plot.note);
    REQUIRE(plot.figure);
    const auto& map = std::get<HeatMap>(plot.figure->panels.at(0).series.at(0).data);
    const std::size_t taus = curves.result->taus.size(), rows = o.engine.rows;
    REQUIRE(map.cells.size() == rows * taus);
    for (std::size_t k = 0; k < taus; k += 7)
      for (std::size_t r = 0; r < rows; r += 5)
        CHECK(map.cells[k * rows + r] == curves.result->cells[r * taus + k].*column(name).member);
    for (std::size_t k = 0; k < taus; ++k) {
      CHECK(map.y_edges[k] < curves.result->taus[k]);
      CHECK(curves.result->taus[k] < map.y_edges[k + 1]);
    }
  }
}

TEST_CASE("a plot is made again only when something it depends on changes, and an old one says so") {
  Pinned o;
  PlotBook book;
  const auto first = book.plot(o.session, "gradients").figure;
  CHECK(book.plot(o.session, "gradients").figure == first);
  o.session.apply(SetTheme{Theme::light});
  o.session.apply(SetTab{Tab::objectives});
  o.session.update();
  CHECK(book.plot(o.session, "gradients").figure == first);
  o.engine.delay_milliseconds = 30;
  o.session.apply(SetTau{4});
  o.session.update();
  const Plot old = book.plot(o.session, "gradients");
  CHECK(old.figure == first);
  CHECK_FALSE(old.is_current);
  CHECK(old.loading);
  CHECK(old.note.find("shown: τ = 2") != std::string::npos);
  o.engine.delay_milliseconds = 0;
  settle(o.session);
  const Plot current = book.plot(o.session, "gradients");
  CHECK(current.is_current);
  CHECK(current.note.empty());
  CHECK(current.figure->title.find("τ = 4") != std::string::npos);
  // While another example is scored the picture stays, marked as not current.
  o.engine.delay_milliseconds = 30;
  o.session.apply(SelectExample{2});
  o.session.update();
  const Plot waiting = book.plot(o.session, "heat_map");
  CHECK_FALSE(waiting.figure);  // was never drawn
  const Plot stays = book.plot(o.session, "gradients");
  CHECK(stays.figure == current.figure);
  CHECK_FALSE(stays.is_current);
  CHECK(stays.note.find("example 2") != std::string::npos);
  o.engine.delay_milliseconds = 0;
}

TEST_CASE("zoom and hidden series are applied to a copy") {
  Pinned o;
  const Plot plot = plot_of(o.session, "curves");
  o.session.apply(ZoomPlot{"curves", 4, {0.5, 4, 1, 2}});
  o.session.apply(ToggleSeries{"curves", "forward KL"});
  const Figure zoomed = with_view(*plot.figure, o.session.view().plots.at("curves"));
  CHECK(*zoomed.panels[4].y.low == 1);
  for (const Panel& panel : zoomed.panels) {
    CHECK(*panel.x.low == 0.5);  // one axis for all
    CHECK(*panel.x.high == 4);
    CHECK_FALSE(find_series(panel, "forward KL"));
  }
  CHECK_FALSE((zoomed.panels[0].y.low && *zoomed.panels[0].y.low == 1));
  CHECK(find_series(plot.figure->panels[0], "forward KL"));
  // A limit that a log axis cannot have is left out.
  PlotView view;
  view.zoom[0] = {-1, std::nullopt, 0, std::nullopt};
  const Figure kept = with_view(*plot.figure, view);
  CHECK(kept.panels[0].x.low == plot.figure->panels[0].x.low);
  CHECK(kept.panels[0].y.low == plot.figure->panels[0].y.low);
  CHECK(with_view(*plot.figure, {}) == *plot.figure);
}

TEST_CASE("bands have a name of their own, by which all of them are hidden and their lines stay") {
  Pinned o;
  const Plot plot = plot_of(o.session, "curves");
  const auto bands = [](const Figure& figure) {
    std::size_t count = 0;
    for (const Panel& panel : figure.panels)
      for (const Series& series : panel.series)
        count += std::holds_alternative<Band>(series.data) ? 1 : 0;
    return count;
  };
  REQUIRE(bands(*plot.figure) >= 6);
  o.session.apply(ToggleSeries{"curves", "25th to 75th percentile"});
  const Figure shown = with_view(*plot.figure, o.session.view().plots.at("curves"));
  CHECK(bands(shown) == 0);
  CHECK(find_series(shown.panels[0], "forward KL"));
}

TEST_CASE("token labels are printable and short") {
  Pinned o;
  const Plot plot = plot_of(o.session, "histogram");
  for (const std::string& label : plot.figure->panels[0].x.tick_labels) {
    CHECK(label.size() < 40);
    for (const char c : label)
      CHECK(static_cast<unsigned char>(c) >= 0x20);
  }
}
