#include "core/distillation/training_pass.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "core/distillation/recomputed_layer.h"
#include "core/operators/kernel_calls.h"

namespace tauscope {
namespace {

/// Sequences side by side, each without its last token, which predicts nothing.
struct Packed {
  std::vector<std::vector<std::int32_t>> inputs;
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> places;  ///< rows that predict a scored token
  std::vector<std::int64_t> targets;

  void add(const TrainingExample& example) {
    const auto start = rows_;
    const auto length = static_cast<std::int64_t>(example.ids.size()) - 1;
    inputs.emplace_back(example.ids.begin(), example.ids.end() - 1);
    lengths.push_back(length);
    for (std::int64_t at = example.first_scored; at <= length; ++at) {
      places.push_back(start + at - 1);
      targets.push_back(example.ids[static_cast<std::size_t>(at)]);
    }
    rows_ += length;
  }

 private:
  std::int64_t rows_ = 0;
};

/// A model and the attention of one pass of it, which layers that are computed again still need.
struct Pass {
  Decoder model;
  PackedAttention attention;
};

/// (scored rows, width)
at::Tensor scored_states(const Decoder& model, const Packed& packed, bool recompute = false) {
  TokenRows rows = packed_rows(packed.inputs, model.device());
  rows.lengths = rows.lengths + 1;  // of the whole sequence, for rotary positions that depend on it
  const auto pass = std::make_shared<Pass>(Pass{model, PackedAttention(packed.lengths)});
  const LayerRunner runner = recompute ? recomputing(pass) : LayerRunner();
  const at::Tensor places = at::tensor(packed.places, at::kLong).to(model.device());
  return pass->model.hidden(rows, pass->attention, {}, runner).index_select(0, places);
}

at::Tensor frozen_states(const Decoder& model, const Packed& packed) {
  const c10::NoGradGuard no_grad;
  return scored_states(model, packed);
}

}  // namespace

std::vector<WeightedExample> weighted(std::span<const TrainingExample* const> examples,
                                      RunSpec::Average average) {
  std::int64_t tokens = 0;
  for (const TrainingExample* example : examples)
    tokens += example->scored();
  std::vector<WeightedExample> all;
  for (const TrainingExample* example : examples) {
    const double of_token = 1.0 / static_cast<double>(tokens);
    const double of_example =
        1.0 / (static_cast<double>(examples.size()) * static_cast<double>(example->scored()));
    all.push_back({example, average == RunSpec::Average::token ? of_token : of_example});
  }
  return all;
}

at::Tensor pass_loss(const DistillModels& models, std::span<const WeightedExample> examples,
                     const ObjectiveSpec& objective, RowSums* sums) {
  Packed packed;
  ScoredRows rows;
  for (const auto& [example, weight] : examples) {
    packed.add(*example);
    rows.weight.insert(rows.weight.end(), static_cast<std::size_t>(example->scored()), weight);
  }
  rows.target = packed.targets;
  rows.vocab = models.vocab;
  at::Tensor of_teacher;
  if (models.teacher) {
    of_teacher = frozen_states(*models.teacher, packed);
    rows.teacher = [&](std::int64_t first, std::int64_t count) {
      return models.teacher->logits(of_teacher.narrow(0, first, count));
    };
  }
  const bool recompute = models.recompute_layers && c10::GradMode::is_enabled();
  rows.hidden = scored_states(models.student->decoder(), packed, recompute);
  rows.head = models.student->head();
  return head_objective(rows, objective, sums);
}

PassStates pass_states(const DistillModels& models, std::span<const TrainingExample* const> examples) {
  Packed packed;
  for (const TrainingExample* example : examples)
    packed.add(*example);
  PassStates states;
  if (models.teacher) states.teacher = frozen_states(*models.teacher, packed);
  states.student = frozen_states(models.student->decoder(), packed);
  states.target = packed.targets;
  return states;
}

std::vector<double> teacher_entropies(const DistillModels& models,
                                      std::span<const TrainingExample* const> examples) {
  const c10::NoGradGuard no_grad;
  Packed packed;
  for (const TrainingExample* example : examples)
    packed.add(*example);
  StatisticsSpec spec;
  spec.taus = {1.0};
  spec.columns = column_set("entropy_teacher");
  const at::Device device = models.teacher->device();
  const at::Tensor states = frozen_states(*models.teacher, packed);
  const std::int64_t block = rows_of_block(models.vocab, device);
  std::vector<double> entropies;
  for (std::int64_t first = 0; first < states.size(0); first += block) {
    const std::int64_t count = std::min(block, states.size(0) - first);
    const at::Tensor logits =
        models.teacher->logits(states.narrow(0, first, count)).narrow(1, 0, models.vocab);
    const LogitsView view = view_of_rows(logits);
    for (const RowStatistics& row : statistics_of_rows({view, view, {}}, spec, "exact", device))
      entropies.push_back(row.entropy_teacher);
  }
  return entropies;
}

}  // namespace tauscope
