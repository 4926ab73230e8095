// What the user sees and has chosen: plain values, so that they can be saved, compared, replayed and undone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "kernels/statistics.h"

namespace tauscope {

enum class Tab : std::uint8_t { explore, compare, evaluate, distill, objectives };
enum class HistogramView : std::uint8_t { by_rank, by_probability };
enum class CurveScope : std::uint8_t { token, example, data };
/// The plots of Explore; automatic: all of them where there is room, else the token's.
enum class ExploreView : std::uint8_t { automatic, token, over_tau, all };
/// What Compare shows below its strips.
enum class CompareView : std::uint8_t { over_tau, token, table, examples, answers };
/// Evaluate's pages: what to run, the table of means, the answers of one prompt.
enum class EvaluateView : std::uint8_t { setup, scores, answers };
/// Distill's pages: the form of a run, and the runs that are open.
enum class DistillView : std::uint8_t { setup, runs };
/// Compare's strips: B's as difference to A's, or both as they are.
enum class StripColours : std::uint8_t { difference, values };
enum class Theme : std::uint8_t { dark, light };

/// Limits that replace a figure's own, of one panel.
struct PlotZoom {
  std::optional<double> x_low, x_high, y_low, y_high;
  bool operator==(const PlotZoom&) const = default;
};

/// What the user did to one plot.
struct PlotView {
  std::map<std::size_t, PlotZoom> zoom;  ///< by panel
  std::set<std::string> hidden;          ///< names of series that are switched off
  bool operator==(const PlotView&) const = default;
};

/// An objective of the registry with what differs from its defaults.
struct ObjectivePick {
  std::string name;
  std::string parameters;  ///< "alpha=0.2,beta=0.7"; "" = all as they are
  bool operator==(const ObjectivePick&) const = default;
};

/// What is shown of an evaluation; "" and -1 mean the first.
struct EvaluationPick {
  std::string set, metric;
  std::string baseline;    ///< the model that the others are held against
  std::int64_t seed = -1;  ///< whose answers are shown
  bool operator==(const EvaluationPick&) const = default;
};

/// Everything that a view command changes and undo brings back.
struct ViewState {
  Tab tab = Tab::explore;
  double tau = 1;  ///< 0.1 … 20
  TauScaling tau_scaling = TauScaling::squared;
  DominantSpec dominant;
  std::string colour_by = "fkl_grad_l2";  ///< a column of tokens.csv
  ExploreView explore_view = ExploreView::automatic;
  CompareView compare_view = CompareView::over_tau;
  StripColours strip_colours = StripColours::difference;
  std::int64_t example = -1;           ///< index of the record; -1: none chosen
  std::optional<std::int64_t> pinned;  ///< a scored position of the example
  std::size_t student = 0;             ///< the one that Explore shows
  std::size_t compare_a = 0, compare_b = 1;
  std::vector<std::int64_t> marked;      ///< examples that Compare's table is cut to; none: all
  std::string compare_quantity = "fkl";  ///< of the difference colouring and the scatter
  int top_k = 25;                        ///< tokens in the histogram, 5 … 200
  HistogramView histogram = HistogramView::by_rank;
  bool log_scale = false;  ///< of probabilities and gradients
  CurveScope curve_scope = CurveScope::example;
  std::string search;                                            ///< in the token strip
  std::map<std::string, PlotView> plots;                         ///< by the plot's name; absent: as made
  ObjectivePick objective_a{"fkl", ""}, objective_b{"rkl", ""};  ///< what the objectives page compares
  EvaluateView evaluate_view = EvaluateView::setup;
  EvaluationPick evaluation;
  std::int64_t answer = -1;  ///< example whose answers are shown; -1: the first
  DistillView distill_view = DistillView::setup;
  double smoothing = 0.8;  ///< of the runs' curves, 0 … 0.999
  Theme theme = Theme::dark;
  double ui_scale = 1;  ///< on top of the display's own; 0.5 … 3

  bool operator==(const ViewState&) const = default;
};

Json view_to_json(const ViewState& view);
/// Unknown keys and values out of range throw Error::bad_input; absent keys keep their defaults.
ViewState view_from_json(const Json& json, const std::string& file);

}  // namespace tauscope
