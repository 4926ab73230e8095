// Random use, with a fixed seed.
#include <random>

#include "app/session/evaluation_view.h"
#include "app/session/plots.h"
#include "app/session/view_tables.h"
#include "tests/app/session/settle.h"

using namespace tauscope;
using test::FakeEngine;
using test::settle;
using test::some_sources;

namespace {

class Monkey {
 public:
  Monkey(Session& session, std::filesystem::path folder) : session_(session), folder_(std::move(folder)) {}

  void act() {
    switch (pick(28)) {
      case 0:
        return session_.apply(SetTau{0.1 + pick(190) * 0.1});
      case 1:
        return session_.apply(SelectExample{pick(7)});
      case 2:
        return session_.apply(StepExample{pick(5) - 2});
      case 3:
        return session_.apply(PinToken{pick(8)});
      case 4:
        return session_.apply(StepToken{pick(9) - 4});
      case 5:
        return session_.apply(SelectStudent{some(4)});
      case 6:
        return session_.apply(CompareStudents{some(3), some(3)});
      case 7:
        return session_.apply(SetColourBy{quantity()});
      case 8:
        return turn_page();
      case 9:
        return session_.apply(SetTopK{pick(300)});
      case 10:
        return session_.apply(SetCurveScope{static_cast<CurveScope>(pick(3))});
      case 11:
        return session_.apply(Undo{});
      case 12:
        return session_.apply(Redo{});
      case 13:
        return session_.apply(SetDominant{{static_cast<DominantSpec::Kind>(pick(3)), pick(100) / 20.0}});
      case 14:
        return session_.hover(pick(2) == 0 ? std::nullopt : std::optional<std::int64_t>(pick(9)));
      case 15:
        return session_.apply(SearchTokens{pick(2) == 0 ? "word3" : "absent"});
      case 16:
        return session_.apply(DismissMessage{some(4)});
      case 17:
        return session_.apply(SetTauScaling{pick(2) == 0 ? TauScaling::none : TauScaling::squared});
      case 18:
        return reopen();
      case 19:
        return session_.apply(ZoomPlot{plot(), some(9), {limit(), limit(), limit(), limit()}});
      case 20:
        return session_.apply(FitPlot{plot()});
      case 21:
        return session_.apply(ToggleSeries{plot(), pick(2) == 0 ? "forward KL" : "student"});
      case 22:
        return session_.apply(CompareObjectives{objective(), objective()});
      case 23:
        return look();
      case 24:
        return files();
      case 25:
        return session_.apply(SetCompareQuantity{quantity()});
      case 26:
        return session_.apply(pick(2) == 0 ? Command(SetHistogram{static_cast<HistogramView>(pick(2))})
                                           : Command(SetLogScale{pick(2) == 0}));
      default:
        return session_.update();
    }
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  std::size_t some(int n) { return static_cast<std::size_t>(pick(n)); }
  std::string quantity() {
    const char* names[] = {"fkl", "rkl", "fkl_nd_share_l1", "grad_cosine", "nonsense"};
    return names[pick(5)];
  }
  ObjectivePick objective() {
    const auto all = kernel_objectives();
    const std::size_t at = some(static_cast<int>(all.size()) + 1);
    if (at == all.size()) return {"unheard-of", ""};
    const char* parameters[] = {"", "", "beta=0.3", "alpha=0.5,beta=0.5", "=,"};
    return {all[at].text.name, parameters[pick(5)]};
  }
  std::string plot() {
    const auto infos = plot_infos();
    const std::size_t at = some(static_cast<int>(infos.size()) + 1);
    return at == infos.size() ? "nonsense" : infos[at].name;
  }
  std::optional<double> limit() {
    return pick(3) == 0 ? std::nullopt : std::optional<double>((pick(200) - 50) * 0.1);
  }

  void reopen() {
    if (pick(50) == 0) session_.apply(RemoveStudent{0});
    if (pick(50) == 0) session_.apply(OpenSources{some_sources()});
    if (pick(10) == 0) session_.apply(ReadAnalysis{"analysis"});
    if (pick(100) == 0) session_.apply(RunAnalysis{"out", 0});
    if (pick(20) == 0 && !session_.jobs().empty()) session_.apply(CancelJob{session_.jobs().back().id});
  }

  /// What a frame does: plots as they are shown, and the tables.
  void turn_page() {
    switch (pick(7)) {
      case 6:
        return runs();
      case 4:
        return session_.apply(SetEvaluateView{static_cast<EvaluateView>(pick(3))});
      case 5:
        return evaluation();
      case 0:
        return session_.apply(SetTab{static_cast<Tab>(pick(5))});
      case 1:
        return session_.apply(SetExploreView{static_cast<ExploreView>(pick(4))});
      case 2:
        return session_.apply(SetCompareView{static_cast<CompareView>(pick(5))});
      default:
        return session_.apply(SetStripColours{static_cast<StripColours>(pick(2))});
    }
  }

  void runs() {
    const std::string folder = (folder_ / ("run-" + std::to_string(pick(2)))).string();
    if (pick(20) == 0) return session_.apply(StartRun{"spec.toml", {}, folder});
    if (pick(10) == 0) return session_.apply(ResumeRun{folder});
    if (pick(5) == 0) return session_.apply(OpenRuns{pick(2) == 0 ? folder : folder_.string()});
    if (pick(10) == 0) return session_.apply(CloseRun{folder});
    if (pick(2) == 0) return session_.apply(SetSmoothing{pick(100) * 0.01});
    session_.apply(SetDistillView{static_cast<DistillView>(pick(2))});
  }

  void evaluation() {
    const char* names[] = {"", "dolly", "length", "teacher", "b", "nobody"};
    if (pick(20) == 0) return session_.apply(ReadEvaluation{"evaluation"});
    if (pick(20) == 0) return session_.apply(RunEvaluation{test::some_evaluation(), "evaluation"});
    if (pick(2) == 0) return session_.apply(SelectAnswer{pick(20)});
    session_.apply(ShowEvaluation{{names[pick(6)], names[pick(6)], names[pick(6)], pick(30) - 1}});
    const ComparedAnswers compared = compared_answers(session_);
    CHECK((compared.models.size() == 2 || !compared.shown.note.empty()));
  }

  void look() {
    const std::string name = plot();
    const Plot shown = book_.plot(session_, name);
    if (shown.figure) {
      const auto& views = session_.view().plots;
      const auto view = views.find(name);
      check(view == views.end() ? *shown.figure : with_view(*shown.figure, view->second));
    } else {
      CHECK_FALSE(shown.note.empty());
    }
    const auto tables = table_infos();
    const ViewTable table = view_table(session_, tables[some(static_cast<int>(tables.size()))].name);
    for (const auto& row : table.rows)
      REQUIRE(row.size() == table.columns.size());
  }

  void files() {
    switch (pick(30)) {
      case 0:
        return session_.apply(SaveFigure{plot(), (folder_ / "f.csv").string()});
      case 1:
        return session_.apply(SaveTable{"token", (folder_ / "t.md").string()});
      case 2:
        return session_.apply(CopyFigure{plot()});
      case 3:
        return session_.apply(CopyTable{"comparison", pick(2) == 0 ? "latex" : "nonsense"});
      case 4:
        return session_.apply(CopyCommandLine{});
      case 5:
        return session_.apply(Screenshot{"picture.png"});
      case 6:
        if (exports_ < 2) session_.apply(ExportAll{(folder_ / "all").string()});
        ++exports_;
        return;
      default:
        session_.take_clipboard();
        session_.take_screenshots();
    }
  }

  Session& session_;
  std::filesystem::path folder_;
  PlotBook book_;
  std::mt19937 random_{20260606};
  int exports_ = 0;
};

}  // namespace

TEST_CASE("ten thousand random commands leave a session that works") {
  const test::TemporaryFolder folder;
  FakeEngine engine;
  engine.rows = 6;
  engine.vocab = 50;
  Session session(engine, {});
  session.apply(OpenSources{some_sources()});
  Monkey monkey(session, folder.path());
  for (int i = 0; i < 10000; ++i)
    monkey.act();
  session.hover(std::nullopt);
  session.apply(OpenSources{some_sources()});
  settle(session);
  CHECK(session.example_state() == Session::Loading::loaded);
  const ViewState& view = session.view();
  CHECK(session.rows(view.tab == Tab::compare ? view.compare_a : view.student).is_current);
  // What it left can be saved and restored.
  const Json saved = parse_json(session.to_json().dump(), "session.json");
  Session again(engine, {});
  again.restore(saved, "session.json");
  settle(again);
  CHECK(again.view() == session.view());
}
