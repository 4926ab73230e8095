#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/diagnostics/compensated_sum.h"
#include "core/diagnostics/tokens_reader.h"

namespace tauscope {
namespace {

constexpr int rows_between_reports = 2048;

/// Sums of one example: (students, taus, columns).
class Sums {
 public:
  explicit Sums(std::size_t cells) : sums_(cells * statistics_columns().size()), counts_(sums_.size()) {}

  void add(std::size_t cell, const RowStatistics& values) {
    std::size_t at = cell * statistics_columns().size();
    for (const auto& column : statistics_columns()) {
      const double value = values.*column.member;
      if (std::isfinite(value)) {
        sums_[at].add(value);
        ++counts_[at];
      }
      ++at;
    }
  }
  /// The means, one to each series; everything is zero again afterwards.
  void take(std::vector<std::vector<double>>& series) {
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      series[i].push_back(counts_[i] == 0 ? RowStatistics::none
                                          : sums_[i].value() / static_cast<double>(counts_[i]));
      sums_[i] = {};
      counts_[i] = 0;
    }
  }
  std::size_t size() const { return sums_.size(); }

 private:
  std::vector<CompensatedSum> sums_;
  std::vector<std::int64_t> counts_;
};

}  // namespace

std::optional<ExampleMeans> example_means(const std::filesystem::path& path,
                                          std::vector<std::string> students, std::vector<double> taus,
                                          std::uint64_t max_bytes, ProgressSink& progress,
                                          std::stop_token stop) {
  const std::size_t tau_count = taus.size();
  Sums sums(students.size() * tau_count);
  TokensReader reader(path, std::move(students), std::move(taus));
  const std::uint64_t bytes_per_example = sums.size() * sizeof(double);
  ExampleMeans found;
  std::vector<std::vector<double>> series(sums.size());
  RowStatistics values;
  for (int row = 0; reader.next(); ++row) {
    if (row % rows_between_reports == 0) {
      if (stop.stop_requested()) return std::nullopt;
      progress.progress("tokens.csv", static_cast<std::int64_t>(reader.input().bytes_done()),
                        static_cast<std::int64_t>(reader.input().bytes_in_all()));
    }
    if (found.examples.empty() || found.examples.back() != reader.example()) {
      if (!found.examples.empty()) sums.take(series);
      if ((found.examples.size() + 1) * bytes_per_example > max_bytes) {
        found.complete = false;
        break;
      }
      if (!found.examples.empty() && reader.example() < found.examples.back())
        throw Error::bad_input(reader.file(), "an example comes after one with a higher number")
            .field("line " + std::to_string(reader.place().line));
      found.examples.push_back(reader.example());
    }
    reader.values(values);
    sums.add(reader.student() * tau_count + reader.tau(), values);
  }
  if (found.complete && !found.examples.empty()) sums.take(series);
  found.means.reserve(series.size() * found.examples.size());
  for (auto& each : series) {
    found.means.insert(found.means.end(), each.begin(), each.end());
    std::vector<double>().swap(each);
  }
  return found;
}

}  // namespace tauscope
