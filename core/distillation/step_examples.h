// The examples that a step trains on, by the run's policy: responses of the data, of the teacher, or of the
// student as it is at the step.
#pragma once

#include <map>
#include <optional>
#include <stop_token>

#include "core/distillation/distill_models.h"
#include "core/distillation/training_data.h"

namespace tauscope {

class StepExamples {
 public:
  /// `models` and `data` must outlive it.
  StepExamples(const RunSpec& spec, const DistillModels& models, const TrainingData& data);

  /// For step s (from 1), `places` into the data's examples; nothing if stopped. They stay until the next
  /// call. What is sampled depends on seed, step (of the student), example (of the teacher) and weights
  /// alone, so that a run that goes on from a checkpoint samples the same.
  std::optional<std::vector<const TrainingExample*>> of_step(std::int64_t s,
                                                             const std::vector<std::int64_t>& places,
                                                             const std::stop_token& stop);

  /// Whose responses step s has: "data", "teacher" or "student".
  const char* source(std::int64_t s) const;

 private:
  using Examples = std::vector<TrainingExample>;
  /// The prompts of `examples` with responses of `model`.
  std::optional<Examples> sampled(const Decoder& model, std::span<const TrainingExample* const> examples,
                                  std::uint64_t seed, const std::stop_token& stop) const;
  /// The teacher's response to one example, made together with those to its neighbours in the file: the
  /// same bits whichever of them is asked for first.
  const TrainingExample* of_teacher(std::int64_t place, const std::stop_token& stop);

  const RunSpec& spec_;
  const DistillModels& models_;
  const TrainingData& data_;
  std::vector<std::int32_t> end_ids_;
  Examples of_student_;                      ///< of the step
  std::map<std::int64_t, Examples> groups_;  ///< of the teacher, by number
};

}  // namespace tauscope
