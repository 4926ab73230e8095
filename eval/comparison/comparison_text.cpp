#include <fmt/format.h>

#include <cmath>

#include "core/base/csv.h"
#include "eval/comparison/comparison.h"

namespace tauscope {
namespace {

using Cells = std::vector<std::string>;

std::string number(double value, int digits) {
  return std::isnan(value) ? "" : fmt::format("{:.{}f}", value, digits);
}

std::string p_text(double p) {
  if (std::isnan(p)) return "";
  return p < 0.0001 ? fmt::format("{:.0e}", p) : fmt::format("{:.4f}", p);
}

/// Scores have two digits; shares, such as distinct-2, four.
int digits_of(const ComparedRow& row) {
  return row.metric.starts_with("distinct") ? 4 : 2;
}

std::string interval_text(const Interval& interval, int digits) {
  if (std::isnan(interval.low)) return "";
  return fmt::format("[{:.{}f}, {:.{}f}]", interval.low, digits, interval.high, digits);
}

Cells heading(const ComparisonTable& table) {
  const std::string interval = fmt::format("{:g}% interval", 100 * table.level);
  return {"model", "mean",     interval,   "sd over seeds", "delta",        interval,
          "p",     "p (Holm)", "p t-test", "effect",        "won/tied/lost"};
}

Cells cells_of(const ComparedRow& row) {
  const int digits = digits_of(row);
  Cells cells{row.model, number(row.mean, digits), interval_text(row.interval, digits),
              number(row.sd_over_seeds, digits)};
  if (row.baseline) {
    cells.push_back("baseline");
  } else {
    cells.push_back(fmt::format("{:+.{}f}", row.difference.delta, digits));
  }
  if (!row.tested) {
    cells.resize(11);
    return cells;
  }
  const PairedComparison& difference = row.difference;
  cells.push_back(interval_text(difference.interval, digits));
  cells.push_back(p_text(difference.p));
  cells.push_back(p_text(row.p_holm) + (row.within_noise ? " ~" : ""));
  cells.push_back(p_text(difference.p_ttest));
  cells.push_back(number(difference.effect_size, 2));
  cells.push_back(fmt::format("{}/{}/{}", difference.wins, difference.ties, difference.losses));
  return cells;
}

std::string title_of(const ComparedRow& row) {
  std::string title = fmt::format("{} on {}", row.metric, row.set);
  if (row.count > 0) title += fmt::format(", {} prompts", row.count);
  return title;
}

Cells notes(const ComparisonTable& table) {
  bool several = false;
  for (const ComparedRow& row : table.rows)
    several = several || row.training_seeds > 1;
  Cells lines{fmt::format(
      "delta: against {}; intervals and p: paired bootstrap over prompts, {} resamples{}; p (Holm): "
      "corrected "
      "for the {} tests of this table; effect: mean difference over its standard deviation",
      table.baseline, table.resamples,
      several ? ", training seeds resampled too (paired where both sides have as many)" : "", table.tests)};
  lines.push_back(several ? "sd over seeds: of training seeds where there are several, else of sampling seeds"
                          : "sd over seeds: of sampling seeds");
  lines.push_back(fmt::format("~: within noise, p (Holm) is not below {:g}", 1 - table.level));
  return lines;
}

std::size_t shown_width(const std::string& text) {
  std::size_t width = 0;
  for (const char c : text)
    width += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return width;
}

/// Calls begin(title) before the first row of each (set, metric), row(cells) for all.
template <typename Begin, typename Row>
void walk(const ComparisonTable& table, const Begin& begin, const Row& row) {
  std::string title;
  for (const ComparedRow& one : table.rows) {
    if (title_of(one) != title) begin(title = title_of(one));
    row(cells_of(one));
  }
}

std::string as_text(const ComparisonTable& table) {
  std::vector<std::size_t> widths;
  const auto widen = [&](const Cells& cells) {
    widths.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], shown_width(cells[i]));
  };
  widen(heading(table));
  walk(
      table, [](const std::string&) {}, widen);
  std::string text;
  const auto add = [&](const Cells& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string blanks(widths[i] - shown_width(cells[i]), ' ');
      line += i == 0 ? cells[i] + blanks : "  " + blanks + cells[i];
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  };
  walk(
      table,
      [&](const std::string& title) {
        text += (text.empty() ? "" : "\n") + title + "\n";
        add(heading(table));
      },
      add);
  text += "\n";
  for (const std::string& line : notes(table))
    text += line + "\n";
  return text;
}

