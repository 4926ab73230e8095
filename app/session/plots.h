// The plots of the workbench: each a Figure made from the session's state and results, with no widget, so
// that the window, `export all` and a script draw the same thing.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/session/session.h"
#include "core/figure/figure.h"
#include "core/figure/geometry.h"

namespace tauscope {

/// Where a plot or table is of a token and none is pinned. Not every page has a strip to click in.
inline constexpr const char* no_token_note =
    "No token is pinned: press → to step through them, or click one in Explore.";

/// A plot as it can be shown now.
struct Plot {
  std::shared_ptr<const Figure> figure;  ///< null: nothing to show, `note` says why and what to do
  std::string note;                      ///< "" where everything is as asked for
  bool loading = false;                  ///< something newer is being computed
  bool is_current = false;               ///< false: `figure` belongs to other settings; `note` says to which
};

struct PlotInfo {
  const char* name;           ///< in commands and file names: "gradients"
  const char* title;          ///< on the screen: "Gradient decomposition"
  Tab tab;                    ///< where it belongs
  const char* help;           ///< one or two sentences: what it shows, how to read it
  Size size{};                ///< of its files, in points
  bool tau_on_x = false;      ///< the horizontal axis is τ: the current one can be dragged there
  bool shared_x = false;      ///< its panels have one horizontal axis: a zoom of one is a zoom of all
  bool follows_token = true;  ///< shows the pinned token
};

/// Every plot, in the order in which pages show them.
std::span<const PlotInfo> plot_infos();
const PlotInfo* find_plot(std::string_view name);

/// Makes plots from a session and keeps the latest of each until something it depends on changes. For the
/// session's thread.
class PlotBook {
 public:
  PlotBook();
  ~PlotBook();
  /// Data and axes as computed: what zooming and the legend change is applied by `with_view`. An unknown name
  /// gives a plot without a figure.
  Plot plot(const Session& session, std::string_view name);

 private:
  struct Entry;
  std::map<std::string, std::unique_ptr<Entry>, std::less<>> entries_;
};

/// What the user did to a plot: limits of axes in place of the figure's own, series that are switched off.
Figure with_view(const Figure& figure, const PlotView& view);

/// The points of "compare_scatter": per-example means of the view's quantity for students A and B at the
/// analysed τ nearest to the view's. Empty where no analysis of the data set is there. A click opens the
/// example nearest to it.
struct ExamplePoint {
  std::int64_t example = 0;
  double a = 0, b = 0;
};
std::vector<ExamplePoint> compare_points(const Session& session);

}  // namespace tauscope
