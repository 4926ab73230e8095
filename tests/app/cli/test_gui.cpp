// The window as a user starts it, drawn without a display: the main journey as a script, and what it says to
// mistakes.
#include <cairo.h>

#include <cstring>
#include <map>
#include <memory>

#include "core/base/csv.h"
#include "core/base/json.h"
#include "tests/app/cli/program.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

std::string demo(const std::string& part) {
  return source_path("assets/demo/" + part).string();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool can_draw() {
  static const bool draws = [] {
    const TemporaryFolder folder;
    write_text(folder / "nothing.jsonl", "");
    return run_program({"gui", "--script", folder / "nothing.jsonl", "--offscreen"}).code == 0;
  }();
  return draws;
}

/// How much of a picture its most common colour covers, and how many colours there are.
struct Colours {
  double largest = 1;
  std::size_t count = 0;
};

Colours colours_of(const fs::path& png, int width, int height) {
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_image_surface_create_from_png(png.c_str()), &cairo_surface_destroy);
  REQUIRE(cairo_surface_status(surface.get()) == CAIRO_STATUS_SUCCESS);
  REQUIRE(cairo_image_surface_get_width(surface.get()) == width);
  REQUIRE(cairo_image_surface_get_height(surface.get()) == height);
  std::map<std::uint32_t, int> counts;
  for (int y = 0; y < height; ++y) {
    const unsigned char* row =
        cairo_image_surface_get_data(surface.get()) + y * cairo_image_surface_get_stride(surface.get());
    for (int x = 0; x < width; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, row + 4 * x, sizeof pixel);
      ++counts[pixel];
    }
  }
  Colours colours{0, counts.size()};
  for (const auto& [pixel, count] : counts)
    colours.largest = std::max(colours.largest, count / (1.0 * width * height));
  return colours;
}

/// The row of a table of the window that `quantity` names.
std::vector<std::string> row_of(const CsvTable& table, const std::string& quantity) {
  for (const auto& row : table.rows)
    if (row[table.column("quantity")] == quantity) return row;
  FAIL("no row for " << quantity);
  return {};
}

}  // namespace

#define TS_NEED_DRAWING() \
  if (!can_draw()) TS_SKIP("nothing can draw without a display here")

TEST_CASE("a script opens the demo, pins a token, drags tau, compares two students and exports all") {
  TS_NEED_DRAWING();
  const TemporaryFolder folder;
  const auto line = [](const Json& json) { return json.dump() + "\n"; };
  const Json students = {{{"name", "llama"}, {"path", demo("student-llama")}},
                         {{"name", "gpt2"}, {"path", demo("student-gpt2")}}};
  std::string script = line({{"command", "open"},
                             {"teacher", demo("teacher")},
                             {"students", students},
                             {"data", demo("data/test.jsonl")}});
  script += line({{"command", "wait_idle"}}) + line({{"command", "select_example"}, {"example", 2}});
  script += line({{"command", "wait_idle"}}) + line({{"command", "pin_token"}, {"position", 3}});
  for (const double tau : {1.1, 1.3, 1.6, 1.9, 2.0})
    script += line({{"command", "set_tau"}, {"tau", tau}});
  script += line({{"command", "wait_idle"}});
  script += line({{"command", "screenshot"}, {"path", folder / "explore.png"}});
  script += line({{"command", "set_tab"}, {"tab", "compare"}});
  script += line({{"command", "compare_students"}, {"a", 0}, {"b", 1}}) + line({{"command", "wait_idle"}});
  script +=
      line({{"command", "export_all"}, {"folder", folder / "export"}}) + line({{"command", "wait_idle"}});
  write_text(folder / "journey.jsonl", script);

  RunOptions environment;
  environment.environment = {"XDG_STATE_HOME=" + (folder / "state").string()};
  const Run run = run_program({"gui", "--script", folder / "journey.jsonl", "--screenshot",
                               folder / "compare.png", "--size", "1200x800", "--theme", "light"},
                              environment);
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_FALSE(fs::exists(folder / "state"));  // scripts leave the saved session alone
  for (const char* picture : {"explore.png", "compare.png"}) {
    const Colours colours = colours_of(folder / picture, 1200, 800);
    INFO(picture);
    CHECK(colours.largest < 0.9);
    CHECK(colours.count > 100);
  }
  CHECK(read_text(folder / "explore.png") != read_text(folder / "compare.png"));
  for (const char* file :
       {"figures/curves.pdf", "figures/curves.svg", "figures/curves.png", "figures/curves.csv",
        "figures/compare_curves.pdf", "figures/heat_map.csv", "figures/gradients.csv",
        "tables/comparison.csv", "tables/comparison.md", "tables/comparison.tex"}) {
    INFO(file);
    CHECK(fs::exists(folder / "export" / file));
  }

  // The numbers are those of the command line for the same example, position and temperature.
  const Run analysis = run_program(with({"analyze", "--limit", "3", "--tau", "2", "--figures", "none",
                                         "--batch-tokens", "1", "--out", folder / "a"},
                                        demo_options));
  INFO(analysis.err);
  REQUIRE(analysis.code == 0);
  const CsvTable tokens = CsvTable::read(folder / "a/tokens.csv");
  const CsvTable shown = CsvTable::read(folder / "export/tables/token.csv");
  std::size_t compared = 0;
  for (std::size_t row = 0; row < tokens.rows.size(); ++row) {
    if (tokens.integer(row, tokens.column("example")) != 2 ||
        tokens.integer(row, tokens.column("position")) != 3)
      continue;
    const std::string& student = tokens.rows[row][tokens.column("student")];
    const std::size_t column = shown.column(student);
    CHECK(row_of(shown, "forward KL")[column] == tokens.rows[row][tokens.column("fkl")]);
    CHECK(row_of(shown, "reverse KL")[column] == tokens.rows[row][tokens.column("rkl")]);
    CHECK(row_of(shown, "total variation")[column] == tokens.rows[row][tokens.column("tvd")]);
    ++compared;
  }
  CHECK(compared == 2);
}

