// What the plots of the workbench are made of.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/session/plot_inputs.h"
#include "app/session/plots.h"
#include "app/session/quantities.h"
#include "core/report/figure_parts.h"

namespace tauscope::detail {

struct PlotBuilder {
  PlotInfo info;
  PlotInputs (*inputs)(const Session&);
  Figure (*make)(const Session&);  ///< only where inputs are ready
};
std::span<const PlotBuilder> explore_plots();
std::span<const PlotBuilder> curve_plots();
std::span<const PlotBuilder> compare_plots();
std::span<const PlotBuilder> evaluation_plots();
std::span<const PlotBuilder> run_plots();
std::span<const PlotBuilder> objective_plots();

// ---- text

/// A token on one line, at most `most` characters: space ␣, tab ⇥, line end ⏎, bytes that are no text as
/// <0xNN>.
std::string token_text(std::string_view bytes, std::size_t most = 12);
/// Its id where its bytes are not known.
std::string token_text(const StripToken& token, std::size_t most);
std::string capital(std::string text);  ///< its first letter, if it is a Latin one
/// The position of a scored row as tokens.csv counts it.
std::int64_t position_of(const Session& session, std::int64_t row);
std::string student_name(const Session& session, std::size_t student);
/// ", student-a" where there are several.
std::string of_student(const Session& session, std::size_t student);
/// "position 12 “␣the”, τ = 2"
std::string place_text(const Session& session, const DetailResult& detail);
/// Models, example and settings, for the metadata of files.
std::string provenance(const Session& session);

/// "forward KL (nats)"
std::string axis_text(const Axis& axis);

// ---- bars by token

/// The entries of a detail along an axis: token i covers i ± 0.5, all others stand at the end.
struct TokenAxis {
  Axis axis;
  std::size_t tokens = 0;
  double rest_at() const { return static_cast<double>(tokens); }
};
TokenAxis token_axis(const PositionDetail& detail);

/// Bars in groups of `count` side by side at whole numbers.
class BarGroup {
 public:
  BarGroup(std::size_t place, std::size_t count) : place_(place), count_(count) {}
  void add(double at, double height) {
    const double width = 0.84 / static_cast<double>(count_);
    low_.push_back(at - 0.42 + width * static_cast<double>(place_));
    high_.push_back(at - 0.42 + width * static_cast<double>(place_ + 1));
    top_.push_back(height);
  }
  bool empty() const { return top_.empty(); }
  Bars bars() { return {std::move(low_), std::move(high_), {}, std::move(top_)}; }

 private:
  std::size_t place_, count_;
  std::vector<double> low_, high_, top_;
};

/// Where the sum over all other tokens dwarfs the bars of single ones, the axis is made for the latter; a
/// rule says what was cut off. For panels with a linear axis, after their bars.
void fit_to_tokens(Panel& panel, const TokenAxis& tokens);

inline Look with_opacity(Look look, double opacity) {
  look.opacity = opacity;
  return look;
}
inline Look neutral_look() {
  Look look;
  look.slot = Look::neutral;
  return look;
}
inline Look solid(Look look) {
  look.dash = Dash::solid;
  return look;
}

/// The axis of the workbench's τ curves: 0.1 … 20 with marks at the octaves.
Axis workbench_tau_axis();

/// On a log axis bands may reach down to where nothing matters: the limits follow the lines.
void fit_to_lines(Panel& panel);

/// Median (a token's value) and, of several positions, the range from p25 to p75.
void add_curve(Panel& panel, const CurvesResult& curves, std::string_view column, const std::string& name,
               const Look& look);

}  // namespace tauscope::detail
