// Figures of two students and of two objectives.
#include <cmath>

#include "app/session/plots.h"
#include "app/session/results.h"
#include "tests/app/session/plot_access.h"

using namespace tauscope;
using test::bars_of;
using test::column;
using test::find_series;
using test::line_of;
using test::Pinned;
using test::plot_of;
using test::settle;

TEST_CASE("the comparison has one line and one set of bars per student") {
  Pinned o;
  o.session.apply(SetTab{Tab::compare});
  settle(o.session);
  const Panel bars = plot_of(o.session, "compare_histogram").figure->panels.at(0);
  CHECK(bars_of(bars, "student-0").top[0] == o.session.detail(0).result->detail.entries[0].q);
  CHECK(bars_of(bars, "student-1").top[0] == o.session.detail(1).result->detail.entries[0].q);
  const auto gradients = plot_of(o.session, "compare_gradients").figure->panels;
  CHECK(bars_of(gradients.at(1), "student-1").top[2] ==
        o.session.detail(1).result->detail.entries[2].rkl_gradient);
  const auto curves = plot_of(o.session, "compare_curves").figure->panels;
  REQUIRE(curves.size() == 8);
  CHECK(line_of(curves[5], "student-1").y[10] ==
        o.session.curves(1).result->columns[17].median[10]);  // column 17 is rkl_grad_l2
  o.session.apply(CompareStudents{1, 1});
  CHECK_FALSE(plot_of(o.session, "compare_curves").figure);
  CHECK(plot_of(o.session, "compare_curves").note.find("two students") != std::string::npos);
}

TEST_CASE("the scatter shows the examples at the nearest analysed τ") {
  Pinned o;
  o.session.apply(SetTab{Tab::compare});
  o.session.apply(SetTau{3.1});
  CHECK_FALSE(plot_of(o.session, "compare_scatter").figure);
  o.session.apply(ReadAnalysis{"folder"});
  settle(o.session);
  const Plot plot = plot_of(o.session, "compare_scatter");
  REQUIRE(plot.figure);
  CHECK(plot.note.find("τ = 4") != std::string::npos);
  const auto points = compare_points(o.session);
  REQUIRE(points.size() == 5);
  CHECK(points[2].a == Approx(o.session.data().summary->example_mean(0, 3, 0, 2)));
  CHECK(points[2].b == Approx(points[2].a + 1));
  const auto& scatter = std::get<Scatter>(find_series(plot.figure->panels[0], "examples")->data);
  CHECK(scatter.x.size() == 4);  // the open one is drawn by itself
  CHECK(find_series(plot.figure->panels[0], "example 0") != nullptr);
}

TEST_CASE("objectives are drawn with their difference, and with the looks they have elsewhere") {
  Pinned o;
  o.session.apply(SetTab{Tab::objectives});
  settle(o.session);
  const PositionDetail detail = o.session.detail(0).result->detail;
  const Panel panel = plot_of(o.session, "objective_gradients").figure->panels.at(0);
  for (const std::size_t i : {std::size_t{0}, std::size_t{4}}) {
    CHECK(bars_of(panel, "forward KL").top[i] ==
          Approx(detail.entries[i].fkl_gradient).epsilon(1e-5).margin(1e-8));
    CHECK(bars_of(panel, "second minus first").top[i] ==
          bars_of(panel, "reverse KL").top[i] - bars_of(panel, "forward KL").top[i]);
  }
  const Panel gradients = plot_of(o.session, "gradients").figure->panels.at(0);
  CHECK(find_series(panel, "forward KL")->look.slot == find_series(gradients, "FKL, dominant")->look.slot);
  const auto curves = plot_of(o.session, "objective_curves").figure->panels;
  CHECK(line_of(curves.at(0), "reverse KL").y[3] == o.session.curves(0).result->columns[1].median[3]);
  o.session.apply(ReadAnalysis{"folder"});
  o.session.apply(SetCurveScope{CurveScope::data});
  settle(o.session);
  const auto over_data = plot_of(o.session, "objective_curves").figure;
  CHECK(over_data->title.find("the data set") != std::string::npos);
  CHECK(line_of(over_data->panels.at(0), "reverse KL").x == o.session.data().summary->taus);
  CHECK(line_of(over_data->panels.at(1), "forward KL").y[3] ==
        line_of(plot_of(o.session, "curves").figure->panels.at(0), "forward KL").y[3]);
  o.session.apply(OpenSources{test::some_sources()});
  settle(o.session);
  CHECK_FALSE(plot_of(o.session, "objective_curves").figure);
  CHECK(plot_of(o.session, "objective_curves").note.find("run the analysis") != std::string::npos);
  o.session.apply(CompareObjectives{{"rkl", ""}, {"fkl", ""}});
  o.session.apply(PinToken{3});
  settle(o.session);
  CHECK(bars_of(plot_of(o.session, "objective_gradients").figure->panels[0], "second minus first").top[0] ==
        Approx(-bars_of(panel, "second minus first").top[0]));
  o.session.apply(CompareObjectives{{"rkl", ""}, {"beauty", ""}});
  CHECK(test::has_message(o.session, "beauty"));
  CHECK(o.session.view().objective_b.name == "fkl");
}

TEST_CASE("any two objectives of the registry are compared at the token, with their parameters") {
  Pinned o;
  o.session.apply(SetTab{Tab::objectives});
  o.session.apply(SetCurveScope{CurveScope::token});
  for (const Objective& objective : kernel_objectives()) {
    o.session.apply(CompareObjectives{{objective.text.name, ""}, {"rkl", ""}});
    settle(o.session);
    INFO(objective.text.name);
    const Plot plot = plot_of(o.session, "objective_gradients");
    REQUIRE(plot.figure);
    CHECK(plot.is_current);
    double sum = 0;  // entries and the others
    for (const double g : bars_of(plot.figure->panels[0], objective.text.title).top.span())
      sum += g;
    CHECK(sum == Approx(0).margin(1e-5));
    const auto curves = plot_of(o.session, "objective_curves").figure;
    REQUIRE(curves);
    CHECK(line_of(curves->panels[0], objective.text.title).y.size() == curve_taus().size());
  }
  // α-β at (1, 0) is forward KL, and says which one it is.
  o.session.apply(CompareObjectives{{"ab", "alpha=1,beta=0"}, {"fkl", ""}});
  settle(o.session);
  const Panel same = plot_of(o.session, "objective_gradients").figure->panels[0];
  CHECK(find_series(same, "α-β divergence (alpha=1,beta=0)"));
  for (const double difference : bars_of(same, "second minus first").top.span())
    CHECK(difference == Approx(0).margin(1e-6));
  o.session.apply(SetCurveScope{CurveScope::example});
  settle(o.session);
  CHECK(plot_of(o.session, "objective_curves").note.find("choose these two") != std::string::npos);
  o.session.apply(CompareObjectives{{"jsd", "beta=7"}, {"fkl", ""}});
  CHECK(test::has_message(o.session, "beta"));
  CHECK(o.session.view().objective_a.name == "ab");
  o.session.apply(Undo{});
  o.session.apply(Undo{});
  CHECK(o.session.view().objective_a.name != "ab");
}
