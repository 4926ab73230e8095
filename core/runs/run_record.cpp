#include "core/runs/run_record.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/runs/read_spec.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

RunStatus read_status(const fs::path& folder) {
  RunStatus status;
  const fs::path file = folder / "status.json";
  std::error_code absent;
  if (!fs::exists(file, absent)) return status;
  const Json json = read_json_file(file);
  const JsonFields fields(json, file.string());
  const std::string name = fields.string("state");
  const auto state = run_state_named(name);
  if (!state) throw Error::bad_input(file.string(), "is no state of a run").field("state").found(name);
  status.state = *state;
  status.step = fields.integer("step", 0, INT64_MAX);
  status.steps = fields.integer("steps", 0, INT64_MAX);
  status.updated = fields.string_or("updated", "");
  status.message = fields.string_or("message", "");
  if (status.state == RunState::running && !RunLock::is_held(folder)) status.state = RunState::interrupted;
  return status;
}

}  // namespace

bool is_run_folder(const fs::path& folder) {
  std::error_code absent;
  if (!fs::is_regular_file(folder / "spec.json", absent)) return false;
  try {
    const Json json = read_json_file(folder / "spec.json");
    return json.is_object() && json.value("format", Json()) == Json("tauscope-run");
  } catch (const Error&) {
    return false;
  }
}

void require_run_folder(const fs::path& folder) {
  std::error_code absent;
  if (fs::exists(folder / "spec.json", absent)) return;
  throw Error::bad_input(folder.string(), "holds no run")
      .expected("a folder with spec.json, as `tauscope distill --out` makes it");
}

RunRecord read_run(const fs::path& folder) {
  require_run_folder(folder);
  const fs::path file = folder / "spec.json";
  RunRecord record;
  record.folder = folder;
  record.about = read_json_file(file);
  const JsonFields fields(record.about, file.string());
  if (fields.string_or("format", "") != "tauscope-run")
    throw Error::bad_input(file.string(), "is not of a run").field("format").expected("tauscope-run");
  record.spec = spec_from_json(fields.at("spec"), file.string());
  record.spec_sha256 = fields.string("spec_sha256");
  // Of the text as it lies there: a later version of the program may know more keys.
  if (const std::string hash = sha256(fields.at("spec").dump()); hash != record.spec_sha256)
    throw Error::bad_input(file.string(), "the spec is not the one that the run was made with")
        .field("spec_sha256")
        .found(hash)
        .expected(record.spec_sha256)
        .remedy("start a new run to change a setting");
  record.controls = fields.has("controls") ? fields.at("controls") : Json::object();
  record.status = read_status(folder);
  record.checkpoints = list_checkpoints(folder);
  return record;
}

Json last_event(const std::vector<Json>& events, const std::string& kind) {
  for (auto event = events.rbegin(); event != events.rend(); ++event)
    if (event->value("event", Json()) == Json(kind)) return *event;
  return nullptr;
}

std::vector<fs::path> list_runs(const fs::path& folder) {
  std::vector<fs::path> runs;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder, absent))
    if (entry.is_directory() && is_run_folder(entry.path())) runs.push_back(entry.path());
  std::sort(runs.begin(), runs.end());
  return runs;
}

}  // namespace tauscope
