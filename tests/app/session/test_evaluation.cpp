// Evaluations in the session: running, watching, cancelling, going on, and what is shown of them.
#include "app/session/evaluation.h"

#include <thread>

#include "app/session/evaluation_view.h"
#include "app/session/export_view.h"
#include "app/session/view_tables.h"
#include "tests/app/session/fake_engine.h"
#include "tests/app/session/plot_access.h"
#include "tests/app/session/settle.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

struct Fixture {
  FakeEngine engine;
  Session session{engine, {}};
  Fixture() { engine.analysis_steps = 1; }
  void evaluate(const std::string& folder = "/runs/one") {
    session.apply(RunEvaluation{some_evaluation(), folder});
    settle(session);
  }
};

std::string last_message(const Session& session) {
  return session.messages().empty() ? "" : session.messages().back().text;
}

}  // namespace

TEST_CASE("an evaluation runs beside everything else and its table appears as models are scored") {
  Fixture f;
  f.engine.analysis_steps = 10;
  f.session.apply(RunEvaluation{some_evaluation(), "/runs/one"});
  CHECK(f.session.view().evaluate_view == EvaluateView::scores);
  bool partial = false;
  for (int i = 0; i < 2000 && f.session.busy(); ++i) {
    f.session.update();
    const auto shown = f.session.evaluation();
    partial = partial || (shown.result && !shown.result->complete && !shown.result->table.rows.empty());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(partial);
  settle(f.session);
  const auto shown = f.session.evaluation();
  REQUIRE(shown.result);
  CHECK(shown.result->complete);
  CHECK(shown.result->sets.size() == 2);
  REQUIRE(shown.job);
  CHECK(shown.job->state == JobState::done);
  CHECK(shown.folder == "/runs/one");
}

TEST_CASE("a cancelled evaluation keeps what it has and is gone on with") {
  Fixture f;
  f.engine.analysis_steps = 20;
  f.session.apply(RunEvaluation{some_evaluation(), "/runs/one"});
  for (int i = 0; i < 5000; ++i) {
    f.session.update();
    const auto result = f.session.evaluation().result;
    if (result && !result->sets.empty()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto job = f.session.evaluation().job;
  REQUIRE(job);
  f.session.apply(CancelJob{job->id});
  settle(f.session);
  const auto half = f.session.evaluation();
  REQUIRE(half.result);
  CHECK_FALSE(half.result->complete);
  CHECK(half.job->state == JobState::cancelled);
  f.engine.analysis_steps = 1;
  f.session.apply(RunEvaluation{half.result->spec, half.folder.string()});
  settle(f.session);
  CHECK(f.session.evaluation().result->complete);
}

TEST_CASE("one evaluation does not run twice at a time; one that cannot start says why") {
  Fixture f;
  f.engine.analysis_steps = 200;
  f.session.apply(RunEvaluation{some_evaluation(), "/runs/one"});
  f.session.apply(RunEvaluation{some_evaluation(), "/runs/one"});
  CHECK(last_message(f.session).find("under way already") != std::string::npos);
  f.session.apply(CancelJob{f.session.evaluation().job->id});
  EvaluationSpec none = some_evaluation();
  none.models.clear();
  f.session.apply(RunEvaluation{none, "/runs/two"});
  CHECK(last_message(f.session).find("needs a model") != std::string::npos);
  EvaluationSpec twice = some_evaluation();
  twice.sets[1].name = twice.sets[0].name;
  f.session.apply(RunEvaluation{twice, "/runs/two"});
  CHECK(last_message(f.session).find("two sets have the name dolly") != std::string::npos);
  f.session.apply(RunEvaluation{some_evaluation(), ""});
  CHECK(last_message(f.session).find("folder") != std::string::npos);
  settle(f.session);
  CHECK(f.session.jobs().size() == 1);
}

TEST_CASE("an evaluation that fails says so, and a folder that holds none too") {
  Fixture f;
  f.engine.fail_evaluation = true;
  f.evaluate();
  REQUIRE(f.session.evaluation().job);
  CHECK(f.session.evaluation().job->state == JobState::failed);
  CHECK(f.session.evaluation().job->error.find("ran into something") != std::string::npos);
  f.engine.fail_read = true;
  f.session.apply(ReadEvaluation{"/runs/none"});
  settle(f.session);
  CHECK(f.session.evaluation().state == Session::Loading::failed);
  CHECK(f.session.evaluation().error.find("not the folder of an evaluation") != std::string::npos);
  CHECK_FALSE(f.session.evaluation().job);  // that was another one's
}

TEST_CASE("another baseline makes the table anew; what was shown stays until then") {
  Fixture f;
  f.evaluate();
  CHECK(f.session.evaluation().result->baseline == "a");
  f.engine.delay_milliseconds = 30;
  f.session.apply(ShowEvaluation{{"", "", "teacher", -1}});
  f.session.update();
  CHECK(f.session.evaluation().result->baseline == "a");
  CHECK(f.session.evaluation().state == Session::Loading::loading);
  settle(f.session);
  CHECK(f.session.evaluation().result->baseline == "teacher");
  f.session.apply(ShowEvaluation{{"", "", "nobody", -1}});
  CHECK(last_message(f.session).find("no model nobody") != std::string::npos);
  f.session.apply(Undo{});
  settle(f.session);
  CHECK(f.session.evaluation().result->baseline == "a");
}

TEST_CASE("what is shown follows names and numbers of the view, and falls back to the first") {
  Fixture f;
  CHECK(shown_set(f.session).note.find("No evaluation is open") != std::string::npos);
  f.evaluate();
  ShownSet shown = shown_set(f.session);
  REQUIRE(shown.set);
  CHECK(shown.set->name == "dolly");
  CHECK(shown.metric_name() == "rouge-l");
  CHECK(shown.prompt == std::size_t{0});
  CHECK(shown.seed == 0);
  f.session.apply(ShowEvaluation{{"vicuna", "length", "", 20}});
  f.session.apply(SelectAnswer{6});
  settle(f.session);
  shown = shown_set(f.session);
  CHECK(shown.set->name == "vicuna");
  CHECK(shown.metric_name() == "length");
  CHECK(shown.prompt == std::size_t{3});
  CHECK(shown.seed == 1);
}

TEST_CASE("the tables of an evaluation hold its figures") {
  Fixture f;
  CHECK(view_table(f.session, "evaluation").rows.empty());
  f.evaluate();
  const ViewTable scores = view_table(f.session, "evaluation");
  REQUIRE(scores.rows.size() == 2 * 2 * 3);
  CHECK(scores.note.find("Holm's correction over 8 tests") != std::string::npos);
  CHECK(scores.rows[0][2].text == "a");
  CHECK(scores.rows[0][3].value == 13.5);
  CHECK(scores.rows[0][10].text == "baseline");
  CHECK(scores.rows[1][6].value == 3);
  CHECK(scores.rows[1][10].text == "within noise");
  CHECK(scores.rows[2][10].text == "higher");
  const ViewTable prompts = view_table(f.session, "answers");
  REQUIRE(prompts.rows.size() == 8);
  REQUIRE(prompts.columns.size() == 8);  // example, prompt, three models, two differences, category
  CHECK(prompts.rows[3][0].value == 6);
  CHECK(prompts.rows[3][1].text == "Name thing number 3 of the list.");
  CHECK(prompts.rows[3][3].value == made_up_score(0, 1, 3));
  CHECK(prompts.rows[3][5].value == 3);
  CHECK(prompts.rows[3][7].text == "brainstorming");
  const ViewTable categories = view_table(f.session, "categories");
  REQUIRE(categories.rows.size() == 2);
  CHECK(categories.rows[0][0].text == "brainstorming");
  CHECK(categories.rows[0][1].value == 4);
  CHECK(categories.rows[0][2].value == 14);  // of 11, 13, 15, 17
}

TEST_CASE("the figures of an evaluation show means and differences with their intervals") {
  Fixture f;
  f.evaluate();
  PlotBook book;
  const Plot means = book.plot(f.session, "evaluation_means");
  REQUIRE(means.figure);
  CHECK(means.figure->panels.size() == 2);
  CHECK(means.figure->panels[0].title == "dolly");
  REQUIRE(means.figure->panels[0].series.size() == 3);
  const auto& bar = std::get<Intervals>(means.figure->panels[0].series[2].data);
  CHECK(bar.x[0] == 19.5);
  CHECK(bar.low[0] == 17.5);
  CHECK(bar.high[0] == 21.5);
  CHECK(means.figure->panels[0].y.tick_labels == std::vector<std::string>{"a", "b", "teacher"});
  const Plot differences = book.plot(f.session, "evaluation_differences");
  REQUIRE(differences.figure);
  CHECK(differences.figure->panels[0].series.size() == 3);  // two models and the line at 0
  f.session.apply(ShowEvaluation{{"", "length", "", -1}});
  const Plot lengths = book.plot(f.session, "evaluation_means");
  CHECK(lengths.figure->panels[0].x.label == "length");
}

TEST_CASE("the answers of Compare's students to the open example come from an evaluation of both") {
  Fixture f;
  f.session.apply(OpenSources{some_sources()});
  settle(f.session);
  CHECK(compared_answers(f.session).models.empty());
  EvaluationSpec spec = some_evaluation();
  spec.sets[1] = {"test", some_sources().data};
  f.session.apply(RunEvaluation{spec, "/runs/one"});
  settle(f.session);
  f.session.apply(SelectExample{2});
  ComparedAnswers compared = compared_answers(f.session);
  REQUIRE(compared.models == std::vector<std::size_t>{0, 1});
  CHECK(compared.shown.set->name == "test");
  CHECK(compared.shown.prompt == std::size_t{1});
  f.session.apply(SelectExample{1});  // not among the evaluated ones
  compared = compared_answers(f.session);
  CHECK(compared.models.empty());
  CHECK(compared.shown.note.find("no answers to this example") != std::string::npos);
}

TEST_CASE("words in common are those of ROUGE-L, against the better reference") {
  const std::string answer = "Running dogs, like 3 Cats.";
  const CommonWords common = common_words({"a lamp", "The dog runs like cats"}, answer);
  CHECK(common.reference == 1);
  std::vector<std::string> words;
  for (const TextSpan& span : common.in_answer)
    words.push_back(answer.substr(span.begin, span.end - span.begin));
  CHECK(words == std::vector<std::string>{"dogs", "like", "Cats"});
  CHECK(common.f1 == Approx(2.0 * 3 / (5 + 5)));
  CHECK(common_words({}, answer).in_answer.empty());
}

TEST_CASE("an evaluation is a command line and a line of a script") {
  EvaluationSpec spec = some_evaluation();
  spec.references = {{"vicuna", "/data/answers.jsonl"}};
  spec.filter.categories = {"open_qa"};
  spec.decoding.stop = {"\n\n", "###"};
  spec.decoding.top_p = 0.9;
  spec.limit = 20;
  const Command command = RunEvaluation{spec, "/runs/one"};
  const Command back = command_from_json(command_to_json(command), "script");
  CHECK(std::get<RunEvaluation>(back).spec == spec);
  CHECK(evaluation_from_json(evaluation_to_json(spec), "file") == spec);
  const auto words = evaluation_command(spec, "/runs/one");
  const auto has = [&](const std::string& option, const std::string& value) {
    const auto at = std::find(words.begin(), words.end(), option);
    return at != words.end() && at + 1 != words.end() && *(at + 1) == value;
  };
  CHECK(has("--model", "a=/models/a"));
  CHECK(has("--references", "vicuna=/data/answers.jsonl"));
  CHECK(has("--protocol", "minillm"));
  CHECK(has("--top-p", "0.9"));
  CHECK(has("--category", "open_qa"));
  CHECK(has("--seeds", "10,20"));
  CHECK(std::find(words.begin(), words.end(), "--temperature") == words.end());
  Fixture f;
  f.evaluate();
  f.session.apply(SetTab{Tab::evaluate});
  f.session.apply(CopyCommandLine{});
  const auto copied = f.session.take_clipboard();
  REQUIRE(copied);
  CHECK(copied->rfind("tauscope eval --model a=/models/a", 0) == 0);
}

TEST_CASE("an evaluation is there again at the next start") {
  Fixture f;
  f.evaluate();
  const Json saved = f.session.to_json();
  Fixture next;
  next.session.restore(saved, "session.json");
  settle(next.session);
  REQUIRE(next.session.evaluation().result);
  CHECK(next.session.evaluation().result->folder == "/runs/one");
}

TEST_CASE("an evaluation is exported with nothing else open") {
  Fixture f;
  f.evaluate();
  const TemporaryFolder folder;
  f.session.apply(ExportAll{(folder / "all").string()});
  settle(f.session);
  for (const char* file : {"tables/evaluation.csv", "tables/answers.tex", "tables/categories.md",
                           "figures/evaluation_means.pdf", "figures/evaluation_differences.csv"})
    CHECK(std::filesystem::exists(folder / "all" / file));
}
