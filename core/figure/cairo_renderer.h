// Scenes as PNG, SVG and PDF, and the text metrics that go with them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/figure/layout.h"

namespace tauscope {

/// DejaVu Sans with whatever fonts the system has for other scripts. Not to be shared between threads.
class PangoTextMetrics final : public TextMetrics {
 public:
  PangoTextMetrics();
  ~PangoTextMetrics() override;
  PangoTextMetrics(const PangoTextMetrics&) = delete;
  PangoTextMetrics& operator=(const PangoTextMetrics&) = delete;
  TextExtent measure(std::string_view text, double size, bool bold) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

enum class ImageFormat { png, svg, pdf };

std::string_view extension_of(ImageFormat format);  ///< "png"

/// The file's bytes: the same for the same scene, fonts and library versions. Title, description and
/// provenance go to the metadata. Text is outlines in SVG and embedded font subsets in PDF. `dots_per_inch`
/// is for PNG only. Throws Error::failed.
std::string render(const Scene& scene, ImageFormat format, double dots_per_inch = 300);

}  // namespace tauscope
