#include "app/engine/distill_job.h"

#include <fmt/format.h>

#include <exception>

#include "core/base/csv.h"
#include "core/base/error.h"

namespace tauscope {

namespace fs = std::filesystem;

namespace {

std::string number_text(const Json& value) {
  return value.is_number() ? fmt::format("{:.4g}", value.get<double>()) : "-";
}

/// "rouge-l 21.40, length 6.1".
std::string metrics_text(const Json& event) {
  std::string text;
  const Json metrics = event.value("metrics", Json::object());
  for (const auto& [name, figures] : metrics.items())
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", name, number_text(figures.value("mean", Json())));
  return text;
}

/// One process' part of a run.
class Job {
 public:
  Job(std::unique_ptr<RunDir> dir, std::unique_ptr<DistillLoop> loop, const DistillParts& parts,
      ProgressSink& progress, std::stop_token stop)
      : dir_(std::move(dir)),
        loop_(std::move(loop)),
        parts_(parts),
        progress_(progress),
        stop_(std::move(stop)) {}

  RunState go() {
    dir_->begin(loop_->steps());
    try {
      const RunState state = evaluate_pending() ? train() : RunState::stopped;
      dir_->end(state);
      return state;
    } catch (const std::exception& problem) {
      note_failure(problem.what());
      throw;
    }
  }

 private:
  RunState train() {
    const auto& last = dir_->last_checkpoint();
    if (last) loop_->restore(last->folder);
    const DistillEnd end = loop_->run(hooks(), stop_);
    // The last evaluation may have been stopped after the last step.
    if (end == DistillEnd::stopped || pending_) return RunState::stopped;
    return end == DistillEnd::early ? RunState::early : RunState::finished;
  }

  DistillHooks hooks() {
    DistillHooks hooks;
    hooks.event = [this](const Json& event) { take(event); };
    hooks.checkpoint_folder = [this](std::int64_t step) { return dir_->checkpoint_folder(step); };
    hooks.checkpoint_written = [this](std::int64_t step, const fs::path&, std::optional<double> loss) {
      dir_->checkpoint_written(step, loss, pending_);
    };
    if (!dir_->spec().data.validation.empty() && parts_.evaluate)
      hooks.evaluate = [this](std::int64_t step, const fs::path& checkpoint) {
        Json event = evaluate(step, checkpoint);
        pending_ = event.is_null();
        return pending_ ? Json::object() : event;
      };
    return hooks;
  }

  Json evaluate(std::int64_t step, const fs::path& checkpoint) {
    return parts_.evaluate(dir_->spec(), dir_->folder(), step, checkpoint, progress_, stop_);
  }

  void take(const Json& event) {
    const std::string kind = event.value("event", "");
    if (kind == "evaluation" && pending_) return;  // it will come when the run goes on
    dir_->event(event);
    if (kind == "validation")
      progress_.note(
          fmt::format("step {}: validation loss {}", event.value("step", 0), number_text(event["loss"])));
    if (kind == "evaluation")
      progress_.note(fmt::format("step {}: {}", event.value("step", 0), metrics_text(event)));
  }

  /// The evaluation that an earlier process was stopped in. False if this one is too.
  bool evaluate_pending() {
    const auto last = dir_->last_checkpoint();
    if (!last || !last->evaluation_pending) return true;
    Json event = evaluate(last->step, last->folder);
    if (event.is_null()) return false;
    event["event"] = "evaluation";
    event["step"] = last->step;
    take(event);
    dir_->checkpoint_written(last->step, last->validation_loss);
    return true;
  }

  /// The status is of less weight than what went wrong: a full disk takes both.
  void note_failure(const char* what) {
    try {
      dir_->end(RunState::failed, what);
    } catch (const std::exception&) {
    }
  }

  std::unique_ptr<RunDir> dir_;
  std::unique_ptr<DistillLoop> loop_;
  const DistillParts& parts_;
  ProgressSink& progress_;
  std::stop_token stop_;
  bool pending_ = false;
};

DistillOutcome outcome_of(const fs::path& folder, RunState state) {
  const RunRecord record = read_run(folder);
  return {folder,
          state,
          record.status.step,
          record.status.steps,
          record.controls,
          read_events(folder / "metrics.jsonl")};
}

void require_same_controls(const RunRecord& record, const Json& now) {
  for (const auto& [name, was] : record.controls.items()) {
    const Json is = now.value(name, Json());
    if (is == was) continue;
    throw Error::failed((record.folder / "spec.json").string(), "the run cannot go on: a control has changed")
        .field("controls." + name)
        .found(is.dump())
        .expected(was.dump())
        .remedy("put back the file as it was when the run began, or start a new run");
  }
}

}  // namespace

DistillOutcome run_distill(const RunSpec& spec, const fs::path& out, bool dry_run, Json about,
                           const DistillParts& parts, ProgressSink& progress, std::stop_token stop) {
  if (!dry_run) RunDir::check_new(out);
  auto loop = parts.loop(spec, progress);
  const Json controls = loop->controls();
  if (dry_run) return {out, RunState::created, 0, loop->steps(), controls, {}};
  about["controls"] = controls;
  auto dir = RunDir::create(out, spec, about);
  const RunState state = Job(std::move(dir), std::move(loop), parts, progress, std::move(stop)).go();
  return outcome_of(out, state);
}

DistillOutcome resume_distill(const fs::path& folder, const DistillParts& parts, ProgressSink& progress,
                              std::stop_token stop) {
  auto dir = RunDir::resume(folder, progress);
  const RunRecord record = read_run(folder);
  if (record.status.state == RunState::finished || record.status.state == RunState::early) {
    progress.note(fmt::format("{}: the run has ended already", folder.string()));
    return outcome_of(folder, record.status.state);
  }
  auto loop = parts.loop(record.spec, progress);
  require_same_controls(record, loop->controls());
  const std::int64_t from = dir->last_checkpoint() ? dir->last_checkpoint()->step : 0;
  progress.note(fmt::format("{}: goes on after step {} of {}", folder.string(), from, loop->steps()));
  const RunState state = Job(std::move(dir), std::move(loop), parts, progress, std::move(stop)).go();
  return outcome_of(folder, state);
}

std::string distill_text(const DistillOutcome& outcome) {
  const Json step = last_event(outcome.events, "step"), validation = last_event(outcome.events, "validation"),
             evaluation = last_event(outcome.events, "evaluation");
  std::string text =
      fmt::format("{} at step {} of {}", run_state_name(outcome.state), outcome.step, outcome.steps);
  if (!step.is_null()) text += fmt::format(": loss {}", number_text(step["loss"]));
  if (!validation.is_null())
    text += fmt::format(", validation loss {} at step {}", number_text(validation["loss"]),
                        validation.value("step", 0));
  if (!evaluation.is_null()) text += ", " + metrics_text(evaluation);
  if (outcome.state == RunState::stopped)
    text += fmt::format("\ngo on with: tauscope distill --resume {}", outcome.folder.string());
  return text;
}

}  // namespace tauscope
