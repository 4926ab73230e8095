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
#include "core/model/causal_lm.h"

namespace tauscope {

struct ModelPairOptions {
  std::filesystem::path teacher;
  std::vector<std::pair<std::string, std::filesystem::path>> students;  ///< (name, folder), at least one
  std::filesystem::path data;
  DataOptions data_options;
  SequenceOptions sequence;
  ModelOptions model;
  std::int64_t chunk_budget_bytes = std::int64_t{256} << 20;  ///< logits of one chunk, all models together
  std::int64_t batch_tokens = 2048;  ///< of one forward pass; a longer example goes alone
};

/// What a report says about one model.
struct ModelFacts {
  std::string name;  ///< "teacher", or the student's name
  std::shared_ptr<const Checkpoint> checkpoint;
  std::string architecture;
  std::string stored_dtype;  ///< of most of the weights in the file: "float32", "float16", "bfloat16"
  std::int64_t parameters = 0;
  std::int64_t vocab = 0;  ///< width of its logits
  std::int64_t context = 0;
};

/// The teacher's tokenizer makes the ids; every student sees the same ones.
class ModelPairSource final : public ScoredSource {
 public:
  /// Opens the data, checks the vocabularies, then loads the models. Throws Error. `sink` hears what was
  /// decided.
  ModelPairSource(ModelPairOptions options, ProgressSink& sink);

  /// Between forward passes the stop token is asked; once it is set there is no further chunk.
  std::optional<ScoredChunk> next(std::stop_token stop) override;
  std::vector<std::string> student_names() const override;
  std::int64_t vocab() const override { return vocab_; }  ///< the shared ids
  std::string token_text(std::int64_t id) const override;
  std::int64_t example_count() const override { return data_->count_estimate(); }

  bool drops_vocabulary() const override;

  const std::vector<ModelFacts>& models() const { return facts_; }  ///< the teacher first
  const Tokenizer& tokenizer() const { return *tokenizer_; }
  const std::string& tokenizer_sha256() const { return tokenizer_sha256_; }
  DataForm form() const { return data_->form(); }
  std::string device() const { return models_.front()->device(); }
  std::int64_t max_length() const { return max_length_; }    ///< tokens, of models and options together
  std::int64_t prompts_cut() const { return prompts_cut_; }  ///< so far
  /// Records left out so far because their response does not fit (SequenceOptions::too_long = skip).
  const std::vector<std::int64_t>& too_long() const { return too_long_; }

 private:
  /// An example whose hidden states are known and whose logits are handed out piece by piece.
  struct Prepared {
    std::int64_t index = 0;
    std::string category;
    TeacherForcedSequence sequence;
    std::vector<std::shared_ptr<HiddenStates>> hidden;  ///< one per model
    std::int64_t done = 0;                              ///< scored rows handed out
  };

  void open_models(ProgressSink& sink);
  void check_data() const;
  void check_ids(const Prepared& prepared) const;
  std::optional<Prepared> read_example();
  std::vector<Prepared> read_batch();
  bool prepare_batch(const std::stop_token& stop);
  ScoredChunk make_chunk(Prepared& example);
  std::shared_ptr<std::vector<float>> take_buffer(std::size_t floats);

  ModelPairOptions options_;
  std::unique_ptr<DataFile> data_;
  std::unique_ptr<Tokenizer> tokenizer_;
  std::string tokenizer_sha256_;
  std::vector<ModelFacts> facts_;
  std::vector<std::unique_ptr<CausalLM>> models_;
  std::int64_t vocab_ = 0, max_length_ = 0, rows_per_chunk_ = 1;
  std::int64_t prompts_cut_ = 0;
  std::vector<std::int64_t> too_long_;
  std::optional<Prepared> ahead_;  ///< read, but too long for the batch before it
  std::deque<Prepared> prepared_;
  std::vector<std::shared_ptr<std::vector<float>>> buffers_;
};

}  // namespace tauscope
