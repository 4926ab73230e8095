// What the window shows, held against the README's pictures, with and without a display.
#include <cairo.h>

#include <cmath>
#include <memory>

#include "core/base/files.h"
#include "tests/app/cli/program.h"
#include "tests/app/cli/virtual_screen.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;

namespace {

constexpr int width = 1440, height = 900, block = 20;

/// Mean colours of blocks: fonts and drivers that differ by a pixel or a shade give the same means.
std::vector<double> blocks_of(const fs::path& png) {
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_image_surface_create_from_png(png.c_str()), &cairo_surface_destroy);
  INFO(png);
  REQUIRE(cairo_surface_status(surface.get()) == CAIRO_STATUS_SUCCESS);
  REQUIRE(cairo_image_surface_get_width(surface.get()) == width);
  REQUIRE(cairo_image_surface_get_height(surface.get()) == height);
  constexpr int across = width / block;
  std::vector<double> means(static_cast<std::size_t>(across * (height / block) * 3), 0.0);
  for (int y = 0; y < height; ++y) {
    const unsigned char* row =
        cairo_image_surface_get_data(surface.get()) + y * cairo_image_surface_get_stride(surface.get());
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        means[static_cast<std::size_t>(((y / block) * across + x / block) * 3 + c)] +=
            row[4 * x + c] / double{block * block};
  }
  return means;
}

struct Difference {
  double mean = 0;   ///< of a block's channel, of 255
  double apart = 0;  ///< share of channels of blocks that differ by more than 24
};

Difference difference(const fs::path& a, const fs::path& b) {
  const std::vector<double> left = blocks_of(a), right = blocks_of(b);
  Difference result;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const double by = std::abs(left[i] - right[i]);
    result.mean += by / static_cast<double>(left.size());
    if (by > 24) result.apart += 1 / static_cast<double>(left.size());
  }
  return result;
}

std::vector<std::string> demo_window(const std::string& script) {
  return with(with({"gui"}, demo_options), {"--size", "1440x900", "--scale", "1", "--script", script});
}

/// A folder in which the scripts find the demo as they do where the pictures are made, and may write.
void link_demo(const fs::path& folder) {
  fs::create_directory_symlink(source_path("assets"), folder / "assets");
  for (const auto& entry : fs::directory_iterator(source_path("assets/demo")))
    fs::create_symlink(entry.path(), folder / entry.path().filename());
}

/// Draws without a display; false where nothing can.
bool draw(const std::string& script, const fs::path& picture, const fs::path& working = {}) {
  auto arguments = demo_window(script);
  arguments.insert(arguments.end(), {"--screenshot", picture.string()});
  RunOptions options;
  options.folder = working;
  const Run run = run_program(arguments, options);
  INFO(run.err);
  if (run.code == 1 && run.err.find("OpenGL") != std::string::npos) return false;
  REQUIRE(run.code == 0);
  return true;
}

}  // namespace

TEST_CASE("the window looks as it does in the README") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "work");
  link_demo(folder / "work");
  for (const char* name : {"explore", "compare", "evaluate"}) {
    CAPTURE(name);
    const fs::path script = source_path("assets/pictures/" + std::string(name) + ".jsonl");
    if (!draw(script.string(), folder / "now.png", folder / "work"))
      TS_SKIP("nothing can draw without a display here");
    const Difference by =
        difference(folder / "now.png", source_path("assets/pictures/" + std::string(name) + ".png"));
    CAPTURE(by.mean, by.apart);
    // Another version of a font moves a line of text; a panel that is missing or empty moves far more.
    CHECK(by.mean < 4);
    CHECK(by.apart < 0.04);
  }
  // The measure tells pictures apart.
  const Difference other =
      difference(source_path("assets/pictures/explore.png"), source_path("assets/pictures/compare.png"));
  CHECK(other.mean > 40);
}

TEST_CASE("a window on a display shows what is drawn without one") {
  const VirtualScreen screen(1600, 1000);
  if (screen.display().empty()) TS_SKIP("needs Xvfb");
  const TemporaryFolder folder;
  const std::string common = read_text(source_path("assets/pictures/explore.jsonl"));
  write_text(folder / "look.jsonl", common);
  if (!draw(folder / "look.jsonl", folder / "without.png"))
    TS_SKIP("nothing can draw without a display here");
  write_text(folder / "window.jsonl", common + R"({"command": "screenshot", "path": ")" +
                                          (folder / "with.png").string() +
                                          "\"}\n{\"command\": \"wait_idle\"}\n{\"command\": \"quit\"}\n");
  RunOptions on_screen;
  on_screen.environment = {"DISPLAY=" + screen.display(), "XDG_STATE_HOME=" + (folder / "state").string()};
  const Run run = run_program(demo_window(folder / "window.jsonl"), on_screen);
  INFO(run.err);
  REQUIRE(run.code == 0);
  const Difference by = difference(folder / "with.png", folder / "without.png");
  CAPTURE(by.mean, by.apart);
  CHECK(by.mean < 1);
  CHECK(by.apart < 0.01);
}
