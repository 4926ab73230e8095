// ImGui's frames through OpenGL 3.2 core or newer, into the context that is current.
#pragma once

#include <memory>
#include <string>

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
  void fonts_changed();
  void draw(const ImDrawData& data, Colour background);
  Pixels read(int width, int height);
  void finish();
  std::string description() const;

  /// Nearest neighbour, as Cairo draws pictures.
  ImTextureID make(int width, int height, const Colour* pixels) override;
  void destroy(ImTextureID texture) override;

 private:
  std::unique_ptr<GlFunctions> gl_;
  std::unique_ptr<GlPlainFill> plain_fill_;
  unsigned framebuffer_ = 0, colour_ = 0;
  std::string description_;
};

}  // namespace tauscope::gui
