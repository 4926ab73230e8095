// Tables as CSV, Markdown and LaTeX.
#include <algorithm>
#include <array>

#include "app/session/view_tables.h"
#include "core/base/csv.h"
#include "core/base/error.h"

namespace tauscope {

namespace {

std::string csv(const ViewTable& table) {
  std::string out;
  const auto line = [&](std::size_t cells, const auto& cell) {
    for (std::size_t i = 0; i < cells; ++i) {
      if (i > 0) out += ',';
      cell(i);
    }
    out += '\n';
  };
  line(table.columns.size(), [&](std::size_t i) { append_csv_field(out, table.columns[i].name); });
  for (const auto& row : table.rows) {
    line(row.size(), [&](std::size_t i) {
      if (!table.columns[i].number)
        append_csv_field(out, row[i].text);
      else if (!row[i].text.empty())
        append_number(out, row[i].value);
    });
  }
  return out;
}

std::string markdown_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      out += ' ';
      continue;
    }
    if (std::string_view("\\|*_`[]<>").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string markdown(const ViewTable& table) {
  std::string out = "|";
  for (const auto& column : table.columns)
    out += " " + markdown_text(column.name) + " |";
  out += "\n|";
  for (const auto& column : table.columns)
    out += column.number ? " ---: |" : " --- |";
  out += "\n";
  for (const auto& row : table.rows) {
    out += "|";
    for (const auto& cell : row)
      out += " " + markdown_text(cell.text) + " |";
    out += "\n";
  }
  return out;
}

/// What pdfLaTeX does not know by itself, as commands; other characters are left to the document's engine.
std::string latex_text(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 27> replacements{
      {{"\\", "\\textbackslash{}"},
       {"&", "\\&"},
       {"%", "\\%"},
       {"$", "\\$"},
       {"#", "\\#"},
       {"_", "\\_"},
       {"{", "\\{"},
       {"}", "\\}"},
       {"~", "\\textasciitilde{}"},
       {"^", "\\textasciicircum{}"},
       {"\n", " "},
       {"τ", "$\\tau$"},
       {"Σ", "$\\Sigma$"},
       {"−", "$-$"},
       {"–", "--"},
       {"∞", "$\\infty$"},
       {"‖", "$\\|$"},
       {"₁", "$_1$"},
       {"₂", "$_2$"},
       {"²", "$^2$"},
       {"…", "\\ldots{}"},
       {"␣", "\\textvisiblespace{}"},
       {"⏎", "$\\hookleftarrow$"},
       {"⇥", "$\\mapsto$"},
       {"∅", "$\\emptyset$"},
       {"<", "$<$"},
       {">", "$>$"}}};
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = std::string_view(text).substr(i);
    const auto* found = std::find_if(replacements.begin(), replacements.end(), [&](const auto& pair) {
      return rest.substr(0, pair.first.size()) == pair.first;
    });
    if (found == replacements.end()) {
      out += text[i++];
    } else {
      out += found->second;
      i += found->first.size();
    }
  }
  return out;
}

/// 1.2e-05 as a power of ten.
std::string latex_number(const std::string& text) {
  const auto e = text.find('e');
  if (e == std::string::npos) return latex_text(text);
  std::string digits = text.substr(0, e);
  const std::string_view minus = "−";
  const bool negative = digits.substr(0, minus.size()) == minus;
  if (negative) digits = "-" + digits.substr(minus.size());
  return "$" + digits + "\\times 10^{" + std::to_string(std::stoi(text.substr(e + 1))) + "}$";
}

std::string latex(const ViewTable& table) {
  std::string out = "\\begin{tabular}{";
  for (const auto& column : table.columns)
    out += column.number ? 'r' : 'l';
  out += "}\n\\toprule\n";
  const auto end_row = [&](std::string row) { out += row + " \\\\\n"; };
  std::string line;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    line += (i > 0 ? " & " : "") + latex_text(table.columns[i].name);
  end_row(line);
  out += "\\midrule\n";
  for (const auto& row : table.rows) {
    line.clear();
    for (std::size_t i = 0; i < row.size(); ++i)
      line += (i > 0 ? " & " : "") +
              (table.columns[i].number ? latex_number(row[i].text) : latex_text(row[i].text));
    end_row(line);
  }
  return out + "\\bottomrule\n\\end{tabular}\n";
}

}  // namespace

std::string format_table(const ViewTable& table, TableFormat format) {
  switch (format) {
    case TableFormat::csv:
      return csv(table);
    case TableFormat::markdown:
      return markdown(table);
    case TableFormat::latex:
      return latex(table);
  }
  return "";
}

TableFormat table_format(std::string_view name) {
  if (name == "csv") return TableFormat::csv;
  if (name == "markdown" || name == "md") return TableFormat::markdown;
  if (name == "latex" || name == "tex") return TableFormat::latex;
  throw Error::usage("unknown format for a table")
      .field("format")
      .found(std::string(name))
      .expected("csv, markdown (.md) or latex (.tex)");
}

}  // namespace tauscope
