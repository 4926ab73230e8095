// Every command: help, results on standard output, one JSON document, exit codes.
#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"
#include "tests/app/cli/program.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

const std::vector<std::string> commands{"analyze", "objective", "inspect", "tokenize",
                                        "logits",  "score",     "compare", "export",
                                        "bench",   "variants",  "env",     "completion"};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every command has help that ends with examples") {
  for (const std::string& command : commands) {
    const Run run = run_program({command, "--help"});
    INFO(command << run.err);
    CHECK(run.code == 0);
    CHECK(contains(run.out, "Examples:\n"));
    CHECK(contains(run.out.substr(run.out.find("Examples:")), "tauscope " + command));
  }
}

TEST_CASE("usage errors have exit code 2 and name the remedy") {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"analyse"},
           {"analyze"},
           {"analyze", "--out", "x", "--teacher", "t", "--teacher-logits", "l"},
           {"analyze", "--out", "x", "--no-such-option"},
           {"bench", "windows"},
           {"completion", "tcsh"}}) {
    const Run run = run_program(arguments);
    INFO(arguments.front() << ": " << run.err);
    CHECK(run.code == 2);
    CHECK(contains(run.err, "error:"));
    CHECK(run.out.empty());
  }
}

TEST_CASE("variants and env answer in text and in JSON") {
  const Run text = run_program({"variants"});
  CHECK(text.code == 0);
  for (const char* name : {"reference", "cpu-exact", "cpu-fast"})
    CHECK(contains(text.out, name));
  const Json variants = parse_json(run_program({"variants", "--json"}).out, "stdout");
  CHECK(variants.at("format") == "tauscope-variants");
  CHECK(variants.at("variants").size() >= 3);
  const Json env = parse_json(run_program({"env", "--json"}).out, "stdout");
  CHECK(contains(env.at("libtorch").get<std::string>(), "."));
}

TEST_CASE("completion scripts name every command") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Run run = run_program({"completion", shell});
    CHECK(run.code == 0);
    for (const std::string& command : commands) {
      INFO(shell << ": " << command);
      CHECK(contains(run.out, command));
    }
  }
}

TEST_CASE("inspect tells what the demo's checkpoints are") {
  const Run run = run_program({"inspect", "assets/demo/teacher"});
  CHECK(run.code == 0);
  CHECK(contains(run.out, "llama"));
  const Run missing = run_program({"inspect", "assets/no-such-folder"});
  CHECK(missing.code == 3);
  CHECK(contains(missing.err, "assets/no-such-folder"));
}

TEST_CASE("tokenize and back gives the text") {
  RunOptions lines;
  lines.input = "Name three colours.\nnaïve café 東京\n\n";
  const Run ids = run_program({"tokenize", "--model", "assets/demo/teacher"}, lines);
  REQUIRE(ids.code == 0);
  RunOptions back;
  back.input = ids.out;
  const Run text =
      run_program({"tokenize", "--model", "assets/demo/teacher", "--decode", "--skip-special-tokens"}, back);
  REQUIRE(text.code == 0);
  CHECK(text.out == lines.input);
  RunOptions wrong;
  wrong.input = "[1, 99999999]\n";
  const Run out_of_range = run_program({"tokenize", "--model", "assets/demo/teacher", "--decode"}, wrong);
  CHECK(out_of_range.code == 3);
  CHECK(contains(out_of_range.err, "standard input:1"));
}

TEST_CASE("logits of a text can be analysed without a model") {
  const TemporaryFolder folder;
  const std::string teacher = folder / "teacher.safetensors", student = folder / "student.safetensors";
  const std::string text = "Below is an instruction.";
  REQUIRE(run_program({"logits", "--model", "assets/demo/teacher", "--text", text, "--out", teacher}).code ==
          0);
  REQUIRE(run_program({"logits", "--model", "assets/demo/student-llama", "--text", text, "--out", student})
              .code == 0);
  const Run kept =
      run_program({"logits", "--model", "assets/demo/teacher", "--text", text, "--out", teacher});
  CHECK(kept.code == 1);
  CHECK(contains(kept.err, "--force"));
  const std::string out = folder / "analysis";
  const Run run = run_program({"analyze", "--teacher-logits", teacher, "--student-logits", student,
                               "--figures", "none", "--out", out});
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(std::filesystem::exists(folder.path() / "analysis" / "tokens.csv"));
}

TEST_CASE("objective writes loss and gradient of a text's logits, and says what there is") {
  const TemporaryFolder folder;
  const std::string teacher = folder / "teacher.safetensors", student = folder / "student.safetensors",
                    out = folder / "out.safetensors";
  write_logits(teacher, 4, 12, 1);
  write_logits(student, 4, 12, 2);
  const std::vector<std::string> files{
      "--teacher-logits", teacher, "--student-logits", student, "--out", out};
  const auto with_files = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "objective");
    arguments.insert(arguments.end(), files.begin(), files.end());
    return run_program(arguments);
  };
  const Run first = with_files({"--name", "jsd", "--param", "beta=0.3", "--tau", "2", "--json"});
  INFO(first.err);
  REQUIRE(first.code == 0);
  const Json json = parse_json(first.out, "stdout");
  CHECK(json.at("format") == "tauscope-objective");
  CHECK(json.at("parameters").at("beta") == 0.3);
  CHECK(json.at("vocab") == 12);
  CHECK(json.at("mean_loss").get<double>() > 0);
  const auto file = SafetensorsFile::open(out);
  CHECK(file->find("loss")->shape == std::vector<std::int64_t>{4});
  CHECK(file->find("grad")->shape == std::vector<std::int64_t>{4, 12});

  CHECK(with_files({"--name", "fkl"}).code == 1);  // the file is kept
  const Run preset = with_files({"--preset", "dskd-akl", "--tau", "3", "--force"});
  CHECK(preset.code == 0);
  CHECK(contains(preset.err, "dskd-akl"));  // τ is not the preset's
  CHECK(with_files({"--name", "akl", "--variant", "no-such", "--force"}).code == 2);
  CHECK(with_files({"--name", "no-such"}).code == 2);
  CHECK(with_files({"--name", "jsd", "--param", "beta=2"}).code == 2);
  CHECK(with_files({"--name", "jsd", "--tau", "hot"}).code == 2);
  CHECK(run_program({"objective", "--name", "fkl"}).code == 2);

  const Run list = run_program({"objective", "--list"});
  CHECK(list.code == 0);
  for (const char* name : {"zscore-kl", "trl-gkd", "h_max"})
    CHECK(contains(list.out, name));
  const Json all = parse_json(run_program({"objective", "--list", "--json"}).out, "stdout");
  CHECK(all.at("objectives").size() == 15);
  CHECK(all.at("presets").size() > 20);
}
