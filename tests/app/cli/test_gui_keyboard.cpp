// The real window on a display, driven as a person drives it: keys and mouse through the X server.
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <thread>

#include "core/base/csv.h"
#include "tests/app/cli/program.h"
#include "tests/app/cli/virtual_screen.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

bool has_xdotool() {
  return std::system("command -v xdotool >/dev/null 2>&1") == 0;  // NOLINT: a constant command
}

/// The window with the demo, in a thread of its own, and hands on its keyboard and mouse.
class DrivenWindow {
 public:
  DrivenWindow(const std::string& display, const fs::path& home) : display_(display) {
    RunOptions options;
    options.environment = {"DISPLAY=" + display, "HOME=" + home.string(),
                           "XDG_STATE_HOME=" + (home / "state").string()};
    options.most_seconds = 100;
    run_ = std::async(std::launch::async, [options] {
      return run_program({"gui", "--teacher", "assets/demo/teacher", "--student",
                          "llama=assets/demo/student-llama", "--student", "gpt2=assets/demo/student-gpt2",
                          "--data", "assets/demo/data/test.jsonl", "--size", "1440x900", "--scale", "1"},
                         options);
    });
    found_ = tell("timeout 20 xdotool search --sync --onlyvisible --name TauScope windowfocus --sync");
    std::this_thread::sleep_for(2s);  // loads its models
  }

  bool found() const { return found_; }
  void key(const std::string& keys) { act("key --clearmodifiers " + keys); }
  void type(const std::string& text) { act("type --delay 15 '" + text + "'"); }
  void click(int x, int y, int button = 1) {
    act("mousemove " + std::to_string(x) + " " + std::to_string(y));
    act("click " + std::to_string(button));
  }
  /// Waits for the end; the window has been asked to close, and is ended if it does not.
  Run end() { return run_.get(); }

 private:
  bool tell(const std::string& command) {
    const std::string line = "DISPLAY=" + display_ + " " + command + " >/dev/null 2>&1";
    return std::system(line.c_str()) == 0;  // NOLINT: made of constants and a temporary folder's name
  }
  void act(const std::string& what) {
    CHECK(tell("xdotool " + what));
    std::this_thread::sleep_for(250ms);  // ImGui sees one event of a kind a frame
  }

  std::string display_;
  std::future<Run> run_;
  bool found_ = false;
};

bool appears(const fs::path& path) {
  for (int i = 0; i < 200; ++i) {
    if (fs::exists(path)) return true;
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

}  // namespace

TEST_CASE("with the keyboard alone: pin a token, change tau, save a figure as PDF, export all, quit") {
  const VirtualScreen screen(1440, 900);
  if (screen.display().empty() || !has_xdotool()) TS_SKIP("needs Xvfb and xdotool");
  const TemporaryFolder folder;
  DrivenWindow window(screen.display(), folder.path());
  REQUIRE(window.found());
  for (int i = 0; i < 8; ++i)
    window.key("Left");  // to the first token, from whichever stands out most
  window.key("Right");
  window.key("4");  // τ = 4
  window.key("ctrl+s");
  window.key("ctrl+a");
  window.type(folder / "figure.pdf");
  window.key("Return");
  REQUIRE(appears(folder / "figure.pdf"));
  CHECK(read_text(folder / "figure.pdf").starts_with("%PDF-"));
  window.key("ctrl+e");
  window.key("ctrl+a");
  window.type(folder / "all");
  window.key("Return");
  REQUIRE(appears(folder / "all/view.json"));
  const std::string view = read_text(folder / "all/view.json");
  CHECK(view.find("\"pinned\": 1") != std::string::npos);
  CHECK(view.find("\"tau\": 4") != std::string::npos);
  CHECK(fs::exists(folder / "all/figures/curves.pdf"));
  std::this_thread::sleep_for(3s);  // the export ends: closing during a job asks first
  window.key("ctrl+q");
  const Run run = window.end();
  INFO(run.err);
  CHECK(run.code == 0);
  CHECK(fs::exists(folder / "state/tauscope/session.json"));
}
