// Checkpoints and data: what the window shows is what `tauscope analyze` writes.
#include "core/data/data_file.h"
#include "core/engine/model_set.h"
#include "tests/app/engine/workbench_fixture.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

TEST_CASE("opening lists models and examples without running anything") {
  const TemporaryFolder folder;
  Sources sources = demo_sources(folder, 300);
  sources.students[1].name.clear();  // chosen from the path
  WorkbenchEngine engine(small_options());
  Listener listener;
  const auto workspace = engine.open(sources, listener, {});
  REQUIRE(workspace);
  CHECK(listener.warnings.empty());
  CHECK(workspace->teacher.name == "teacher");
  CHECK(workspace->teacher.architecture == "llama");
  CHECK(workspace->teacher.parameters > 1000000);
  REQUIRE(workspace->students.size() == 2);
  CHECK(workspace->students[0].name == "llama");
  CHECK(workspace->students[1].name == "student-gpt2");
  CHECK(workspace->sources.students[1].name == "student-gpt2");
  CHECK(workspace->students[1].architecture == "gpt2");
  CHECK(workspace->vocab == 2048);

  const auto data = DataFile::open(sources.data, {});
  std::size_t listed = 0;
  while (const auto example = data->next()) {
    REQUIRE(listed < workspace->examples.size());
    const ExampleTitle& title = workspace->examples[listed++];
    CHECK(title.index == example->index);
    CHECK(title.category == example->category);
    CHECK(example->instruction.rfind(title.title.substr(0, 20), 0) == 0);
    CHECK(title.title.size() <= 104);
  }
  CHECK(listed == workspace->examples.size());
  CHECK(workspace->data_description.find("300 examples") != std::string::npos);
  CHECK(engine.open(sources, listener, {})->id != workspace->id);

  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(WorkbenchEngine(small_options()).open(sources, listener, stop.get_token()));
}

TEST_CASE("an example on the screen has the very numbers of the analysis of it") {
  const TemporaryFolder folder;
  const Sources sources = demo_sources(folder, 4);
  AnalysisSpec spec;
  spec.taus = {0.5, 1, 3};
  analyze_alone(sources, folder / "a", spec);
  const TokensMap tokens(folder / "a");

  WorkbenchEngine engine(small_options());
  SilentProgress silent;
  const auto workspace = engine.open(sources, silent, {});
  const auto data = DataFile::open(sources.data, {});
  for (std::int64_t index = 0; index < 4; ++index) {
    INFO("example " << index);
    const auto example = engine.score(*workspace, index, silent, {});
    REQUIRE(example);
    CHECK(example->index == index);
    CHECK(example->has_logits());
    CHECK(static_cast<std::int64_t>(example->rows) == tokens.positions(index));
    REQUIRE(example->response.size() == example->rows);
    REQUIRE(example->targets.size() == example->rows);
    for (std::size_t row = 0; row < example->rows; ++row) {
      const auto position = static_cast<std::int64_t>(row);
      CHECK(std::to_string(example->targets[row]) == tokens.text(index, position, "token_id"));
      CHECK(example->response[row].id == example->targets[row]);
      CHECK(printable_utf8(example->response[row].bytes) == tokens.text(index, position, "token"));
    }
    const auto record = data->next();
    CHECK(text_of(example->prompt).find(record->instruction) != std::string::npos);
    CHECK(text_of(example->response).find(record->outputs.front()) != std::string::npos);
    for (const std::size_t student : {0u, 1u}) {
      const auto cells = all_statistics(engine, *example, student, spec_of(spec.taus));
      CHECK(count_differences(tokens, *example, sources.students[student].name, spec.taus, cells,
                              other_bits) == 0);
    }
  }
}

TEST_CASE("batches of an analysis change its numbers by rounding only") {
  const TemporaryFolder folder;
  const Sources sources = demo_sources(folder, 4);
  AnalyzeRequest request = analyze_request(sources, spec_of({1, 4}), 0, folder / "a", small_options().model);
  request.figures.reset();
  SilentProgress silent;
  run_analyze(request, silent, {});
  const TokensMap tokens(folder / "a");
  WorkbenchEngine engine(small_options());
  const auto workspace = engine.open(sources, silent, {});
  const auto example = engine.score(*workspace, 2, silent, {});
  const auto cells = all_statistics(engine, *example, 0, spec_of({1, 4}));
  for (std::size_t row = 0; row < example->rows; ++row) {
    CHECK(cells[2 * row].fkl ==
          Approx(tokens.value(2, static_cast<std::int64_t>(row), "llama", 1, "fkl")).epsilon(1e-3));
    CHECK(cells[2 * row + 1].rkl_grad_l2 ==
          Approx(tokens.value(2, static_cast<std::int64_t>(row), "llama", 4, "rkl_grad_l2")).epsilon(1e-3));
  }
}

