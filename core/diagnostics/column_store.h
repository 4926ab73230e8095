// A table of doubles that grows by rows and is read by columns, in bounded memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "core/diagnostics/temporary_file.h"

namespace tauscope {

/// Keeps up to `buffer_bytes` in memory; beyond that, whole blocks of rows go, column by column, to a
/// temporary file in `folder`.
class ColumnStore {
 public:
  ColumnStore(std::size_t columns, std::filesystem::path folder, std::uint64_t buffer_bytes);

  /// `values`: (columns, rows). Throws Error::exhausted when the disk is full.
  void append(std::span<const double> values, std::size_t rows);

  /// Rows first_row … first_row + out.size() - 1 of one column. Several threads may read at once.
  void read(std::size_t column, std::int64_t first_row, std::span<double> out) const;

  std::int64_t rows() const { return spilled_rows_ + static_cast<std::int64_t>(buffered_rows_); }
  std::uint64_t spilled_bytes() const { return file_ ? file_->size() : 0; }

 private:
  std::size_t columns_, block_rows_;
  std::filesystem::path folder_;
  std::unique_ptr<double[]> buffer_;  // (columns, block_rows)
  std::size_t buffered_rows_ = 0;
  std::int64_t spilled_rows_ = 0;      // a multiple of block_rows_
  std::optional<TemporaryFile> file_;  // (blocks, columns, block_rows)
};

}  // namespace tauscope
