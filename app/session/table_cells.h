// What the cells of the workbench's tables are made of.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>

#include "app/session/view_tables.h"

namespace tauscope::detail {

inline std::string number_text(double value) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  const std::string digits = fmt::format("{:.5g}", std::abs(value));
  return (value < 0 ? "−" : "") + digits;
}
inline ViewTable::Cell number(double value) {
  return {number_text(value), value};
}
inline ViewTable::Cell whole(std::int64_t value) {
  return {std::to_string(value), static_cast<double>(value)};
}
inline ViewTable::Cell text(std::string value) {
  return {std::move(value), RowStatistics::none};
}
inline ViewTable::Cell nothing() {
  return {"", RowStatistics::none};
}
inline ViewTable::Column words(std::string name, std::string help = "") {
  return {std::move(name), std::move(help), false};
}

/// Means of an evaluation's models, and which differences are more than noise.
ViewTable evaluation_scores_table(const Session& session);
/// Every prompt of one set: its value under each model.
ViewTable evaluation_answers_table(const Session& session);
/// Means by the set's categories.
ViewTable evaluation_categories_table(const Session& session);

/// The distillation runs that are open, with the settings in which they differ.
ViewTable runs_table(const Session& session);

}  // namespace tauscope::detail
