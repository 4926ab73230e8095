#include "app/session/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <set>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/base/files.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

double number_of(const Json& value) {
  return value.is_number() ? value.get<double>() : none;
}

void add_point(std::map<std::string, RunCurve>& curves, const std::string& name, double step,
               const Json& value) {
  if (!value.is_number() && !value.is_null()) return;
  RunCurve& curve = curves[name];
  curve.step.push_back(step);
  curve.value.push_back(number_of(value));
}

void add_probe(std::map<std::string, RunCurve>& curves, double step, const Json& event) {
  const auto list = event.find("tau");
  if (list == event.end() || !list->is_array()) return;
  for (const Json& one : *list) {
    if (!one.is_object() || !one.contains("tau")) continue;
    for (const auto& [key, value] : one.items())
      if (key != "tau")
        add_point(curves, fmt::format("probe.{}@{:g}", key, number_of(one["tau"])), step, value);
  }
}

void add_evaluation(std::map<std::string, RunCurve>& curves, double step, const Json& event) {
  const auto metrics = event.find("metrics");
  if (metrics == event.end() || !metrics->is_object()) return;
  for (const auto& [name, value] : metrics->items())
    add_point(curves, "evaluation." + name, step, value.is_object() ? value.value("mean", Json()) : value);
}

/// Every number of an event as a point of a curve.
void add_event(std::map<std::string, RunCurve>& curves, std::vector<std::string>& warnings,
               const Json& event) {
  const std::string kind = event.value("event", "");
  const double step = event.contains("step") ? number_of(event["step"]) : none;
  if (kind == "warning" && event.contains("text") && event["text"].is_string())
    warnings.push_back(event["text"].get<std::string>());
  if (!std::isfinite(step)) return;
  if (kind == "probe") return add_probe(curves, step, event);
  if (kind == "evaluation") return add_evaluation(curves, step, event);
  if (kind != "step" && kind != "validation") return;
  for (const auto& [key, value] : event.items())
    if (key != "step" && key != "event") add_point(curves, kind + "." + key, step, value);
}

/// A setting as people write it.
std::string setting_text(const Json& value) {
  if (value.is_null()) return "–";
  if (value.is_string()) return printable_utf8(value.get<std::string>());
  return value.dump();
}

void flatten(const Json& json, const std::string& prefix, std::map<std::string, std::string>& out) {
  for (const auto& [key, value] : json.items()) {
    const std::string name = prefix.empty() ? key : prefix + "." + key;
    if (value.is_object())
      flatten(value, name, out);
    else
      out[name] = setting_text(value);
  }
}

std::vector<DifferingSetting> differing_settings(const std::vector<std::shared_ptr<const RunView>>& runs) {
  std::vector<std::map<std::string, std::string>> all;
  std::set<std::string> keys;
  for (const auto& run : runs) {
    auto& settings = all.emplace_back();
    flatten(to_json(run->record.spec), "", settings);
    for (const auto& [key, value] : settings)
      keys.insert(key);
  }
  std::vector<DifferingSetting> differing;
  for (const std::string& key : keys) {
    if (key == "name") continue;  // it is in the table anyway
    DifferingSetting setting{key, {}};
    for (const auto& settings : all) {
      const auto value = settings.find(key);
      setting.values.push_back(value == settings.end() ? "–" : value->second);
    }
    const auto& first = setting.values.front();
    if (std::any_of(setting.values.begin(), setting.values.end(),
                    [&](const std::string& value) { return value != first; }))
      differing.push_back(std::move(setting));
  }
  return differing;
}

std::string status_bytes(const fs::path& folder) {
  std::error_code absent;
  const fs::path file = folder / "status.json";
  std::string bytes = fs::exists(file, absent) ? read_file(file, 1 << 20) : "";
  bytes += RunLock::is_held(folder) ? "held" : "";
  const fs::path checkpoints = folder / "checkpoints";
  if (fs::is_directory(checkpoints, absent))
    for (const RunCheckpoint& checkpoint : list_checkpoints(folder))
      bytes += fmt::format(" {}", checkpoint.step);
  return bytes;
}

std::uint64_t next_set() {
  static std::atomic<std::uint64_t> id{0};
  return ++id;
}

}  // namespace

const RunCurve* RunView::curve(const std::string& wanted) const {
  const auto found = curves.find(wanted);
  return found == curves.end() ? nullptr : &found->second;
}

double RunView::last(const std::string& wanted) const {
  const RunCurve* found = curve(wanted);
  return found && !found->value.empty() ? found->value.back() : none;
}

RunWatcher::RunWatcher(std::vector<fs::path> folders) {
  for (fs::path& folder : folders) {
    EventTail tail(folder / "metrics.jsonl");
    runs_.push_back({std::move(folder), std::move(tail), {}, {}, "", nullptr, ""});
  }
}

/// True if anything is new.
bool RunWatcher::refresh(Watched& run) {
  const std::string problem_before = run.problem;
  try {
    std::string status = status_bytes(run.folder);
    EventTail::News news = run.tail.poll();
    if (run.view && !news.restarted && news.events.empty() && status == run.status) return false;
    if (news.restarted) {
      run.curves.clear();
      run.warnings.clear();
    }
    for (const Json& event : news.events)
      add_event(run.curves, run.warnings, event);
    auto view = std::make_shared<RunView>();
    view->record = read_run(run.folder);
    view->curves = run.curves;
    view->warnings = run.warnings;
    run.view = std::move(view);
    run.status = std::move(status);
    run.problem.clear();
    return true;
  } catch (const std::exception& problem) {
    run.problem = problem.what();
    return run.problem != problem_before;
  }
}

std::shared_ptr<const RunSet> RunWatcher::poll() {
  bool changed = !std::exchange(polled_, true);
  for (Watched& run : runs_)
    changed = refresh(run) || changed;
  if (!changed) return nullptr;
  auto set = std::make_shared<RunSet>();
  set->id = next_set();
  std::map<std::string, int> taken;
  for (Watched& run : runs_) {
    if (!run.problem.empty()) set->problems.push_back(run.folder.string() + ": " + run.problem);
    if (!run.view) continue;
    const std::string& name = run.view->record.spec.name;
    const int n = ++taken[name];
    set->names.push_back(n > 1 ? fmt::format("{} ({})", name, n) : name);
    set->runs.push_back(run.view);
  }
  if (!set->runs.empty()) set->differing = differing_settings(set->runs);
  return set;
}

std::vector<double> smoothed(const std::vector<double>& values, double weight) {
  std::vector<double> out;
  double sum = 0, weights = 0;
  for (const double value : values) {
    if (std::isfinite(value)) {
      sum = weight * sum + (1 - weight) * value;
      weights = weight * weights + (1 - weight);
    }
    out.push_back(weights > 0 ? sum / weights : none);
  }
  return out;
}

}  // namespace tauscope
