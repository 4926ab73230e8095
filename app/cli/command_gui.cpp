#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "app/cli/commands.h"
#include "app/cli/demo.h"
#include "app/cli/model_options.h"
#include "app/engine/analyze_job.h"
#include "app/engine/workbench_engine.h"
#include "core/base/error.h"
#include "core/data/data_file.h"
#ifdef TAUSCOPE_HAS_WINDOW
#include "app/gui/run.h"
#endif

namespace tauscope {

namespace {

namespace fs = std::filesystem;

/// Saved sessions must not depend on where the program was started, and a mistyped path is best told at once.
fs::path existing(const std::string& text) {
  if (text.empty()) return {};
  std::error_code failure;
  if (!fs::exists(text, failure)) throw Error::bad_input(text, "there is no such file or folder");
  return fs::absolute(text).lexically_normal();
}

std::vector<NamedPath> named_paths(const std::vector<std::string>& texts) {
  std::vector<NamedPath> named;
  for (const std::string& text : texts) {
    const StudentPath student = parse_student(text);
    named.push_back({student.name, existing(student.path.string())});
  }
  return named;
}

class GuiCommand final : public CliCommand {
 public:
  std::string name() const override { return "gui"; }
  std::string summary() const override {
    return "the workbench: explore and compare models in a window (what `tauscope` alone opens)";
  }
  std::vector<std::string> examples() const override {
    return {
        "tauscope gui --teacher assets/demo/teacher --student assets/demo/student-llama --student "
        "assets/demo/student-gpt2 \\\n      --data assets/demo/data/test.jsonl",
        "tauscope gui --teacher assets/demo/teacher --student assets/demo/student-llama \\\n      --data "
        "assets/demo/data/test.jsonl --screenshot demo.png"};
  }

  void add_options(CLI::App& app) override {
    const std::string input = "Input: checkpoints and data, or logits files, or an earlier analysis";
    app.add_option("--teacher", teacher_, "teacher's Hugging Face folder")->group(input);
    app.add_option("--student", students_, "student's folder, [NAME=]DIR; may be repeated")
        ->allow_extra_args(false)
        ->group(input);
    app.add_option("--data", data_, "instruction data: JSON lines or a JSON array")->group(input);
    app.add_option("--template", template_, "prompt template: a name, a file, or a checkpoint's folder")
        ->capture_default_str()
        ->group(input);
    app.add_option("--teacher-logits", teacher_logits_, "safetensors file with the teacher's logits")
        ->group(input);
    app.add_option("--student-logits", student_logits_,
                   "the same for a student, [NAME=]FILE; may be repeated")
        ->allow_extra_args(false)
        ->group(input);
    app.add_option("--run", run_, "folder of an earlier analysis; needs no checkpoint")->group(input);

    const std::string replay = "Replay, without touching the saved session";
    app.add_option("--script", script_, "commands to replay: one JSON object a line")->group(replay);
    app.add_option("--screenshot", screenshot_,
                   "draw without a window, write a PNG when nothing computes any more, and end")
        ->group(replay);
    app.add_flag("--offscreen", offscreen_, "no window: end when the script has ended")->group(replay);

    const std::string window = "Window";
    app.add_option("--size", size_, "WIDTHxHEIGHT in screen units")->capture_default_str()->group(window);
    app.add_option("--scale", scale_, "of text and lines, in place of the display's own")
        ->check(CLI::Range(0.5, 4.0))
        ->group(window);
    app.add_option("--theme", theme_, "dark or light")
        ->check(CLI::IsMember({"dark", "light"}))
        ->group(window);
    app.add_flag("--no-restore", no_restore_, "neither restore the last session nor save this one")
        ->group(window);
    model_.add_to(app);
  }

  void run(CommandContext& context) override;

 private:
  bool unattended() const { return !script_.empty() || !screenshot_.empty() || offscreen_; }