std::string markdown_cell(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string as_markdown(const ComparisonTable& table) {
  std::string text;
  const auto add = [&](const Cells& cells) {
    text += "|";
    for (const std::string& cell : cells)
      text += " " + markdown_cell(cell) + " |";
    text += "\n";
  };
  walk(
      table,
      [&](const std::string& title) {
        text += (text.empty() ? "" : "\n") + std::string("**") + markdown_cell(title) + "**\n\n";
        add(heading(table));
        text += "|---|";
        for (std::size_t i = 1; i < heading(table).size(); ++i)
          text += "---:|";
        text += "\n";
      },
      add);
  for (const std::string& line : notes(table))
    text += "\n" + line + "\n";
  return text;
}

std::string latex_cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        out += std::string("\\") + c;
        break;
      case '~':
        out += "\\textasciitilde{}";
        break;
      case '^':
        out += "\\textasciicircum{}";
        break;
      case '\\':
        out += "\\textbackslash{}";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// For the package booktabs.
std::string as_latex(const ComparisonTable& table) {
  const std::size_t columns = heading(table).size();
  std::string text = "\\begin{tabular}{l" + std::string(columns - 1, 'r') + "}\n\\toprule\n";
  const auto add = [&](const Cells& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      text += (i > 0 ? " & " : "") + latex_cell(cells[i]);
    text += " \\\\\n";
  };
  add(heading(table));
  walk(
      table,
      [&](const std::string& title) {
        text += fmt::format("\\midrule\n\\multicolumn{{{}}}{{l}}{{{}}} \\\\\n", columns, latex_cell(title));
      },
      add);
  text += "\\bottomrule\n\\end{tabular}\n";
  for (const std::string& line : notes(table))
    text += "% " + line + "\n";
  return text;
}

std::string as_csv(const ComparisonTable& table) {
  std::string text =
      "set,model,metric,mean,ci_low,ci_high,sd_over_seeds,count,delta,delta_ci_low,delta_ci_high,p,p_holm,p_"
      "ttest,"
      "effect_size,wins,ties,losses,training_seeds,within_noise\n";
  const auto numbers = [&](std::initializer_list<double> values, bool there) {
    for (const double value : values) {
      text += ',';
      if (there && !std::isnan(value)) append_number(text, value);
    }
  };
  for (const ComparedRow& row : table.rows) {
    const PairedComparison& difference = row.difference;
    text += csv_field(row.set) + "," + csv_field(row.model) + "," + csv_field(row.metric);
    numbers({row.mean, row.interval.low, row.interval.high, row.sd_over_seeds}, true);
    text += fmt::format(",{}", row.count);
    numbers({difference.delta}, !row.baseline);
    numbers({difference.interval.low, difference.interval.high, difference.p, row.p_holm, difference.p_ttest,
             difference.effect_size},
            row.tested);
    numbers({static_cast<double>(difference.wins), static_cast<double>(difference.ties),
             static_cast<double>(difference.losses)},
            row.tested);
    text += fmt::format(",{},{}\n", row.training_seeds, !row.tested ? "" : row.within_noise ? "yes" : "no");
  }
  return text;
}

}  // namespace

std::string comparison_text(const ComparisonTable& table, ComparisonFormat format) {
  switch (format) {
    case ComparisonFormat::text:
      return as_text(table);
    case ComparisonFormat::csv:
      return as_csv(table);
    case ComparisonFormat::markdown:
      return as_markdown(table);
    case ComparisonFormat::latex:
      return as_latex(table);
  }
  return "";
}

}  // namespace tauscope
