// ImGui's frames through OpenGL 3.2 core or newer, into the context that is current.
#pragma once

#include <memory>
#include <string>

#include "app/gui/frame_changes.h"
#include "app/gui/surface.h"

namespace tauscope::gui {

struct GlFunctions;
class GlPlainFill;

/// Finds an OpenGL function by its name in the current context.
using GlLookup = void (*(*)(const char*))();

class GlRenderer final : public TextureMaker {
 public:
  /// Throws Error::failed if OpenGL is older than 3.2.
  explicit GlRenderer(GlLookup lookup);
  ~GlRenderer() override;
  GlRenderer(const GlRenderer&) = delete;
  GlRenderer& operator=(const GlRenderer&) = delete;

  /// A picture in memory to draw into in place of a window.
  void use_framebuffer(int width, int height);
  /// Says that what is drawn stays until the next frame, so that only what changes has to be drawn. A
  /// window's buffer does not, once it is swapped.
  void keeps_frames() { keeps_frames_ = true; }
  void fonts_changed();
  /// Draws what differs from the frame before, if that is still there, and takes the rest out of `data`.
  void draw(const ImDrawData& data, Colour background);
  /// What the last call drew.
  const std::vector<PixelArea>& drawn() const { return drawn_; }
  /// The next frame is drawn as a whole.
  void forget() { changes_.forget(); }
  Pixels read(int width, int height);
  void finish();
  std::string description() const;
  /// Whether the processor draws: Mesa's llvmpipe and softpipe.
  bool draws_in_software() const;

  /// Nearest neighbour, as Cairo draws pictures.
  ImTextureID make(int width, int height, const Colour* pixels) override;
  void destroy(ImTextureID texture) override;

 private:
  std::unique_ptr<GlFunctions> gl_;
  std::unique_ptr<GlPlainFill> plain_fill_;
  unsigned framebuffer_ = 0, colour_ = 0;
  bool keeps_frames_ = false;
  FrameChanges changes_;
  std::vector<PixelArea> drawn_;
  std::string description_;
};

}  // namespace tauscope::gui
