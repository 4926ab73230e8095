#include "core/runs/run_checkpoints.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

constexpr const char* mark = "complete.json";

Error cannot(const fs::path& path, const char* what, const std::error_code& code) {
  return Error::failed(path.string(), std::string(what) + ": " + code.message());
}

/// The step in a folder's name; nothing for other folders.
std::optional<std::int64_t> step_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (!name.starts_with("step-")) return std::nullopt;
  std::int64_t step = 0;
  const char* end = name.data() + name.size();
  const auto [stop, problem] = std::from_chars(name.data() + 5, end, step);
  if (problem != std::errc() || stop != end || step < 0) return std::nullopt;
  return step;
}

std::vector<std::pair<std::int64_t, fs::path>> step_folders(const fs::path& run) {
  std::vector<std::pair<std::int64_t, fs::path>> folders;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints", absent))
    if (const auto step = step_of(entry.path()); step && entry.is_directory())
      folders.emplace_back(*step, entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

void sync(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw cannot(path, "cannot be opened", {errno, std::generic_category()});
  const int failure = ::fsync(descriptor) != 0 && errno != EINVAL ? errno : 0;
  ::close(descriptor);
  if (failure == ENOSPC || failure == EDQUOT) throw Error::exhausted(path.string(), "the disk is full");
  if (failure != 0) throw cannot(path, "cannot be put on disk", {failure, std::generic_category()});
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().filename() != mark) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void remove_folder(const fs::path& folder) {
  std::error_code failure;
  fs::remove(folder / mark, failure);
  if (!failure) fs::remove_all(folder, failure);
  if (failure) throw cannot(folder, "cannot be removed", failure);
}

}  // namespace

fs::path checkpoint_path(const fs::path& run, std::int64_t step) {
  return run / "checkpoints" / fmt::format("step-{:06}", step);
}

std::vector<RunCheckpoint> list_checkpoints(const fs::path& run) {
  std::vector<RunCheckpoint> checkpoints;
  for (const auto& [step, folder] : step_folders(run)) {
    std::error_code absent;
    if (!fs::exists(folder / mark, absent)) continue;
    const Json json = read_json_file(folder / mark);
    const JsonFields fields(json, (folder / mark).string());
    RunCheckpoint checkpoint{fields.integer("step", step, step), folder, std::nullopt, false};
    if (fields.has("validation_loss")) checkpoint.validation_loss = fields.number("validation_loss");
    checkpoint.evaluation_pending = fields.boolean_or("evaluation_pending", false);
    checkpoints.push_back(std::move(checkpoint));
  }
  return checkpoints;
}

RunCheckpoint complete_checkpoint(const fs::path& run, std::int64_t step,
                                  std::optional<double> validation_loss, bool evaluation_pending) {
  const fs::path folder = checkpoint_path(run, step);
  Json files = Json::object();
  for (const fs::path& file : files_of(folder)) {
    sync(file);
    files[file.lexically_relative(folder).generic_string()] = {{"size", fs::file_size(file)},
                                                               {"sha256", sha256_file(file)}};
  }
  sync(folder);
  sync(folder.parent_path());
  const Json json{{"format", "tauscope-checkpoint"},
                  {"version", 1},
                  {"step", step},
                  {"validation_loss", validation_loss ? Json(*validation_loss) : Json(nullptr)},
                  {"evaluation_pending", evaluation_pending},
                  {"files", files}};
  write_file_atomically(folder / mark, json.dump(2) + "\n");
  return {step, folder, validation_loss, evaluation_pending};
}

std::string checkpoint_damage(const RunCheckpoint& checkpoint) {
  const fs::path marked = checkpoint.folder / mark;
  const Json json = read_json_file(marked);
  const JsonFields files(JsonFields(json, marked.string()).at("files"), marked.string(), "files");
  for (const auto& [name, unused] : files.json().items()) {
    const fs::path file = checkpoint.folder / name;
    const JsonFields facts = files.object(name);
    std::error_code absent;
    const auto size = fs::file_size(file, absent);
    if (absent) return fmt::format("{} is not there", name);
    if (static_cast<std::int64_t>(size) != facts.integer("size", 0, INT64_MAX))
      return fmt::format("{} has another size than it was written with", name);
    if (sha256_file(file) != facts.string("sha256")) return fmt::format("{} is not what was written", name);
  }
  return "";
}

const RunCheckpoint* best_checkpoint(const std::vector<RunCheckpoint>& checkpoints) {
  const RunCheckpoint* best = nullptr;
  for (const RunCheckpoint& one : checkpoints)
    if (one.validation_loss && (best == nullptr || *one.validation_loss < *best->validation_loss))
      best = &one;
  return best;
}

void prune_checkpoints(const fs::path& run, const RunSpec::CheckpointPolicy& policy) {
  const auto all = list_checkpoints(run);
  const RunCheckpoint* best = policy.keep_best ? best_checkpoint(all) : nullptr;
  const auto kept = static_cast<std::size_t>(std::max<std::int64_t>(1, policy.keep_last));
  for (std::size_t i = 0; i + kept < all.size(); ++i)
    if (&all[i] != best) remove_folder(all[i].folder);
}

void remove_unfinished_checkpoints(const fs::path& run, std::int64_t last_step) {
  for (const auto& [step, folder] : step_folders(run)) {
    std::error_code absent;
    if (step > last_step || !fs::exists(folder / mark, absent)) remove_folder(folder);
  }
}

}  // namespace tauscope
