// What the tests of the workbench's engine share: the demo, what is heard, and tokens.csv as a map.
#pragma once

#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "app/engine/workbench_engine.h"
#include "core/base/csv.h"
#include "core/base/error.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

namespace tauscope::test {

/// Keeps what it hears.
class Listener final : public ProgressSink {
 public:
  void progress(std::string_view, std::int64_t, std::int64_t) override {}
  void warning(std::string_view message) override { warnings.emplace_back(message); }
  void note(std::string_view message) override { notes.emplace_back(message); }
  std::vector<std::string> warnings, notes;
};

/// The bundled teacher, "llama" and "gpt2", and the first records of the test set in a file of `folder`.
Sources demo_sources(const TemporaryFolder& folder, int records = 4);

/// The same with copies of teacher and "llama" in `folder`, which a test can take away.
Sources copied_sources(const TemporaryFolder& folder, int records = 4);

/// On the CPU with one thread.
WorkbenchOptions small_options();

/// `tauscope analyze` over `sources`, each example in a batch of its own, as score() runs them.
void analyze_alone(const Sources& sources, const std::filesystem::path& folder, const AnalysisSpec& spec);

/// Rows of tokens.csv[.gz] by (example, position, student, tau).
class TokensMap {
 public:
  explicit TokensMap(const std::filesystem::path& folder);
  double value(std::int64_t example, std::int64_t position, const std::string& student, double tau,
               const std::string& column) const;
  std::string text(std::int64_t example, std::int64_t position, const std::string& column) const;
  std::int64_t positions(std::int64_t example) const;

 private:
  CsvTable table_;
  std::map<std::tuple<std::int64_t, std::int64_t, std::string, double>, std::size_t> rows_;
};

/// How many values of `found`, (rows, taus), are not those of the table, by `differs`.
template <typename Differs>
std::size_t count_differences(const TokensMap& tokens, const ScoredExample& example,
                              const std::string& student, const std::vector<double>& taus,
                              const std::vector<RowStatistics>& found, Differs differs) {
  std::size_t different = 0;
  for (std::size_t row = 0; row < example.rows; ++row) {
    const auto position = example.positions.empty() ? static_cast<std::int64_t>(row) : example.positions[row];
    for (std::size_t k = 0; k < taus.size(); ++k) {
      for (const auto& column : statistics_columns()) {
        const double written = tokens.value(example.index, position, student, taus[k], column.name);
        if (differs(found[row * taus.size() + k].*column.member, written)) ++different;
      }
    }
  }
  return different;
}

/// To the last bit, NaN included.
inline bool other_bits(double a, double b) {
  return !(std::isnan(a) && std::isnan(b)) && std::memcmp(&a, &b, sizeof a) != 0;
}

/// Every row of the example, in full.
std::vector<RowStatistics> all_statistics(Engine& engine, const ScoredExample& example, std::size_t student,
                                          const StatisticsSpec& spec);

StatisticsSpec spec_of(std::vector<double> taus);

std::string text_of(const std::vector<StripToken>& tokens);

}  // namespace tauscope::test
