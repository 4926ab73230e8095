// What the diagnostics consume: teacher and student logits of consecutive scored positions of one example.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "kernels/logits_view.h"

namespace tauscope {

/// The chunk's logits where models on a GPU left them, beside the copies on the host.
struct DeviceLogits {
  LogitsView teacher;                ///< data: an address of the device
  std::vector<LogitsView> students;  ///< likewise
  int device = 0;                    ///< its number
  void* stream = nullptr;            ///< cudaStream_t behind which they can be read
};

/// Owns (through `keep_alive`) everything it points to; immutable once handed out.
struct ScoredChunk {
  std::int64_t example = 0;  ///< index of the record in the data file
  std::int64_t first_position =
      0;  ///< of the chunk's first row within the scored sequence, or in the logits file
  bool last_of_example = true;
  LogitsView teacher;                   ///< (rows, vocab)
  std::vector<LogitsView> students;     ///< one per student, same rows and vocab
  std::vector<std::int64_t> targets;    ///< (rows); empty where no targets are known; -1 = none
  std::vector<std::int64_t> positions;  ///< (rows); empty = first_position, first_position + 1, …
  std::string category;
  std::string title;                 ///< one line for lists; "" where there is no text
  std::vector<std::int32_t> prompt;  ///< ids before the first scored token; empty where they are not known
  /// Entries that lie behind `vocab` in each row and belong to the distribution, but not to the shared
  /// vocabulary
  /// (`--vocab intersect`); row_stride >= vocab + dropped.
  std::size_t teacher_dropped = 0;
  std::vector<std::size_t> student_dropped;  ///< per student; empty = 0 for all
  std::optional<DeviceLogits> on_device;     ///< what CUDA kernels read rather than upload
  std::shared_ptr<const void> keep_alive;

  std::int64_t position(std::size_t row) const {
    return positions.empty() ? first_position + static_cast<std::int64_t>(row) : positions[row];
  }
};

/// Yields chunks in order: example by example, positions ascending. Bounded memory: a chunk has at most as
/// many rows as the source's row budget.
class ScoredSource {
 public:
  virtual ~ScoredSource() = default;
  virtual std::optional<ScoredChunk> next(std::stop_token stop) = 0;
  virtual std::vector<std::string> student_names() const = 0;
  virtual std::int64_t vocab() const = 0;
  /// Text of a token for the `token` column (raw bytes); "" where there is no tokenizer.
  virtual std::string token_text(std::int64_t id) const = 0;
  /// For progress: examples in all, 0 = unknown.
  virtual std::int64_t example_count() const = 0;
  /// False: rows stand alone (logits files), so that a stopped analysis keeps every chunk it has done, and
  /// progress counts rows. True: an example counts only when it is whole.
  virtual bool whole_examples() const { return true; }
  /// Rows in all; only asked where whole_examples() is false.
  virtual std::int64_t row_count() const { return 0; }
  /// True where some chunk may have dropped entries: their mass is then reported for every row.
  virtual bool drops_vocabulary() const { return false; }
};

}  // namespace tauscope
