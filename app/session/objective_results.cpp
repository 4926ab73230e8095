#include "app/session/objective_results.h"

#include <algorithm>
#include <cmath>

#include "app/session/results.h"
#include "core/objectives/choice.h"

namespace tauscope {

namespace {

double norm_of(std::span<const float> gradient) {
  double sum = 0;
  for (const float g : gradient)
    sum += double{g} * double{g};
  return std::sqrt(sum);
}

}  // namespace

ObjectiveSpec objective_spec(const ObjectivePick& pick, double tau, TauScaling scaling) {
  ObjectiveChoice choice;
  choice.name = pick.name;
  choice.parameters = split_parameters(pick.parameters);
  choice.tau = tau;
  choice.tau_scaling = scaling;
  return resolve_objective(choice);
}

std::string objective_title(const ObjectivePick& pick) {
  const Objective* objective = find_kernel_objective(pick.name);
  if (!objective) return pick.name;
  std::string title = objective->text.title;
  if (!pick.parameters.empty()) title += " (" + pick.parameters + ")";
  return title;
}

std::shared_ptr<const ObjectivesResult> compute_objectives(Engine& engine, const ScoredExample& example,
                                                           const ObjectivesKey& key, std::stop_token stop) {
  auto result = std::make_shared<ObjectivesResult>();
  result->key = key;
  result->detail = compute_detail(engine, example, key.detail, stop);
  result->taus = curve_taus(example);
  const auto row = static_cast<std::size_t>(key.detail.position);
  const std::size_t student = key.detail.basis.student;
  std::vector<float> gradient(example.vocab);
  std::vector<bool> shown(example.vocab, false);
  for (const auto& entry : result->detail->detail.entries)
    shown[static_cast<std::size_t>(entry.id)] = true;
  for (std::size_t i = 0; i < key.picks.size(); ++i) {
    ObjectivesResult::Side& side = result->sides[i];
    ObjectiveSpec spec = objective_spec(key.picks[i], key.detail.tau, key.detail.basis.tau_scaling);
    side.loss = engine.objective(example, student, row, spec, gradient);
    if (std::isnan(side.loss)) continue;  // it needs a target and has none, or the logits hold NaN
    for (const auto& entry : result->detail->detail.entries)
      side.gradient.push_back(double{gradient[static_cast<std::size_t>(entry.id)]});
    for (std::size_t j = 0; j < gradient.size(); ++j)
      if (!shown[j]) (gradient[j] < 0 ? side.up : side.down) += double{gradient[j]};
    for (const double tau : result->taus) {
      if (stop.stop_requested()) return nullptr;
      spec.tau = tau;
      const double loss = engine.objective(example, student, row, spec, gradient);
      const bool scaled = spec.tau_scaling == TauScaling::squared && spec.objective->needs.tau;
      side.values.push_back(scaled ? loss / (tau * tau) : loss);
      side.norms.push_back(norm_of(gradient));
    }
  }
  return result;
}

}  // namespace tauscope
