#include "core/distillation/distiller.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/distillation/probe.h"
#include "core/distillation/step_examples.h"
#include "core/distillation/train_step.h"
#include "core/distillation/training_checkpoint.h"
#include "core/model/runtime.h"
#include "core/objectives/choice.h"
#include "core/runs/batch_plan.h"

namespace tauscope {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// The objective at a temperature of the run.
ObjectiveSpec objective_at(const RunSpec& spec, double tau) {
  ObjectiveChoice choice;
  choice.name = spec.objective.name;
  choice.parameters = spec.objective.parameters;
  choice.tau = tau;
  choice.tau_scaling = spec.objective.tau_scaling;
  choice.ce_weight = spec.objective.ce_weight;
  return resolve_objective(choice);
}

/// What a spec may ask for and this loop has not.
void refuse(const RunSpec& spec) {
  if (spec.teacher.cache == "none") return;
  throw Error::usage("the teacher's logits cannot be cached")
      .field("teacher.cache")
      .found(spec.teacher.cache)
      .expected("none");
}

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

/// The part that steps and validation share. The loss is (1 - ce_weight) divergence + ce_weight cross
/// entropy.
Json figures_json(const StepFigures& figures, double ce_weight) {
  const RowSums& sums = figures.sums;
  const double divergence =
      ce_weight > 0 ? (sums.loss - ce_weight * sums.cross_entropy) / (1 - ce_weight) : sums.loss;
  Json json{{"loss", number(sums.loss)},
            {"divergence", number(divergence)},
            {"cross_entropy", number(sums.cross_entropy)},
            {"student_entropy", number(sums.student_entropy)},
            {"teacher_entropy", number(sums.teacher_entropy)},
            {"top1_agree", number(sums.agreement)},
            {"scored_tokens", figures.scored_tokens}};
  if (figures.h_max) {
    json["h_max"] = *figures.h_max;
    json["coverage"] = sums.uncertain;  // of the tokens to which eopd adds forward KL
  }
  return json;
}

Error no_memory(const std::string& found) {
  return Error::exhausted("", "no memory is left for a training step")
      .found(found)
      .remedy(
          "set batch.halve_on_exhaustion, lower batch.size and raise batch.accumulation by as much, lower "
          "data.max_length, or set student.gradient_checkpointing");
}

/// LibTorch's errors as ours.
template <typename Work>
auto with_torch(std::string_view doing, const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc& error) {
    throw no_memory(error.what());
  } catch (const c10::Error& error) {
    const Error ours = translated(error, doing);
    if (ours.kind() == ErrorKind::exhausted) throw no_memory(ours.found_value());
    throw ours;
  }
}

}  // namespace

struct Distiller::State {
  RunSpec spec;
  ProgressSink& progress;
  DistillModels models;
  std::string initial_weights;
  TrainingData train;
  std::optional<TrainingData> validation;
  BatchPlan plan;
  StepExamples source;
  AdamW optimizer;

  std::int64_t step = 0;       ///< done
  std::int64_t saved = 0;      ///< the step of the last checkpoint; 0 is the start
  std::int64_t pass_size = 0;  ///< examples; halved where memory ran out
  std::optional<double> best_validation;
  std::int64_t without_better = 0;  ///< validations since
  bool pending = false;             ///< what follows the step that was done last has still to be done

  State(RunSpec asked, ProgressSink& sink)
      : spec(std::move(asked)),
        progress(sink),
        models(load_distill_models(spec, sink)),
        initial_weights(weights_sha256(*models.student)),
        train(read(spec.data.train, spec.data.limit)),
        plan(static_cast<std::int64_t>(train.examples.size()), spec),
        source(spec, models, train),
        optimizer(leaves(), spec.optimizer),
        pass_size(spec.batch.size) {
    objective_at(spec, spec.objective.tau.from);  // refused now rather than at the first step
    if (!spec.data.validation.empty()) validation = read(spec.data.validation, spec.evaluation.limit);
  }

  TrainingData read(const fs::path& file, std::int64_t limit) const {
    const TrainingLimits limits{models.context, models.vocab, limit};
    return read_training_data(file, spec.data, limits, *models.tokenizer, progress);
  }

  std::vector<at::Tensor> leaves() const {
    std::vector<at::Tensor> all;
    for (const TrainedTensor& tensor : models.student->tensors())
      all.push_back(tensor.value);
    return all;
  }

  using Examples = std::vector<const TrainingExample*>;
  std::vector<Examples> passes_of(const Examples& examples) const {
    std::vector<Examples> all;
    for (std::size_t i = 0; i < examples.size(); ++i) {
      if (i % static_cast<std::size_t>(pass_size) == 0) all.emplace_back();
      all.back().push_back(examples[i]);
    }
    return all;
  }

