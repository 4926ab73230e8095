#include "app/session/plot_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/session/plot_parts.h"
#include "core/diagnostics/analysis_spec.h"
#include "core/report/manifest_text.h"

namespace tauscope::detail {

namespace {

void miss(PlotInputs& inputs, std::string note, bool loading = false) {
  inputs.ready = false;
  inputs.note = std::move(note);
  inputs.loading = loading;
}

}  // namespace

std::string tau_note(double shown, double asked) {
  return fmt::format("computing τ = {}; shown: τ = {}", tau_text(asked), tau_text(shown));
}

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
    miss(inputs, no_token_note);
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
    miss(inputs, fmt::format("{} Or show the whole example.", no_token_note));
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
  } else if (!data.summary && data.is_on_its_way) {
    miss(inputs, "The analysis of the data set is running: this appears when it has ended.", true);
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
  const StatisticsColumn* found = find_statistics_column(column);
  if (found == nullptr) return std::nullopt;
  return static_cast<std::size_t>(found - statistics_columns().data());
}

}  // namespace tauscope::detail
