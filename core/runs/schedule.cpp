#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/runs/run_spec.h"

namespace tauscope {

double learning_rate_at(const RunSpec& spec, std::int64_t step, std::int64_t steps) {
  const double peak = spec.optimizer.learning_rate, least = spec.schedule.min_learning_rate;
  const std::int64_t warmup = spec.schedule.warmup_steps;
  if (step <= warmup) return peak * static_cast<double>(step) / static_cast<double>(warmup);
  if (spec.schedule.kind == RunSpec::Decay::constant) return peak;
  const double part = static_cast<double>(step - 1 - warmup) / static_cast<double>(steps - warmup);
  const double left =
      spec.schedule.kind == RunSpec::Decay::cosine ? 0.5 * (1 + std::cos(std::numbers::pi * part)) : 1 - part;
  return least + (peak - least) * left;
}

double tau_at(const TauSchedule& schedule, std::int64_t step, std::int64_t steps) {
  if (schedule.kind == TauSchedule::Kind::constant || step <= 1) return schedule.from;
  if (step >= steps) return schedule.to;
  const double part = static_cast<double>(step - 1) / static_cast<double>(steps - 1);
  const double gone =
      schedule.kind == TauSchedule::Kind::cosine ? 0.5 * (1 - std::cos(std::numbers::pi * part)) : part;
  return schedule.from + (schedule.to - schedule.from) * gone;
}

}  // namespace tauscope