  StepSettings settings_of(std::int64_t of_step) const {
    const double tau = tau_at(spec.objective.tau, of_step, plan.steps());
    return {objective_at(spec, tau), spec.objective.average, learning_rate_at(spec, of_step, plan.steps()),
            spec.objective.h_max_quantile};
  }

  bool take_step(const Examples& examples, const StepSettings& settings, const DistillHooks& hooks,
                 const std::stop_token& stop, StepFigures& figures);
  Json step_event(const StepSettings& settings, const StepFigures& figures, double seconds) const;
  bool validate(const DistillHooks& hooks, const std::stop_token& stop, std::optional<double>& loss);
  void probe(const DistillHooks& hooks) const;
  void checkpoint(const DistillHooks& hooks, std::optional<double> validation_loss, bool evaluate);
  bool next_step(const DistillHooks& hooks, const std::stop_token& stop);
  bool after_step(const DistillHooks& hooks, const std::stop_token& stop);
  bool is_early() const { return spec.evaluation.patience > 0 && without_better >= spec.evaluation.patience; }
  bool is_due(std::int64_t every) const { return every > 0 && step % every == 0; }
  bool is_last() const { return step == plan.steps(); }
};

/// Halves the passes as often as memory asks for, if the spec allows it. False if stopped.
bool Distiller::State::take_step(const Examples& examples, const StepSettings& settings,
                                 const DistillHooks& hooks, const std::stop_token& stop,
                                 StepFigures& figures) {
  while (true) {
    try {
      return with_torch("a training step", [&] {
        return train_step(models, optimizer, passes_of(examples), settings, stop, figures);
      });
    } catch (const Error& error) {
      const bool again =
          error.kind() == ErrorKind::exhausted && spec.batch.halve_on_exhaustion && pass_size > 1;
      if (!again) throw;
      pass_size = (pass_size + 1) / 2;
      const std::string text = fmt::format(
          "memory ran out: passes have {} examples from now on, and steps as many as before", pass_size);
      progress.warning(text);
      hooks.event({{"event", "warning"}, {"step", step + 1}, {"text", text}});
    }
  }
}

Json Distiller::State::step_event(const StepSettings& settings, const StepFigures& figures,
                                  double seconds) const {
  Json event = figures_json(figures, spec.objective.ce_weight);
  event["event"] = "step";
  event["step"] = step;
  event["learning_rate"] = settings.learning_rate;
  event["grad_norm"] = number(figures.gradient_norm);
  event["tau"] = settings.objective.tau;
  event["source"] = source.source(step);
  event["tokens"] = figures.tokens;
  event["tokens_per_second"] = static_cast<double>(figures.tokens) / std::max(seconds, 1e-9);
  return event;
}

/// False if stopped; `loss` is empty where there is nothing to validate on.
bool Distiller::State::validate(const DistillHooks& hooks, const std::stop_token& stop,
                                std::optional<double>& loss) {
  if (!validation) return true;
  std::vector<const TrainingExample*> all;
  for (const TrainingExample& example : validation->examples)
    all.push_back(&example);
  // At the last temperature, so that a schedule does not move what is compared over the steps.
  const StepSettings settings{objective_at(spec, spec.objective.tau.to), spec.objective.average, 0,
                              spec.objective.h_max_quantile};
  StepFigures figures;
  const bool done =
      with_torch("validation", [&] { return measure(models, all, pass_size, settings, stop, figures); });
  if (!done) return false;
  loss = figures.sums.loss;
  Json event = figures_json(figures, spec.objective.ce_weight);
  event["event"] = "validation";
  event["step"] = step;
  event["tau"] = settings.objective.tau;
  event["examples"] = all.size();
  hooks.event(event);
  const bool better = !best_validation || *loss < *best_validation;
  if (better) best_validation = loss;
  without_better = better ? 0 : without_better + 1;
  return true;
}

void Distiller::State::probe(const DistillHooks& hooks) const {
  if (!models.teacher) return;
  const auto limit = static_cast<std::size_t>(spec.probe.limit);
  const std::size_t count = std::min(limit, train.examples.size());
  Json event = with_torch("a probe", [&] {
    return probe_models(models, std::span(train.examples).first(count), spec.probe.tau,
                        spec.objective.tau_scaling);
  });
  event["event"] = "probe";
  event["step"] = step;
  hooks.event(event);
}

/// The evaluation's event is on disk before the checkpoint counts, so that going on from it loses none.
void Distiller::State::checkpoint(const DistillHooks& hooks, std::optional<double> validation_loss,
                                  bool evaluate) {
  const fs::path folder = hooks.checkpoint_folder(step);
  Json state{{"step", step},
             {"spec_sha256", spec_hash(spec)},
             {"pass_size", pass_size},
             {"best_validation", best_validation ? Json(*best_validation) : Json()},
             {"validations_without_better", without_better},
             {"pending", pending}};
  with_torch("a checkpoint", [&] { write_training_checkpoint(folder, models, optimizer, state); });
  if (evaluate) {
    Json event = hooks.evaluate(step, folder);
    event["event"] = "evaluation";
    event["step"] = step;
    hooks.event(event);
  }
  hooks.checkpoint_written(step, folder, validation_loss);
  saved = step;
}

