// The table of the distillation runs that are open.
#include <algorithm>

#include "app/session/table_cells.h"

namespace tauscope::detail {

ViewTable runs_table(const Session& session) {
  ViewTable table;
  table.columns = {words("run"), words("state"), {"step", "of how many the run has"}, {"of", "steps in all"}};
  const auto set = session.runs().set;
  if (!set || set->runs.empty()) {
    table.note =
        session.runs().folders.empty() ? "No run is open: start one, or open a folder of runs." : "reading …";
    return table;
  }
  for (const DifferingSetting& setting : set->differing)
    table.columns.push_back(words(setting.key, "a setting in which the runs differ"));
  std::vector<std::string> results = {"step.loss", "validation.loss"};
  for (const auto& run : set->runs)
    for (const auto& [name, curve] : run->curves)
      if (name.starts_with("evaluation.") && std::find(results.begin(), results.end(), name) == results.end())
        results.push_back(name);
  for (const std::string& name : results)
    table.columns.push_back({name.starts_with("evaluation.") ? name.substr(11)
                             : name == "step.loss"           ? "loss"
                                                             : "validation loss",
                             "the latest"});
  table.columns.push_back({"best validation loss", "over all of its validations"});
  table.columns.push_back({"tokens / s", "at the latest step"});
  for (std::size_t r = 0; r < set->runs.size(); ++r) {
    const RunView& run = *set->runs[r];
    const RunStatus& status = run.record.status;
    std::vector<ViewTable::Cell> row{text(set->names[r]), text(run_state_name(status.state)),
                                     number(run.curve("step.loss") ? run.curve("step.loss")->step.back()
                                                                   : static_cast<double>(status.step)),
                                     whole(status.steps)};
    for (const DifferingSetting& setting : set->differing)
      row.push_back(text(setting.values[r]));
    for (const std::string& name : results)
      row.push_back(number(run.last(name)));
    double best = RowStatistics::none;
    if (const RunCurve* curve = run.curve("validation.loss"))
      for (const double value : curve->value)
        if (std::isfinite(value) && !(value >= best)) best = value;
    row.push_back(number(best));
    row.push_back(number(run.last("step.tokens_per_second")));
    table.rows.push_back(std::move(row));
  }
  if (set->differing.empty() && set->runs.size() > 1) table.note = "All settings are the same.";
  for (const std::string& problem : set->problems)
    table.note += (table.note.empty() ? "" : "\n") + problem;
  return table;
}

}  // namespace tauscope::detail
