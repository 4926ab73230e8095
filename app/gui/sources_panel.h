// What is open: teacher, students with their colours, data; and the list of examples.
#pragma once

#include <string>
#include <vector>

#include "app/gui/panel.h"
#include "app/gui/ui_state.h"

namespace tauscope::gui {

class SourcesPanel final : public Panel {
 public:
  explicit SourcesPanel(UiState& ui) : ui_(ui) {}
  const char* title() const override { return "Sources"; }
  void draw(PanelContext& context) override;

 private:
  void draw_teacher(PanelContext& context);
  void draw_students(PanelContext& context);
  void draw_student(PanelContext& context, std::size_t index, const std::string& name,
                    const std::string& detail, const std::string& path);
  void draw_data(PanelContext& context);
  void draw_state(PanelContext& context);
  /// Name and a muted line; true when it was clicked. `menu` is a pop-up that opens with the right button
  /// anywhere on the row and with a button of three dots at its end; null: has none.
  bool draw_entry(PanelContext& context, const char* id, std::string_view name, std::string_view detail,
                  std::string_view path, bool chosen, const Colour* colour, const char* menu = nullptr);

  UiState& ui_;
};

/// The examples of what is open, filtered; a click chooses.
class ExampleList final : public Panel {
 public:
  explicit ExampleList(UiState& ui) : ui_(ui) {}
  const char* title() const override { return "Examples"; }
  void draw(PanelContext& context) override;

 private:
  void refilter(const Workspace& workspace);

  UiState& ui_;
  std::string filter_, filtered_by_;
  std::uint64_t workspace_ = 0;
  std::vector<std::size_t> shown_;
  std::int64_t followed_ = -1;  ///< the example that was scrolled to
};

}  // namespace tauscope::gui
