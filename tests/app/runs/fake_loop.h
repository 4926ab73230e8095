// A loop that does not train: its checkpoint is a counter, its figures are functions of spec and step.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>

#include "app/engine/distill_job.h"
#include "core/base/csv.h"
#include "tests/support/catch.h"

namespace tauscope::test {

struct FakePlan {
  std::int64_t steps = 10;
  std::int64_t fails_at = 0;                  ///< a step that throws
  std::stop_source* stops_in_step = nullptr;  ///< asks to stop while ...
  std::int64_t stop_step = 0;                 ///< ... this step is under way
  std::stop_source* stops_in_evaluation = nullptr;
  std::int64_t stop_evaluation = 0;
  std::string train = "t";  ///< the training file's hash
};

class FakeLoop final : public DistillLoop {
 public:
  FakeLoop(RunSpec spec, FakePlan plan) : spec_(std::move(spec)), plan_(std::move(plan)) {}

  Json controls() const override {
    return {{"initial_weights", spec_.student.path.string() + std::to_string(spec_.seed)},
            {"data_order", std::to_string(spec_.seed)},
            {"schedule", format_number(spec_.optimizer.learning_rate)},
            {"train", plan_.train},
            {"steps", plan_.steps}};
  }
  std::int64_t steps() const override { return plan_.steps; }
  void restore(const std::filesystem::path& checkpoint) override {
    step_ = std::stoll(read_text(checkpoint / "model.safetensors"));
  }

  DistillEnd run(const DistillHooks& hooks, std::stop_token stop) override {
    while (step_ < plan_.steps) {
      if (stop.stop_requested()) return DistillEnd::stopped;
      ++step_;
      if (step_ == plan_.fails_at) throw std::runtime_error("the loop broke");
      if (step_ == plan_.stop_step && plan_.stops_in_step != nullptr) plan_.stops_in_step->request_stop();
      hooks.event({{"event", "step"}, {"step", step_}, {"loss", loss()}, {"grad_norm", 2 * loss()}});
      const bool last = step_ == plan_.steps;
      const bool due = last || (spec_.evaluation.every > 0 && step_ % spec_.evaluation.every == 0);
      std::optional<double> validation;
      if (due && !spec_.data.validation.empty()) {
        validation = 2 * loss();
        hooks.event({{"event", "validation"}, {"step", step_}, {"loss", *validation}});
      }
      const bool evaluated = due && hooks.evaluate;
      const bool saved = spec_.checkpoint.every > 0 && step_ % spec_.checkpoint.every == 0;
      if (!evaluated && !saved && !last && !stop.stop_requested()) continue;
      const auto folder = hooks.checkpoint_folder(step_);
      if (std::filesystem::exists(folder)) throw std::logic_error("the folder is there already");
      std::filesystem::create_directories(folder);
      write_text(folder / "model.safetensors", std::to_string(step_));
      if (evaluated) {
        Json event = hooks.evaluate(step_, folder);
        event["event"] = "evaluation";
        event["step"] = step_;
        hooks.event(event);
      }
      hooks.checkpoint_written(step_, folder, validation);
    }
    return DistillEnd::finished;
  }

 private:
  /// Smaller for reverse KL and with every step.
  double loss() const { return (spec_.objective.name == "rkl" ? 1.0 : 2.0) / static_cast<double>(step_); }

  RunSpec spec_;
  FakePlan plan_;
  std::int64_t step_ = 0;
};

inline DistillParts fake_parts(const FakePlan& plan) {
  DistillParts parts;
  parts.loop = [plan](const RunSpec& spec, ProgressSink&) { return std::make_unique<FakeLoop>(spec, plan); };
  parts.evaluate = [plan](const RunSpec&, const std::filesystem::path&, std::int64_t step,
                          const std::filesystem::path&, ProgressSink&, std::stop_token stop) -> Json {
    if (step == plan.stop_evaluation && plan.stops_in_evaluation != nullptr)
      plan.stops_in_evaluation->request_stop();
    if (stop.stop_requested()) return nullptr;
    return {{"metrics", {{"rouge-l", {{"mean", 10.0 + static_cast<double>(step)}}}}}};
  };
  return parts;
}

inline RunSpec fake_spec() {
  RunSpec spec;
  spec.teacher.path = "/t";
  spec.student.path = "/s";
  spec.data.train = "/d";
  spec.data.validation = "/v";
  spec.evaluation.every = 4;
  spec.checkpoint.every = 3;
  return spec;
}

}  // namespace tauscope::test