TEST_CASE("an analysis is opened in the window where its checkpoints are not") {
  TS_NEED_DRAWING();
  const TemporaryFolder folder;
  fs::copy(demo("teacher"), folder / "teacher", fs::copy_options::recursive);
  const Run analysis =
      run_program({"analyze", "--teacher", folder / "teacher", "--student", "assets/demo/student-llama",
                   "--data", "assets/demo/data/test.jsonl", "--limit", "2", "--keep-logits", "1", "--figures",
                   "none", "--out", folder / "a"});
  REQUIRE(analysis.code == 0);
  fs::remove_all(folder / "teacher");
  std::string script;
  for (const Json& command :
       {Json{{"command", "wait_idle"}}, Json{{"command", "pin_token"}, {"position", 1}},
        Json{{"command", "set_tau"}, {"tau", 3.3}}, Json{{"command", "wait_idle"}},
        Json{{"command", "screenshot"}, {"path", folder / "kept.png"}},
        Json{{"command", "select_example"}, {"example", 1}}, Json{{"command", "wait_idle"}}})
    script += command.dump() + "\n";
  write_text(folder / "look.jsonl", script);
  const Run run = run_program({"gui", "--run", folder / "a", "--script", folder / "look.jsonl",
                               "--screenshot", folder / "table.png"});
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(colours_of(folder / "kept.png", 1440, 900).largest < 0.9);
  CHECK(colours_of(folder / "table.png", 1440, 900).largest < 0.9);
}

TEST_CASE("what a command line of the window cannot mean is an error before any window") {
  const TemporaryFolder folder;
  write_text(folder / "broken.jsonl", "{\"command\": \"set_tau\", \"tau\": 2}\n{\"command\": \"fly\"}\n");
  struct Case {
    std::vector<std::string> arguments;
    int code;
    std::string named;
  };
  const std::string logits = folder / "broken.jsonl";
  const std::vector<Case> cases{
      {{"--teacher", "assets/absent"}, 3, "assets/absent"},
      {{"--student", "x=assets/absent"}, 3, "assets/absent"},
      {{"--run", folder / "absent"}, 3, "absent"},
      {{"--teacher", "assets/demo/teacher", "--run", "assets"}, 2, "--run"},
      {{"--teacher", "assets/demo/teacher", "--teacher-logits", logits}, 2, "--teacher-logits"},
      {{"--size", "1440"}, 2, "1440"},
      {{"--size", "10x10"}, 2, "WIDTHxHEIGHT"},
      {{"--size", "1440x900x2"}, 2, "1440x900x2"},
      {{"--scale", "0"}, 2, "--scale"},
      {{"--theme", "pink"}, 2, "pink"},
      {{"--offscreen"}, 2, "--script"},
      {{"--script", folder / "absent.jsonl", "--offscreen"}, 3, "absent.jsonl"},
      {{"--script", folder / "broken.jsonl", "--offscreen"}, 3, "fly"},
      {{"--template", folder / "absent.txt", "--offscreen", "--script", logits}, 3, "absent.txt"},
  };
  for (const Case& bad : cases) {
    const Run run = run_program(with({"gui"}, bad.arguments));
    INFO(bad.named << "\n" << run.err);
    CHECK(run.code == bad.code);
    CHECK(contains(run.err, bad.named));
  }
}

TEST_CASE("a script's line that is no command is an error, and the rest of the script goes on") {
  TS_NEED_DRAWING();
  const TemporaryFolder folder;
  const Json picture{{"command", "screenshot"}, {"path", folder / "after.png"}};
  write_text(folder / "mixed.jsonl", "{\"command\": \"fly\"}\nnot json\n" + picture.dump() + "\n");
  const Run run = run_program({"gui", "--script", folder / "mixed.jsonl", "--offscreen"});
  INFO(run.err);
  CHECK(run.code == 3);
  CHECK(contains(run.err, "mixed.jsonl:1"));
  CHECK(contains(run.err, "2 things went wrong"));
  CHECK(fs::exists(folder / "after.png"));
}

TEST_CASE("without a display the error names what works without one") {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{}, {"gui"}}) {
    const Run run = run_program(arguments);
    INFO(run.err);
    CHECK(run.code == 1);
    CHECK(contains(run.err, "tauscope analyze"));
    CHECK(contains(run.err, "--screenshot"));
  }
}

TEST_CASE("what fails in an unattended window ends in an error that says so, with the picture") {
  TS_NEED_DRAWING();
  const TemporaryFolder folder;
  fs::create_directories(folder / "not-a-model");
  const Run run =
      run_program({"gui", "--teacher", folder / "not-a-model", "--student", "assets/demo/student-llama",
                   "--data", "assets/demo/data/test.jsonl", "--screenshot", folder / "error.png"});
  CHECK(run.code == 1);
  CHECK(contains(run.err, "not-a-model"));
  CHECK(fs::exists(folder / "error.png"));
  const Run lost = run_program(with({"gui", "--screenshot", "/proc/none/picture.png"}, demo_options));
  CHECK(lost.code == 1);
  CHECK(contains(lost.err, "/proc/none"));
}
