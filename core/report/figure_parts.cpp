#include "core/report/figure_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "core/figure/style.h"
#include "core/report/manifest_text.h"

namespace tauscope::detail {

namespace {

std::string safe_for_files(const std::string& student) {
  std::string out;
  for (const char c : student.substr(0, 60)) {
    const bool safe = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
    out += safe && !(out.empty() && c == '.') ? c : '_';
  }
  return out;
}

}  // namespace

Look teacher_look() {
  Look look;
  look.slot = Look::neutral;
  look.dash = Dash::dotted;
  look.marker = Marker::diamond;
  return look;
}

Look student_look(std::size_t student) {
  return look_of(static_cast<int>(student) + 2);
}

Axis tau_axis(const std::vector<double>& taus) {
  Axis axis;
  axis.label = "temperature τ";
  axis.scale = Scale::log;
  axis.ticks = taus;
  return axis;
}

std::vector<double> tau_edges(const std::vector<double>& taus) {
  if (taus.size() == 1) return {taus[0] / std::sqrt(2.0), taus[0] * std::sqrt(2.0)};
  std::vector<double> edges;
  for (std::size_t i = 0; i + 1 < taus.size(); ++i)
    edges.push_back(std::sqrt(taus[i] * taus[i + 1]));
  edges.insert(edges.begin(), taus.front() * taus.front() / edges.front());
  edges.push_back(taus.back() * taus.back() / edges.back());
  return edges;
}

Axis value_axis(const std::string& label, const std::string& unit, Scale scale) {
  Axis axis;
  axis.label = label;
  axis.unit = unit;
  axis.scale = scale;
  return axis;
}

Axis share_axis(const std::string& label) {
  Axis axis = value_axis(label);
  axis.include_zero = true;
  return axis;
}

void add_median(Panel& panel, const std::vector<const SummaryRow*>& rows, const std::string& name,
                const Look& look, bool band) {
  if (rows.empty()) return;
  std::vector<double> tau, median, low, high;
  for (const SummaryRow* row : rows) {
    tau.push_back(row->tau);
    median.push_back(row->median);
    low.push_back(row->p25);
    high.push_back(row->p75);
  }
  const Values x(std::move(tau));
  if (band) panel.series.push_back({name, look, Band{x, std::move(low), std::move(high), quartile_band}});
  panel.series.push_back({name, look, Line{x, std::move(median), true}});
}

bool has_series(const Panel& panel) {
  return std::any_of(panel.series.begin(), panel.series.end(),
                     [](const Series& s) { return !std::holds_alternative<Rule>(s.data); });
}

NamedFigure assemble(const Sources& sources, const std::string& name, const std::string& section,
                     const std::string& title, const std::string& caption, std::vector<Panel> panels,
                     int columns, double panel_height) {
  NamedFigure out{name, section, caption};
  const bool single = panels.size() == 1;
  const int rows = (static_cast<int>(panels.size()) + columns - 1) / columns;
  out.figure.title = title;
  out.figure.description = caption;
  out.figure.provenance = provenance_text(sources.manifest);
  out.figure.panels = std::move(panels);
  out.figure.columns = columns;
  out.size = {single ? single_column : double_column, rows * panel_height + (single ? 0 : 20)};
  return out;
}

std::string name_for(const Sources& sources, const std::string& name, std::size_t student) {
  const auto& students = sources.view.students();
  if (students.size() < 2) return name;
  std::set<std::string> taken;
  std::string mine;
  for (std::size_t s = 0; s <= student; ++s) {
    const std::string plain = safe_for_files(students[s]);
    mine = plain;
    for (int n = 2; !taken.insert(mine).second; ++n)
      mine = plain + "-" + std::to_string(n);
  }
  return name + "-" + mine;
}

std::string title_for(const Sources& sources, std::size_t student) {
  const auto& students = sources.view.students();
  return students.size() < 2 ? "" : " (" + students[student] + ")";
}

std::string tau_text(double tau) {
  return fmt::format("{:.4g}", tau);
}

std::vector<double> some_taus(const std::vector<double>& taus, std::size_t most) {
  if (taus.size() <= most) return taus;
  std::vector<double> out;
  for (std::size_t i = 0; i < most; ++i)
    out.push_back(taus[i * (taus.size() - 1) / (most - 1)]);
  return out;
}

}  // namespace tauscope::detail
