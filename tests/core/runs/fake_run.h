// A training loop without training: what it writes is a function of the step, so that any two ways to the end
// can be compared byte for byte.
#pragma once

#include <functional>
#include <string>

#include "core/base/files.h"
#include "core/base/progress.h"
#include "core/runs/run_dir.h"
#include "tests/support/catch.h"

namespace tauscope::test {

struct FakeRun {
  std::int64_t steps = 10, checkpoint_every = 3, validate_every = 2;

  RunSpec spec() const {
    RunSpec spec;
    spec.teacher.path = "/t";
    spec.student.path = "/s";
    spec.data.train = "/d";
    spec.schedule.steps = steps;
    spec.checkpoint.every = checkpoint_every;
    return spec;
  }

  static std::optional<double> validation_loss(std::int64_t step) {
    return 1.0 / static_cast<double>(step) + (step == 4 ? -5 : step == 6 ? -1 : 0);
  }

  /// Goes on from the run's last checkpoint until the end, or until `interrupted(step)` says so.
  bool go(RunDir& run, const std::function<bool(std::int64_t)>& interrupted = nullptr) const {
    const std::int64_t from = run.last_checkpoint() ? run.last_checkpoint()->step : 0;
    run.begin(steps);
    for (std::int64_t step = from + 1; step <= steps; ++step) {
      run.event({{"event", "step"}, {"step", step}, {"loss", 1.0 / static_cast<double>(step)}});
      if (step == 2 || step == 7) run.event({{"event", "warning"}, {"text", "half a line\n\xff"}});
      if (interrupted && interrupted(step)) return false;
      std::optional<double> loss;
      if (step % validate_every == 0) {
        loss = validation_loss(step);
        run.event({{"event", "validation"}, {"step", step}, {"loss", *loss}});
      }
      if (step % checkpoint_every == 0 || step == steps) {
        const auto folder = run.checkpoint_folder(step);
        std::filesystem::create_directories(folder);
        write_text(folder / "model.safetensors", "weights of step " + std::to_string(step));
        write_text(folder / "tokenizer.json", "{}");
        run.checkpoint_written(step, loss);
      }
    }
    run.end(RunState::finished);
    return true;
  }

  /// metrics.jsonl of a run that nothing interrupted.
  std::string undisturbed() const {
    const TemporaryFolder folder;
    const auto run = RunDir::create(folder / "run", spec(), {});
    go(*run);
    return read_text(folder / "run" / "metrics.jsonl");
  }
};

}  // namespace tauscope::test
