// tokens.csv read back: row by row, example by example, or as means. The table may be gigabytes and gzip;
// memory holds what is asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/csv_reader.h"
#include "core/base/progress.h"
#include "kernels/statistics.h"

namespace tauscope {

/// folder/tokens.csv or folder/tokens.csv.gz; empty where there is neither.
std::filesystem::path tokens_file(const std::filesystem::path& folder);

/// The rows in the file's order. Throws Error::bad_input with file and line.
class TokensReader {
 public:
  /// `students` and `taus` are those of the analysis: a row that names another is an error.
  TokensReader(const std::filesystem::path& path, std::vector<std::string> students,
               std::vector<double> taus);

  bool next();
  std::int64_t example() const { return example_; }
  std::int64_t position() const { return position_; }
  std::int64_t token_id() const;                                   ///< -1: none
  std::string_view token() const { return csv_.cell(token_at_); }  ///< as printed
  std::size_t student() const { return student_; }                 ///< index into `students`
  std::size_t tau() const { return tau_; }                         ///< index into `taus`
  /// Every column of statistics_columns(); those that are empty or not in the file are NaN.
  void values(RowStatistics& out) const;

  CsvReader::Place place() const { return csv_.place(); }
  void seek(const CsvReader::Place& place) { csv_.seek(place); }
  const TextInput& input() const { return csv_.input(); }
  const std::string& file() const { return csv_.file(); }

 private:
  std::size_t find_student() const;
  std::size_t find_tau() const;

  CsvReader csv_;
  std::vector<std::string> students_;
  std::vector<double> taus_;
  std::vector<std::string> tau_texts_;
  std::size_t example_at_, position_at_, token_id_at_, token_at_, student_at_, tau_at_;
  std::vector<std::pair<std::size_t, double RowStatistics::*>> columns_;  // of those that are in the file
  std::int64_t example_ = 0, position_ = 0;
  std::size_t student_ = 0, tau_ = 0;
};

/// What the table says of one example.
struct TokensOfExample {
  std::vector<std::int64_t> positions;               ///< (rows), ascending
  std::vector<std::int64_t> targets;                 ///< (rows); -1 = none
  std::vector<std::string> tokens;                   ///< (rows): bytes of the targets
  std::vector<std::vector<RowStatistics>> students;  ///< per student: (rows, taus), row-major
  bool has_targets() const;
};

/// Knows where each example's rows are. Safe to use from several threads.
class TokensIndex {
 public:
  struct Entry {
    std::int64_t example = 0;
    std::size_t rows = 0;  ///< scored positions
    CsvReader::Place place;
    std::string text;  ///< how its tokens begin (bytes), some 120 of them at most
  };

  /// Goes through the whole table once. A table that is damaged is indexed up to there (see problem()). Null
  /// if stopped. Throws Error::bad_input where not even its header can be used.
  static std::shared_ptr<const TokensIndex> build(const std::filesystem::path& path,
                                                  std::vector<std::string> students, std::vector<double> taus,
                                                  ProgressSink& progress, std::stop_token stop);

  const std::vector<Entry>& entries() const { return entries_; }  ///< ascending by example
  const Entry* find(std::int64_t example) const;
  /// What ended the table early, ready to show; "" where nothing did.
  const std::string& problem() const { return problem_; }
  /// Bytes of a token that is a target somewhere in the table; "" otherwise.
  std::string token(std::int64_t id) const;

  /// Throws Error::bad_input, also for an example that is not there.
  TokensOfExample read(std::int64_t example) const;

 private:
  TokensIndex(const std::filesystem::path& path, std::vector<std::string> students, std::vector<double> taus);
  bool scan(ProgressSink& progress, const std::stop_token& stop);
  void begin_example();
  void begin_position(std::int64_t position);

  std::size_t students_, taus_;
  std::vector<Entry> entries_;
  std::unordered_map<std::int64_t, std::string> tokens_;
  std::string problem_;
  mutable std::mutex mutex_;  // of reader_
  mutable TokensReader reader_;
};

/// Means over each example's positions, finite values only; NaN where there are none.
struct ExampleMeans {
  std::vector<std::int64_t> examples;
  std::vector<double> means;  ///< (students, taus, statistics_columns(), examples), row-major
  bool complete = true;       ///< false: the table has more examples than fit into `max_bytes`
};

/// Goes through the whole table once. Nothing if stopped. Throws Error::bad_input.
std::optional<ExampleMeans> example_means(const std::filesystem::path& path,
                                          std::vector<std::string> students, std::vector<double> taus,
                                          std::uint64_t max_bytes, ProgressSink& progress,
                                          std::stop_token stop);

}  // namespace tauscope
