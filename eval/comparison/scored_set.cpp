#include "eval/comparison/scored_set.h"

#include <algorithm>
#include <set>

#include "core/base/csv_reader.h"
#include "core/base/error.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

constexpr const char* table = "scores.csv";
constexpr const char* card = "protocol.json";

void read_rows(ScoredSet& scored) {
  CsvReader csv(scored.folder / table);
  const std::size_t example = csv.column("example"), seed = csv.column("seed"), metric = csv.column("metric"),
                    value = csv.column("value");
  const auto integer = [&](std::size_t column) -> std::optional<std::int64_t> {
    if (csv.cell(column).empty()) return std::nullopt;
    return csv.integer(column);
  };
  std::set<std::tuple<std::string, std::optional<std::int64_t>, std::optional<std::int64_t>>> seen;
  while (csv.next()) {
    ScoreRow row{integer(example), integer(seed), std::string(csv.cell(metric)), csv.number(value)};
    if (!seen.emplace(row.metric, row.example, row.seed).second)
      csv.refuse(metric, "a value stands twice", "one value of each metric for each example and seed");
    const auto known = std::find(scored.metrics.begin(), scored.metrics.end(), row.metric);
    const auto at = static_cast<std::size_t>(known - scored.metrics.begin());
    if (known == scored.metrics.end()) {
      scored.metrics.push_back(row.metric);
      scored.values.emplace_back();
    }
    scored.values[at].push_back(std::move(row));
  }
  if (scored.metrics.empty())
    throw Error::bad_input((scored.folder / table).string(), "has no scores").expected("at least one row");
}

ScoredSet read_scored_set(const fs::path& folder) {
  ScoredSet scored;
  scored.folder = folder;
  scored.protocol = read_json_file(folder / card);
  const JsonFields fields(scored.protocol, (folder / card).string());
  if (fields.string_or("format", "") != "tauscope-protocol")
    throw Error::bad_input(fields.file(), "is no card of a protocol")
        .field("format")
        .expected("tauscope-protocol")
        .remedy("score the answers again with `tauscope score --out`");
  scored.set = fields.string("set");
  scored.model = fields.string("model");
  read_rows(scored);
  return scored;
}

}  // namespace

const std::vector<ScoreRow>* ScoredSet::values_of(const std::string& metric) const {
  const auto known = std::find(metrics.begin(), metrics.end(), metric);
  return known == metrics.end() ? nullptr : &values[static_cast<std::size_t>(known - metrics.begin())];
}

std::vector<ScoredSet> read_scored_sets(const fs::path& folder) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure))
    throw Error::bad_input(folder.string(), "is no folder with scores")
        .found(fs::exists(folder, failure) ? "a file" : "nothing")
        .expected("a folder that `tauscope score --out` wrote");
  if (fs::exists(folder / table)) return {read_scored_set(folder)};
  std::vector<fs::path> folders;
  for (const auto& entry :
       fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied))
    if (entry.path().filename() == table) folders.push_back(entry.path().parent_path());
  if (folders.empty())
    throw Error::bad_input(folder.string(), "has no scores")
        .expected(std::string(table) + " in it or in a folder below")
        .remedy("score answers with `tauscope score --out`");
  std::sort(folders.begin(), folders.end());
  std::vector<ScoredSet> sets;
  for (const fs::path& one : folders)
    sets.push_back(read_scored_set(one));
  return sets;
}

}  // namespace tauscope
