// A teacher and its students, loaded to be compared: what they have in common, and one forward pass over all.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/base/progress.h"
#include "core/data/sequence.h"
#include "core/diagnostics/scored_chunk.h"
#include "core/model/causal_lm.h"
#include "core/tokenizer/tokenizer.h"
#include "kernels/logits_view.h"

namespace tauscope {

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

/// A checkpoint in memory, with its tokenizer. Immutable, so that several sets can share it.
struct LoadedModel {
  std::filesystem::path folder;
  std::string fingerprint;  ///< names, sizes and times of the folder's files when they were read
  ModelFacts facts;         ///< without a name
  std::shared_ptr<const Tokenizer> tokenizer;
  std::string tokenizer_sha256;
  std::shared_ptr<const CausalLM> model;
};

/// Loaded models that a later set may take over, for owners of one set after the other.
using ModelPool = std::vector<std::shared_ptr<const LoadedModel>>;

struct ModelSetOptions {
  std::filesystem::path teacher;
  std::vector<std::pair<std::string, std::filesystem::path>> students;  ///< (name, folder), at least one
  ModelOptions model;
};

/// Rows of logits of every model for the same positions.
struct ModelRows {
  std::optional<DeviceLogits> on_device;      ///< where every model is on the same GPU
  std::shared_ptr<const void> device_memory;  ///< what they lie in
  LogitsView teacher;                         ///< (rows, shared vocabulary)
  std::vector<LogitsView> students;           ///< per student
  std::size_t teacher_dropped = 0;            ///< entries behind the shared ones in each row
  std::vector<std::size_t> student_dropped;
};

/// The teacher's tokenizer makes the ids; every student sees the same ones. Immutable: may be used by several
/// threads.
class ModelSet {
 public:
  /// Checks the vocabularies first, then loads the weights. With a pool, models in it whose folders have not
  /// changed are taken from it; afterwards it holds the models of this set and nothing else, and, where
  /// loading fails, those of them that could be loaded. (All sets that share a pool must be loaded with the
  /// same ModelOptions.) Throws Error; null if stopped.
  static std::shared_ptr<const ModelSet> load(const ModelSetOptions& options, ProgressSink& sink,
                                              std::stop_token stop = {}, ModelPool* pool = nullptr);

  const std::vector<ModelFacts>& models() const { return facts_; }  ///< the teacher first
  std::vector<std::string> student_names() const;
  const Tokenizer& tokenizer() const { return *members_.front()->tokenizer; }
  const std::string& tokenizer_sha256() const { return members_.front()->tokenizer_sha256; }
  std::int64_t vocab() const { return vocab_; }  ///< the shared ids
  std::int64_t context() const;                  ///< the shortest one's
  bool drops_vocabulary() const;
  std::string device() const { return members_.front()->model->device(); }
  std::string token_text(std::int64_t id) const;  ///< bytes; "" for ids beyond the tokenizer
  std::int64_t floats_per_row() const;            ///< of the logits of all models together

  /// The teacher-forced ids of `example` of `file`, in at most `max_length` tokens. Throws Error::bad_input
  /// also where an id is not shared by the models.
  TeacherForcedSequence sequence(const Example& example, const std::string& file,
                                 const SequenceOptions& options, std::int64_t max_length) const;

  /// Hidden states of each sequence: result[i][model]. Empty if stopped.
  using States = std::vector<std::shared_ptr<HiddenStates>>;
  std::vector<States> hidden_states(const std::vector<std::vector<std::int32_t>>& batch,
                                    const std::stop_token& stop) const;

  /// Logits of rows [first, first + rows) into `out`, (rows x floats_per_row()), model after model. Computed
  /// in blocks of rows, so that the same rows give the same bits however many are asked for at once (from the
  /// same `first`), and with a look at `stop` between two blocks: no rows if stopped.
  ModelRows logits(const States& states, std::int64_t first, std::int64_t rows, std::span<float> out,
                   const std::stop_token& stop = {}) const;

 private:
  void compare_vocabularies(ProgressSink& sink);

  std::vector<std::shared_ptr<const LoadedModel>> members_;  // the teacher first
  std::vector<ModelFacts> facts_;
  std::int64_t vocab_ = 0;
};

}  // namespace tauscope
