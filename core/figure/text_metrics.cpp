#include "core/figure/text_metrics.h"

#include <algorithm>

#include "core/base/csv.h"

namespace tauscope {

namespace {

constexpr std::size_t longest_text = 160;

/// The code point that starts at `at` of valid UTF-8, and its length.
char32_t code_point(std::string_view text, std::size_t at, std::size_t& length) {
  const auto byte = static_cast<unsigned char>(text[at]);
  length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  char32_t value = length == 1 ? byte : byte & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  return value;
}

/// Control characters, and marks that would turn or hide the text around them.
bool hidden(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB);
}

std::vector<std::string> code_points(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0, length = 0; i < text.size(); i += length) {
    code_point(text, i, length);
    out.emplace_back(text.substr(i, length));
  }
  return out;
}

}  // namespace

Rect bounds(const Text& text, const TextMetrics& metrics) {
  const TextExtent extent = metrics.measure(text.text, text.size, text.bold);
  Rect box{text.at.x, text.at.y, extent.width, extent.height()};
  if (text.horizontal == HorizontalAlign::centre) box.x -= extent.width / 2;
  if (text.horizontal == HorizontalAlign::right) box.x -= extent.width;
  if (text.vertical == VerticalAlign::middle) box.y -= extent.height() / 2;
  if (text.vertical == VerticalAlign::baseline) box.y -= extent.ascent;
  if (text.vertical == VerticalAlign::bottom) box.y -= extent.height();
  return rotated_bounds(box, text.at, text.rotation);
}

std::string drawable_text(std::string_view text) {
  const std::string valid = printable_utf8(text.substr(0, 16 * longest_text));
  std::string out;
  std::size_t count = 0;
  for (std::size_t i = 0, length = 0; i < valid.size(); i += length) {
    const char32_t c = code_point(valid, i, length);
    if (++count > longest_text) return out + "…";
    if (hidden(c))
      out += c == '\n' || c == '\t' || c == '\r' ? " " : "\xEF\xBF\xBD";
    else
      out += valid.substr(i, length);
  }
  return out;
}

std::string shortened(const std::string& text, double width, double size, bool bold,
                      const TextMetrics& metrics) {
  if (metrics.measure(text, size, bold).width <= width) return text;
  const std::vector<std::string> parts = code_points(text);
  const auto with = [&](std::size_t kept) {
    std::string out;
    for (std::size_t i = 0; i < (kept + 1) / 2; ++i)
      out += parts[i];
    out += "…";
    for (std::size_t i = parts.size() - kept / 2; i < parts.size(); ++i)
      out += parts[i];
    return out;
  };
  std::size_t low = 0, high = parts.size();  // `low` is taken to fit: nothing shorter can be drawn
  while (low + 1 < high) {
    const std::size_t middle = (low + high) / 2;
    (metrics.measure(with(middle), size, bold).width <= width ? low : high) = middle;
  }
  return with(low);
}

namespace {

/// The first space at which a line may end: not beside the sign of "τ = 1".
std::size_t break_place(const std::string& text) {
  std::size_t space = text.find(' ');
  while (space != std::string::npos &&
         (text.compare(space, 3, " = ") == 0 || (space > 0 && text[space - 1] == '=')))
    space = text.find(' ', space + 1);
  return space;
}

std::vector<std::string> filled_lines(const std::string& text, double width, double size, bool bold,
                                      int max_lines, const TextMetrics& metrics) {
  std::vector<std::string> lines;
  std::string line, rest = text;
  while (!rest.empty()) {
    const std::size_t space = break_place(rest);
    const std::string word = rest.substr(0, space);
    const std::string longer = line.empty() ? word : line + " " + word;
    const bool last_line = static_cast<int>(lines.size()) + 1 >= max_lines;
    if (last_line) {  // takes all that is left
      lines.push_back(shortened(line.empty() ? rest : line + " " + rest, width, size, bold, metrics));
      return lines;
    }
    if (!line.empty() && metrics.measure(longer, size, bold).width > width) {
      lines.push_back(line);
      line.clear();
      continue;
    }
    line = metrics.measure(longer, size, bold).width > width ? shortened(word, width, size, bold, metrics)
                                                             : longer;
    rest = space == std::string::npos ? "" : rest.substr(space + 1);
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

}  // namespace

std::vector<std::string> wrapped(const std::string& text, double width, double size, bool bold, int max_lines,
                                 const TextMetrics& metrics) {
  std::vector<std::string> lines = filled_lines(text, width, size, bold, max_lines, metrics);
  // As few lines, but evenly long: no last word alone.
  for (double narrower = 0.95 * width; lines.size() > 1 && narrower > 0.4 * width; narrower -= 0.05 * width) {
    std::vector<std::string> even = filled_lines(text, narrower, size, bold, max_lines + 1, metrics);
    std::string joined;
    for (const std::string& line : even)
      joined += (joined.empty() ? "" : " ") + line;
    if (even.size() != lines.size() || joined != text) break;
    lines = std::move(even);
  }
  return lines;
}

}  // namespace tauscope
