#include "app/gui/table_widget.h"

#include <fmt/format.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numeric>

#include "app/gui/fonts.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

bool contains_ignoring_case(const std::string& text, const std::string& part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

constexpr const char* unit_column = "unit";

struct Format {
  const char* id;
  const char* title;
  const char* ending;
};
constexpr std::array formats{Format{"csv", "CSV", ".csv"}, Format{"markdown", "Markdown", ".md"},
                             Format{"latex", "LaTeX", ".tex"}};

}  // namespace

std::vector<std::size_t> table_order(const ViewTable& table, const std::string& filter, int column,
                                     bool descending) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    const bool matches =
        filter.empty() || std::any_of(row.begin(), row.end(), [&](const ViewTable::Cell& cell) {
          return contains_ignoring_case(cell.text, filter);
        });
    if (matches) order.push_back(i);
  }
  if (column < 0 || column >= static_cast<int>(table.columns.size())) return order;
  const auto at = static_cast<std::size_t>(column);
  const auto cell = [&](std::size_t row) -> const ViewTable::Cell& { return table.rows[row][at]; };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (!table.columns[at].number)
      return descending ? cell(b).text < cell(a).text : cell(a).text < cell(b).text;
    const double x = cell(a).value, y = cell(b).value;
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return descending ? y < x : x < y;
  });
  return order;
}

TableWidget::Basis TableWidget::basis_of(const Session& session) {
  Basis basis{session.view(), {}, {}};
  basis.view.plots.clear();  // zooming a plot changes no table
  basis.view.tab = Tab::explore;
  basis.view.ui_scale = 1;
  basis.view.answer = -1;
  const auto workspace = session.workspace();
  const auto data = session.data();
  const auto evaluation = session.evaluation();
  basis.results = {workspace.get(), session.example().get(), data.summary.get(), evaluation.result.get(),
                   session.runs().set.get()};
  basis.current = {data.state == Session::Loading::loading, data.state == Session::Loading::failed,
                   data.is_on_its_way, evaluation.state == Session::Loading::loading};
  if (const auto position = session.focused_position())
    basis.view.pinned = position;  // a preview is shown as well
  for (std::size_t i = 0; workspace && i < workspace->students.size(); ++i) {
    const auto rows = session.rows(i);
    const auto detail = session.detail(i);
    basis.results.insert(basis.results.end(),
                         {rows.result.get(), detail.result.get(), session.curves(i).result.get()});
    basis.current.insert(basis.current.end(), {rows.is_current, detail.is_current});
  }
  return basis;
}

void TableWidget::refresh(const Session& session) {
  Basis basis = basis_of(session);
  if (basis_ == basis) {
    if (!stale_) return;
  } else {
    table_ = view_table(session, name_);
    basis_ = std::move(basis);
  }
  order_ = table_order(table_, filter_, sorted_by_, descending_);
  stale_ = false;
}

void TableWidget::draw_menu(PanelContext& context) {
  if (!ImGui::BeginPopup("##menu")) return;
  for (const Format& format : formats) {
    if (ImGui::MenuItem(fmt::format("Copy all rows as {}", format.title).c_str()))
      context.out.emplace_back(CopyTable{name_, format.id});
  }
  ImGui::Separator();
  if (ImGui::MenuItem("Save all rows…")) ui_.save_table = name_;
  tooltip("The ending of the name decides: .csv, .md or .tex");
  ImGui::EndPopup();
}

void TableWidget::draw_bar(PanelContext& context, const Options& options) {
  const float button = text_width("Copy or save") + ImGui::GetStyle().FramePadding.x * 2;
  if (options.filter) {
    const float room = ImGui::GetContentRegionAvail().x - button - ImGui::GetStyle().ItemSpacing.x;
    ImGui::SetNextItemWidth(std::clamp(room, context.em(3), context.em(16)));
    if (ImGui::InputTextWithHint("##filter", "Filter", &filter_)) stale_ = true;
    tooltip("Only rows that contain this text");
    ImGui::SameLine();
  }
  if (ImGui::Button("Copy or save")) ImGui::OpenPopup("##menu");
  tooltip("The whole table, whatever is filtered, as CSV, Markdown or LaTeX; CSV has all digits");
  draw_menu(context);
}

