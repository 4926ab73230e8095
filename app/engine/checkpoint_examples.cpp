#include "app/engine/checkpoint_examples.h"

#include <fmt/format.h>

#include "app/session/kernel_engine.h"

namespace tauscope {

namespace {

std::vector<StripToken> strip(const ModelSet& models, std::span<const std::int32_t> ids) {
  std::vector<StripToken> tokens;
  for (const std::int32_t id : ids)
    tokens.push_back({id, models.token_text(id)});
  return tokens;
}

ModelCard card_of(const ModelFacts& facts) {
  return {facts.name, facts.checkpoint->folder().string(), facts.architecture, facts.stored_dtype,
          facts.parameters};
}

}  // namespace

std::shared_ptr<const ScoredExample> CheckpointExamples::score(std::int64_t index, ProgressSink& progress,
                                                               std::stop_token stop) const {
  const auto example = list_->find(index, stop);
  if (!example) return nullptr;
  const std::string file = list_->path().string();
  const TeacherForcedSequence sequence = models_->sequence(*example, file, {}, models_->context());
  if (sequence.prompt_tokens_cut > 0) {
    progress.note(
        fmt::format("example {}: {} tokens of the prompt were cut from its left to fit into {} tokens", index,
                    sequence.prompt_tokens_cut, models_->context()));
  }
  const auto first = static_cast<std::size_t>(sequence.first_scored);
  const std::span ids(sequence.ids);

  auto scored = std::make_shared<HostExample>();
  scored->id = next_id();
  scored->index = index;
  scored->category = example->category;
  scored->prompt = strip(*models_, ids.first(first));
  scored->response = strip(*models_, ids.subspan(first));
  scored->targets.assign(ids.begin() + sequence.first_scored, ids.end());
  scored->rows = scored->targets.size();
  scored->vocab = static_cast<std::size_t>(models_->vocab());
  scored->bytes = scored->rows * static_cast<std::size_t>(models_->floats_per_row()) * sizeof(float);
  check_example_bytes(scored->bytes, options_, file, index);

  const auto states = models_->hidden_states({sequence.ids}, stop);
  if (states.empty()) return nullptr;
  const auto buffer = std::make_shared<std::vector<float>>(scored->bytes / sizeof(float));
  ModelRows views = models_->logits(states.front(), sequence.first_scored - 1,
                                    static_cast<std::int64_t>(scored->rows), *buffer, stop);
  if (views.teacher.rows == 0) return nullptr;
  scored->teacher = views.teacher;
  scored->students = std::move(views.students);
  scored->on_device = std::move(views.on_device);
  using Memory = std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>;
  scored->keep_alive = std::make_shared<const Memory>(buffer, std::move(views.device_memory));
  scored->token = [models = models_](std::int64_t id) { return models->token_text(id); };
  return scored;
}

void describe_checkpoints(Workspace& workspace, std::shared_ptr<const ModelSet> models,
                          std::shared_ptr<const ExampleList> list, const WorkbenchOptions& options) {
  const auto& facts = models->models();
  workspace.teacher = card_of(facts.front());
  for (std::size_t i = 1; i < facts.size(); ++i)
    workspace.students.push_back(card_of(facts[i]));
  workspace.examples = list->titles();
  workspace.data_description = list->description();
  workspace.vocab = models->vocab();
  workspace.engine_data = std::make_shared<CheckpointExamples>(std::move(models), std::move(list), options);
}

}  // namespace tauscope
