// Quantities by position in the response, by entropy quartile and by category.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/figure/style.h"
#include "core/report/figure_parts.h"

namespace tauscope::detail {

namespace {

constexpr std::int64_t fewest_positions = 5;  // behind a cell of a heat map, where the data allow
constexpr std::size_t most_categories = 20;

struct PositionRange {
  std::int64_t first = 0, last = 0;
};

/// "7" or "128-255".
std::optional<PositionRange> parse_range(const std::string& text) {
  const char* const end = text.data() + text.size();
  PositionRange range;
  auto read = std::from_chars(text.data(), end, range.first);
  range.last = range.first;
  if (read.ec == std::errc() && read.ptr != end && *read.ptr == '-')
    read = std::from_chars(read.ptr + 1, end, range.last);
  if (read.ec != std::errc() || read.ptr != end || range.first < 0 || range.last < range.first)
    return std::nullopt;
  return range;
}

std::optional<Panel> heat_panel(const Sources& sources, const std::string& student,
                                const std::string& quantity, const Axis& colour) {
  std::vector<std::pair<PositionRange, std::string>> ranges;
  std::int64_t most = 0;
  const auto count_at = [&](const std::string& value) {
    const auto& rows = sources.view.curve(student, quantity, "position", value);
    return rows.empty() ? 0 : rows.front()->count;
  };
  for (const std::string& value : sources.view.group_values(student, quantity, "position"))
    if (const auto range = parse_range(value)) {
      ranges.emplace_back(*range, value);
      most = std::max(most, count_at(value));
    }
  std::erase_if(ranges, [&](const auto& r) { return count_at(r.second) < std::min(fewest_positions, most); });
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return a.first.first < b.first.first; });
  if (ranges.size() < 2) return std::nullopt;

  // Grouped positions are as wide as they are many: on a log axis the first tokens keep their room beside
  // them.
  const bool log =
      std::any_of(ranges.begin(), ranges.end(), [](const auto& r) { return r.first.last > r.first.first; });
  const double shift = log ? 0.5 : -0.5;  // log axes start at 1
  std::vector<double> edges;
  std::vector<std::string> columns;  // "" = no such position
  for (const auto& [range, value] : ranges) {
    const double low = static_cast<double>(range.first) + shift,
                 high = static_cast<double>(range.last) + 1 + shift;
    if (edges.empty()) edges.push_back(low);
    if (low > edges.back()) {
      edges.push_back(low);
      columns.emplace_back();
    }
    edges.push_back(high);
    columns.push_back(value);
  }
  const auto& taus = sources.view.taus();
  std::vector<double> cells;
  for (const double tau : taus)
    for (const std::string& column : columns) {
      const SummaryRow* row =
          column.empty() ? nullptr : sources.view.row(student, quantity, tau, "position", column);
      cells.push_back(row ? row->mean : NAN);
    }
  HeatMap map{std::move(edges), tau_edges(taus), std::move(cells)};
  map.colour = colour;
  Panel panel{sources.view.students().size() > 1 ? student : "",
              value_axis(log ? "position in the response + 1" : "position in the response", "tokens",
                         log ? Scale::log : Scale::linear),
              tau_axis(taus)};
  panel.series.push_back({quantity, {}, std::move(map)});
  return panel;
}

/// The temperature at which groups are compared: the largest up to 4, else the nearest to it.
double comparison_tau(const std::vector<double>& taus) {
  double best = taus.front();
  for (const double tau : taus)
    if (tau <= 4 || best > 4) best = tau <= 4 ? tau : std::min(best, tau);
  return best;
}

}  // namespace

void add_heat_maps(const Sources& sources, std::vector<NamedFigure>& out) {
  if (sources.view.taus().size() < 2) return;
  struct Kind {
    std::string quantity, title;
    Axis colour;
  };
  const std::vector<Kind> kinds = {
      {"fkl_nd_share_l1", "Non-dominant share of the forward-KL gradient",
       share_axis("non-dominant share of ‖g‖₁")},
      {"rkl_nd_share_l1", "Non-dominant share of the reverse-KL gradient",
       share_axis("non-dominant share of ‖g‖₁")},
      {"fkl_grad_cos_tau1", "Forward-KL gradient: cosine with τ = 1", value_axis("cosine with τ = 1")},
      {"rkl_grad_cos_tau1", "Reverse-KL gradient: cosine with τ = 1", value_axis("cosine with τ = 1")},
      {"fkl", "Forward KL", value_axis("forward KL", "nats", Scale::log)},
      {"rkl", "Reverse KL", value_axis("reverse KL", "nats", Scale::log)}};
  for (const Kind& kind : kinds) {
    std::vector<Panel> panels;
    for (const std::string& student : sources.view.students())
      if (auto panel = heat_panel(sources, student, kind.quantity, kind.colour))
        panels.push_back(std::move(*panel));
    if (panels.empty()) continue;
    NamedFigure figure = assemble(
        sources, "heatmap_" + kind.quantity, "By position in the response", kind.title + " by position and τ",
        kind.title +
            " by position in the response and τ; mean over the responses that reach the position (at least 5 "
            "where the data have as many).",
        std::move(panels), 1, 120);
    figure.size.width = double_column;
    figure.figure.share_x = figure.figure.share_y = figure.figure.share_colour = true;
    out.push_back(std::move(figure));
  }
}

