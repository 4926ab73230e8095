// A page built piece by piece; whatever comes from data is escaped on the way in.
#pragma once

#include <string>
#include <vector>

namespace tauscope {

/// Safe in HTML text and in quoted attributes: markup characters escaped, control characters and marks that
/// turn the direction of text made visible, invalid UTF-8 as <0xNN>.
std::string html_text(const std::string& text);

class HtmlPage {
 public:
  HtmlPage(const std::string& title, const std::string& style);

  void heading(int level, const std::string& text, const std::string& id = "");
  void paragraph(const std::string& text, const std::string& css_class = "");
  /// One item a line.
  void list(const std::vector<std::string>& items);
  /// Names and values.
  void definitions(const std::vector<std::pair<std::string, std::string>>& entries);
  /// The first column holds row headers.
  void table(const std::string& caption, const std::vector<std::string>& header,
             const std::vector<std::vector<std::string>>& rows);
  void preformatted(const std::string& text);
  /// Pictures as SVG for light and dark pages, carried in the page itself, titled and described by `title`
  /// and `caption`. `width_points` as it would be on paper.
  void figure(const std::string& light_svg, const std::string& dark_svg, double width_points,
              const std::string& title, const std::string& caption, const std::vector<std::string>& files);

  /// Text that is markup already: only for constants of this program.
  void raw(const std::string& markup) { out_ += markup; }

  std::string finish() &&;

 private:
  std::string out_;
};

}  // namespace tauscope
