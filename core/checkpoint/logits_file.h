// Logits from elsewhere: safetensors files with `logits` [N, V], optional `targets` [N] and optional `mask`
// [N].
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "kernels/logits_view.h"

namespace tauscope {

class LogitsFile {
 public:
  /// Maps the file and checks it: `logits` of rank 2, at least one row of at least two entries, F32, F16 or
  /// BF16; `targets` (I64, -1 or an entry of the vocabulary) and `mask` (U8 or BOOL, 0 or 1) with one value
  /// per row. The logits themselves are not looked at. Throws Error::bad_input naming file and tensor.
  static std::shared_ptr<const LogitsFile> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_->path(); }
  /// (rows, vocab) onto the mapping, or onto a copy where the file's data are not aligned to their elements.
  /// Lives as long as this object.
  const LogitsView& logits() const { return logits_; }
  const std::optional<std::vector<std::int64_t>>& targets() const { return targets_; }  ///< -1 = not scored
  const std::optional<std::vector<std::uint8_t>>& mask() const { return mask_; }        ///< 1 = scored
  /// Names of the other tensors, but for `ids`, which `tauscope logits` writes and nobody needs here.
  const std::vector<std::string>& ignored() const { return ignored_; }

 private:
  std::shared_ptr<const SafetensorsFile> file_;
  std::vector<std::byte> aligned_copy_;
  LogitsView logits_;
  std::optional<std::vector<std::int64_t>> targets_;
  std::optional<std::vector<std::uint8_t>> mask_;
  std::vector<std::string> ignored_;
};

enum class VocabularyRule {
  must_agree,
  intersect,  ///< compare the first min(V) entries
};

/// A teacher's file and the students' files, row by row the same positions.
struct JoinedLogits {
  std::shared_ptr<const LogitsFile> teacher_file;
  std::vector<std::shared_ptr<const LogitsFile>> student_files;

  /// (rows, vocab), `vocab` shared by all; the dropped entries lie behind it in each row.
  LogitsView teacher;
  std::vector<LogitsView> students;
  std::size_t teacher_dropped = 0;
  std::vector<std::size_t> student_dropped;

  std::vector<std::int64_t> targets;  ///< (rows); empty where no file has any
  std::vector<std::uint8_t> mask;     ///< (rows); empty where no file has one

  std::size_t rows() const { return teacher.rows; }
  std::size_t vocab() const { return teacher.vocab; }
  bool is_scored(std::size_t row) const {
    return (mask.empty() || mask[row] != 0) && (targets.empty() || targets[row] >= 0);
  }
  std::size_t scored_rows() const;
};

/// Throws Error::bad_input where the numbers of rows differ, where targets or masks of two files differ,
/// where no row is scored, where a target lies outside the shared vocabulary, and, unless `rule` is
/// intersect, where the vocabularies differ.
JoinedLogits join_logits(std::shared_ptr<const LogitsFile> teacher,
                         std::vector<std::shared_ptr<const LogitsFile>> students,
                         VocabularyRule rule = VocabularyRule::must_agree);

}  // namespace tauscope
