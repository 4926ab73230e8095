// The main job end to end, and what it says to bad input.
#include <fstream>

#include "core/base/csv.h"
#include "core/base/json.h"
#include "core/diagnostics/tables.h"
#include "tests/app/cli/program.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> demo = with({"analyze"}, demo_options);

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

double mean_of(const AnalysisTables& tables, const std::string& student, double tau,
               const std::string& quantity) {
  for (const SummaryRow& row : tables.summary) {
    if (row.student == student && row.tau == tau && row.group == "all" && row.quantity == quantity)
      return row.mean;
  }
  FAIL("no row for " << quantity);
  return 0;
}

}  // namespace

TEST_CASE("the demo: tables, figures, report and manifest") {
  const TemporaryFolder folder;
  const Run run = run_program(with(demo, {"--limit", "6", "--tau", "1,4", "--out", folder / "a"}));
  INFO(run.err);
  REQUIRE(run.code == 0);
  for (const char* name : {"tokens.csv", "summary.csv", "histogram.csv", "head_curve.csv", "report.html",
                           "manifest.json", "figures/gradient_norm.png", "figures/gradient_norm.svg",
                           "figures/gradient_norm.pdf", "figures/gradient_norm.csv"}) {
    INFO(name);
    CHECK(fs::exists(folder.path() / "a" / name));
  }
  const AnalysisTables tables = read_tables(folder / "a");
  // What must hold for any teacher and student, and what the demo was trained for.
  for (const char* student : {"llama", "gpt2"}) {
    CHECK(mean_of(tables, student, 1, "fkl") > 0);
    CHECK(mean_of(tables, student, 1, "fkl_grad_cos_tau1") == Approx(1));
    CHECK(mean_of(tables, student, 4, "fkl") < mean_of(tables, student, 1, "fkl"));
    CHECK(mean_of(tables, student, 4, "teacher_nd_mass") > mean_of(tables, student, 1, "teacher_nd_mass"));
  }
  const Json manifest = read_json_file(folder.path() / "a" / "manifest.json");
  CHECK(manifest.at("status") == "complete");
  CHECK(manifest.at("counts").at("examples") == 6);
}

TEST_CASE("two runs give the same tables") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b"}) {
    REQUIRE(run_program(with(demo, {"--limit", "3", "--figures", "none", "--out", folder / name})).code == 0);
  }
  for (const char* table : {"tokens.csv", "summary.csv", "histogram.csv", "head_curve.csv"}) {
    INFO(table);
    CHECK(read_text(folder.path() / "a" / table) == read_text(folder.path() / "b" / table));
  }
}

TEST_CASE("kept logits give the same statistics as the models did") {
  const TemporaryFolder folder;
  REQUIRE(run_program(with(demo, {"--limit", "1", "--figures", "none", "--keep-logits", "1", "--keep-dtype",
                                  "float32", "--out", folder / "a"}))
              .code == 0);
  std::string teacher, student;
  for (const auto& entry : fs::directory_iterator(folder.path() / "a" / "logits")) {
    (contains(entry.path().filename().string(), "teacher") ? teacher : student) = entry.path().string();
  }
  student = teacher;
  student.replace(student.rfind("teacher"), 7, "llama");
  REQUIRE(run_program({"analyze", "--teacher-logits", teacher, "--student-logits", "llama=" + student,
                       "--figures", "none", "--out", folder / "b"})
              .code == 0);
  const AnalysisTables a = read_tables(folder / "a"), b = read_tables(folder / "b");
  for (const char* quantity : {"fkl", "rkl", "nll_target", "fkl_grad_l2", "rkl_nd_share_l1"}) {
    CHECK(mean_of(a, "llama", 2, quantity) == mean_of(b, "llama", 2, quantity));
  }
}