TEST_CASE("an example that cannot be scored says why, and the others go on") {
  const TemporaryFolder folder;
  Sources sources = demo_sources(folder, 1);
  std::string long_response;
  for (int i = 0; i < 3000; ++i)
    long_response += "word ";
  const std::string first = read_text(sources.data);
  write_text(sources.data, first + R"({"instruction": "Go on.", "context": "", "response": ")" +
                               long_response + R"("})" + "\n" +
                               R"({"instruction": "", "context": "", "response": "yes"})" + "\n");
  WorkbenchEngine engine(small_options());
  SilentProgress silent;
  const auto workspace = engine.open(sources, silent, {});
  REQUIRE(workspace->examples.size() == 3);
  const Error error = error_of([&] { engine.score(*workspace, 1, silent, {}); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.field_name() == "example 1");
  CHECK(error.file() == sources.data.string());
  CHECK(engine.score(*workspace, 0, silent, {})->rows > 1);
  CHECK(engine.score(*workspace, 2, silent, {})->rows > 1);
  CHECK(error_of([&] { engine.score(*workspace, 7, silent, {}); }).kind() == ErrorKind::usage);

  WorkbenchOptions tight = small_options();
  tight.max_example_bytes = 4096 * 4;
  WorkbenchEngine small(tight);
  const auto again = small.open(sources, silent, {});
  CHECK(error_of([&] { small.score(*again, 0, silent, {}); }).kind() == ErrorKind::exhausted);

  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(engine.score(*workspace, 0, silent, stop.get_token()));
  const auto models =
      ModelSet::load({sources.teacher, {{"gpt2", sources.students[1].path}}, tight.model}, silent);
  CHECK(models->hidden_states({{1, 2, 3}}, stop.get_token()).empty());
  CHECK(models->hidden_states({{1, 2, 3}}, {}).front().size() == 2);
}

TEST_CASE("texts beyond the memory bound are read again, unless the file has changed") {
  const TemporaryFolder folder;
  const Sources sources = demo_sources(folder, 4);
  SilentProgress silent;
  WorkbenchEngine holding(small_options());
  WorkbenchOptions bare = small_options();
  bare.max_list_bytes = 0;
  WorkbenchEngine reading(bare);
  const auto held = holding.open(sources, silent, {}), read = reading.open(sources, silent, {});
  CHECK(text_of(reading.score(*read, 3, silent, {})->response) ==
        text_of(holding.score(*held, 3, silent, {})->response));
  fs::remove(sources.data);
  CHECK(holding.score(*held, 3, silent, {}));
  const Error error = error_of([&] { reading.score(*read, 3, silent, {}); });
  CHECK(error.file() == sources.data.string());
  CHECK(error.remedy_text() == "open it again");
}

TEST_CASE("students that cannot be loaded are left out and named; the others are opened") {
  const TemporaryFolder folder;
  const Sources good = demo_sources(folder, 2);
  WorkbenchEngine engine(small_options());
  Listener listener;
  const auto whole = engine.open(good, listener, {});
  fs::copy(good.students[0].path, folder / "cut", fs::copy_options::recursive);
  fs::resize_file(folder / "cut" / "model.safetensors", 5000);

  Sources sources = good;
  sources.students = {{"cut", folder / "cut"}, good.students[0], {"gone", folder / "gone"}, good.students[1]};
  const auto workspace = engine.open(sources, listener, {});
  REQUIRE(workspace->students.size() == 2);
  CHECK(workspace->students[0].name == "llama");
  CHECK(workspace->students[1].name == "gpt2");
  CHECK(workspace->sources.students == good.students);
  REQUIRE(workspace->failed_students.size() == 2);
  CHECK(workspace->failed_students[0].name == "cut");
  CHECK(workspace->failed_students[0].error.find("model.safetensors") != std::string::npos);
  CHECK(workspace->failed_students[1].name == "gone");
  CHECK(workspace->failed_students[1].path == folder / "gone");
  const auto example = engine.score(*workspace, 1, listener, {}),
             same = engine.score(*whole, 1, listener, {});
  for (const std::size_t student : {0u, 1u}) {
    const auto cells = all_statistics(engine, *example, student, spec_of({2}));
    CHECK(cells[0].fkl == all_statistics(engine, *same, student, spec_of({2}))[0].fkl);
  }

  sources.students = {{"cut", folder / "cut"}, {"gone", folder / "gone"}};
  CHECK(error_of([&] { engine.open(sources, listener, {}); }).file().find("cut") != std::string::npos);
  sources = good;
  sources.teacher = folder / "cut";
  CHECK(error_of([&] { engine.open(sources, listener, {}); }).file().find("cut") != std::string::npos);
}

