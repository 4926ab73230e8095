// Runs in which nobody trains anything: folders and events as a run has them, with figures that are easy to
// foresee.
#pragma once

#include <chrono>
#include <cmath>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/runs/read_spec.h"
#include "core/runs/run_dir.h"

namespace tauscope::test {

inline RunSpec some_run(const std::string& name, double tau = 1) {
  RunSpec spec;
  spec.name = name;
  spec.teacher.path = "/models/teacher";
  spec.student.path = "/models/student";
  spec.data.train = "/data/train.jsonl";
  spec.objective.tau = {TauSchedule::Kind::constant, tau, tau};
  spec.schedule.steps = 20;
  spec.checkpoint.every = 5;
  return spec;
}

inline double made_up_loss(std::int64_t step) {
  return 4 / std::sqrt(static_cast<double>(step));
}

/// Goes on to the last step, or until stopped: then with a checkpoint of the last step that was done.
inline void go_through(RunDir& run, std::int64_t first, std::int64_t last, int milliseconds_a_step,
                       const std::stop_token& stop) {
  run.begin(last);
  const auto checkpoint = [&](std::int64_t step) {
    const auto folder = run.checkpoint_folder(step);
    std::filesystem::create_directories(folder);
    write_file_atomically(folder / "config.json", "{}");
    run.checkpoint_written(step, made_up_loss(step) + 1);
  };
  for (std::int64_t step = first; step <= last; ++step) {
    if (stop.stop_requested()) {
      if (step > 1) checkpoint(step - 1);
      return run.end(RunState::stopped);
    }
    run.event({{"event", "step"},
               {"step", step},
               {"loss", made_up_loss(step)},
               {"grad_norm", 1.5},
               {"student_entropy", 2.0},
               {"tokens_per_second", 1000.0}});
    if (step % 5 == 0) {
      run.event({{"event", "validation"}, {"step", step}, {"loss", made_up_loss(step) + 1}});
      run.event({{"event", "evaluation"}, {"step", step}, {"metrics", {{"rouge-l", {{"mean", 20.0}}}}}});
      run.event({{"event", "probe"},
                 {"step", step},
                 {"tau", {{{"tau", 1}, {"fkl_nd_share_l1", 0.25}}, {{"tau", 2}, {"fkl_nd_share_l1", 0.5}}}}});
    }
    if (milliseconds_a_step > 0) std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_a_step));
  }
  checkpoint(last);
  run.end(RunState::finished);
}

/// A whole run in a folder of its own.
inline void make_run(const std::filesystem::path& folder, const RunSpec& spec) {
  const auto run = RunDir::create(folder, spec, Json::object());
  go_through(*run, 1, spec.schedule.steps, 0, {});
}

}  // namespace tauscope::test
