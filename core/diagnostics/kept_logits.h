// Keeps the logits of examples, so that they can be explored over tau where no checkpoint is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/diagnostics/scored_chunk.h"
#include "core/diagnostics/temporary_file.h"

namespace tauscope {

/// Writes folder/<example>-<name>.safetensors for the teacher ("teacher") and each student: `logits` [N, V],
/// `targets` [N] I64 where known, `positions` [N] I64 where they are not 0 … N - 1, and the metadata role,
/// name and example. N are the example's scored positions; V is the shared vocabulary. Memory does not grow
/// with N.
class KeptLogits {
 public:
  KeptLogits(std::filesystem::path folder, const std::vector<std::string>& students, DType dtype);

  /// Rows of the example that is under way.
  void add(const ScoredChunk& chunk);
  /// Writes the files of the example that is under way.
  void end_example();
  bool has_rows() const { return !positions_.empty(); }

  /// Finite logits so far that are infinite in float16.
  std::int64_t overflowed() const { return overflowed_; }

 private:
  struct Member {
    std::string role, name, stem;
    TemporaryFile rows;
  };
  void add_rows(const LogitsView& view, TemporaryFile& out);

  std::filesystem::path folder_;
  DType dtype_;
  std::vector<std::unique_ptr<Member>> members_;  // the teacher first
  std::int64_t example_ = 0;
  std::size_t vocab_ = 0;
  std::vector<std::int64_t> targets_, positions_;
  std::vector<float> values_;      // of one row, as read …
  std::vector<std::byte> packed_;  // … and as kept
  std::int64_t overflowed_ = 0;
};

/// `name` with everything but letters, digits, '.', '_' and '-' replaced, never empty nor hidden, at most 100
/// bytes.
std::string file_safe_name(const std::string& name);

/// The <name> part of the files, which file systems can hold: the teacher's, then each student's.
std::vector<std::string> kept_stems(const std::vector<std::string>& students);

}  // namespace tauscope