std::string TableWidget::unit_of(std::size_t row) const {
  for (std::size_t c = 0; c < table_.columns.size() && c < table_.rows[row].size(); ++c)
    if (table_.columns[c].name == unit_column) return table_.rows[row][c].text;
  return "";
}

void TableWidget::draw_cell(PanelContext& context, std::size_t row, std::size_t column) {
  const ViewTable::Cell& cell = table_.rows[row][column];
  const float room = ImGui::GetContentRegionAvail().x;
  if (!table_.columns[column].number) {
    const std::string shown = column == 0 ? elide_middle(cell.text, room) : elide(cell.text, room);
    text(shown);
    const std::string unit = column == 0 ? unit_of(row) : "";
    if (shown != screen_text(cell.text) || !unit.empty())
      tooltip(unit.empty() ? cell.text : fmt::format("{} ({})", cell.text, unit));
    return;
  }
  const float space = room - text_width(cell.text);
  if (space > 0) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + space);
  const bool missing = cell.text.empty() || cell.text == "–";
  text_coloured(missing ? context.theme.muted : context.theme.ink, cell.text);
}

std::vector<float> TableWidget::content_widths(const PanelContext& context, const Options& options) const {
  constexpr std::size_t looked_at = 300;  // of very long tables the first rows tell enough
  std::vector<float> widths;
  for (std::size_t c = 0; c < table_.columns.size(); ++c) {
    const ViewTable::Column& column = table_.columns[c];
    if (options.compact && column.name == unit_column) {
      widths.push_back(0);
      continue;
    }
    // With room for the arrow of the order; names of students may be long, their numbers are not.
    float width = std::min(text_width(column.name) + context.em(1), context.em(!column.number    ? 14
                                                                               : options.compact ? 6
                                                                                                 : 10));
    for (std::size_t r = 0; r < std::min(table_.rows.size(), looked_at); ++r)
      if (c < table_.rows[r].size()) width = std::max(width, text_width(table_.rows[r][c].text));
    widths.push_back(std::min(width + 1, context.em(22)));
  }
  return widths;
}

void TableWidget::draw_headings(const PanelContext& context) {
  ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
  for (int c = 0; c < static_cast<int>(table_.columns.size()); ++c) {
    if (!ImGui::TableSetColumnIndex(c)) continue;
    const ViewTable::Column& column = table_.columns[static_cast<std::size_t>(c)];
    ImGui::PushID(c);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float arrow = c == sorted_by_ ? context.em(0.9f) : 0;
    const float room = ImGui::GetContentRegionAvail().x - arrow;
    ImGui::TableHeader("##heading");
    // Over its numbers, which stand at the right.
    const std::string name = elide(column.name, room);
    const float space = column.number ? std::max(0.0f, room - text_width(name)) : 0;
    ImGui::GetWindowDrawList()->AddText(ImVec2(corner.x + space, corner.y), packed(context.theme.ink),
                                        name.c_str());
    tooltip(name == screen_text(column.name) ? column.help : fmt::format("{}\n{}", column.name, column.help));
    ImGui::PopID();
  }
}

std::optional<std::size_t> TableWidget::draw_row(PanelContext& context, const Options& options,
                                                 std::size_t row) {
  std::optional<std::size_t> clicked;
  ImGui::TableNextRow();
  ImGui::PushID(static_cast<int>(row));
  for (std::size_t c = 0; c < table_.columns.size(); ++c) {
    if (!ImGui::TableSetColumnIndex(static_cast<int>(c))) continue;
    if (c == 0 && options.clickable) {
      const bool chosen =
          options.chosen && !table_.rows[row].empty() && table_.rows[row][0].value == *options.chosen;
      if (ImGui::Selectable("##row", chosen, ImGuiSelectableFlags_SpanAllColumns)) clicked = row;
      tooltip(options.clickable);
      ImGui::SameLine(0, 0);
    }
    if (c < table_.rows[row].size()) draw_cell(context, row, c);
  }
  ImGui::PopID();
  return clicked;
}

