#include "app/session/plots.h"

#include <algorithm>
#include <cmath>

#include "app/session/plot_parts.h"

namespace tauscope {

namespace {

using detail::PlotBuilder;
using detail::PlotInputs;

const std::vector<PlotBuilder>& builders() {
  static const std::vector<PlotBuilder> all = [] {
    std::vector<PlotBuilder> list;
    for (const auto part : {detail::explore_plots(), detail::curve_plots(), detail::compare_plots(),
                            detail::evaluation_plots(), detail::run_plots(), detail::objective_plots()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

const PlotBuilder* find_builder(std::string_view name) {
  const auto found = std::find_if(builders().begin(), builders().end(),
                                  [&](const PlotBuilder& builder) { return name == builder.info.name; });
  return found == builders().end() ? nullptr : &*found;
}

void zoom_axis(Axis& axis, const std::optional<double>& low, const std::optional<double>& high) {
  const auto usable = [&](const std::optional<double>& limit) {
    return limit && std::isfinite(*limit) && (axis.scale == Scale::linear || *limit > 0);
  };
  if (usable(low)) axis.low = low;
  if (usable(high)) axis.high = high;
  if (!usable(low) && !usable(high)) return;
  // Marks that were chosen for the whole axis may leave a part of it without any.
  if (!axis.tick_labels.empty()) return;
  const auto shown = std::count_if(axis.ticks.begin(), axis.ticks.end(), [&](double tick) {
    return (!axis.low || tick >= *axis.low) && (!axis.high || tick <= *axis.high);
  });
  if (shown < 3) axis.ticks.clear();
}

}  // namespace

std::span<const PlotInfo> plot_infos() {
  static const std::vector<PlotInfo> infos = [] {
    std::vector<PlotInfo> list;
    for (const PlotBuilder& builder : builders())
      list.push_back(builder.info);
    return list;
  }();
  return infos;
}

const PlotInfo* find_plot(std::string_view name) {
  const auto infos = plot_infos();
  const auto found =
      std::find_if(infos.begin(), infos.end(), [&](const PlotInfo& info) { return name == info.name; });
  return found == infos.end() ? nullptr : &*found;
}

struct PlotBook::Entry {
  PlotInputs inputs;  ///< of the figure
  std::shared_ptr<const Figure> figure;
  std::weak_ptr<const Workspace> workspace;
};

PlotBook::PlotBook() = default;
PlotBook::~PlotBook() = default;

Plot PlotBook::plot(const Session& session, std::string_view name) {
  const PlotBuilder* builder = find_builder(name);
  if (builder == nullptr) return {nullptr, "There is no plot of this name.", false, false};
  auto found = entries_.find(name);
  if (found == entries_.end()) found = entries_.emplace(std::string(name), std::make_unique<Entry>()).first;
  Entry& entry = *found->second;
  PlotInputs inputs = builder->inputs(session);
  Plot plot{nullptr, inputs.note, inputs.loading, inputs.ready && inputs.is_current};
  if (!inputs.ready) {
    // While something else of the same data is on its way, the picture before stays, marked as what it is.
    const bool stays = inputs.loading && entry.figure && session.workspace() &&
                       entry.workspace.lock() == session.workspace();
    if (stays) {
      plot.figure = entry.figure;
    } else if (!inputs.loading) {
      entry = {};
    }
    return plot;
  }
  const bool same =
      entry.figure && entry.inputs.results == inputs.results && entry.inputs.settings == inputs.settings;
  if (!same) {
    entry.figure = std::make_shared<const Figure>(builder->make(session));
    entry.workspace = session.workspace();
  }
  entry.inputs = std::move(inputs);
  plot.figure = entry.figure;
  return plot;
}

Figure with_view(const Figure& figure, const PlotView& view) {
  Figure out = figure;
  // Panels with one axis have one zoom: any of them says it.
  PlotZoom shared;
  for (const auto& [panel, zoom] : view.zoom) {
    if (!shared.x_low && !shared.x_high) {
      shared.x_low = zoom.x_low;
      shared.x_high = zoom.x_high;
    }
    if (!shared.y_low && !shared.y_high) {
      shared.y_low = zoom.y_low;
      shared.y_high = zoom.y_high;
    }
  }
  for (std::size_t p = 0; p < out.panels.size(); ++p) {
    Panel& panel = out.panels[p];
    const auto own = view.zoom.find(p);
    const PlotZoom zoom = own == view.zoom.end() ? PlotZoom{} : own->second;
    const PlotZoom& x = figure.share_x ? shared : zoom;
    const PlotZoom& y = figure.share_y ? shared : zoom;
    zoom_axis(panel.x, x.x_low, x.x_high);
    zoom_axis(panel.y, y.y_low, y.y_high);
    std::erase_if(panel.series, [&](const Series& series) {
      const auto* band = std::get_if<Band>(&series.data);
      return view.hidden.contains(series.name) || (band && view.hidden.contains(band->meaning));
    });
  }
  return out;
}

}  // namespace tauscope
