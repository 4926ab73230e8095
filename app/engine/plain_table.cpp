#include "app/engine/plain_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/csv.h"
#include "core/base/files.h"

namespace tauscope {

namespace {

using Cells = std::vector<std::string>;

std::string latex_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("_%&#${}").find(c) != std::string_view::npos)
      out += '\\';
    else if (c == '\\' || c == '~' || c == '^') {
      out += c == '\\' ? "\\textbackslash{}" : c == '~' ? "\\textasciitilde{}" : "\\textasciicircum{}";
      continue;
    }
    out += c;
  }
  return out;
}

std::string markdown_text(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

template <class Escape>
std::string joined(const Cells& cells, const char* first, const char* between, const char* last,
                   const Escape& escape) {
  std::string line = first;
  for (std::size_t i = 0; i < cells.size(); ++i)
    line += (i == 0 ? "" : between) + escape(cells[i]);
  return line + last;
}

std::string csv(const PlainTable& table) {
  const auto field = [](const std::string& text) { return csv_field(text); };
  std::string out = joined(table.header, "", ",", "\n", field);
  for (const Cells& row : table.rows)
    out += joined(row, "", ",", "\n", field);
  return out;
}

std::string markdown(const PlainTable& table) {
  std::string out = joined(table.header, "| ", " | ", " |\n", markdown_text);
  for (std::size_t i = 0; i < table.header.size(); ++i)
    out += i == 0 ? "|---|" : "---:|";
  out += "\n";
  for (const Cells& row : table.rows)
    out += joined(row, "| ", " | ", " |\n", markdown_text);
  return out + (table.caption.empty() ? "" : "\n" + table.caption + "\n");
}

std::string latex(const PlainTable& table) {
  std::string out = table.caption.empty() ? "" : "% " + table.caption + "\n";
  out += "\\begin{tabular}{l" + std::string(table.header.size() - 1, 'r') + "}\n\\toprule\n";
  out += joined(table.header, "", " & ", " \\\\\n\\midrule\n", latex_text);
  for (const Cells& row : table.rows)
    out += joined(row, "", " & ", " \\\\\n", latex_text);
  return out + "\\bottomrule\n\\end{tabular}\n";
}

std::string text(const PlainTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    widths.push_back(table.header[i].size());
    for (const Cells& row : table.rows)
      widths.back() = std::max(widths.back(), row[i].size());
  }
  const auto line = [&](const Cells& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i)
      out +=
          i == 0 ? fmt::format("{:<{}}", cells[i], widths[i]) : fmt::format("  {:>{}}", cells[i], widths[i]);
    return out + "\n";
  };
  std::string out = table.caption.empty() ? "" : table.caption + "\n";
  out += line(table.header);
  for (const Cells& row : table.rows)
    out += line(row);
  return out;
}

}  // namespace

std::string plain_table_text(const PlainTable& table, ComparisonFormat format) {
  return format == ComparisonFormat::csv        ? csv(table)
         : format == ComparisonFormat::markdown ? markdown(table)
         : format == ComparisonFormat::latex    ? latex(table)
                                                : text(table);
}

void write_plain_table(const PlainTable& table, const std::filesystem::path& folder,
                       const std::string& name) {
  for (const auto& [extension, format] :
       {std::pair{".csv", ComparisonFormat::csv}, std::pair{".md", ComparisonFormat::markdown},
        std::pair{".tex", ComparisonFormat::latex}})
    write_file_atomically(folder / (name + extension), plain_table_text(table, format));
}

}  // namespace tauscope
