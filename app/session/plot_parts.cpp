#include "app/session/plot_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/csv.h"
#include "core/diagnostics/analysis_spec.h"
#include "core/report/manifest_text.h"

namespace tauscope::detail {

namespace {

constexpr std::size_t turned_from = 9;  // names side by side up to here, turned beyond

struct QuantityLabel {
  const char* column;
  const char* label;
  const char* unit;
  bool gradient = false;  ///< carries the scaling
  Scale scale = Scale::linear;
};

constexpr const char* nats = "nats";
constexpr std::array labels{
    QuantityLabel{"fkl", "forward KL", nats, false, Scale::log},
    QuantityLabel{"rkl", "reverse KL", nats, false, Scale::log},
    QuantityLabel{"jsd", "Jensen–Shannon divergence", nats, false, Scale::log},
    QuantityLabel{"tvd", "total variation", ""},
    QuantityLabel{"entropy_teacher", "teacher entropy H(p)", nats},
    QuantityLabel{"entropy_student", "student entropy H(q)", nats},
    QuantityLabel{"cross_entropy", "cross entropy −Σ p log q", nats},
    QuantityLabel{"nll_target", "−log q of the target", nats},
    QuantityLabel{"p_target", "teacher probability of the target", ""},
    QuantityLabel{"q_target", "student probability of the target", ""},
    QuantityLabel{"rank_target_teacher", "teacher rank of the target", "", false, Scale::log},
    QuantityLabel{"rank_target_student", "student rank of the target", "", false, Scale::log},
    QuantityLabel{"top1_agree", "top-1 agreement", ""},
    QuantityLabel{"fkl_grad_l1", "‖g‖₁ forward KL", "", true, Scale::log},
    QuantityLabel{"fkl_grad_l2", "‖g‖₂ forward KL", "", true, Scale::log},
    QuantityLabel{"fkl_grad_linf", "‖g‖∞ forward KL", "", true, Scale::log},
    QuantityLabel{"rkl_grad_l1", "‖g‖₁ reverse KL", "", true, Scale::log},
    QuantityLabel{"rkl_grad_l2", "‖g‖₂ reverse KL", "", true, Scale::log},
    QuantityLabel{"rkl_grad_linf", "‖g‖∞ reverse KL", "", true, Scale::log},
    QuantityLabel{"grad_cosine", "cosine of forward and reverse KL", ""},
    QuantityLabel{"grad_l2_ratio", "‖g‖₂ forward / reverse KL", "", false, Scale::log},
    QuantityLabel{"fkl_grad_cos_tau1", "cosine with τ = 1, forward KL", ""},
    QuantityLabel{"fkl_grad_ratio_tau1", "‖g(τ)‖₂ / ‖g(1)‖₂ forward KL", "", false, Scale::log},
    QuantityLabel{"rkl_grad_cos_tau1", "cosine with τ = 1, reverse KL", ""},
    QuantityLabel{"rkl_grad_ratio_tau1", "‖g(τ)‖₂ / ‖g(1)‖₂ reverse KL", "", false, Scale::log},
    QuantityLabel{"teacher_nd_mass", "teacher's non-dominant mass", ""},
    QuantityLabel{"student_nd_mass", "student's non-dominant mass", ""},
    QuantityLabel{"fkl_nd_share_l1", "non-dominant share of ‖g‖₁, forward KL", ""},
    QuantityLabel{"fkl_nd_share_l2", "non-dominant share of ‖g‖₂², forward KL", ""},
    QuantityLabel{"rkl_nd_share_l1", "non-dominant share of ‖g‖₁, reverse KL", ""},
    QuantityLabel{"rkl_nd_share_l2", "non-dominant share of ‖g‖₂², reverse KL", ""},
    QuantityLabel{"fkl_target_share_l1", "target's share of ‖g‖₁, forward KL", ""},
    QuantityLabel{"rkl_target_share_l1", "target's share of ‖g‖₁, reverse KL", ""},
    QuantityLabel{"tckd", "TCKD", nats, false, Scale::log},
    QuantityLabel{"nckd", "NCKD", nats, false, Scale::log},
    QuantityLabel{"fkl_effective_tokens", "effective tokens, forward KL", "", false, Scale::log},
    QuantityLabel{"rkl_effective_tokens", "effective tokens, reverse KL", "", false, Scale::log},
    QuantityLabel{"top_k_overlap", "top-10 overlap", ""},
    QuantityLabel{"fkl_nd_share", "non-dominant share of forward KL", ""},
    QuantityLabel{"rkl_nd_share", "non-dominant share of reverse KL", ""},
    QuantityLabel{"fkl_target_share_l2", "target's share of ‖g‖₂², forward KL", ""},
    QuantityLabel{"rkl_target_share_l2", "target's share of ‖g‖₂², reverse KL", ""},
    QuantityLabel{"rkl_tckd", "target part of reverse KL", nats, false, Scale::log},
    QuantityLabel{"rkl_nckd", "non-target part of reverse KL", nats, false, Scale::log},
};

void miss(PlotInputs& inputs, std::string note, bool loading = false) {
  inputs.ready = false;
  inputs.note = std::move(note);
  inputs.loading = loading;
}

std::string tau_note(double shown, double asked) {
  return fmt::format("computing τ = {}; shown: τ = {}", tau_text(asked), tau_text(shown));
}

}  // namespace

PlotInputs example_inputs(const Session& session) {
  PlotInputs inputs;
  inputs.ready = true;
  using Loading = Session::Loading;
  if (session.workspace_state() == Loading::loading) {
    miss(inputs, "opening …", true);
  } else if (session.workspace_state() == Loading::failed) {
    miss(inputs, session.workspace_error());
  } else if (!session.workspace()) {
    miss(inputs, "Nothing is open yet: choose a teacher, a student and a data file.");
  } else if (session.example_state() == Loading::failed) {
    miss(inputs, session.example_error());
  } else if (!session.example()) {
    if (session.workspace()->examples.empty())
      miss(inputs, "The data hold no examples.");
    else
      miss(inputs, fmt::format("scoring example {} …", session.view().example), true);
  } else if (session.example()->rows == 0) {
    miss(inputs, "This example has no scored positions.");
  }
  return inputs;
}

PlotInputs detail_inputs(const Session& session, std::span<const std::size_t> students) {
  PlotInputs inputs = example_inputs(session);
  if (!inputs.ready) return inputs;
  if (!session.detail_note().empty()) {
    miss(inputs, session.detail_note());
    return inputs;
  }
  if (!session.focused_position()) {
    miss(inputs, "No token is pinned: click one in the strip, or step with the arrow keys.");
    return inputs;
  }
  for (const std::size_t student : students) {
    const auto shown = session.detail(student);
    if (!shown.result) {
      miss(inputs, "computing …", true);
      return inputs;
    }
    if (shown.result->detail.entries.empty()) {
      miss(inputs, fmt::format("The logits of position {} hold NaN: nothing can be drawn.",
                               shown.result->key.position));
      return inputs;
    }
    inputs.results.push_back(shown.result);
    if (shown.is_current) continue;
    inputs.is_current = false;
    inputs.loading = true;
    const double tau = shown.result->key.tau;
    inputs.note = tau == session.shown_tau() ? "computing …" : tau_note(tau, session.shown_tau());
  }
  return inputs;
}

PlotInputs curves_inputs(const Session& session, std::span<const std::size_t> students) {
  PlotInputs inputs = example_inputs(session);
  if (!inputs.ready) return inputs;
  if (session.view().curve_scope == CurveScope::token && !session.focused_position()) {
    miss(inputs, "No token is pinned: click one in the strip, or show the whole example.");
    return inputs;
  }
  for (const std::size_t student : students) {
    const auto shown = session.curves(student);
    if (!shown.result) {
      miss(inputs, "computing the curves …", true);
      return inputs;
    }
    inputs.results.push_back(shown.result);
    if (!shown.is_current) {
      inputs.is_current = false;
      inputs.loading = true;
      inputs.note = "computing with the new settings; shown: the ones before";
    } else if (shown.result->set != StatisticsSet::all) {
      inputs.loading = true;
      inputs.note = "computing cosines and shares …";
    }
  }
  if (inputs.note.empty()) inputs.note = table_example_note(session);
  return inputs;
}

std::string analysis_note(const Session& session) {
  const auto summary = session.data().summary;
  if (!summary || !summary->manifest.is_object()) return "";
  const Json& manifest = summary->manifest;
  const std::string dominant = text_of(manifest, "spec/dominant"), now = to_string(session.view().dominant);
  std::string note;
  if (!dominant.empty() && dominant != now) note = fmt::format("analysed with the dominant set {}", dominant);
  if (tau_squared(manifest) != (session.view().tau_scaling == TauScaling::squared))
    note += fmt::format("{}analysed with {}", note.empty() ? "" : "; ", scaling_text(manifest));
  return note;
}

PlotInputs data_inputs(const Session& session, std::span<const std::size_t> students) {
  PlotInputs inputs;
  inputs.ready = true;
  const auto data = session.data();
  using Loading = Session::Loading;
  if (!session.workspace()) return example_inputs(session);
  if (data.state == Loading::loading) {
    miss(inputs, "reading the analysis …", true);
  } else if (data.state == Loading::failed) {
    miss(inputs, data.error);
  } else if (!data.summary) {
    miss(inputs,
         "This shows the whole data set: run the analysis (it goes on in the background), or read one that "
         "is there.");
  }
  if (!inputs.ready) return inputs;
  for (const std::size_t student : students) {
    if (data_student(session, student)) continue;
    miss(inputs, fmt::format("The analysis in {} has no student called {}.", data.summary->folder.string(),
                             student_name(session, student)));
    return inputs;
  }
  inputs.results.push_back(data.summary);
  inputs.note = analysis_note(session);
  return inputs;
}

std::string table_example_note(const Session& session) {
  const auto summary = session.data().summary;
  if (!session.example() || session.example()->has_logits() || !summary) return "";
  const std::string dominant = text_of(summary->manifest, "spec/dominant");
  if (dominant.empty() || dominant == to_string(session.view().dominant)) return "";
  return fmt::format("without logits, shares are known for the dominant set {} only", dominant);
}

std::string nearest_note(const Session& session) {
  if (session.shown_tau() == session.view().tau) return "";
  return fmt::format("τ = {}, the nearest in this analysis", tau_text(session.shown_tau()));
}

std::vector<std::size_t> compared_students(const Session& session) {
  const ViewState& view = session.view();
  if (view.compare_a == view.compare_b) return {view.compare_a};
  return {view.compare_a, view.compare_b};
}

std::optional<std::size_t> data_student(const Session& session, std::size_t student) {
  const auto& summary = session.data().summary;
  if (!summary) return std::nullopt;
  const std::string name = student_name(session, student);
  const auto found = std::find(summary->students.begin(), summary->students.end(), name);
  if (found == summary->students.end()) return std::nullopt;
  return static_cast<std::size_t>(found - summary->students.begin());
}

std::size_t nearest_tau(const std::vector<double>& taus, double tau) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < taus.size(); ++i) {
    if (std::abs(std::log(taus[i] / tau)) < std::abs(std::log(taus[best] / tau))) best = i;
  }
  return best;
}

