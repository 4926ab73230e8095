#include "core/figure/image_metadata.h"

#include <zlib.h>

#include <cctype>
#include <cmath>
#include <map>

#include "core/base/csv.h"
#include "core/base/error.h"

namespace tauscope::detail {

namespace {

std::string big_endian(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

std::string png_chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body +
         big_endian(static_cast<std::uint32_t>(crc));
}

/// Keyword, no compression, no language, UTF-8 text.
std::string png_text(const std::string& keyword, const std::string& text) {
  return text.empty() ? "" : png_chunk("iTXt", keyword + std::string(5, '\0') + metadata_text(text));
}

}  // namespace

std::string metadata_text(const std::string& text) {
  std::string out;
  for (const char c : printable_utf8(text))
    if (c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)) out += c;
  return out;
}

std::string with_png_metadata(std::string png, const Scene& scene, double dots_per_inch) {
  constexpr std::size_t header_end = 8 + 25;  // signature, IHDR
  if (png.size() < header_end) throw Error::failed("", "Cairo wrote an incomplete PNG");
  const auto per_metre = big_endian(static_cast<std::uint32_t>(std::lround(dots_per_inch / 0.0254)));
  std::string extra = png_chunk("pHYs", per_metre + per_metre + '\1');
  extra += png_text("Title", scene.title);
  extra += png_text("Description", scene.description);
  extra += png_text("Source", scene.provenance);
  extra += png_text("Software", "TauScope " TAUSCOPE_VERSION);
  return png.insert(header_end, extra);
}

std::string with_svg_metadata(std::string svg, const Scene& scene) {
  const std::size_t root = svg.find("<svg");
  const std::size_t end = root == std::string::npos ? root : svg.find('>', root);
  if (end == std::string::npos) throw Error::failed("", "Cairo wrote an SVG without a root");
  std::string about = metadata_text(scene.description);
  if (!about.empty() && !scene.provenance.empty()) about += '\n';
  about += metadata_text(scene.provenance);
  std::string extra;
  const auto element = [&extra](const std::string& name, const std::string& text) {
    if (!text.empty())
      extra.append("\n<")
          .append(name)
          .append(">")
          .append(xml_escaped(text))
          .append("</")
          .append(name)
          .append(">");
  };
  element("title", metadata_text(scene.title));
  element("desc", about);
  return svg.insert(end + 1, extra);
}

std::string with_stable_ids(const std::string& svg) {
  std::string out;
  out.reserve(svg.size());
  std::map<std::string, int> numbers;  // old number → new one, over all kinds
  std::size_t at = 0;
  while (at < svg.size()) {
    // An id's digits follow `id="surface`, `#surface` and the like; picture data cannot contain '#' or '"'.
    const char before = svg[at];
    out += before;
    ++at;
    if (before != '#' && !(before == '"' && out.size() >= 4 && out.compare(out.size() - 4, 4, "id=\"") == 0))
      continue;
    for (const char* kind : {"surface", "image", "pattern", "linear", "radial", "mask", "filter", "alpha"}) {
      const std::string name = kind;
      if (svg.compare(at, name.size(), name) != 0) continue;
      std::size_t end = at + name.size();
      while (end < svg.size() && std::isdigit(static_cast<unsigned char>(svg[end])))
        ++end;
      if (end == at + name.size()) continue;
      const auto [it, fresh] = numbers.emplace(svg.substr(at + name.size(), end - at - name.size()), 0);
      if (fresh) it->second = static_cast<int>(numbers.size());
      out += name + std::to_string(it->second);
      at = end;
      break;
    }
  }
  return out;
}

std::string xml_escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

}  // namespace tauscope::detail
