#include "core/report/html.h"

#include <fmt/format.h>

#include "core/base/csv.h"

namespace tauscope {

namespace {

std::string base64(const std::string& bytes) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned value = 0;
    for (std::size_t k = 0; k < 3; ++k)
      value = value << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (int k = 3; k >= 0; --k)
      out += i + static_cast<std::size_t>(3 - k) > bytes.size() ? '=' : letters[value >> (6 * k) & 63];
  }
  return out;
}

}  // namespace

std::string html_text(const std::string& text) {
  const std::string valid = printable_utf8(text);
  std::string out;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto c = static_cast<unsigned char>(valid[i]);
    switch (c) {
      case '&':
        out += "&amp;";
        continue;
      case '<':
        out += "&lt;";
        continue;
      case '>':
        out += "&gt;";
        continue;
      case '"':
        out += "&quot;";
        continue;
      case '\'':
        out += "&#39;";
        continue;
      default:
        break;
    }
    if ((c < 0x20 && c != '\n') || c == 0x7F) {
      out += "\xEF\xBF\xBD";
      continue;
    }
    // U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069 turn the text around them.
    if (c == 0xE2 && i + 2 < valid.size()) {
      const auto second = static_cast<unsigned char>(valid[i + 1]),
                 third = static_cast<unsigned char>(valid[i + 2]);
      const bool turns =
          (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xAA && third <= 0xAE))) ||
          (second == 0x81 && third >= 0xA6 && third <= 0xA9);
      if (turns) {
        out += "\xEF\xBF\xBD";
        i += 2;
        continue;
      }
    }
    out += valid[i];
  }
  return out;
}

HtmlPage::HtmlPage(const std::string& title, const std::string& style) {
  out_ =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'\">\n<title>" +
      html_text(title) + "</title>\n<style>\n" + style + "</style>\n</head>\n<body>\n<main>\n";
}

void HtmlPage::heading(int level, const std::string& text, const std::string& id) {
  out_ += fmt::format("<h{0}{1}>{2}</h{0}>\n", level, id.empty() ? "" : " id=\"" + html_text(id) + "\"",
                      html_text(text));
}

void HtmlPage::paragraph(const std::string& text, const std::string& css_class) {
  out_ += css_class.empty() ? "<p>" : "<p class=\"" + css_class + "\">";
  out_ += html_text(text) + "</p>\n";
}

void HtmlPage::list(const std::vector<std::string>& items) {
  out_ += "<ul>\n";
  for (const std::string& item : items)
    out_ += "<li>" + html_text(item) + "</li>\n";
  out_ += "</ul>\n";
}

void HtmlPage::definitions(const std::vector<std::pair<std::string, std::string>>& entries) {
  out_ += "<dl>\n";
  for (const auto& [name, value] : entries)
    if (!value.empty()) out_ += "<dt>" + html_text(name) + "</dt><dd>" + html_text(value) + "</dd>\n";
  out_ += "</dl>\n";
}

void HtmlPage::table(const std::string& caption, const std::vector<std::string>& header,
                     const std::vector<std::vector<std::string>>& rows) {
  out_ += "<div class=\"wide\"><table>\n<caption>" + html_text(caption) + "</caption>\n<thead><tr>";
  for (const std::string& cell : header)
    out_ += "<th scope=\"col\">" + html_text(cell) + "</th>";
  out_ += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    out_ += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      out_ += (i == 0 ? "<th scope=\"row\">" : "<td>") + html_text(row[i]) + (i == 0 ? "</th>" : "</td>");
    out_ += "</tr>\n";
  }
  out_ += "</tbody></table></div>\n";
}

void HtmlPage::preformatted(const std::string& text) {
  out_ += "<pre><code>" + html_text(text) + "</code></pre>\n";
}

void HtmlPage::figure(const std::string& light_svg, const std::string& dark_svg, double width_points,
                      const std::string& title, const std::string& caption,
                      const std::vector<std::string>& files) {
  const std::string prefix = "data:image/svg+xml;base64,";
  out_ += "<figure>\n<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"" + prefix +
          base64(dark_svg) + "\"><img src=\"" + prefix + base64(light_svg) + "\" alt=\"" +
          html_text(title + ". " + caption) +
          fmt::format("\" style=\"width:{:.0f}px\"></picture>\n<figcaption>", width_points * 1.6);
  out_.append("<strong>").append(html_text(title)).append(".</strong> ").append(html_text(caption));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::size_t dot = files[i].rfind('.');
    out_ += (i == 0 ? " <span class=\"files\">" : " · ") + std::string("<a href=\"") + html_text(files[i]) +
            "\">" + html_text(dot == std::string::npos ? files[i] : files[i].substr(dot + 1)) + "</a>";
  }
  out_ += std::string(files.empty() ? "" : "</span>") + "</figcaption>\n</figure>\n";
}

std::string HtmlPage::finish() && {
  out_ += "</main>\n</body>\n</html>\n";
  return std::move(out_);
}

}  // namespace tauscope
