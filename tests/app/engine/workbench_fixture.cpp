#include "tests/app/engine/workbench_fixture.h"

#include <sstream>

#include "core/diagnostics/tokens_reader.h"

namespace tauscope::test {

namespace fs = std::filesystem;

Sources demo_sources(const TemporaryFolder& folder, int records) {
  const fs::path demo = source_path("assets/demo");
  std::istringstream lines(read_text(demo / "data" / "test.jsonl"));
  std::string text, line;
  for (int i = 0; i < records && std::getline(lines, line); ++i)
    text += line + "\n";
  write_text(folder / "data.jsonl", text);
  Sources sources;
  sources.teacher = demo / "teacher";
  sources.students = {{"llama", demo / "student-llama"}, {"gpt2", demo / "student-gpt2"}};
  sources.data = folder / "data.jsonl";
  return sources;
}

Sources copied_sources(const TemporaryFolder& folder, int records) {
  Sources sources = demo_sources(folder, records);
  sources.students.pop_back();
  fs::copy(sources.teacher, folder / "teacher", fs::copy_options::recursive);
  fs::copy(sources.students.front().path, folder / "llama", fs::copy_options::recursive);
  sources.teacher = folder / "teacher";
  sources.students.front().path = folder / "llama";
  return sources;
}

WorkbenchOptions small_options() {
  WorkbenchOptions options;
  options.model.device = "cpu";
  options.model.threads = 1;
  return options;
}

void analyze_alone(const Sources& sources, const fs::path& folder, const AnalysisSpec& spec) {
  AnalyzeRequest request = analyze_request(sources, spec_of(spec.taus), 0, folder, small_options().model);
  request.spec = spec;
  request.figures.reset();
  request.batch_tokens = 1;
  SilentProgress silent;
  run_analyze(request, silent, {});
}

TokensMap::TokensMap(const fs::path& folder) : table_(CsvTable::read(tokens_file(folder))) {
  const std::size_t example = table_.column("example"), position = table_.column("position"),
                    student = table_.column("student"), tau = table_.column("tau");
  for (std::size_t row = 0; row < table_.rows.size(); ++row) {
    rows_[{table_.integer(row, example), table_.integer(row, position), table_.rows[row][student],
           table_.number(row, tau)}] = row;
  }
}

double TokensMap::value(std::int64_t example, std::int64_t position, const std::string& student, double tau,
                        const std::string& column) const {
  const std::size_t row = rows_.at({example, position, student, tau}), at = table_.column(column);
  return table_.rows[row][at].empty() ? RowStatistics::none : table_.number(row, at);
}

std::string TokensMap::text(std::int64_t example, std::int64_t position, const std::string& column) const {
  return table_.rows[rows_.lower_bound({example, position, "", 0.0})->second][table_.column(column)];
}

std::int64_t TokensMap::positions(std::int64_t example) const {
  std::int64_t last = -1;
  for (const auto& [key, row] : rows_)
    if (std::get<0>(key) == example) last = std::max(last, std::get<1>(key));
  return last + 1;
}

std::vector<RowStatistics> all_statistics(Engine& engine, const ScoredExample& example, std::size_t student,
                                          const StatisticsSpec& spec) {
  std::vector<RowStatistics> cells(example.rows * spec.taus.size());
  REQUIRE(engine.statistics(example, student, 0, spec, Precision::exact, cells, {}));
  return cells;
}

StatisticsSpec spec_of(std::vector<double> taus) {
  StatisticsSpec spec;
  spec.taus = std::move(taus);
  return spec;
}

std::string text_of(const std::vector<StripToken>& tokens) {
  std::string text;
  for (const StripToken& token : tokens)
    text += token.bytes;
  return text;
}

}  // namespace tauscope::test
