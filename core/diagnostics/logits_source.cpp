#include "core/diagnostics/logits_source.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>

namespace tauscope {
namespace {

/// About 4M entries a chunk and side: enough rows to share out among threads, few enough to stay small.
std::size_t default_rows(std::size_t vocab) {
  return std::clamp<std::size_t>((std::size_t{1} << 22) / vocab, 16, 256);
}

/// The rows of `view` with the `dropped` entries behind each, copied one after another into `memory`.
LogitsView gathered(const LogitsView& view, std::size_t dropped, std::span<const std::int64_t> rows,
                    std::vector<std::byte>& memory) {
  const std::size_t entries = view.vocab + dropped, bytes = entries * dtype_bytes(view.dtype);
  memory.resize(rows.size() * bytes);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::memcpy(memory.data() + i * bytes, view.row(static_cast<std::size_t>(rows[i])), bytes);
  }
  return {memory.data(), rows.size(), view.vocab, entries, view.dtype};
}

}  // namespace

LogitsSource::LogitsSource(JoinedLogits joined, std::vector<std::string> student_names,
                           std::size_t chunk_rows)
    : joined_(std::make_shared<const JoinedLogits>(std::move(joined))),
      names_(std::move(student_names)),
      chunk_rows_(chunk_rows > 0 ? chunk_rows : default_rows(joined_->vocab())) {
  if (names_.size() != joined_->students.size())
    throw std::invalid_argument("one name for each student's file");
  for (std::size_t row = 0; row < joined_->rows(); ++row) {
    if (joined_->is_scored(row)) scored_.push_back(static_cast<std::int64_t>(row));
  }
}

bool LogitsSource::drops_vocabulary() const {
  const auto& dropped = joined_->student_dropped;
  return joined_->teacher_dropped > 0 ||
         std::any_of(dropped.begin(), dropped.end(), [](auto n) { return n > 0; });
}

std::optional<ScoredChunk> LogitsSource::next(std::stop_token stop) {
  if (stop.stop_requested() || next_ == scored_.size()) return std::nullopt;
  const auto rows = std::span(scored_).subspan(next_, std::min(chunk_rows_, scored_.size() - next_));
  next_ += rows.size();
  const auto& joined = *joined_;

  ScoredChunk chunk;
  chunk.first_position = rows.front();
  chunk.last_of_example = next_ == scored_.size();
  chunk.positions.assign(rows.begin(), rows.end());
  for (const auto row : rows) {
    if (!joined.targets.empty()) chunk.targets.push_back(joined.targets[static_cast<std::size_t>(row)]);
  }
  chunk.teacher_dropped = joined.teacher_dropped;
  chunk.student_dropped = joined.student_dropped;
  if (rows.back() - rows.front() + 1 == static_cast<std::int64_t>(rows.size())) {
    const auto first = static_cast<std::size_t>(rows.front());
    chunk.teacher = joined.teacher.slice(first, rows.size());
    for (const auto& student : joined.students)
      chunk.students.push_back(student.slice(first, rows.size()));
    chunk.keep_alive = joined_;
    return chunk;
  }
  auto memory = std::make_shared<std::vector<std::vector<std::byte>>>(1 + joined.students.size());
  chunk.teacher = gathered(joined.teacher, joined.teacher_dropped, rows, (*memory)[0]);
  for (std::size_t i = 0; i < joined.students.size(); ++i) {
    chunk.students.push_back(gathered(joined.students[i], joined.student_dropped[i], rows, (*memory)[i + 1]));
  }
  chunk.keep_alive = memory;
  return chunk;
}

}  // namespace tauscope
