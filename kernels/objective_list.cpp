// The registry: what the objectives' files say of themselves, as data.
#include <array>

#include "kernels/objective.h"
#include "kernels/objectives/list-inl.h"

namespace tauscope {
namespace {

template <class O>
Objective described(int index) {
  Objective objective{O::text, {}, O::needs, index};
  if constexpr (std::is_array_v<decltype(O::parameters)>) objective.parameters = O::parameters;
  return objective;
}

template <class... O>
std::array<Objective, sizeof...(O)> described(objectives::ObjectiveList<O...>) {
  int index = 0;
  return {described<O>(index++)...};
}

}  // namespace

std::span<const Objective> kernel_objectives() {
  static const auto all = described(objectives::AllObjectives());
  return all;
}

const Objective* find_kernel_objective(std::string_view name) {
  for (const Objective& objective : kernel_objectives())
    if (name == objective.text.name) return &objective;
  return nullptr;
}

std::string kernel_objective_names() {
  std::string names;
  for (const Objective& objective : kernel_objectives())
    names.append(names.empty() ? "" : ", ").append(objective.text.name);
  return names;
}

std::vector<double> default_parameters(const Objective& objective) {
  std::vector<double> values;
  for (const ObjectiveParameter& parameter : objective.parameters)
    values.push_back(parameter.fallback);
  return values;
}

}  // namespace tauscope