TEST_CASE("Ctrl-C leaves complete tables of what was done, marked partial") {
  const TemporaryFolder folder;
  RunOptions interrupt;
  interrupt.interrupt_after_milliseconds = 1500;
  const Run run = run_program(
      with(demo, {"--tau-grid", "0.25:16:log:25", "--figures", "none", "--out", folder / "a"}), interrupt);
  INFO(run.err);
  REQUIRE(run.code == 130);
  const fs::path manifest_file = folder.path() / "a" / "manifest.json";
  if (!fs::exists(manifest_file)) return;  // stopped before the first example: nothing was begun
  const Json manifest = read_json_file(manifest_file);
  CHECK(manifest.at("status") == "partial");
  const CsvTable tokens = CsvTable::read(folder.path() / "a" / "tokens.csv");
  const auto positions = manifest.at("counts").at("positions").get<std::size_t>();
  CHECK(tokens.rows.size() == positions * 25 * 2);
  for (const auto& entry : fs::directory_iterator(folder.path() / "a"))
    CHECK(entry.path().extension() != ".partial");
}

TEST_CASE("what exists is kept unless it is to be replaced") {
  const TemporaryFolder folder;
  write_logits(folder / "t.safetensors", 4, 30, 1);
  write_logits(folder / "s.safetensors", 4, 30, 2);
  const std::vector<std::string> arguments{"analyze",
                                           "--teacher-logits",
                                           folder / "t.safetensors",
                                           "--student-logits",
                                           folder / "s.safetensors",
                                           "--figures",
                                           "none",
                                           "--out",
                                           folder / "out"};
  REQUIRE(run_program(arguments).code == 0);
  const std::string before = read_text(folder.path() / "out" / "summary.csv");
  const Run again = run_program(arguments);
  CHECK(again.code == 1);
  CHECK(contains(again.err, "--force"));
  CHECK(read_text(folder.path() / "out" / "summary.csv") == before);
  write_text(folder.path() / "out" / "notes.txt", "mine");
  CHECK(run_program(with(arguments, {"--force", "--tau", "2"})).code == 0);
  CHECK(read_text(folder.path() / "out" / "summary.csv") != before);
  CHECK(read_text(folder.path() / "out" / "notes.txt") == "mine");
}

TEST_CASE("an analysis never replaces the folder that its input lies in") {
  const TemporaryFolder folder;
  write_logits(folder / "t.safetensors", 4, 30, 1);
  write_logits(folder / "s.safetensors", 4, 30, 2);
  const auto analysis = [&](const std::string& teacher, const std::string& student, const std::string& out) {
    return run_program({"analyze", "--teacher-logits", teacher, "--student-logits", student, "--figures",
                        "none", "--keep-logits", "all", "--keep-dtype", "float32", "--force", "--out", out});
  };
  REQUIRE(analysis(folder / "t.safetensors", folder / "s.safetensors", folder / "out").code == 0);
  const std::string kept = folder / "out/logits/0-teacher.safetensors";
  const std::string before = read_text(kept);
  for (const std::filesystem::path& out : {folder / "out", folder / "out/", folder / "out/../out"}) {
    CAPTURE(out);
    const Run again = analysis(kept, folder / "s.safetensors", out);
    CHECK(again.code == 2);
    CHECK(contains(again.err, "lies in the output folder"));
    CHECK(read_text(kept) == before);
  }
  CHECK(analysis(kept, "s=" + (folder / "out/logits/0-s.safetensors").string(), folder / "again").code == 0);
  CHECK(read_text(folder / "again/tokens.csv") == read_text(folder / "out/tokens.csv"));
}

