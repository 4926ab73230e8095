#include <algorithm>
#include <utility>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/diagnostics/tokens_reader.h"

namespace tauscope {
namespace {

constexpr std::size_t text_bytes = 120;
constexpr std::size_t most_tokens = std::size_t{1} << 20;
constexpr int rows_between_reports = 2048;

Error out_of_order(const TokensReader& reader, std::string problem) {
  return Error::bad_input(reader.file(), std::move(problem))
      .field("line " + std::to_string(reader.place().line))
      .expected("the rows in the order in which `tauscope analyze` writes them");
}

}  // namespace

bool TokensOfExample::has_targets() const {
  return std::any_of(targets.begin(), targets.end(), [](std::int64_t target) { return target >= 0; });
}

TokensIndex::TokensIndex(const std::filesystem::path& path, std::vector<std::string> students,
                         std::vector<double> taus)
    : students_(students.size()), taus_(taus.size()), reader_(path, std::move(students), std::move(taus)) {}

std::shared_ptr<const TokensIndex> TokensIndex::build(const std::filesystem::path& path,
                                                      std::vector<std::string> students,
                                                      std::vector<double> taus, ProgressSink& progress,
                                                      std::stop_token stop) {
  const std::shared_ptr<TokensIndex> index(new TokensIndex(path, std::move(students), std::move(taus)));
  try {
    if (!index->scan(progress, stop)) return nullptr;
  } catch (const Error& error) {
    index->problem_ = error.what();
    if (!index->entries_.empty()) index->entries_.pop_back();  // perhaps not whole
  }
  return index;
}

bool TokensIndex::scan(ProgressSink& progress, const std::stop_token& stop) {
  std::int64_t position = -1;
  for (int row = 0; reader_.next(); ++row) {
    if (row % rows_between_reports == 0) {
      if (stop.stop_requested()) return false;
      progress.progress("tokens.csv", static_cast<std::int64_t>(reader_.input().bytes_done()),
                        static_cast<std::int64_t>(reader_.input().bytes_in_all()));
    }
    if (entries_.empty() || entries_.back().example != reader_.example()) {
      begin_example();
      position = -1;
    }
    if (reader_.position() == position) continue;
    begin_position(position);
    position = reader_.position();
  }
  return true;
}

void TokensIndex::begin_example() {
  if (!entries_.empty() && reader_.example() < entries_.back().example)
    throw out_of_order(reader_, "an example comes after one with a higher number");
  entries_.push_back({reader_.example(), 0, reader_.place(), ""});
}

void TokensIndex::begin_position(std::int64_t last) {
  if (reader_.position() < last) throw out_of_order(reader_, "a position comes after a higher one");
  Entry& entry = entries_.back();
  ++entry.rows;
  const std::int64_t id = reader_.token_id();
  if (id < 0) return;
  if (entry.text.size() < text_bytes) entry.text += bytes_of_printable(reader_.token());
  if (tokens_.size() < most_tokens && tokens_.count(id) == 0)
    tokens_.emplace(id, bytes_of_printable(reader_.token()));
}

const TokensIndex::Entry* TokensIndex::find(std::int64_t example) const {
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), example,
                       [](const Entry& entry, std::int64_t wanted) { return entry.example < wanted; });
  return found != entries_.end() && found->example == example ? &*found : nullptr;
}

std::string TokensIndex::token(std::int64_t id) const {
  const auto found = tokens_.find(id);
  return found == tokens_.end() ? "" : found->second;
}

TokensOfExample TokensIndex::read(std::int64_t example) const {
  const Entry* entry = find(example);
  const std::lock_guard lock(mutex_);
  if (!entry) {
    throw Error::bad_input(reader_.file(), "the table does not have the example")
        .field("example " + std::to_string(example));
  }
  TokensOfExample found;
  found.students.assign(students_, std::vector<RowStatistics>(entry->rows * taus_));
  reader_.seek(entry->place);
  while (reader_.next() && reader_.example() == example) {
    if (found.positions.empty() || found.positions.back() != reader_.position()) {
      if (found.positions.size() == entry->rows) throw out_of_order(reader_, "the table has changed");
      found.positions.push_back(reader_.position());
      found.targets.push_back(reader_.token_id());
      found.tokens.push_back(bytes_of_printable(reader_.token()));
    }
    const std::size_t row = found.positions.size() - 1;
    reader_.values(found.students[reader_.student()][row * taus_ + reader_.tau()]);
  }
  if (found.positions.size() != entry->rows) throw out_of_order(reader_, "the table has changed");
  return found;
}

}  // namespace tauscope
