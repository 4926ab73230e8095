#include "app/session/engine.h"

#include "core/base/error.h"

namespace tauscope {

double DataSummary::example_mean(std::size_t student, std::size_t tau, std::size_t column,
                                 std::size_t example) const {
  const std::size_t columns = statistics_columns().size();
  const std::size_t at = ((student * taus.size() + tau) * columns + column) * examples.size() + example;
  const bool known = student < students.size() && tau < taus.size() && column < columns &&
                     example < examples.size() && at < example_means.size();
  return known ? example_means[at] : RowStatistics::none;
}

void check_is_analysis(const std::filesystem::path& folder) {
  std::error_code absent;
  const bool is_folder = std::filesystem::is_directory(folder, absent);
  if (is_folder && std::filesystem::exists(folder / "manifest.json", absent)) return;
  throw Error::bad_input(folder.string(), "this is not the folder of an analysis")
      .found(is_folder ? "a folder without manifest.json"
                       : (std::filesystem::exists(folder, absent) ? "a file" : "no such folder"))
      .expected("an analysis folder with manifest.json")
      .remedy("give the folder that `tauscope analyze --out` has written");
}

}  // namespace tauscope
