#include "app/session/plot_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/csv.h"
#include "core/diagnostics/analysis_spec.h"

namespace tauscope::detail {

namespace {

constexpr std::size_t turned_from = 9;  // names side by side up to here, turned beyond

}  // namespace

std::string token_text(std::string_view bytes, std::size_t most) {
  if (bytes.empty()) return "∅";
  std::string marked;
  for (const char c : printable_utf8(bytes)) {
    const auto code = static_cast<unsigned char>(c);
    if (c == ' ')
      marked += "␣";
    else if (c == '\n')
      marked += "⏎";
    else if (c == '\t')
      marked += "⇥";
    else if (code < 0x20 || code == 0x7f)
      marked += fmt::format("<0x{:02X}>", code);
    else
      marked += c;
  }
  std::size_t characters = 0;
  for (std::size_t i = 0; i < marked.size(); ++i) {
    if ((static_cast<unsigned char>(marked[i]) & 0xC0) == 0x80) continue;  // goes on with a character
    if (characters++ == most) return marked.substr(0, i) + "…";
  }
  return marked;
}

std::string token_text(const StripToken& token, std::size_t most) {
  if (!token.bytes.empty()) return token_text(token.bytes, most);
  return token.id >= 0 ? fmt::format("#{}", token.id) : "?";
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::int64_t position_of(const Session& session, std::int64_t row) {
  const auto& positions = session.example()->positions;
  const auto at = static_cast<std::size_t>(row);
  return at < positions.size() ? positions[at] : row;
}

std::string student_name(const Session& session, std::size_t student) {
  const auto workspace = session.workspace();
  if (!workspace || student >= workspace->students.size()) return "student";
  return workspace->students[student].name;
}

std::string of_student(const Session& session, std::size_t student) {
  const auto workspace = session.workspace();
  return workspace && workspace->students.size() > 1 ? ", " + student_name(session, student) : "";
}

std::string place_text(const Session& session, const DetailResult& detail) {
  const auto position = static_cast<std::size_t>(detail.key.position);
  const auto& response = session.example()->response;
  const std::string token =
      position < response.size() ? fmt::format(" “{}”", token_text(response[position], 24)) : "";
  return fmt::format("position {}{}, τ = {}", position_of(session, detail.key.position), token,
                     tau_text(detail.key.tau));
}

std::string provenance(const Session& session) {
  std::string text = fmt::format("TauScope {}", TAUSCOPE_VERSION);
  if (const auto workspace = session.workspace()) {
    text += "; teacher " + workspace->teacher.name;
    for (const ModelCard& student : workspace->students)
      text += "; student " + student.name;
    if (!workspace->sources.data.empty()) text += "; data " + workspace->sources.data.filename().string();
  }
  if (const auto example = session.example()) text += fmt::format("; example {}", example->index);
  const ViewState& view = session.view();
  return text + fmt::format("; dominant set {}; gradients with {}", to_string(view.dominant),
                            scaling_name(view.tau_scaling));
}

std::string axis_text(const Axis& axis) {
  return axis.unit.empty() ? axis.label : axis.label + " (" + axis.unit + ")";
}

TokenAxis token_axis(const PositionDetail& detail) {
  TokenAxis out;
  out.tokens = detail.entries.size();
  out.axis.label = "tokens by teacher rank";
  for (std::size_t i = 0; i < out.tokens; ++i) {
    const auto& entry = detail.entries[i];
    out.axis.ticks.push_back(static_cast<double>(i));
    out.axis.tick_labels.push_back((entry.target ? "▸" : "") + token_text(entry.label));
  }
  if (detail.rest.tokens > 0) {
    out.axis.ticks.push_back(out.rest_at());
    out.axis.tick_labels.push_back("others");
  }
  out.axis.turned = out.axis.ticks.size() >= turned_from;
  out.axis.low = -0.7;
  out.axis.high = static_cast<double>(out.axis.ticks.size()) - 0.3;
  return out;
}

void fit_to_tokens(Panel& panel, const TokenAxis& tokens) {
  constexpr double dwarfed = 3;  // so many times larger
  double low = 0, high = 0, rest_low = 0, rest_high = 0;
  std::string cut;
  for (const Series& series : panel.series) {
    const auto* bars = std::get_if<Bars>(&series.data);
    if (bars == nullptr) continue;
    std::string values;
    for (std::size_t i = 0; i < bars->top.size(); ++i) {
      const double top = bars->top[i];
      const bool rest = bars->x_low[i] > tokens.rest_at() - 0.5;
      double& least = rest ? rest_low : low;
      double& most = rest ? rest_high : high;
      least = std::min(least, top);
      most = std::max(most, top);
      if (rest)
        values += fmt::format("{}{}{:.2g}", values.empty() ? "" : " … ", top < 0 ? "−" : "", std::abs(top));
    }
    if (!values.empty()) cut += (cut.empty() ? "" : ", ") + values;  // in the legend's order: names take room
  }
  const double size = std::max(high, -low);
  if (!(size > 0) || std::max(rest_high, -rest_low) <= dwarfed * size) return;
  panel.y.high = std::max(1.3 * high, 0.2 * size);
  panel.y.low = 0;
  if (low < 0 || rest_low < 0) panel.y.low = std::min(1.3 * low, -0.2 * size);
  panel.series.push_back({"", {}, Rule{tokens.rest_at() - 0.5, true, "others cut off: " + cut}});
}

void fit_to_lines(Panel& panel) {
  constexpr double reach = 30;    // of what lies beyond the lines, as a factor
  constexpr double widest = 1e8;  // a median of 1e-20 at a small τ would press all else into a line
  if (panel.y.scale != Scale::log) return;
  double low = INFINITY, high = 0, band_low = INFINITY, band_high = 0;
  const auto add = [](const Values& values, double& least, double& most) {
    for (const double value : values.span()) {
      if (!std::isfinite(value) || !(value > 0)) continue;
      least = std::min(least, value);
      most = std::max(most, value);
    }
  };
  for (const Series& series : panel.series) {
    if (const auto* line = std::get_if<Line>(&series.data)) add(line->y, low, high);
    if (const auto* band = std::get_if<Band>(&series.data)) {
      add(band->low, band_low, band_high);
      add(band->high, band_low, band_high);
    }
  }
  if (!(low < INFINITY)) return;
  const double floor = std::max(low / reach, high / widest);
  if (std::min(low, band_low) < floor) panel.y.low = floor;
  if (band_high > high * reach) panel.y.high = high * reach;
}

Axis workbench_tau_axis() {
  Axis axis = tau_axis({0.125, 0.25, 0.5, 1, 2, 4, 8, 16});
  axis.low = 0.1;
  axis.high = 20;
  return axis;
}

void add_curve(Panel& panel, const CurvesResult& curves, std::string_view column, const std::string& name,
               const Look& look) {
  const auto at = column_index(column);
  if (!at) return;
  const CurvesResult::Curve& curve = curves.columns[*at];
  if (std::none_of(curve.median.begin(), curve.median.end(), [](double v) { return std::isfinite(v); }))
    return;
  const Values x(curves.taus);
  if (curves.positions > 1)
    panel.series.push_back({name, look, Band{x, curve.p25, curve.p75, quartile_band}});
  panel.series.push_back({name, look, Line{x, curve.median, curves.taus.size() < 12}});
}

}  // namespace tauscope::detail