void add_entropy_quartiles(const Sources& sources, std::vector<NamedFigure>& out) {
  if (sources.view.taus().size() < 2) return;
  static const char* const names[] = {"lowest teacher entropy", "second quartile", "third quartile",
                                      "highest teacher entropy"};
  const auto& students = sources.view.students();
  for (std::size_t s = 0; s < students.size(); ++s) {
    std::vector<Panel> panels;
    for (const auto& [quantity, title, axis] :
         {std::tuple<std::string, std::string, Axis>{"fkl_grad_cos_tau1", forward_name,
                                                     value_axis("cosine with τ = 1")},
          {"rkl_grad_cos_tau1", reverse_name, value_axis("cosine with τ = 1")},
          {"fkl_nd_share_l1", forward_name, share_axis("non-dominant share")},
          {"rkl_nd_share_l1", reverse_name, share_axis("non-dominant share")}}) {
      Panel panel{title, tau_axis(sources.view.taus()), axis};
      for (std::size_t q = 0; q < 4; ++q)
        add_median(panel,
                   sources.view.curve(students[s], quantity, "entropy_quartile", std::to_string(q + 1)),
                   names[q], look_in_order(q, 4), false);
      if (has_series(panel)) panels.push_back(std::move(panel));
    }
    if (panels.empty()) continue;
    NamedFigure figure = assemble(sources, name_for(sources, "entropy_quartiles", s), "By teacher entropy",
                                  "Gradients by teacher entropy" + title_for(sources, s),
                                  "Positions in four groups by the entropy of the teacher at τ = 1. Lines: "
                                  "median over the positions of the "
                                  "group.",
                                  std::move(panels), 2, 130);
    figure.figure.share_x = true;
    figure.figure.legend = LegendPlace::below;
    out.push_back(std::move(figure));
  }
}

void add_categories(const Sources& sources, std::vector<NamedFigure>& out) {
  const auto& students = sources.view.students();
  if (sources.view.taus().empty()) return;
  const double tau = comparison_tau(sources.view.taus());
  for (std::size_t s = 0; s < students.size(); ++s) {
    std::vector<std::string> names = sources.view.group_values(students[s], "fkl", "category");
    const auto count_of = [&](const std::string& name) {
      const auto& rows = sources.view.curve(students[s], "fkl", "category", name);
      return rows.empty() ? 0 : rows.front()->count;
    };
    std::stable_sort(names.begin(), names.end(),
                     [&](const auto& a, const auto& b) { return count_of(a) > count_of(b); });
    const bool cut = names.size() > most_categories;
    if (cut) names.resize(most_categories);
    if (names.size() < 2) continue;
    Axis categories;
    categories.reversed = true;
    categories.low = -0.6;
    categories.high = static_cast<double>(names.size()) - 0.4;
    for (std::size_t i = 0; i < names.size(); ++i) {
      categories.ticks.push_back(static_cast<double>(i));
      categories.tick_labels.push_back(names[i] + " (" + std::to_string(count_of(names[i])) + ")");
    }
    std::vector<Panel> panels;
    const std::string at = ", τ = " + tau_text(tau);
    for (const auto& [forward, reverse, axis] :
         {std::tuple<std::string, std::string, Axis>{"fkl", "rkl", value_axis("divergence" + at, "nats")},
          {"fkl_grad_cos_tau1", "rkl_grad_cos_tau1", value_axis("cosine with τ = 1" + at)},
          {"fkl_nd_share_l1", "rkl_nd_share_l1", share_axis("non-dominant share" + at)}}) {
      Panel panel{"", axis, categories};
      for (const auto& [quantity, name, look, offset] :
           {std::tuple<std::string, std::string, Look, double>{forward, forward_name, forward_look(), -0.16},
            {reverse, reverse_name, reverse_look(), 0.16}}) {
        std::vector<double> x, y, low, high;
        for (std::size_t i = 0; i < names.size(); ++i) {
          const SummaryRow* row = sources.view.row(students[s], quantity, tau, "category", names[i]);
          if (!row) continue;
          x.push_back(row->median);
          y.push_back(static_cast<double>(i) + offset);
          low.push_back(row->p25);
          high.push_back(row->p75);
        }
        if (!x.empty()) panel.series.push_back({name, look, Intervals{x, y, low, high, true}});
      }
      if (has_series(panel)) panels.push_back(std::move(panel));
    }
    if (panels.empty()) continue;
    const int columns = static_cast<int>(panels.size());
    NamedFigure figure = assemble(
        sources, name_for(sources, "categories", s), "By category", "By category" + title_for(sources, s),
        "By category of the data (number of scored positions in brackets" +
            std::string(cut ? "; the 20 largest categories" : "") +
            "): median and 25th to 75th percentile over positions at τ = " + tau_text(tau) + ".",
        std::move(panels), columns, 60 + 17.0 * static_cast<double>(names.size()));
    figure.size.width = double_column;
    figure.figure.share_y = true;
    figure.figure.legend = LegendPlace::below;
    out.push_back(std::move(figure));
  }
}

}  // namespace tauscope::detail
