// What the figures of an analysis are made of: axes, looks and series that mean the same in every figure.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/report/analysis_figures.h"
#include "core/report/table_view.h"

namespace tauscope::detail {

/// Forward KL and reverse KL keep their looks throughout; students follow.
inline Look forward_look() {
  return look_of(0);
}
inline Look reverse_look() {
  return look_of(1);
}
Look teacher_look();
Look student_look(std::size_t student);

inline const std::string forward_name = "forward KL";
inline const std::string reverse_name = "reverse KL";

/// What every builder is given.
struct Sources {
  const TableView& view;
  const Json& manifest;
};

/// What the bands of curves over τ show.
inline constexpr const char* quartile_band = "25th to 75th percentile";

Axis tau_axis(const std::vector<double>& taus);
/// Borders of cells around temperatures (ascending, at least one): half-way between neighbours by ratio.
std::vector<double> tau_edges(const std::vector<double>& taus);
Axis value_axis(const std::string& label, const std::string& unit = "", Scale scale = Scale::linear);
Axis share_axis(const std::string& label);  ///< from 0

/// The median as a line with markers, and the range from p25 to p75 as a band. Nothing where the table has no
/// rows.
void add_median(Panel& panel, const std::vector<const SummaryRow*>& rows, const std::string& name,
                const Look& look, bool band = true);

bool has_series(const Panel& panel);

/// A grid of panels: 3.4 inches wide if `panels` is 1, else 7; `panel_height` in points.
NamedFigure assemble(const Sources& sources, const std::string& name, const std::string& section,
                     const std::string& title, const std::string& caption, std::vector<Panel> panels,
                     int columns, double panel_height);

/// "name" for one student, "name-<student>" for several; safe and unique as part of a file name.
std::string name_for(const Sources& sources, const std::string& name, std::size_t student);
/// " (student)" for several students, else "".
std::string title_for(const Sources& sources, std::size_t student);

/// How τ is written in labels: "0.5", "2", with up to four digits.
std::string tau_text(double tau);
/// At most `most` of them, evenly spread, with both ends.
std::vector<double> some_taus(const std::vector<double>& taus, std::size_t most);

// Builders; each appends the figures it has numbers for.
void add_tau_curves(const Sources& sources, std::vector<NamedFigure>& out);
void add_histograms(const Sources& sources, std::vector<NamedFigure>& out);
void add_head_curves(const Sources& sources, std::vector<NamedFigure>& out);
void add_heat_maps(const Sources& sources, std::vector<NamedFigure>& out);
void add_student_comparison(const Sources& sources, std::vector<NamedFigure>& out);
void add_entropy_quartiles(const Sources& sources, std::vector<NamedFigure>& out);
void add_categories(const Sources& sources, std::vector<NamedFigure>& out);

}  // namespace tauscope::detail