TEST_CASE("what cannot be opened is named; a broken record ends the list") {
  const TemporaryFolder folder;
  const Sources good = demo_sources(folder, 3);
  WorkbenchEngine engine(small_options());
  Listener listener;
  const auto problem = [&](const auto& change) {
    Sources sources = good;
    change(sources);
    return error_of([&] { engine.open(sources, listener, {}); });
  };
  CHECK(problem([&](Sources& s) { s.teacher = folder / "absent"; }).file().find("absent") !=
        std::string::npos);
  CHECK(problem([&](Sources& s) {
          s.students = {{"nothing", folder.path()}};
        }).kind() == ErrorKind::bad_input);
  CHECK(problem([&](Sources& s) { s.data = folder / "absent.jsonl"; }).kind() == ErrorKind::bad_input);
  CHECK(problem([&](Sources& s) {
          s.students = {{"a", good.teacher}, {"a", good.teacher}};
        }).kind() == ErrorKind::usage);
  CHECK(problem([&](Sources& s) { s.students.clear(); }).kind() == ErrorKind::usage);
  write_text(folder / "questions.jsonl", R"({"question_id": 1, "category": "x", "text": "Why?"})"
                                         "\n");
  CHECK(
      problem([&](Sources& s) { s.data = folder / "questions.jsonl"; }).expected_value().find("responses") !=
      std::string::npos);

  write_text(good.data, read_text(good.data) + "{\"instruction\": \n");
  const auto workspace = engine.open(good, listener, {});
  CHECK(workspace->examples.size() == 3);
  REQUIRE(listener.warnings.size() == 1);
  INFO(listener.warnings.front());
  CHECK(listener.warnings.front().find("line 4") != std::string::npos);
}

TEST_CASE("models whose folders have not changed are loaded once") {
  const TemporaryFolder folder;
  const Sources sources = copied_sources(folder, 1);
  const fs::path gpt2 = source_path("assets/demo/student-gpt2");
  SilentProgress silent;
  ModelPool pool;
  ModelSetOptions options{sources.teacher, {{"llama", sources.students[0].path}}, small_options().model};
  const auto first = ModelSet::load(options, silent, {}, &pool);
  REQUIRE(pool.size() == 2);
  const auto teacher = pool[0], llama = pool[1];

  options.students.emplace_back("gpt2", gpt2);
  ModelSet::load(options, silent, {}, &pool);
  REQUIRE(pool.size() == 3);
  CHECK(std::count(pool.begin(), pool.end(), teacher) == 1);
  CHECK(std::count(pool.begin(), pool.end(), llama) == 1);

  options.students = {{"broken", folder.path()}};
  CHECK_THROWS_AS(ModelSet::load(options, silent, {}, &pool), Error);
  CHECK(std::count(pool.begin(), pool.end(), teacher) == 1);

  options.students = {{"renamed", sources.students[0].path}};
  const auto renamed = ModelSet::load(options, silent, {}, &pool);
  CHECK(renamed->student_names() == std::vector<std::string>{"renamed"});
  CHECK(pool == ModelPool{teacher, llama});

  fs::last_write_time(fs::path(sources.teacher) / "config.json", fs::file_time_type::clock::now());
  ModelSet::load(options, silent, {}, &pool);
  CHECK(std::count(pool.begin(), pool.end(), teacher) == 0);
  CHECK(std::count(pool.begin(), pool.end(), llama) == 1);

  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(ModelSet::load(options, silent, stop.get_token(), &pool));
}
