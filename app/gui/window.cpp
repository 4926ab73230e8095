#include "app/gui/window.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <imgui.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <utility>

#include "app/gui/gl_renderer.h"
#include "app/gui/key_queue.h"
#include "app/gui/partial_show.h"
#include "core/base/error.h"

namespace tauscope::gui {

namespace {

std::string last_problem;  // GLFW reports to a function without context; for the window's thread

void note_problem(int, const char* description) {
  last_problem = description ? description : "";
}

Error no_window(const std::string& what) {
  std::string problem = "the window cannot be opened: " + what;
  if (!last_problem.empty()) problem += " (" + last_problem + ")";
  return Error::failed("", problem)
      .remedy(
          "without a display these work: `tauscope analyze`, `tauscope export`, and `tauscope gui "
          "--screenshot "
          "FILE.png` (with --script, for a sequence)");
}

/// glfwInit and glfwTerminate.
struct Library {
  Library() {
    glfwSetErrorCallback(note_problem);
    if (!glfwInit()) throw no_window("there is no display");
  }
  ~Library() { glfwTerminate(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

struct CloseWindow {
  void operator()(GLFWwindow* window) const { glfwDestroyWindow(window); }
};
using WindowPtr = std::unique_ptr<GLFWwindow, CloseWindow>;

WindowPtr open_window(const WindowOptions& options) {
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, options.scale ? GLFW_FALSE : GLFW_TRUE);
  glfwWindowHint(GLFW_VISIBLE, options.visible ? GLFW_TRUE : GLFW_FALSE);
  glfwWindowHint(GLFW_DEPTH_BITS, 0);
  glfwWindowHint(GLFW_STENCIL_BITS, 0);
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "tauscope");
  glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "tauscope");
  const float scale = options.scale.value_or(1);
  int left = 0, top = 0, most_width = 0, most_height = 0;
  if (GLFWmonitor* monitor = glfwGetPrimaryMonitor())
    glfwGetMonitorWorkarea(monitor, &left, &top, &most_width, &most_height);
  const auto pixels = [scale](int units, int most) {
    const auto wished = static_cast<int>(std::lround(static_cast<float>(units) * scale));
    return most > 0 ? std::min(wished, most) : wished;
  };
  WindowPtr window(glfwCreateWindow(pixels(options.width, most_width), pixels(options.height, most_height),
                                    "TauScope", nullptr, nullptr));
  if (!window) throw no_window("the display has no OpenGL 3.2");
  glfwSetWindowSizeLimits(window.get(), 320, 240, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwMakeContextCurrent(window.get());
  glfwSwapInterval(1);
  return window;
}

/// ImGui's part of the window, ended before the window is.
struct Platform {
  explicit Platform(GLFWwindow* window) { ImGui_ImplGlfw_InitForOpenGL(window, true); }
  ~Platform() { ImGui_ImplGlfw_Shutdown(); }
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;
};

class Window final : public Surface {
 public:
  explicit Window(const WindowOptions& options)
      : options_(options),
        window_(open_window(options)),
        renderer_(glfwGetProcAddress),
        platform_(listening()) {
    if constexpr (imgui_loses_keys) queue_keys();
    if (renderer_.draws_in_software()) parts_ = PartialShow::find();
    if (parts_) renderer_.keeps_frames();
  }

  float scale() const override {
    if (options_.scale) return *options_.scale;
    float x = 1, y = 1;
    glfwGetWindowContentScale(window_.get(), &x, &y);
    return std::max(0.5f, x / density());
  }
  TextureMaker& textures() override { return renderer_; }
  void fonts_changed() override { renderer_.fonts_changed(); }

  void begin_frame() override {
    keys_.begin_frame();
    ImGui_ImplGlfw_NewFrame();
  }
  void draw(const ImDrawData& data, Colour background) override { renderer_.draw(data, background); }
  void show() override {
    if (!options_.visible) return;
    if (parts_ && swaps_left_ == 0) {
      parts_->show(renderer_.drawn(), whole().y1);
      return;
    }
    glfwSwapBuffers(window_.get());
    renderer_.forget();  // the buffer's content is undefined now
    swaps_left_ = std::max(0, swaps_left_ - 1);
  }
  void finish() override { renderer_.finish(); }
  void draw_anew() override { renderer_.forget(); }
  Pixels read() override { return renderer_.read(whole().x1, whole().y1); }

  bool wait(double seconds) override {
    if (!keys_.empty()) {
      input_ = true;  // another frame for them
      seconds = 0;
    }
    if (seconds < 0)
      glfwWaitEvents();
    else if (seconds == 0)
      glfwPollEvents();
    else
      glfwWaitEventsTimeout(seconds);
    const bool woken = woken_.exchange(false);
    return std::exchange(input_, false) || woken;
  }
  void wake() override {
    woken_ = true;
    glfwPostEmptyEvent();
  }

