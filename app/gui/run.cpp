#include "app/gui/run.h"

#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "app/gui/keys.h"
#include "app/gui/offscreen.h"
#include "app/gui/saved_state.h"
#include "app/gui/widgets.h"
#include "app/gui/window.h"
#include "app/gui/workbench.h"
#include "core/base/error.h"

namespace tauscope::gui {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds save_every{60};
constexpr int settle = 5;  // frames that ImGui needs after an input: windows that size themselves take some

bool at_work(const JobStatus& job) {
  return job.state == JobState::running || job.state == JobState::queued;
}

std::unique_ptr<Surface> make_surface(const GuiOptions& options, const std::optional<SavedState>& saved) {
  int width = options.width, height = options.height;
  if (saved && saved->width >= 320 && saved->height >= 240) width = saved->width, height = saved->height;
  if (options.offscreen) return make_offscreen(width, height, static_cast<float>(options.scale.value_or(1)));
  WindowOptions window{width, height};
  if (options.scale) window.scale = static_cast<float>(*options.scale);
  return make_window(window);
}

class Loop {
 public:
  Loop(Engine& engine, const Sources& sources, const GuiOptions& options, std::stop_token stop)
      : options_(options),
        stop_(std::move(stop)),
        saved_(load_state(options.state_file, state_problem_)),
        surface_(make_surface(options, saved_)),
        bench_(engine, {.wake = [this] { surface_->wake(); }}, &surface_->textures()) {
    if (!options.script.empty())
      for (ScriptLine& line : read_script(options.script.string(), [this](const Error& error) {
             script_refused_ = true;
             session().report(Message::Level::error, error.what());
           }))
        script_.push_back(std::move(line));
    restore(sources);
  }

  void run() {
    const std::stop_callback wake(stop_, [this] { surface_->wake(); });
    while (!stop_.stop_requested() && !done_) {
      if (surface_->wait(time_to_wait()) || ImGui::IsAnyMouseDown()) frames_left_ = settle;
      frame();
      save_now_and_then();
    }
    save();
    if (watched() || errors_.empty()) return;
    const std::string problem =
        errors_.size() == 1 ? errors_[0]
                            : std::to_string(errors_.size()) + " things went wrong; first: " + errors_[0];
    throw script_refused_ ? Error::bad_input(options_.script.string(), problem)
                          : Error::failed(options_.script.string(), problem);
  }

 private:
  Session& session() { return bench_.session; }
  /// Whether a person sees it and can answer.
  bool watched() const { return !options_.offscreen && options_.screenshot.empty(); }

  void restore(const Sources& sources) {
    if (!state_problem_.empty()) session().report(Message::Level::warning, state_problem_);
    if (saved_) {
      if (!sources.empty()) saved_->session["sources"] = session().to_json()["sources"];  // still none
      try {
        session().restore(saved_->session, options_.state_file.string());
        bench_.shell.restore_layout(saved_->layout);
      } catch (const std::exception& e) {
        session().report(Message::Level::warning, put_aside(options_.state_file, e.what()));
      }
    }
    if (options_.theme) session().apply(SetTheme{*options_.theme});
    if (!sources.empty()) session().apply(OpenSources{sources});
  }

  double time_to_wait() {
    if (frames_left_ > 0) return 0;
    if (bench_.shell.animating()) return 1.0 / 30;
    if (scripted()) return session().busy() ? 0.02 : 0;
    if (session().busy()) return 0.1;  // progress moves
    if (!changed_ || options_.state_file.empty()) return -1;
    return std::max(0.1, std::chrono::duration<double>(last_save_ + save_every - Clock::now()).count());
  }
  bool scripted() const { return !script_.empty() || !pictures_.empty() || !watched(); }

  void frame() {
    session().update();
    // An analysis that was read belongs to the session, and no command says when it was.
    if (auto data = session().data().summary; data != seen_data_) {
      seen_data_ = std::move(data);
      changed_ = true;
    }
    collect_errors();
    step_script();
    if (!watched() && session().busy()) {  // nobody looks: the processor belongs to the work
      calm_frames_ = frames_left_ = 0;
      return;
    }
    if (bench_.prepare(surface_->scale())) surface_->fonts_changed();
    surface_->begin_frame();
    ImGui::NewFrame();
    const std::vector<Command> commands =
        bench_.draw([this](PanelContext& context) { closing_question(context); });
    ImGui::Render();
    surface_->draw(*ImGui::GetDrawData(), bench_.theme().background);
    --frames_left_;
    ++calm_frames_;
    take_pictures();
    surface_->show();
    surface_->set_title(title());
    for (const Command& command : commands)
      apply(command);
    for (const std::string& path : surface_->take_dropped())
      apply(OpenPath{path});
    if (surface_->take_close_request()) ask_to_close();
    if (auto text = session().take_clipboard()) ImGui::SetClipboardText(text->c_str());
    if (session().busy()) calm_frames_ = 0;
    if (!watched() && script_.empty() && pictures_.empty() && calm_frames_ >= settle) finish_unwatched();
  }

  void apply(const Command& command) {
    changed_ = true;
    frames_left_ = settle;
    calm_frames_ = 0;
    if (std::holds_alternative<Quit>(command)) {
      ask_to_close();
      return;
    }
    session().apply(command);
    for (const auto& path : session().take_screenshots())
      pictures_.push_back(path);
  }

