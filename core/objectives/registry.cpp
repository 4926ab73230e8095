#include "core/objectives/registry.h"

#include <array>

namespace tauscope {

namespace {

/// The parameters are those that the statistics can vary: none.
ObjectiveInfo with_columns(const char* name, double RowStatistics::*value,
                           double RowStatistics::*gradient_norm, const char* value_column,
                           const char* gradient_norm_column) {
  const ObjectiveText& text = find_kernel_objective(name)->text;
  return {text.name, text.title,    text.formula, text.gradient,       text.help, {}, objective_presets(name),
          value,     gradient_norm, value_column, gradient_norm_column};
}

const auto& all() {
  static const std::array list{
      with_columns("fkl", &RowStatistics::fkl, &RowStatistics::fkl_grad_l2, "fkl", "fkl_grad_l2"),
      with_columns("rkl", &RowStatistics::rkl, &RowStatistics::rkl_grad_l2, "rkl", "rkl_grad_l2"),
  };
  return list;
}

}  // namespace

std::span<const ObjectiveInfo> objectives() {
  return all();
}

const ObjectiveInfo* find_objective(std::string_view name) {
  for (const ObjectiveInfo& objective : all()) {
    if (name == objective.name) return &objective;
  }
  return nullptr;
}

std::string objective_names() {
  std::string names;
  for (const ObjectiveInfo& objective : all())
    names.append(names.empty() ? "" : ", ").append(objective.name);
  return names;
}

}  // namespace tauscope
