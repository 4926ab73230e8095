// Text by Pango, the same for measuring and for drawing.
#pragma once

#include <pango/pangocairo.h>

#include <memory>
#include <string>
#include <string_view>

namespace tauscope::detail {

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};

/// A font map of its own, at one unit a point and without rounding to pixels, so that a line of text is
/// equally wide on every surface.
class PangoSetup {
 public:
  PangoSetup();
  PangoLayout* line(std::string_view text, double size, bool bold) const;  ///< valid until the next call

 private:
  std::unique_ptr<PangoFontMap, Unref> map_;
  std::unique_ptr<PangoContext, Unref> context_;
  std::unique_ptr<PangoLayout, Unref> layout_;
};

}  // namespace tauscope::detail