std::optional<std::size_t> TableWidget::draw_rows(PanelContext& context, const Options& options,
                                                  const ImVec2& size) {
  std::optional<std::size_t> clicked;
  const auto columns = static_cast<int>(table_.columns.size());
  const std::vector<float> widths = content_widths(context, options);
  const float pad = 2 * ImGui::GetStyle().CellPadding.x, least = context.em(6);
  // Where the others leave room the widest column of words takes it; else the table scrolls sideways under a
  // fixed first one.
  std::size_t elastic = 0;
  for (std::size_t c = 1; c < widths.size(); ++c)
    if (!table_.columns[c].number && (table_.columns[elastic].number || widths[c] > widths[elastic]))
      elastic = c;
  float others = ImGui::GetStyle().ScrollbarSize;
  for (std::size_t c = 0; c < widths.size(); ++c)
    others += widths[c] > 0 && c != elastic ? widths[c] + pad : 0;
  const bool fits = others + std::min(least, widths[elastic]) + pad <= ImGui::GetContentRegionAvail().x;
  const ImGuiTableFlags flags = ImGuiTableFlags_Sortable | ImGuiTableFlags_SortTristate |
                                ImGuiTableFlags_Resizable | ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg |
                                ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_NoSavedSettings |
                                ImGuiTableFlags_SizingFixedFit | (fits ? 0 : ImGuiTableFlags_ScrollX);
  // Widths are remembered by this name: a table that has grown starts with its own.
  const std::string id = fmt::format("##{}{}", fits ? "rows" : "wide_rows", table_.rows.size());
  if (!ImGui::BeginTable(id.c_str(), columns, flags, size)) return clicked;
  ImGui::TableSetupScrollFreeze(fits ? 0 : 1, 1);
  for (std::size_t c = 0; c < widths.size(); ++c) {
    const ViewTable::Column& column = table_.columns[c];
    ImGuiTableColumnFlags how =
        column.number ? ImGuiTableColumnFlags_PreferSortDescending : ImGuiTableColumnFlags_None;
    const bool stretches = c == elastic && fits;
    how |= stretches ? ImGuiTableColumnFlags_WidthStretch : ImGuiTableColumnFlags_WidthFixed;
    if (widths[c] == 0) how |= ImGuiTableColumnFlags_Disabled;
    const float width = c == elastic ? std::min(widths[c], context.em(10)) : widths[c];
    ImGui::TableSetupColumn(screen_text(column.name).c_str(), how, stretches ? 0 : width);
  }
  draw_headings(context);
  if (ImGuiTableSortSpecs* specs = ImGui::TableGetSortSpecs(); specs && specs->SpecsDirty) {
    sorted_by_ = specs->SpecsCount > 0 ? specs->Specs[0].ColumnIndex : -1;
    descending_ = specs->SpecsCount > 0 && specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
    specs->SpecsDirty = false;
    stale_ = true;
  }
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(order_.size()));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const std::size_t row = order_[static_cast<std::size_t>(i)];
      if (const auto here = draw_row(context, options, row)) clicked = here;
    }
  }
  ImGui::EndTable();
  return clicked;
}

std::optional<std::size_t> TableWidget::draw(PanelContext& context, const Options& options) {
  ImGui::PushID(name_);
  refresh(context.session);
  std::optional<std::size_t> clicked;
  if (table_.columns.empty() || table_.rows.empty()) {
    text_muted_wrapped(context, table_.note.empty() ? "Nothing to show yet." : table_.note);
  } else {
    draw_bar(context, options);
    ImVec2 size = options.size;
    if (size.y > 0) size.y = std::max(context.em(4), size.y - ImGui::GetFrameHeightWithSpacing());
    if (!table_.note.empty()) text_muted_wrapped(context, table_.note);
    clicked = draw_rows(context, options, size);
  }
  ImGui::PopID();
  return clicked;
}

}  // namespace tauscope::gui