  void step_script() {
    while (!script_.empty() && pictures_.empty() && !done_) {
      session().update();
      if (std::holds_alternative<WaitIdle>(script_.front().command)) {
        if (session().busy()) return;
        script_.pop_front();
        continue;
      }
      const ScriptLine line = std::move(script_.front());
      script_.pop_front();
      line_ = line.number;
      apply(line.command);
      collect_errors();
    }
  }

  void take_pictures() {
    if (pictures_.empty() || calm_frames_ < settle || session().busy()) return;
    const Pixels pixels = surface_->read();
    for (const auto& path : pictures_) {
      try {
        write_png(pixels, path);
        if (watched()) session().report(Message::Level::note, "picture saved: " + path.string());
      } catch (const Error& e) {
        session().report(Message::Level::error, e.what());
      }
    }
    pictures_.clear();
    calm_frames_ = 0;
    collect_errors();
  }

  /// The script is done: the last picture, then the end.
  void finish_unwatched() {
    if (!options_.screenshot.empty() && !last_picture_) {
      last_picture_ = true;
      pictures_.push_back(options_.screenshot);
      return;
    }
    if (session().workspace_state() == Session::Loading::failed)
      errors_.push_back(session().workspace_error());
    done_ = true;
  }

  void collect_errors() {
    const auto& messages = session().messages();
    seen_messages_ = std::min(seen_messages_, messages.size());
    for (; seen_messages_ < messages.size(); ++seen_messages_)
      if (messages[seen_messages_].level == Message::Level::error)
        errors_.push_back((line_ > 0 ? "after line " + std::to_string(line_) + ": " : "") +
                          messages[seen_messages_].text);
  }

  void ask_to_close() {
    const auto jobs = session().jobs();
    if (watched() && std::any_of(jobs.begin(), jobs.end(), at_work))
      ask_ = true;
    else
      done_ = true;  // the session cancels what runs
    frames_left_ = settle;
  }

  void closing_question(PanelContext& context) {
    constexpr const char* name = "A job is still running";
    if (std::exchange(ask_, false)) {
      ImGui::OpenPopup(name);
      closes_ = false;
    }
    const ImVec2 centre{ImGui::GetIO().DisplaySize.x / 2, ImGui::GetIO().DisplaySize.y / 2};
    ImGui::SetNextWindowPos(centre, ImGuiCond_Appearing, {0.5f, 0.5f});
    if (!ImGui::BeginPopupModal(name, nullptr, ImGuiWindowFlags_AlwaysAutoResize)) return;
    bool any = false;
    for (const JobStatus& job : session().jobs()) {
      if (!at_work(job)) continue;
      any = true;
      ImGui::TextUnformatted(screen_text(job.name).c_str());
    }
    if (!any) ImGui::TextUnformatted("It has just finished.");
    ImGui::Dummy({context.em(18), context.em(0.4f)});
    if (key_pressed(Key::tab) || key_pressed(Key::left) || key_pressed(Key::right)) closes_ = !closes_;
    const bool accepted = key_pressed(Key::enter) || key_pressed(Key::space);
    if (toggle_button(context, any ? "Keep running" : "Stay", !closes_) || (accepted && !closes_))
      ImGui::CloseCurrentPopup();
    ImGui::SameLine();
    if (toggle_button(context, any ? "Cancel it and close" : "Close", closes_) || (accepted && closes_))
      done_ = true;
    if (key_pressed(Key::escape)) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
  }

  std::string title() {
    const auto workspace = session().workspace();
    if (!workspace) return "TauScope";
    std::string students;
    for (const ModelCard& student : workspace->students)
      students += (students.empty() ? "" : ", ") + student.name;
    return screen_text(workspace->teacher.name + " → " + students) + " – TauScope";
  }

  void save_now_and_then() {
    if (changed_ && Clock::now() - last_save_ >= save_every) save();
  }
  void save() {
    if (options_.state_file.empty() || !std::exchange(changed_, false)) return;
    last_save_ = Clock::now();
    SavedState state{session().to_json(), bench_.shell.layout()};
    surface_->size(state.width, state.height);
    try {
      save_state(options_.state_file, state);
    } catch (const Error& e) {
      session().report(Message::Level::warning, std::string("the session is not saved: ") + e.what());
    }
  }

  GuiOptions options_;
  std::stop_token stop_;
  std::string state_problem_;
  std::optional<SavedState> saved_;
  ImGuiOwner imgui_;
  std::unique_ptr<Surface> surface_;
  Workbench bench_;  // its workers end before the surface that they wake
  std::deque<ScriptLine> script_;
  std::int64_t line_ = 0;                        ///< of the script's latest command
  std::vector<std::filesystem::path> pictures_;  ///< asked for, taken once nothing moves any more
  std::vector<std::string> errors_;
  std::size_t seen_messages_ = 0;
  std::shared_ptr<const DataSummary> seen_data_;
  int frames_left_ = settle, calm_frames_ = 0;
  bool done_ = false, ask_ = false, closes_ = false, script_refused_ = false, last_picture_ = false,
       changed_ = false;
  Clock::time_point last_save_ = Clock::now();
};

}  // namespace

void run(Engine& engine, const Sources& sources, const GuiOptions& options, std::stop_token stop) {
  Loop(engine, sources, options, std::move(stop)).run();
}

}  // namespace tauscope::gui
