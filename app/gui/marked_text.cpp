#include "app/gui/marked_text.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace tauscope::gui {

namespace {

/// Lays words one after another and draws them with their marks.
class TextFlow {
 public:
  TextFlow(const PanelContext& context, std::string_view text, std::span<const TextSpan> marked, Colour line)
      : text_(text),
        marked_(marked),
        line_(line),
        ink_(packed(context.theme.ink)),
        width_(std::max(context.em(3), ImGui::GetContentRegionAvail().x)),
        height_(ImGui::GetTextLineHeight()),
        thick_(std::max(1.0f, std::round(context.em(0.09f)))),
        origin_(ImGui::GetCursorScreenPos()) {}

  void draw() {
    for (std::size_t at = 0; at < text_.size();) {
      if (text_[at] == '\n') {
        new_line();
        ++at;
        continue;
      }
      const bool space = is_space(text_[at]);
      std::size_t end = at + 1;
      while (end < text_.size() && text_[end] != '\n' && is_space(text_[end]) == space)
        ++end;
      space ? put_space(at, end) : put_word(at, end);
      at = end;
    }
    ImGui::Dummy(ImVec2(width_, y_ + height_));
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  float width_of(std::size_t begin, std::size_t end) const {
    return text_width(screen_lines(text_.substr(begin, end - begin)));
  }
  void new_line() {
    x_ = 0;
    y_ += height_;
  }

  void put_space(std::size_t begin, std::size_t end) {
    if (x_ == 0 && y_ > 0 && text_[begin - 1] != '\n') return;  // where the line was broken
    put(begin, end, static_cast<float>(end - begin) * text_width(" "));
  }

  /// A word that is wider than the line is broken between characters.
  void put_word(std::size_t begin, std::size_t end) {
    const float width = width_of(begin, end);
    if (x_ > 0 && x_ + width > width_) new_line();
    if (width <= width_) {
      put(begin, end, width);
      return;
    }
    while (begin < end) {
      std::size_t cut = begin;
      do {
        ++cut;
        while (cut < end && (static_cast<unsigned char>(text_[cut]) & 0xC0) == 0x80)
          ++cut;
      } while (cut < end && x_ + width_of(begin, cut + 1) <= width_);
      put(begin, cut, width_of(begin, cut));
      begin = cut;
      if (begin < end) new_line();
    }
  }

  void put(std::size_t begin, std::size_t end, float width) {
    const ImVec2 corner(origin_.x + x_, origin_.y + y_);
    if (ImGui::IsRectVisible(corner, ImVec2(corner.x + width, corner.y + height_))) {
      ImDrawList* list = ImGui::GetWindowDrawList();
      if (!is_space(text_[begin])) {
        const std::string shown = screen_lines(text_.substr(begin, end - begin));
        list->AddText(corner, ink_, shown.data(), shown.data() + shown.size());
      }
      draw_marks(*list, corner, begin, end);
    }
    x_ += width;
  }

  void draw_marks(ImDrawList& list, const ImVec2& corner, std::size_t begin, std::size_t end) const {
    auto mark = std::partition_point(marked_.begin(), marked_.end(),
                                     [&](const TextSpan& span) { return span.end <= begin; });
    for (; mark != marked_.end() && mark->begin < end; ++mark) {
      const std::size_t from = std::max(begin, mark->begin), to = std::min(end, mark->end);
      const float left = corner.x + width_of(begin, from), right = corner.x + width_of(begin, to);
      const float y = std::floor(corner.y + height_) - thick_;
      list.AddRectFilled(ImVec2(left, y), ImVec2(right, y + thick_), packed(line_));
    }
  }

  std::string_view text_;
  std::span<const TextSpan> marked_;
  Colour line_;
  ImU32 ink_;
  float width_, height_, thick_;
  ImVec2 origin_;
  float x_ = 0, y_ = 0;
};

}  // namespace

void marked_text(const PanelContext& context, std::string_view text, std::span<const TextSpan> marked,
                 Colour line) {
  TextFlow(context, text, marked, line).draw();
}

}  // namespace tauscope::gui
