// Files: same bytes each time, well formed, with metadata, small.
#include <sys/wait.h>

#include <cstdlib>

#include "core/figure/cairo_renderer.h"
#include "core/figure/image_metadata.h"
#include "tests/core/figure/fixed_metrics.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

Scene scene_of(const Figure& figure, Size size = {single_column, 170}) {
  const PangoTextMetrics metrics;
  return layout(figure, size, metrics, Style::light());
}

/// Enough of XML to notice what Cairo or our additions could get wrong: tags nest, attributes are quoted, no
/// bare
/// '<' or '&'.
bool well_formed(const std::string& xml) {
  std::vector<std::string> open;
  std::size_t at = 0;
  bool seen = false;
  while (at < xml.size()) {
    if (xml[at] == '&') {
      const std::size_t end = xml.find(';', at);
      if (end == std::string::npos || end - at > 8) return false;
      at = end + 1;
      continue;
    }
    if (xml[at] != '<') {
      if (open.empty() && !std::isspace(static_cast<unsigned char>(xml[at]))) return false;
      ++at;
      continue;
    }
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    at = end + 1;
    if (tag.empty() || tag.find('<') != std::string::npos) return false;
    if (tag[0] == '?' || tag[0] == '!') continue;
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return false;
    const std::string name = tag.substr(tag[0] == '/', tag.find_first_of(" /\n", 1) - (tag[0] == '/'));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      if (open.empty() && seen) return false;
      seen = true;
      open.push_back(name);
    }
  }
  return seen && open.empty();
}

int run(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("the same scene gives the same bytes, also after other drawing") {
  const Scene scene = scene_of(tau_figure());
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::svg, ImageFormat::pdf}) {
    const std::string first = render(scene, format);
    render(scene_of(tau_figure(Scale::log)), ImageFormat::svg);
    INFO(extension_of(format));
    CHECK(render(scene, format) == first);
    CHECK(render(scene_of(tau_figure()), format) == first);
    CHECK(render(scene_of(tau_figure(Scale::log)), format) != first);
  }
}

TEST_CASE("SVG is well-formed, small, and carries escaped metadata") {
  const std::string svg = render(scene_of(tau_figure()), ImageFormat::svg);
  CHECK(well_formed(svg));
  CHECK(svg.find("<title>Gradient norms</title>") != std::string::npos);
  CHECK(svg.find("Two lines &amp; a band\nmade by a test &lt;on purpose&gt;") != std::string::npos);
  CHECK(svg.size() < 120'000);
  CHECK_FALSE(well_formed("<a><b></a>"));
  CHECK_FALSE(well_formed("<a>&</a>"));
}

TEST_CASE("PDF has its header, fixed dates, embedded fonts") {
  const std::string pdf = render(scene_of(tau_figure()), ImageFormat::pdf);
  CHECK(pdf.substr(0, 8) == "%PDF-1.5");
  CHECK(pdf.find("%%EOF") != std::string::npos);
  CHECK(pdf.size() < 60'000);
  if (run("command -v pdfinfo > /dev/null && command -v pdffonts > /dev/null") != 0)
    TS_SKIP("pdfinfo is not installed");
  const TemporaryFolder folder;
  write_text(folder / "a.pdf", pdf);
  const std::string at = folder.path().string();
  CHECK(run("pdfinfo -isodates " + at + "/a.pdf > " + at + "/info 2> " + at + "/errors") == 0);
  CHECK(read_text(folder / "errors").empty());
  const std::string info = read_text(folder / "info");
  CHECK(info.find("2000-01-01") != std::string::npos);
  CHECK(info.find("Gradient norms") != std::string::npos);
  CHECK(info.find("made by a test <on purpose>") != std::string::npos);
  CHECK(run("pdffonts " + at + "/a.pdf > " + at + "/fonts") == 0);
  const std::string fonts = read_text(folder / "fonts");
  CHECK(fonts.find("+DejaVuSans") != std::string::npos);
  CHECK(fonts.find(" no  no ") == std::string::npos);
}

TEST_CASE("PNG has the size, the resolution and the metadata") {
  const std::string png = render(scene_of(tau_figure(), {144, 72}), ImageFormat::png, 300);
  CHECK(png.substr(1, 3) == "PNG");
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value = value << 8 | static_cast<unsigned char>(png[at + i]);
    return value;
  };
  CHECK(number(16) == 600);
  CHECK(number(20) == 300);
  CHECK(png.substr(37, 4) == "pHYs");
  CHECK(number(41) == 11811);
  CHECK(png.find("made by a test <on purpose>") != std::string::npos);
}

TEST_CASE("identifiers of an SVG are numbered from one") {
  CHECK(detail::with_stable_ids(
            "<g id=\"surface77\"/><use href=\"#surface77\"/><i id=\"image9\"/>data:surface5") ==
        "<g id=\"surface1\"/><use href=\"#surface1\"/><i id=\"image2\"/>data:surface5");
}

TEST_CASE("text of every script is drawn, and what no font has does not stop it") {
  Figure figure = tau_figure();
  figure.panels[0].title = "学生 Ωмега עברית 👩‍🔬 \xF3\xB0\x80\x80";
  const Scene scene = scene_of(figure);
  for (const ImageFormat format : {ImageFormat::png, ImageFormat::svg, ImageFormat::pdf})
    CHECK(render(scene, format).size() > 1000);
}
