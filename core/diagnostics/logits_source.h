// Logits files as a source of an analysis: no model, no tokenizer.
#pragma once

#include <string>
#include <vector>

#include "core/checkpoint/logits_file.h"
#include "core/diagnostics/scored_chunk.h"

namespace tauscope {

/// The scored rows of joined files, in file order, as example 0; a row's `position` is its index in the file.
/// Rows stand alone. Chunks are views onto the files where their rows are neighbours, copies where a mask or
/// a target of -1 leaves some out.
class LogitsSource final : public ScoredSource {
 public:
  /// `student_names`: one per student file. `chunk_rows`: the row budget; 0 = by the size of the vocabulary.
  LogitsSource(JoinedLogits joined, std::vector<std::string> student_names, std::size_t chunk_rows = 0);

  std::optional<ScoredChunk> next(std::stop_token stop) override;
  std::vector<std::string> student_names() const override { return names_; }
  std::int64_t vocab() const override { return static_cast<std::int64_t>(joined_->vocab()); }
  std::string token_text(std::int64_t) const override { return ""; }
  std::int64_t example_count() const override { return 1; }
  bool whole_examples() const override { return false; }
  std::int64_t row_count() const override { return static_cast<std::int64_t>(scored_.size()); }
  bool drops_vocabulary() const override;

 private:
  std::shared_ptr<const JoinedLogits> joined_;
  std::vector<std::string> names_;
  std::size_t chunk_rows_;
  std::vector<std::int64_t> scored_;  // rows of the files
  std::size_t next_ = 0;              // into scored_
};

}  // namespace tauscope
