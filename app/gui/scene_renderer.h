// Scenes of core/figure on the screen: the same primitives that Cairo draws, through an ImDrawList.
#pragma once

#include <imgui.h>

#include <map>
#include <memory>
#include <string>

#include "app/gui/fonts.h"
#include "core/figure/scene.h"
#include "core/figure/text_metrics.h"

namespace tauscope::gui {

/// Sizes of text as the window's fonts have them. A point is a pixel.
class FontMetrics final : public TextMetrics {
 public:
  explicit FontMetrics(const Fonts& fonts) : fonts_(fonts) {}
  TextExtent measure(std::string_view text, double size, bool bold) const override;

  /// The font for text whose em square is `size` pixels, and the height of its line.
  struct Choice {
    FontRole role;
    ImFont* font;
    float line, ascent;
  };
  Choice choose(double size, bool bold) const;

 private:
  const Fonts& fonts_;
};

/// Makes textures of pictures; the window's OpenGL does. Without one pictures are drawn as rectangles.
class TextureMaker {
 public:
  virtual ~TextureMaker() = default;
  virtual ImTextureID make(int width, int height, const Colour* pixels) = 0;
  virtual void destroy(ImTextureID texture) = 0;
};

class SceneRenderer {
 public:
  /// Both outlive the renderer.
  explicit SceneRenderer(const Fonts& fonts, TextureMaker* textures = nullptr);
  ~SceneRenderer();
  SceneRenderer(const SceneRenderer&) = delete;
  SceneRenderer& operator=(const SceneRenderer&) = delete;

  const FontMetrics& metrics() const { return metrics_; }

  /// Once per frame, before anything is drawn: lets go of pictures that were not drawn lately.
  void begin_frame();

  /// With the scene's corner at (x, y), which is moved to whole pixels so that text stays sharp. The scene's
  /// background is not drawn. `opacity` multiplies every colour's own.
  void draw(const Scene& scene, ImDrawList& out, float x, float y, float opacity = 1);

  /// What plot_view.cpp keeps of each plot: layout and a drag that is under way.
  struct PlotMemory {
    virtual ~PlotMemory() = default;
  };
  std::map<std::string, std::unique_ptr<PlotMemory>, std::less<>> plots;

 private:
  struct Picture;
  ImTextureID texture_of(const Image& image);

  const Fonts& fonts_;
  FontMetrics metrics_;
  TextureMaker* textures_;
  std::map<const void*, Picture> pictures_;
  unsigned frame_ = 0;
};

}  // namespace tauscope::gui
