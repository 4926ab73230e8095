// Flag before environment before run file before user file before default; nothing unknown passes.
#include "core/base/json.h"
#include "tests/app/cli/program.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

struct Files {
  TemporaryFolder folder;
  std::string teacher = folder / "t.safetensors", student = folder / "s.safetensors",
              config = folder / "run.toml";
  int runs = 0;

  Files() {
    write_logits(teacher, 3, 20, 1);
    write_logits(student, 3, 20, 2);
  }

  /// The overlap of taus and mode that the analysis really used.
  Json spec(std::vector<std::string> more, RunOptions options = {}) {
    const std::string out = folder / ("out" + std::to_string(++runs));
    std::vector<std::string> arguments{"analyze", "--teacher-logits", teacher, "--student-logits",
                                       student,   "--figures",        "none",  "--out",
                                       out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Run run = run_program(arguments, options);
    INFO(run.err);
    REQUIRE(run.code == 0);
    return read_json_file(out + "/manifest.json").at("spec");
  }
};

}  // namespace

TEST_CASE("each source of settings gives way to the stronger one") {
  Files files;
  CHECK(files.spec({}).at("taus") == Json({0.5, 1, 2, 4, 8}));

  std::filesystem::create_directories(files.folder / "config/tauscope");
  write_text(files.folder / "config/tauscope/config.toml", "tau = [3]\n[analyze]\ndominant = \"top-k:4\"\n");
  RunOptions user;
  user.environment = {"XDG_CONFIG_HOME=" + (files.folder / "config").string()};
  CHECK(files.spec({}, user).at("taus") == Json({3}));
  CHECK(files.spec({}, user).at("dominant") == "top-k:4");

  write_text(files.config, "tau = \"5,6\"\nmode = \"fast\"\n");
  CHECK(files.spec({"--config", files.config}, user).at("taus") == Json({5, 6}));
  CHECK(files.spec({"--config", files.config}, user).at("mode") == "fast");
  CHECK(files.spec({"--config", files.config}, user).at("dominant") == "top-k:4");

  user.environment.push_back("TAUSCOPE_TAU=7");
  CHECK(files.spec({"--config", files.config}, user).at("taus") == Json({7}));
  CHECK(files.spec({"--config", files.config, "--tau", "9"}, user).at("taus") == Json({9}));
}

TEST_CASE("a configuration file with a mistake is refused with its line") {
  Files files;
  const auto refuse = [&](const std::string& text, const std::string& named) {
    write_text(files.config, text);
    const Run run = run_program({"analyze", "--teacher-logits", files.teacher, "--student-logits",
                                 files.student, "--out", files.folder / "never", "--config", files.config});
    INFO(text << "\n" << run.err);
    CHECK(run.code == 3);
    CHECK(run.err.find(named) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(files.folder / "never"));
  };
  refuse("mode = \"fast\"\ntemprature = 2\n", "run.toml:2");
  refuse("[analyze]\nspeed = 3\n", "speed");
  refuse("mode = \n", "run.toml:1");
  refuse("force = \"maybe\"\n", "force");
  // A setting of another command is none of ours, and no mistake.
  write_text(files.config, "rows = 12\n");
  CHECK(files.spec({"--config", files.config}).at("mode") == "exact");
  CHECK(run_program({"variants", "--config", files.folder / "absent.toml"}).code == 2);
}
