#include "core/figure/image_metadata.h"

#include <zlib.h>

#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

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

std::string rounded(const std::string& number) {
  double value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  if (read.ec != std::errc() || read.ptr != number.data() + number.size()) return number;
  return format_number(std::round(value * 1000) / 1000);
}

/// Numbers with more than three decimals, rounded to three.
std::string with_short_numbers(const std::string& text) {
  constexpr std::string_view number_characters = "-.0123456789";
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && number_characters.find(text[end]) != std::string_view::npos)
      ++end;
    const std::string number = text.substr(at, end - at);
    const std::size_t point = number.find('.');
    if (end == at)
      out += text[end++];
    else
      out += point != std::string::npos && number.size() - point > 4 ? rounded(number) : number;
    at = end;
  }
  return out;
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

std::string with_short_coordinates(const std::string& svg) {
  std::string out;
  out.reserve(svg.size());
  std::size_t at = 0;
  while (at < svg.size()) {
    const std::size_t quote = svg.find('"', at);
    if (quote == std::string::npos) break;
    const std::size_t end = svg.find('"', quote + 1);
    if (end == std::string::npos) break;
    out.append(svg, at, quote + 1 - at);
    const bool path = quote >= 3 && svg.compare(quote - 3, 3, " d=") == 0;
    const bool place =
        quote >= 3 && (svg.compare(quote - 3, 3, " x=") == 0 || svg.compare(quote - 3, 3, " y=") == 0);
    const std::string value = svg.substr(quote + 1, end - quote - 1);
    out += path || place ? with_short_numbers(value) : value;
    out += '"';
    at = end + 1;
  }
  out.append(svg, at, std::string::npos);
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