TEST_CASE("bad input: one clear error, the right exit code, nothing written") {
  const TemporaryFolder folder;
  write_logits(folder / "t.safetensors", 4, 30, 1);
  write_logits(folder / "narrow.safetensors", 4, 29, 2);
  write_logits(folder / "short.safetensors", 3, 30, 2);
  write_text(folder / "lfs.safetensors",
             "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 10\n");
  write_text(folder / "broken.jsonl",
             "{\"instruction\": \"a\", \"input\": \"\", \"output\": \"b\"}\n{\"instruction\": \n");
  write_text(folder / "empty.jsonl", "");
  write_text(folder / "plain.csv", "instruction,output\na,b\n");
  fs::create_directories(folder / "other");
  write_text(folder.path() / "other" / "config.json",
             R"({"model_type": "rwkv", "architectures": ["RwkvForCausalLM"]})");
  fs::copy(source_path("assets/demo/teacher/model.safetensors"),
           folder.path() / "other" / "model.safetensors");

  struct Case {
    std::vector<std::string> arguments;
    int code;
    std::vector<std::string> named;
  };
  const auto logits = [&](const char* student, std::vector<std::string> more = {}) {
    return with({"--teacher-logits", folder / "t.safetensors", "--student-logits", folder / student}, more);
  };
  const auto models = [&](const std::string& teacher, const std::string& data) {
    return std::vector<std::string>{"--teacher", teacher, "--student", "assets/demo/student-llama",
                                    "--data",    data};
  };
  const std::string teacher = "assets/demo/teacher", data = "assets/demo/data/test.jsonl";
  const std::vector<Case> cases{
      {logits("narrow.safetensors"), 3, {"30", "29", "intersect"}},
      {logits("short.safetensors"), 3, {"4", "3"}},
      {logits("lfs.safetensors"), 3, {"git-lfs", "git lfs pull"}},
      {logits("absent.safetensors"), 3, {"absent.safetensors"}},
      {logits("t.safetensors", {"--tau", "0"}), 2, {"0"}},
      {logits("t.safetensors", {"--tau", "one"}), 2, {"one"}},
      {logits("t.safetensors", {"--dominant", "nucleus:2"}), 2, {"nucleus"}},
      {logits("t.safetensors", {"--variant", "cpu-magic"}), 2, {"cpu-magic"}},
      {models("assets/absent", data), 3, {"assets/absent"}},
      {models((folder / "other").string(), data), 3, {"rwkv", "gpt2", "llama"}},
      {models(teacher, folder / "broken.jsonl"), 3, {"broken.jsonl", "2"}},
      {models(teacher, folder / "empty.jsonl"), 3, {"empty.jsonl"}},
      {models(teacher, folder / "plain.csv"), 3, {"plain.csv"}},
      {with(models(teacher, data), {"--device", "cuda"}), 2, {"cuda"}},
      {with(models(teacher, data), {"--max-length", "5", "--too-long", "error"}), 3, {"--max-length"}},
  };
  for (const Case& bad : cases) {
    const Run run =
        run_program(with({"analyze", "--figures", "none", "--out", folder / "never"}, bad.arguments));
    INFO(bad.named.front() << "\n" << run.err);
    CHECK(run.code == bad.code);
    CHECK(contains(run.err, "error:"));
    for (const std::string& part : bad.named)
      CHECK(contains(run.err, part));
    CHECK_FALSE(fs::exists(folder.path() / "never" / "manifest.json"));
  }
}

TEST_CASE("vocabularies that differ can be intersected, and the dropped mass is told") {
  const TemporaryFolder folder;
  write_logits(folder / "t.safetensors", 4, 30, 1, false);
  write_logits(folder / "s.safetensors", 4, 25, 2, false);
  const Run run = run_program({"analyze", "--teacher-logits", folder / "t.safetensors", "--student-logits",
                               folder / "s.safetensors", "--vocab", "intersect", "--figures", "none", "--out",
                               folder / "a"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const CsvTable tokens = CsvTable::read(folder.path() / "a" / "tokens.csv");
  CHECK(tokens.number(0, tokens.column("teacher_dropped_mass")) > 0);
  CHECK(tokens.number(0, tokens.column("student_dropped_mass")) == 0);
}

TEST_CASE("an analysis is exported again from its folder alone") {
  const TemporaryFolder folder;
  REQUIRE(run_program(with(demo, {"--limit", "2", "--figures", "none", "--out", folder / "a"})).code == 0);
  const Run run = run_program({"export", folder / "a", "--format", "pdf", "--out", folder / "b", "--json"});
  INFO(run.err);
  REQUIRE(run.code == 0);
  const Json document = parse_json(run.out, "stdout");
  CHECK(document.at("files").size() > 10);
  CHECK(fs::exists(folder.path() / "b" / "figures" / "gradient_norm.pdf"));
  CHECK(run_program({"export", folder / "b", "--out", folder / "c"}).code == 3);  // no analysis there
}