/// False if stopped: the state is then that of the step before.
bool Distiller::State::next_step(const DistillHooks& hooks, const std::stop_token& stop) {
  progress.progress("steps", step, plan.steps());
  const StepSettings settings = settings_of(step + 1);
  StepFigures figures;
  const auto start = Clock::now();
  if (stop.stop_requested()) return false;
  const auto examples =
      with_torch("sampling", [&] { return source.of_step(step + 1, plan.step(step + 1), stop); });
  if (!examples || !take_step(*examples, settings, hooks, stop, figures)) return false;
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  ++step;
  pending = true;
  hooks.event(step_event(settings, figures, seconds));
  return true;
}

/// Probe, validation, evaluation and checkpoint, where they are due. False if stopped, and then all of it is
/// done by the run that goes on from here.
bool Distiller::State::after_step(const DistillHooks& hooks, const std::stop_token& stop) {
  const bool measured = is_due(spec.evaluation.every) || is_last();
  std::optional<double> loss;
  if (measured && !validate(hooks, stop, loss)) return false;
  if (spec.probe.every > 0 && (step == 1 || is_due(spec.probe.every) || is_last())) probe(hooks);
  pending = false;
  const bool scored = measured && hooks.evaluate;
  if (scored || is_early() || is_last() || is_due(spec.checkpoint.every)) checkpoint(hooks, loss, scored);
  return true;
}

Distiller::Distiller(RunSpec spec, ProgressSink& progress) {
  refuse(spec);
  state_ = std::make_unique<State>(std::move(spec), progress);
}

Distiller::~Distiller() = default;

std::int64_t Distiller::steps() const {
  return state_->plan.steps();
}

Json Distiller::controls() const {
  State& s = *state_;
  std::string schedule;
  for (std::int64_t step = 1; step <= s.plan.steps(); ++step)
    schedule += fmt::format("{} {}\n", step, learning_rate_at(s.spec, step, s.plan.steps()));
  Json controls{{"initial_weights", s.initial_weights},
                {"data_order", s.plan.hash()},
                {"sequences", s.train.ids_sha256},
                {"schedule", sha256(schedule)},
                {"optimizer", sha256(to_json(s.spec)["optimizer"].dump())},
                {"steps", s.plan.steps()},
                {"train", s.train.file_sha256},
                {"validation", s.validation ? Json(s.validation->file_sha256) : Json()},
                {"tokenizer", s.models.tokenizer_sha256},
                {"teacher", s.models.teacher_source ? Json(s.models.teacher_source->hash()) : Json()},
                {"examples", s.train.examples.size()},
                {"examples_left_out", s.train.too_long.size()},
                {"prompts_cut", s.train.prompts_cut},
                {"vocabulary", s.models.vocab}};
  return controls;
}

void Distiller::restore(const fs::path& checkpoint) {
  State& s = *state_;
  const Json state = read_training_state(checkpoint);
  const std::string file = (checkpoint / "tauscope_trainer.json").string();
  const JsonFields fields(state, file);
  const std::string expected = spec_hash(s.spec);
  if (fields.string("spec_sha256") != expected)
    throw Error::bad_input(file, "the checkpoint belongs to a run of another spec")
        .field("spec_sha256")
        .found(fields.string("spec_sha256"))
        .expected(expected)
        .remedy("go on with the spec that the run's folder holds, or start a new run from this model");
  const std::int64_t step = fields.integer("step", 0, s.plan.steps());
  with_torch("a checkpoint", [&] { load_training_checkpoint(checkpoint, s.models, s.optimizer); });
  s.optimizer.set_steps(step);
  s.step = s.saved = step;
  s.pending = fields.boolean_or("pending", false);
  s.pass_size = fields.integer("pass_size", 1, s.spec.batch.size);
  s.best_validation.reset();
  if (fields.has("best_validation")) s.best_validation = fields.number("best_validation");
  s.without_better = fields.integer("validations_without_better", 0, s.plan.steps());
}

DistillEnd Distiller::run(const DistillHooks& hooks, std::stop_token stop) {
  State& s = *state_;
  while (true) {
    if (s.pending && !s.after_step(hooks, stop)) break;
    if (s.is_last() || s.is_early()) {
      s.progress.progress("steps", s.step, s.plan.steps());
      return s.is_last() ? DistillEnd::finished : DistillEnd::early;
    }
    if (!s.next_step(hooks, stop)) break;
  }
  if (s.step != s.saved) s.checkpoint(hooks, std::nullopt, false);
  return DistillEnd::stopped;
}

}  // namespace tauscope
