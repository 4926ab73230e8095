#include "app/gui/offscreen.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <imgui.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "app/gui/gl_renderer.h"
#include "app/gui/window.h"
#include "core/base/error.h"

namespace tauscope::gui {

namespace {

/// A current context without any surface.
class EglContext {
 public:
  EglContext() {
    const char* extensions = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
    if (!extensions || !std::strstr(extensions, "EGL_MESA_platform_surfaceless"))
      throw Error::failed("", "EGL has no display without a screen (EGL_MESA_platform_surfaceless)");
    display_ = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, nullptr, nullptr);
    EGLint major = 0, minor = 0;
    if (display_ == EGL_NO_DISPLAY || !eglInitialize(display_, &major, &minor) || !eglBindAPI(EGL_OPENGL_API))
      throw Error::failed("", "EGL does not start");
    const EGLint wanted[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT,
                             EGL_NONE};
    const EGLint version[] = {EGL_CONTEXT_MAJOR_VERSION,
                              3,
                              EGL_CONTEXT_MINOR_VERSION,
                              2,
                              EGL_CONTEXT_OPENGL_PROFILE_MASK,
                              EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                              EGL_NONE};
    EGLConfig config = nullptr;
    EGLint found = 0;
    if (eglChooseConfig(display_, wanted, &config, 1, &found) && found == 1)
      context_ = eglCreateContext(display_, config, EGL_NO_CONTEXT, version);
    if (context_ == EGL_NO_CONTEXT || !eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_)) {
      close();
      throw Error::failed("", "EGL gives no OpenGL 3.2 context");
    }
  }
  ~EglContext() { close(); }
  EglContext(const EglContext&) = delete;
  EglContext& operator=(const EglContext&) = delete;

 private:
  void close() {
    eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    if (context_ != EGL_NO_CONTEXT) eglDestroyContext(display_, context_);
    eglTerminate(display_);
  }
  EGLDisplay display_ = EGL_NO_DISPLAY;
  EGLContext context_ = EGL_NO_CONTEXT;
};

class Offscreen final : public Surface {
 public:
  Offscreen(int width, int height, float scale)
      : width_(width),
        height_(height),
        scale_(scale),
        pixels_x_(static_cast<int>(std::lround(static_cast<float>(width) * scale))),
        pixels_y_(static_cast<int>(std::lround(static_cast<float>(height) * scale))),
        renderer_(eglGetProcAddress) {
    renderer_.use_framebuffer(pixels_x_, pixels_y_);
    ImGui::GetIO().BackendPlatformName = "offscreen";
  }

  float scale() const override { return scale_; }
  TextureMaker& textures() override { return renderer_; }
  void fonts_changed() override { renderer_.fonts_changed(); }

  void begin_frame() override {
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = {static_cast<float>(pixels_x_), static_cast<float>(pixels_y_)};
    io.DisplayFramebufferScale = {1, 1};
    io.DeltaTime = 1.f / 60;  // pictures do not depend on how fast the machine is
  }
  void draw(const ImDrawData& data, Colour background) override { renderer_.draw(data, background); }
  void draw_anew() override { renderer_.forget(); }
  void finish() override { renderer_.finish(); }
  Pixels read() override { return renderer_.read(pixels_x_, pixels_y_); }

  bool wait(double seconds) override {
    std::unique_lock lock(mutex_);
    const auto awake = [this] { return std::exchange(woken_, false); };
    if (seconds >= 0) return condition_.wait_for(lock, std::chrono::duration<double>(seconds), awake);
    condition_.wait(lock, awake);
    return true;
  }
  void wake() override {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    condition_.notify_one();
  }
  void size(int& width, int& height) const override { width = width_, height = height_; }
  std::string description() const override { return renderer_.description() + " (no display)"; }

 private:
  EglContext context_;  // first: current while everything else is made and unmade
  int width_, height_;
  float scale_;
  int pixels_x_, pixels_y_;
  GlRenderer renderer_;
  std::mutex mutex_;
  std::condition_variable condition_;
  bool woken_ = false;
};

}  // namespace

std::unique_ptr<Surface> make_offscreen(int width, int height, float scale) {
  std::string why;
  try {
    return std::make_unique<Offscreen>(width, height, scale);
  } catch (const Error& error) {
    why = error.what();
  }
  try {
    WindowOptions options{width, height, scale};
    options.visible = false;
    return make_window(options);
  } catch (const Error& error) {
    throw Error::failed("", "nothing here can draw without a display: " + why + "; " + error.problem())
        .remedy(
            "install Mesa (libegl1 libegl-mesa0 libgl1-mesa-dri); `tauscope analyze` and `tauscope export` "
            "draw "
            "figures without OpenGL");
  }
}

}  // namespace tauscope::gui
