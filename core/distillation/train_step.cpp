#include "core/distillation/train_step.h"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/base/error.h"
#include "core/diagnostics/quantile_place.h"

namespace tauscope {
namespace {

void count(const TrainingExample& example, StepFigures& figures) {
  figures.scored_tokens += example.scored();
  figures.tokens += static_cast<std::int64_t>(example.ids.size());
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const QuantilePlace place(share, static_cast<std::int64_t>(values.size()));
  return place.between(values[static_cast<std::size_t>(place.low)],
                       values[static_cast<std::size_t>(place.high)]);
}

/// Gradients of passes whose step does not take place must not reach the next one.
class GradientGuard {
 public:
  explicit GradientGuard(const TrainableModel& model) : model_(model) {}
  ~GradientGuard() {
    for (const TrainedTensor& tensor : model_.tensors())
      tensor.value.mutable_grad().reset();
  }
  GradientGuard(const GradientGuard&) = delete;
  GradientGuard& operator=(const GradientGuard&) = delete;

 private:
  const TrainableModel& model_;
};

void check_finite(const char* what, double value) {
  if (std::isfinite(value)) return;
  throw Error::failed("", fmt::format("the {} is not finite: training has diverged", what))
      .field(what)
      .found(fmt::format("{}", value))
      .expected("a finite number")
      .remedy(
          "lower optimizer.learning_rate, raise schedule.warmup_steps, or set optimizer.clip_norm; with "
          "dtype bfloat16, try float32; the last checkpoint is from before");
}

/// The settings' objective, with the threshold that the step's own examples say where that is asked for.
ObjectiveSpec objective_of(const DistillModels& models, std::span<const TrainingExample* const> examples,
                           std::size_t size, const StepSettings& settings, StepFigures& figures) {
  ObjectiveSpec objective = settings.objective;
  if (std::string_view(objective.objective->text.name) != "eopd") return objective;
  if (objective.parameters.empty()) objective.parameters = default_parameters(*objective.objective);
  double& h_max = objective.parameters.front();
  if (settings.h_max_quantile) {
    std::vector<double> entropies;
    for (std::size_t first = 0; first < examples.size(); first += size)
      for (const double entropy :
           teacher_entropies(models, examples.subspan(first, std::min(size, examples.size() - first))))
        entropies.push_back(entropy);
    h_max = quantile(std::move(entropies), *settings.h_max_quantile);
  }
  figures.h_max = h_max;
  return objective;
}

}  // namespace

bool train_step(const DistillModels& models, AdamW& optimizer,
                const std::vector<std::vector<const TrainingExample*>>& passes, const StepSettings& settings,
                const std::stop_token& stop, StepFigures& figures) {
  const c10::AutoGradMode recording(true);
  const GradientGuard guard(*models.student);
  figures = {};
  std::vector<const TrainingExample*> all;
  for (const auto& pass : passes)
    all.insert(all.end(), pass.begin(), pass.end());
  const std::vector<WeightedExample> examples = weighted(all, settings.average);
  const ObjectiveSpec objective = objective_of(models, all, passes.front().size(), settings, figures);
  std::size_t first = 0;
  for (const auto& pass : passes) {
    if (stop.stop_requested()) return false;
    const std::span of_pass = std::span(examples).subspan(first, pass.size());
    const at::Tensor loss = pass_loss(models, of_pass, objective, &figures.sums);
    check_finite("loss", figures.sums.loss);
    loss.backward();
    first += pass.size();
  }
  for (const TrainingExample* example : all)
    count(*example, figures);
  figures.gradient_norm = optimizer.clip();
  check_finite("norm of the gradient", figures.gradient_norm);
  optimizer.step(settings.learning_rate);
  return true;
}

bool measure(const DistillModels& models, std::span<const TrainingExample* const> examples, std::int64_t size,
             const StepSettings& settings, const std::stop_token& stop, StepFigures& figures) {
  const c10::NoGradGuard no_grad;
  figures = {};
  const std::vector<WeightedExample> all = weighted(examples, settings.average);
  const ObjectiveSpec objective =
      objective_of(models, examples, static_cast<std::size_t>(size), settings, figures);
  for (std::size_t first = 0; first < all.size(); first += static_cast<std::size_t>(size)) {
    if (stop.stop_requested()) return false;
    const std::size_t some = std::min(static_cast<std::size_t>(size), all.size() - first);
    pass_loss(models, std::span(all).subspan(first, some), objective, &figures.sums);
  }
  for (const TrainingExample* example : examples)
    count(*example, figures);
  return true;
}

}  // namespace tauscope
