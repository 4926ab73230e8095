// A table of view_tables.h on the screen: sorts by a click on a heading, filters, copies and saves.
#pragma once

#include <imgui.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/gui/panel.h"
#include "app/gui/ui_state.h"
#include "app/session/view_tables.h"

namespace tauscope::gui {

/// Rows of `table` that contain `filter` in any cell (case-blind), in the order of `column`; −1: as made.
/// Numbers sort by value, what is no number comes last either way.
std::vector<std::size_t> table_order(const ViewTable& table, const std::string& filter, int column,
                                     bool descending);

class TableWidget {
 public:
  TableWidget(const char* name, UiState& ui) : name_(name), ui_(ui) {}

  struct Options {
    ImVec2 size{0, 0};  ///< 0 = what is left
    bool filter = true;
    bool compact = false;             ///< units go to the tooltips: for the narrow inspector
    const char* clickable = nullptr;  ///< what a click on a row does, as its tooltip; null: nothing
    std::optional<double> chosen{};   ///< value in the first column of the row that is lit
  };
  /// The row (of the table as made) that was clicked.
  std::optional<std::size_t> draw(PanelContext& context, const Options& options);
  const ViewTable& table() const { return table_; }

 private:
  /// Everything a table is made from: as long as it stays the same the table does.
  struct Basis {
    ViewState view;
    std::vector<const void*> results;
    std::vector<bool> current;
    bool operator==(const Basis&) const = default;
  };
  static Basis basis_of(const Session& session);
  void refresh(const Session& session);
  void draw_bar(PanelContext& context, const Options& options);
  void draw_menu(PanelContext& context);
  std::optional<std::size_t> draw_rows(PanelContext& context, const Options& options, const ImVec2& size);
  void draw_headings(const PanelContext& context);
  std::optional<std::size_t> draw_row(PanelContext& context, const Options& options, std::size_t row);
  void draw_cell(PanelContext& context, std::size_t row, std::size_t column);
  std::string unit_of(std::size_t row) const;
  /// Widths that the columns' contents take; 0 for those that are not shown.
  std::vector<float> content_widths(const PanelContext& context, const Options& options) const;

  const char* name_;
  UiState& ui_;
  ViewTable table_;
  std::optional<Basis> basis_;
  std::vector<std::size_t> order_;
  std::string filter_;
  int sorted_by_ = -1;
  bool descending_ = false, stale_ = true;
};

}  // namespace tauscope::gui
