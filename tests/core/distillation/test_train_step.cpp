// One step by itself. REQUIRE throughout: LibTorch has a CHECK of its own, which ends the program.
#include "core/distillation/train_step.h"

#include "tests/core/distillation/small_run.h"

using namespace tauscope;
using namespace tauscope::test;

TEST_CASE("train step: a step that is stopped between two passes changes nothing") {
  const SmallRun small("gpt2-tied", "gpt2-untied");
  const RunSpec spec = small.spec();
  SilentProgress silent;
  const DistillModels models = load_distill_models(spec, silent);
  const TrainingData data = read_training_data(spec.data.train, spec.data, {models.context, models.vocab, 4},
                                               *models.tokenizer, silent);
  std::vector<at::Tensor> leaves;
  for (const TrainedTensor& tensor : models.student->tensors())
    leaves.push_back(tensor.value);
  AdamW optimizer(leaves, spec.optimizer);
  StepSettings settings;
  settings.objective.objective = find_kernel_objective("fkl");
  settings.learning_rate = 1e-3;
  std::vector<std::vector<const TrainingExample*>> passes;
  for (const TrainingExample& example : data.examples)
    passes.push_back({&example});
  std::stop_source stop;
  stop.request_stop();
  const std::string before = weights_sha256(*models.student);
  StepFigures figures;
  REQUIRE_FALSE(train_step(models, optimizer, passes, settings, stop.get_token(), figures));
  REQUIRE(weights_sha256(*models.student) == before);
  REQUIRE(optimizer.steps() == 0);

  StepFigures together;
  REQUIRE(measure(models, {passes.front().data(), 1}, 4, settings, {}, together));
  REQUIRE(together.scored_tokens == data.examples.front().scored());
  REQUIRE(train_step(models, optimizer, passes, settings, {}, figures));
  REQUIRE(weights_sha256(*models.student) != before);
}