  bool take_close_request() override {
    const bool asked = glfwWindowShouldClose(window_.get());
    glfwSetWindowShouldClose(window_.get(), GLFW_FALSE);
    return asked;
  }
  std::vector<std::string> take_dropped() override { return std::exchange(dropped_, {}); }
  void set_title(const std::string& title) override {
    if (title == title_) return;
    title_ = title;
    glfwSetWindowTitle(window_.get(), title.c_str());
  }
  void size(int& width, int& height) const override {
    glfwGetWindowSize(window_.get(), &width, &height);
    width = static_cast<int>(std::lround(static_cast<float>(width) / scale()));
    height = static_cast<int>(std::lround(static_cast<float>(height) / scale()));
  }
  std::string description() const override { return renderer_.description(); }

 private:
  /// Every input counts: what follows needs frames. Before ImGui sets its callbacks, which call these.
  GLFWwindow* listening() {
    GLFWwindow* window = window_.get();
    glfwSetWindowUserPointer(window, this);
    static constexpr auto self = [](GLFWwindow* w) -> Window& {
      return *static_cast<Window*>(glfwGetWindowUserPointer(w));
    };
    glfwSetCursorPosCallback(window, [](GLFWwindow* w, double, double) { self(w).input_ = true; });
    glfwSetCursorEnterCallback(window, [](GLFWwindow* w, int) { self(w).input_ = true; });
    glfwSetMouseButtonCallback(window, [](GLFWwindow* w, int, int, int) { self(w).input_ = true; });
    glfwSetScrollCallback(window, [](GLFWwindow* w, double, double) { self(w).input_ = true; });
    glfwSetKeyCallback(window, [](GLFWwindow* w, int, int, int, int) { self(w).input_ = true; });
    glfwSetCharCallback(window, [](GLFWwindow* w, unsigned) { self(w).input_ = true; });
    glfwSetWindowFocusCallback(window, [](GLFWwindow* w, int) { self(w).input_ = true; });
    glfwSetWindowCloseCallback(window, [](GLFWwindow* w) { self(w).input_ = true; });
    glfwSetWindowRefreshCallback(window, [](GLFWwindow* w) { self(w).lost(); });
    glfwSetFramebufferSizeCallback(window, [](GLFWwindow* w, int, int) { self(w).lost(); });
    glfwSetWindowContentScaleCallback(window, [](GLFWwindow* w, float, float) { self(w).input_ = true; });
    glfwSetDropCallback(window, [](GLFWwindow* w, int count, const char** paths) {
      self(w).input_ = true;
      self(w).dropped_.insert(self(w).dropped_.end(), paths, paths + count);
    });
    return window;
  }

  /// In place of ImGui's own callbacks, which get the events when their frame has come.
  void queue_keys() {
    glfwSetKeyCallback(window_.get(), [](GLFWwindow* w, int key, int scancode, int action, int modifiers) {
      Window& self = *static_cast<Window*>(glfwGetWindowUserPointer(w));
      self.input_ = true;
      self.keys_.push({KeyEvent::Kind::key, key, scancode, action, modifiers, 0});
    });
    glfwSetCharCallback(window_.get(), [](GLFWwindow* w, unsigned letter) {
      Window& self = *static_cast<Window*>(glfwGetWindowUserPointer(w));
      self.input_ = true;
      self.keys_.push({KeyEvent::Kind::letter, 0, 0, 0, 0, letter});
    });
  }
  void deliver(const KeyEvent& event) {
    if (event.kind == KeyEvent::Kind::letter)
      ImGui_ImplGlfw_CharCallback(window_.get(), event.letter);
    else
      ImGui_ImplGlfw_KeyCallback(window_.get(), event.key, event.scancode, event.action, event.modifiers);
  }

  /// What the screen showed is gone, or the buffer has another size, which OpenGL learns when it swaps.
  void lost() {
    input_ = true;
    swaps_left_ = swaps_after_loss;
  }

  PixelArea whole() const {
    PixelArea area;
    glfwGetFramebufferSize(window_.get(), &area.x1, &area.y1);
    return area;
  }

  /// Pixels per unit of GLFW's coordinates: 1 but on systems that scale windows themselves.
  float density() const {
    int width = 0, height = 0, pixels_x = 0, pixels_y = 0;
    glfwGetWindowSize(window_.get(), &width, &height);
    glfwGetFramebufferSize(window_.get(), &pixels_x, &pixels_y);
    return width > 0 && pixels_x > 0 ? static_cast<float>(pixels_x) / static_cast<float>(width) : 1;
  }

  static constexpr int swaps_after_loss = 3;
  static constexpr bool imgui_loses_keys = IMGUI_VERSION_NUM < 18700;

  WindowOptions options_;
  KeyQueue keys_{[this](const KeyEvent& event) { deliver(event); }};
  bool input_ = false;  ///< since the last wait
  std::atomic<bool> woken_{false};
  std::vector<std::string> dropped_;
  Library library_;
  WindowPtr window_;
  GlRenderer renderer_;
  std::optional<PartialShow> parts_;
  int swaps_left_ = swaps_after_loss;  ///< of the whole buffer, before parts of it will do
  Platform platform_;
  std::string title_;
};

}  // namespace

std::unique_ptr<Surface> make_window(const WindowOptions& options) {
  last_problem.clear();
  try {
    return std::make_unique<Window>(options);
  } catch (const Error& error) {
    if (!error.remedy_text().empty() && error.problem().starts_with("the window")) throw;
    throw no_window(error.what());
  }
}

}  // namespace tauscope::gui