  Sources sources() const {
    const int kinds = (!teacher_.empty() || !students_.empty() || !data_.empty()) +
                      (!teacher_logits_.empty() || !student_logits_.empty()) + !run_.empty();
    if (kinds > 1) {
      throw Error::usage(
          "checkpoints (--teacher, --student, --data), logits files (--teacher-logits, --student-logits) and "
          "an "
          "analysis (--run) cannot be mixed");
    }
    Sources sources;
    sources.teacher = existing(teacher_);
    sources.students = named_paths(students_);
    sources.data = existing(data_);
    sources.teacher_logits = existing(teacher_logits_);
    sources.student_logits = named_paths(student_logits_);
    sources.run = existing(run_);
    if (!sources.run.empty()) check_is_analysis(sources.run);
    sources.prompt_template = PromptTemplate::is_name(template_) ? template_ : existing(template_).string();
    return sources;
  }

  std::string teacher_, data_, template_ = "alpaca", teacher_logits_, run_, script_, screenshot_;
  std::string size_ = "1440x900", theme_;
  std::vector<std::string> students_, student_logits_;
  double scale_ = 0;  ///< 0 = the display's own
  bool offscreen_ = false, no_restore_ = false;
  ModelCliOptions model_;
};

#ifdef TAUSCOPE_HAS_WINDOW

/// "" where the system names no place for it.
fs::path session_file() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state)
    return fs::path(state) / "tauscope" / "session.json";
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".local" / "state" / "tauscope" / "session.json";
  return {};
}

/// Accepts "1440x900" whole or not at all.
void parse_size(const std::string& text, gui::GuiOptions& options) {
  const char* const end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, options.width);
  const bool cross = width.ec == std::errc() && width.ptr != end && *width.ptr == 'x';
  const auto height = std::from_chars(cross ? width.ptr + 1 : end, end, options.height);
  const auto fits = [](int length) { return length >= 320 && length <= 16384; };
  if (cross && height.ec == std::errc() && height.ptr == end && fits(options.width) && fits(options.height))
    return;
  throw Error::usage("--size cannot be used").found(text).expected("WIDTHxHEIGHT, each from 320 to 16384");
}

void GuiCommand::run(CommandContext& context) {
  if (offscreen_ && script_.empty() && screenshot_.empty())
    throw Error::usage("--offscreen has nothing to do").remedy("add --script or --screenshot");
  gui::GuiOptions options;
  parse_size(size_, options);
  if (scale_ > 0) options.scale = scale_;
  if (!theme_.empty()) options.theme = theme_ == "light" ? Theme::light : Theme::dark;
  options.script = existing(script_);
  options.screenshot = screenshot_;
  if (!screenshot_.empty() && options.screenshot.extension() != ".png")
    throw Error::usage("--screenshot writes PNG").found(screenshot_).expected("a name that ends in .png");
  options.offscreen = offscreen_ || !screenshot_.empty();
  if (!unattended() && !no_restore_) options.state_file = session_file();

  Sources opened = sources();
  std::error_code ignored;
  const bool restores = !options.state_file.empty() && fs::exists(options.state_file, ignored);
  if (opened.empty() && script_.empty() && !restores) opened = find_demo().value_or(Sources{});

  WorkbenchOptions engine_options;
  engine_options.model = model_.parsed();
  if (engine_options.model.threads == 0) engine_options.model.threads = worker_threads();
  WorkbenchEngine engine(engine_options);
  gui::run(engine, opened, options, context.stop);
}

#else

void GuiCommand::run(CommandContext&) {
  throw Error::failed("", "this tauscope was built without its window (TAUSCOPE_GUI=OFF)")
      .remedy(
          "`tauscope analyze` writes the same tables, figures and a report, `tauscope export` draws them "
          "again; or "
          "build with -DTAUSCOPE_GUI=ON");
}

#endif

}  // namespace

bool has_window() {
#ifdef TAUSCOPE_HAS_WINDOW
  return true;
#else
  return false;
#endif
}

std::unique_ptr<CliCommand> make_gui_command() {
  return std::make_unique<GuiCommand>();
}

}  // namespace tauscope
