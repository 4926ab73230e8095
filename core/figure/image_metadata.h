// What a picture's file says about itself, and what is taken out of it so that the same picture is the same
// file.
#pragma once

#include <string>

#include "core/figure/scene.h"

namespace tauscope::detail {

/// Valid UTF-8 without control characters other than line ends.
std::string metadata_text(const std::string& text);

/// Adds resolution, title, description and provenance (pHYs and iTXt chunks) after the header of a PNG.
std::string with_png_metadata(std::string png, const Scene& scene, double dots_per_inch);

/// Adds <title> and <desc>.
std::string with_svg_metadata(std::string svg, const Scene& scene);

/// Cairo numbers surfaces and pictures over the whole life of the process; here they count from 1 in every
/// file.
std::string with_stable_ids(const std::string& svg);

/// Coordinates of paths and glyphs to a thousandth of a point: Cairo writes more digits than a page can show.
std::string with_short_coordinates(const std::string& svg);

/// Safe inside XML and HTML, in text and in quoted attributes.
std::string xml_escaped(const std::string& text);

}  // namespace tauscope::detail
