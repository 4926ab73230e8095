// The two models of a run, and what they have in common.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/progress.h"
#include "core/checkpoint/checkpoint.h"
#include "core/distillation/trainable_model.h"
#include "core/runs/run_spec.h"
#include "core/tokenizer/tokenizer.h"

namespace tauscope {

struct DistillModels {
  std::shared_ptr<const Checkpoint> teacher_source;  ///< null: none
  std::filesystem::path student_folder;        ///< whose tokenizer and generation config a checkpoint gets
  Json student_config;                         ///< config.json of a checkpoint, before its dtype is set
  std::shared_ptr<const Tokenizer> tokenizer;  ///< the teacher's where there is one; makes all ids
  std::string tokenizer_sha256;
  std::optional<TrainableModel> student;
  std::optional<Decoder> teacher;  ///< frozen; its head is float32
  std::int64_t vocab = 0;          ///< ids that both share
  std::int64_t context = 0;        ///< the shorter one's
  bool recompute_layers = false;   ///< the student's, on the way back
};

/// Loads what `spec` names onto its device. LibTorch's number of threads stays as it is: going on from a
/// checkpoint gives the same bits with the same number. Throws Error as loading does, where the vocabularies
/// do not agree or the two tokenizers split text differently.
DistillModels load_distill_models(const RunSpec& spec, ProgressSink& progress);

/// SHA-256 over names, shapes and values of a model's parameters.
std::string weights_sha256(const TrainableModel& model);

}  // namespace tauscope
