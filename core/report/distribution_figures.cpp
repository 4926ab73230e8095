// Histograms of probabilities and gradients, and head curves.
#include <algorithm>
#include <cmath>

#include "core/report/figure_parts.h"

namespace tauscope::detail {

namespace {

constexpr double smallest_shown = 1e-3;  // share of a bin below which the axis may end
constexpr std::size_t most_panels = 20;  // of one figure
constexpr std::size_t most_lines = 10;   // of one panel

/// Bins as edges and shares of all mass per factor of 2; empty where there is no mass.
Steps shares_per_octave(const std::vector<const HistogramRow*>& rows) {
  double total = 0;
  for (const HistogramRow* row : rows)
    total += row->mass;
  if (rows.empty() || !(total > 0)) return {};
  std::vector<double> edges, shares;
  for (const HistogramRow* row : rows) {
    // The outermost bins are open; they are drawn one octave wide.
    const double high = std::isfinite(row->bin_high) ? row->bin_high : 2 * row->bin_low;
    const double low = row->bin_low > 0 ? row->bin_low : high / 2;
    if (!(low > 0) || !(high > low)) continue;
    if (edges.empty()) {
      edges.push_back(low);
    } else if (low > edges.back() * (1 + 1e-12)) {  // bins that were left out are empty
      edges.push_back(low);
      shares.push_back(0);
    }
    edges.push_back(high);
    shares.push_back(row->mass / total / std::log2(high / low));
  }
  if (shares.empty()) return {};
  return {std::move(edges), std::move(shares)};
}

struct HistogramKind {
  std::string name, title, caption, x_label, x_unit, y_label;
  std::string first_source, first_name;
  std::string second_source, second_name;
};

/// Widens low..high to the bins that hold more than smallest_shown.
void widen(const Steps& steps, double& low, double& high) {
  for (std::size_t i = 0; i < steps.heights.size(); ++i) {
    if (!(steps.heights[i] >= smallest_shown)) continue;
    low = std::min(low, steps.edges[i]);
    high = std::max(high, steps.edges[i + 1]);
  }
}

void add_kind(const Sources& sources, const HistogramKind& kind, std::size_t student, const Look& first_look,
              const Look& second_look, std::vector<NamedFigure>& out) {
  const std::string& name = sources.view.students()[student];
  std::vector<Panel> panels;
  double low = INFINITY, high = 0;
  for (const double tau : sources.view.taus()) {
    Panel panel{"τ = " + tau_text(tau), value_axis(kind.x_label, kind.x_unit, Scale::log),
                share_axis(kind.y_label)};
    Steps first = shares_per_octave(sources.view.histogram(name, kind.first_source, tau));
    Steps second = shares_per_octave(sources.view.histogram(name, kind.second_source, tau));
    first.filled = true;
    widen(first, low, high);
    widen(second, low, high);
    if (!first.heights.empty()) panel.series.push_back({kind.first_name, first_look, std::move(first)});
    if (!second.heights.empty()) panel.series.push_back({kind.second_name, second_look, std::move(second)});
    if (has_series(panel)) panels.push_back(std::move(panel));
  }
  if (panels.empty()) return;
  if (low < high)
    for (Panel& panel : panels) {
      panel.x.low = low;
      panel.x.high = high;
    }
  for (std::size_t begin = 0, part = 1; begin < panels.size(); begin += most_panels, ++part) {
    const std::size_t end = std::min(panels.size(), begin + most_panels);
    std::vector<Panel> some(panels.begin() + static_cast<std::ptrdiff_t>(begin),
                            panels.begin() + static_cast<std::ptrdiff_t>(end));
    const int count = static_cast<int>(some.size()), columns = count <= 5 ? count : count <= 8 ? 4 : 5;
    std::string file = name_for(sources, kind.name, student);
    if (part > 1) file += "-part" + std::to_string(part);
    NamedFigure figure = assemble(sources, file, "Distributions", kind.title + title_for(sources, student),
                                  kind.caption, std::move(some), columns, count == 1 ? 160 : 115);
    figure.figure.share_x = figure.figure.share_y = true;
    figure.figure.legend = LegendPlace::below;
    out.push_back(std::move(figure));
  }
}

Look solid(Look look) {
  look.dash = Dash::solid;
  return look;
}

}  // namespace

void add_histograms(const Sources& sources, std::vector<NamedFigure>& out) {
  const std::string range =
      " The axis covers the bins that hold at least 0.1% in some panel; the CSV has all.";
  for (std::size_t s = 0; s < sources.view.students().size(); ++s) {
    add_kind(
        sources,
        {"probability_histogram", "Probability mass by token probability",
         "Share of the probability mass on tokens of a given probability, per factor of 2, over all scored "
         "positions: teacher and student at each τ." +
             range,
         "token probability", "", "mass per octave", "teacher", "teacher", "student", "student"},
        s, solid(teacher_look()), solid(student_look(s)), out);
    add_kind(sources,
             {"gradient_histogram", "Gradient by size of its entries",
              "Share of Σ|g| carried by entries of a given size, per factor of 2, over all scored positions "
              "at each τ." +
                  range,
              "entry |gⱼ|", "", "share of Σ|g| per octave", "fkl_gradient", forward_name, "rkl_gradient",
              reverse_name},
             s, solid(forward_look()), reverse_look(), out);
  }
}

void add_head_curves(const Sources& sources, std::vector<NamedFigure>& out) {
  const auto& students = sources.view.students();
  const std::vector<double> taus = some_taus(sources.view.taus(), most_lines);
  for (std::size_t s = 0; s < students.size(); ++s) {
    std::vector<Panel> panels;
    for (const auto& [source, title] : {std::pair<std::string, std::string>{"fkl_gradient", forward_name},
                                        {"rkl_gradient", reverse_name}}) {
      Panel panel{title, value_axis("teacher rank", "", Scale::log), share_axis("cumulative share of ‖g‖₁")};
      for (std::size_t t = 0; t < taus.size(); ++t) {
        std::vector<double> rank, share;
        for (const HeadCurveRow* row : sources.view.head_curve(students[s], source, taus[t])) {
          rank.push_back(static_cast<double>(row->rank));
          share.push_back(row->share);
        }
        if (!rank.empty())
          panel.series.push_back(
              {"τ = " + tau_text(taus[t]), look_in_order(t, taus.size()), Line{rank, share, true}});
      }
      if (has_series(panel)) panels.push_back(std::move(panel));
    }
    if (panels.empty()) continue;
    const int columns = static_cast<int>(panels.size());
    NamedFigure figure =
        assemble(sources, name_for(sources, "head_curve", s), "Where the gradient acts",
                 "How far down the teacher's ranking the gradient reaches" + title_for(sources, s),
                 "Share of the gradient's L1 norm that falls on the k tokens the teacher finds most "
                 "probable, k on the horizontal "
                 "axis; mean over scored positions. The later a curve rises, the more of the gradient acts "
                 "on improbable tokens.",
                 std::move(panels), columns, 165);
    figure.figure.share_y = figure.figure.share_x = true;
    figure.figure.legend = LegendPlace::below;
    out.push_back(std::move(figure));
  }
}

}  // namespace tauscope::detail
