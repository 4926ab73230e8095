// What a frame is drawn on: a window, or memory where there is no display.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/gui/scene_renderer.h"
#include "core/figure/colour.h"

struct ImDrawData;

namespace tauscope::gui {

/// Rows from the top.
struct Pixels {
  int width = 0, height = 0;
  std::vector<Colour> colours;
};

/// Writes a PNG of exactly these pixels, atomically. Throws Error.
void write_png(const Pixels& pixels, const std::filesystem::path& path);

/// ImGui's context with TauScope's settings; there is one at a time.
class ImGuiOwner {
 public:
  ImGuiOwner();
  ~ImGuiOwner();
  ImGuiOwner(const ImGuiOwner&) = delete;
  ImGuiOwner& operator=(const ImGuiOwner&) = delete;
};

/// For the thread that made it, except for wake().
class Surface {
 public:
  virtual ~Surface() = default;

  /// Pixels per unit of the design, as the display asks for it.
  virtual float scale() const = 0;
  virtual TextureMaker& textures() = 0;
  /// The atlas changed: its texture is made again.
  virtual void fonts_changed() = 0;

  /// Tells ImGui about sizes, time and input. Before ImGui::NewFrame().
  virtual void begin_frame() = 0;
  /// Draws what differs from the frame before and takes the rest out of `data`; show() brings it to the
  /// screen.
  virtual void draw(const ImDrawData& data, Colour background) = 0;
  /// The next frame is drawn as a whole.
  virtual void draw_anew() = 0;
  /// What was drawn last. Before show().
  virtual Pixels read() = 0;
  virtual void show() {}
  /// Returns when everything asked for so far is drawn: for measuring.
  virtual void finish() = 0;

  /// Waits for input or wake(); at most `seconds` (negative: as long as it takes). True if there was either.
  virtual bool wait(double seconds) = 0;
  /// Ends a wait; from any thread.
  virtual void wake() = 0;

  /// The user asked to close it, since the last call.
  virtual bool take_close_request() { return false; }
  /// Files and folders dropped on it, since the last call.
  virtual std::vector<std::string> take_dropped() { return {}; }
  virtual void set_title(const std::string&) {}
  /// In units of the design, for the next start.
  virtual void size(int& width, int& height) const = 0;
  virtual std::string description() const = 0;  ///< of what draws: "OpenGL 4.5, llvmpipe"
};

}  // namespace tauscope::gui
