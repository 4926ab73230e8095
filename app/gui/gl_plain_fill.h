// Large opaque areas drawn without texture and without blending. ImGui draws everything with both, and where
// the processor draws, grounds of windows and panels would take most of a frame.
#pragma once

#include <array>

struct ImDrawData;
struct ImDrawList;
struct ImDrawCmd;

namespace tauscope::gui {

struct GlFunctions;

class GlPlainFill {
 public:
  /// For the current context, with ImGui's renderer started.
  explicit GlPlainFill(const GlFunctions& gl);
  ~GlPlainFill();
  GlPlainFill(const GlPlainFill&) = delete;
  GlPlainFill& operator=(const GlPlainFill&) = delete;

  /// Splits the frame's commands so that runs of large opaque triangles go another way. The picture stays the
  /// same.
  void take_large_areas(const ImDrawData& data);

 private:
  static void begin(const ImDrawList*, const ImDrawCmd* command);
  void compile();

  const GlFunctions& gl_;
  unsigned program_ = 0;
  int matrix_location_ = -1;
  std::array<float, 16> matrix_{};
};

}  // namespace tauscope::gui