std::optional<std::size_t> column_index(std::string_view column) {
  const auto columns = statistics_columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (column == columns[i].name) return i;
  }
  return std::nullopt;
}

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
      position < response.size() ? fmt::format(" “{}”", token_text(response[position].bytes, 24)) : "";
  return fmt::format("position {}{}, τ = {}", position_of(session, detail.key.position), token,
                     tau_text(detail.key.tau));
}

std::string scaling_name(TauScaling scaling) {
  return scaling == TauScaling::squared ? "τ² scaling" : "no τ² scaling";
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

Axis quantity_axis(std::string_view column, TauScaling scaling) {
  for (const QuantityLabel& label : labels) {
    if (column == label.column)
      return value_axis(label.label, label.gradient ? scaling_name(scaling) : label.unit, label.scale);
  }
  return value_axis(std::string(column));
}

std::string short_quantity(std::string_view column) {
  constexpr std::array<std::pair<const char*, const char*>, 29> names{{
      {"jsd", "Jensen–Shannon"},
      {"cross_entropy", "cross entropy H(p, q)"},
      {"p_target", "p of the target"},
      {"q_target", "q of the target"},
      {"rank_target_teacher", "target's rank, teacher"},
      {"rank_target_student", "target's rank, student"},
      {"grad_cosine", "cos(FKL, RKL)"},
      {"grad_l2_ratio", "‖g‖₂ FKL / RKL"},
      {"fkl_grad_cos_tau1", "FKL cos with τ = 1"},
      {"fkl_grad_ratio_tau1", "FKL ‖g(τ)‖₂ / ‖g(1)‖₂"},
      {"rkl_grad_cos_tau1", "RKL cos with τ = 1"},
      {"rkl_grad_ratio_tau1", "RKL ‖g(τ)‖₂ / ‖g(1)‖₂"},
      {"teacher_nd_mass", "nd mass, teacher"},
      {"student_nd_mass", "nd mass, student"},
      {"fkl_nd_share_l1", "FKL nd share of ‖g‖₁"},
      {"fkl_nd_share_l2", "FKL nd share of ‖g‖₂²"},
      {"rkl_nd_share_l1", "RKL nd share of ‖g‖₁"},
      {"rkl_nd_share_l2", "RKL nd share of ‖g‖₂²"},
      {"fkl_target_share_l1", "FKL target's ‖g‖₁"},
      {"rkl_target_share_l1", "RKL target's ‖g‖₁"},
      {"fkl_effective_tokens", "FKL effective tokens"},
      {"rkl_effective_tokens", "RKL effective tokens"},
      {"fkl_nd_share", "FKL nd share of value"},
      {"rkl_nd_share", "RKL nd share of value"},
      {"fkl_target_share_l2", "FKL target's ‖g‖₂²"},
      {"rkl_target_share_l2", "RKL target's ‖g‖₂²"},
      {"rkl_tckd", "RKL target part"},
      {"rkl_nckd", "RKL non-target part"},
      {"nll_target", "−log q of the target"},
  }};
  for (const auto& [name, label] : names)
    if (column == name) return label;
  return quantity_axis(column, TauScaling::squared).label;
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
    const std::string name = series.name.substr(0, series.name.find(", "));
    if (!values.empty()) cut += fmt::format("{}{} {}", cut.empty() ? "" : ", ", name, values);
  }
  const double size = std::max(high, -low);
  if (!(size > 0) || std::max(rest_high, -rest_low) <= dwarfed * size) return;
  panel.y.high = std::max(1.3 * high, 0.2 * size);
  panel.y.low = 0;
  if (low < 0 || rest_low < 0) panel.y.low = std::min(1.3 * low, -0.2 * size);
  panel.series.push_back({"", {}, Rule{tokens.rest_at() - 0.5, true, "others, cut off: " + cut}});
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
  if (curves.positions > 1) panel.series.push_back({name, look, Band{x, curve.p25, curve.p75}});
  panel.series.push_back({name, look, Line{x, curve.median, curves.taus.size() < 12}});
}

}  // namespace tauscope::detail
