// Examples that the models score when they are wanted.
#pragma once

#include "app/engine/example_list.h"
#include "app/engine/example_source.h"
#include "core/engine/model_set.h"

namespace tauscope {

class CheckpointExamples final : public ExampleSource {
 public:
  CheckpointExamples(std::shared_ptr<const ModelSet> models, std::shared_ptr<const ExampleList> list,
                     const WorkbenchOptions& options)
      : models_(std::move(models)), list_(std::move(list)), options_(options) {}

  std::shared_ptr<const ScoredExample> score(std::int64_t index, ProgressSink& progress,
                                             std::stop_token stop) const override;
  const std::shared_ptr<const ModelSet>& models() const { return models_; }

 private:
  std::shared_ptr<const ModelSet> models_;
  std::shared_ptr<const ExampleList> list_;
  WorkbenchOptions options_;
};

/// Fills in everything but id and sources.
void describe_checkpoints(Workspace& workspace, std::shared_ptr<const ModelSet> models,
                          std::shared_ptr<const ExampleList> list, const WorkbenchOptions& options);

}  // namespace tauscope
