#include "core/diagnostics/column_store.h"

#include <algorithm>
#include <utility>

namespace tauscope {

ColumnStore::ColumnStore(std::size_t columns, std::filesystem::path folder, std::uint64_t buffer_bytes)
    : columns_(columns),
      block_rows_(std::max<std::size_t>(1, buffer_bytes / (sizeof(double) * columns))),
      folder_(std::move(folder)) {}

void ColumnStore::append(std::span<const double> values, std::size_t rows) {
  // Left uninitialised on purpose: pages that are never written cost no memory.
  if (!buffer_) buffer_.reset(new double[columns_ * block_rows_]);
  for (std::size_t done = 0; done < rows;) {
    const std::size_t count = std::min(rows - done, block_rows_ - buffered_rows_);
    for (std::size_t column = 0; column < columns_; ++column) {
      std::copy_n(values.data() + column * rows + done, count,
                  buffer_.get() + column * block_rows_ + buffered_rows_);
    }
    buffered_rows_ += count;
    done += count;
    if (buffered_rows_ < block_rows_) continue;
    if (!file_) file_.emplace(folder_);
    file_->append(std::as_bytes(std::span(buffer_.get(), columns_ * block_rows_)));
    spilled_rows_ += static_cast<std::int64_t>(block_rows_);
    buffered_rows_ = 0;
  }
}

void ColumnStore::read(std::size_t column, std::int64_t first_row, std::span<double> out) const {
  while (!out.empty()) {
    const std::size_t block = static_cast<std::size_t>(first_row) / block_rows_;
    const std::size_t within = static_cast<std::size_t>(first_row) % block_rows_;
    const std::size_t count = std::min(out.size(), block_rows_ - within);
    if (first_row >= spilled_rows_) {
      std::copy_n(buffer_.get() + column * block_rows_ + within, count, out.data());
    } else {
      file_->read(((block * columns_ + column) * block_rows_ + within) * sizeof(double),
                  std::as_writable_bytes(out.first(count)));
    }
    first_row += static_cast<std::int64_t>(count);
    out = out.subspan(count);
  }
}

}  // namespace tauscope
