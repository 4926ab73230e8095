// What a plot or table needs before it can be made, and what it says where something is missing.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/session/session.h"

namespace tauscope::detail {

/// What a plot depends on: while it is equal, the figure made from it stays.
struct PlotInputs {
  std::vector<std::shared_ptr<const void>> results;  ///< kept alive, so that an address means one result
  std::string settings;
  bool ready = false;  ///< there is something to draw
  std::string note;
  bool loading = false;
  bool is_current = true;
};

/// What is open, and whether its example is there; ready until something is missing.
PlotInputs example_inputs(const Session& session);
/// example_inputs, and the focused position in detail for these students.
PlotInputs detail_inputs(const Session& session, std::span<const std::size_t> students);
/// example_inputs, and the curves of the scope for these students.
PlotInputs curves_inputs(const Session& session, std::span<const std::size_t> students);
/// The data set's analysis has these students.
PlotInputs data_inputs(const Session& session, std::span<const std::size_t> students);
/// An example without logits is known at its analysis' temperatures only: which of them is shown, "" if the
/// one asked for.
std::string nearest_note(const Session& session);
/// Where such an example was analysed with another dominant set than the view's.
std::string table_example_note(const Session& session);
/// What the data set's analysis was done with, where it is not what the view asks for.
std::string analysis_note(const Session& session);
std::vector<std::size_t> compared_students(const Session& session);

// ---- the data set's analysis

std::optional<std::size_t> data_student(const Session& session, std::size_t student);
std::size_t nearest_tau(const std::vector<double>& taus, double tau);
std::optional<std::size_t> column_index(std::string_view column);

/// "still τ = 2; τ = 2.5 is being computed": of a result that is on its way.
std::string tau_note(double shown, double asked);

}  // namespace tauscope::detail
