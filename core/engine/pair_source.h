// From checkpoints and a data file to scored logits: teacher forcing of one teacher and several students over
// the reference responses, in batches of bounded memory.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/progress.h"
#include "core/data/sequence.h"
#include "core/diagnostics/scored_chunk.h"
#include "core/engine/model_set.h"

namespace tauscope {

struct ModelPairOptions {
  std::filesystem::path teacher;
  std::vector<std::pair<std::string, std::filesystem::path>> students;  ///< (name, folder), at least one
  std::shared_ptr<const ModelSet> models;  ///< the above, where they are loaded already; null = load them
  std::filesystem::path data;
  DataOptions data_options;
  SequenceOptions sequence;
  ModelOptions model;
  std::int64_t chunk_budget_bytes = std::int64_t{256} << 20;  ///< logits of one chunk, all models together
  std::int64_t batch_tokens = 2048;  ///< of one forward pass; a longer example goes alone
};

/// Opens a data file whose examples have responses; Error::bad_input for a form that has none.
std::unique_ptr<DataFile> open_reference_data(const std::filesystem::path& path, const DataOptions& options);

/// The teacher's tokenizer makes the ids; every student sees the same ones.
class ModelPairSource final : public ScoredSource {
 public:
  /// Opens the data, checks the vocabularies, then loads the models. Throws Error. `sink` hears what was
  /// decided.
  ModelPairSource(ModelPairOptions options, ProgressSink& sink);

  /// Between layers of a forward pass the stop token is asked; once it is set there is no further chunk.
  std::optional<ScoredChunk> next(std::stop_token stop) override;
  std::vector<std::string> student_names() const override { return models_->student_names(); }
  std::int64_t vocab() const override { return models_->vocab(); }  ///< the shared ids
  std::string token_text(std::int64_t id) const override { return models_->token_text(id); }
  std::int64_t example_count() const override { return data_->count_estimate(); }

  bool drops_vocabulary() const override { return models_->drops_vocabulary(); }

  const std::vector<ModelFacts>& models() const { return models_->models(); }  ///< the teacher first
  const Tokenizer& tokenizer() const { return models_->tokenizer(); }
  const std::string& tokenizer_sha256() const { return models_->tokenizer_sha256(); }
  DataForm form() const { return data_->form(); }
  std::string device() const { return models_->device(); }
  std::int64_t max_length() const { return max_length_; }    ///< tokens, of models and options together
  std::int64_t prompts_cut() const { return prompts_cut_; }  ///< so far
  /// Records left out so far because their response does not fit (SequenceOptions::too_long = skip).
  const std::vector<std::int64_t>& too_long() const { return too_long_; }

 private:
  /// An example whose hidden states are known and whose logits are handed out piece by piece.
  struct Prepared {
    std::int64_t index = 0;
    std::string category, title;
    TeacherForcedSequence sequence;
    ModelSet::States hidden;
    std::int64_t done = 0;  ///< scored rows handed out
  };

  std::optional<Prepared> read_example();
  std::vector<Prepared> read_batch();
  bool prepare_batch(const std::stop_token& stop);
  ScoredChunk make_chunk(Prepared& example);
  std::shared_ptr<std::vector<float>> take_buffer(std::size_t floats);

  ModelPairOptions options_;
  std::unique_ptr<DataFile> data_;
  std::shared_ptr<const ModelSet> models_;
  std::int64_t max_length_ = 0, rows_per_chunk_ = 1;
  std::int64_t prompts_cut_ = 0;
  std::vector<std::int64_t> too_long_;
  std::optional<Prepared> ahead_;  ///< read, but too long for the batch before it
  std::deque<Prepared> prepared_;
  std::vector<std::shared_ptr<std::vector<float>>> buffers_;
};

}  // namespace tauscope
