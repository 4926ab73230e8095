#include "core/figure/figure_csv.h"

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/csv.h"

namespace tauscope {

namespace {

std::string axis_name(const Axis& axis) {
  return axis.unit.empty() ? axis.label : axis.label + " (" + axis.unit + ")";
}

/// Bars and intervals of one category stand a little beside its place.
std::string category(const Axis& axis, double value) {
  for (std::size_t i = 0; i < axis.tick_labels.size(); ++i)
    if (std::abs(axis.ticks[i] - value) < 0.5) return axis.tick_labels[i];
  return "";
}

const std::vector<std::string> header = {"panel",  "series", "kind",  "x_axis", "y_axis", "x",    "x_low",
                                         "x_high", "y",      "y_low", "y_high", "value",  "label"};

/// Text in place of a file, with the writing part of CsvWriter.
class CsvText {
 public:
  CsvText() {
    for (const std::string& name : header)
      text(name);
    end_row();
  }
  CsvText& text(std::string_view value) {
    begin_cell();
    append_csv_field(out_, value);
    return *this;
  }
  void number(double value) {
    begin_cell();
    append_number(out_, value);
  }
  void empty() { begin_cell(); }
  void end_row() {
    out_ += '\n';
    first_ = true;
  }
  std::string take() { return std::move(out_); }

 private:
  void begin_cell() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string out_;
  bool first_ = true;
};

struct Row {
  std::optional<double> x{}, x_low{}, x_high{}, y{}, y_low{}, y_high{}, value{};
  std::string label{};
};

template <typename Csv>
class RowWriter {
 public:
  RowWriter(const Panel& panel, Csv& csv) : panel_(panel), csv_(csv) {
    x_axis_ = axis_name(panel.x);
    y_axis_ = axis_name(panel.y);
  }

  void write(const Series& series) {
    name_ = &series.name;
    std::visit([this](const auto& data) { (*this)(data); }, series.data);
  }

  void operator()(const Line& d) {
    for (std::size_t i = 0; i < d.y.size(); ++i) {
      const double x = d.x.empty() ? static_cast<double>(i) : d.x[i];
      put("line", {.x = x, .y = d.y[i], .label = category(panel_.x, x)});
    }
  }
  void operator()(const Band& d) {
    for (std::size_t i = 0; i < d.x.size(); ++i)
      put("band", {.x = d.x[i], .y_low = d.low[i], .y_high = d.high[i], .label = category(panel_.x, d.x[i])});
  }
  void operator()(const Steps& d) {
    for (std::size_t i = 0; i < d.heights.size(); ++i)
      put("step", {.x_low = d.edges[i], .x_high = d.edges[i + 1], .y = d.heights[i]});
  }
  void operator()(const Bars& d) {
    for (std::size_t i = 0; i < d.top.size(); ++i)
      put("bar", {.x_low = d.x_low[i],
                  .x_high = d.x_high[i],
                  .y_low = d.base.empty() ? 0.0 : d.base[i],
                  .y_high = d.top[i],
                  .label = category(panel_.x, (d.x_low[i] + d.x_high[i]) / 2)});
  }
  void operator()(const Intervals& d) {
    for (std::size_t i = 0; i < d.x.size(); ++i) {
      if (d.horizontal)
        put("interval", {.x = d.x[i],
                         .x_low = d.low[i],
                         .x_high = d.high[i],
                         .y = d.y[i],
                         .label = category(panel_.y, d.y[i])});
      else
        put("interval", {.x = d.x[i],
                         .y = d.y[i],
                         .y_low = d.low[i],
                         .y_high = d.high[i],
                         .label = category(panel_.x, d.x[i])});
    }
  }
  void operator()(const Scatter& d) {
    for (std::size_t i = 0; i < d.x.size(); ++i)
      put("scatter", {.x = d.x[i], .y = d.y[i], .label = d.names.empty() ? "" : d.names[i]});
  }
  void operator()(const HeatMap& d) {
    const std::size_t columns = d.x_edges.size() - 1;
    for (std::size_t i = 0; i < d.cells.size(); ++i)
      put("cell", {.x_low = d.x_edges[i % columns],
                   .x_high = d.x_edges[i % columns + 1],
                   .y_low = d.y_edges[i / columns],
                   .y_high = d.y_edges[i / columns + 1],
                   .value = d.cells[i]});
  }
  void operator()(const Rule& d) {
    if (d.vertical)
      put("rule", {.x = d.at, .label = d.label});
    else
      put("rule", {.y = d.at, .label = d.label});
  }

 private:
  void number(const std::optional<double>& value) {
    if (value)
      csv_.number(*value);
    else
      csv_.empty();
  }

  void put(const char* kind, const Row& row) {
    csv_.text(panel_.title).text(*name_).text(kind).text(x_axis_).text(y_axis_);
    for (const auto& value : {row.x, row.x_low, row.x_high, row.y, row.y_low, row.y_high, row.value})
      number(value);
    csv_.text(row.label);
    csv_.end_row();
  }

  const Panel& panel_;
  Csv& csv_;
  std::string x_axis_, y_axis_;
  const std::string* name_ = nullptr;
};

template <typename Csv>
void write_rows(const Figure& figure, Csv& csv) {
  for (const Panel& panel : figure.panels) {
    RowWriter<Csv> writer(panel, csv);
    for (const Series& series : panel.series)
      writer.write(series);
  }
}

}  // namespace

void write_figure_csv(const Figure& figure, const std::filesystem::path& path) {
  CsvWriter csv(path, header);
  write_rows(figure, csv);
  csv.commit();
}

std::string figure_csv(const Figure& figure) {
  CsvText csv;
  write_rows(figure, csv);
  return csv.take();
}

}  // namespace tauscope
