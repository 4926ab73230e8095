// Checkpoints of a run: a Hugging Face folder that transformers loads as it is, and beside the model what the
// next step needs.
//
//   model.safetensors               the student under its own names, float32
//   config.json, tokenizer files, generation_config.json
//   tauscope_trainer.safetensors    "mean.NAME" and "square.NAME" of the optimiser, float32
//   tauscope_trainer.json           step and counters, with sizes and hashes of both files: written last
#pragma once

#include <filesystem>

#include "core/distillation/adamw.h"
#include "core/distillation/distill_models.h"

namespace tauscope {

/// Writes `folder`, which must not exist: all of it, or nothing under this name. `state` is the caller's.
/// Throws Error::exhausted on a full disk, Error::failed where the folder exists or cannot be made.
void write_training_checkpoint(const std::filesystem::path& folder, const DistillModels& models,
                               const AdamW& optimizer, const Json& state);

/// The state that was written. Throws Error::bad_input where the folder is no checkpoint of a run, or where
/// one of its files is not the one that was written.
Json read_training_state(const std::filesystem::path& folder);

/// Takes weights and optimiser from the folder; the caller sets the optimiser's steps. Throws
/// Error::bad_input where a tensor is missing or has another shape.
void load_training_checkpoint(const std::filesystem::path& folder, const DistillModels& models,
                              const AdamW& optimizer);

}  // namespace tauscope
