#include "kernels/objective.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "kernels/cuda_objective.h"
#include "kernels/gradient.h"
#include "kernels/objectives/row_task.h"
#include "kernels/threads.h"
#include "kernels/validate.h"

namespace tauscope {
namespace {

[[noreturn]] void fail(const std::string& message) {
  throw std::invalid_argument(message);
}

void validate_spec(const ObjectiveSpec& spec) {
  if (spec.objective == nullptr) fail("no objective");
  const Objective& objective = *spec.objective;
  const std::string name = objective.text.name;
  if (!spec.parameters.empty() && spec.parameters.size() != objective.parameters.size()) {
    fail(name + " takes " + std::to_string(objective.parameters.size()) + " parameters, not " +
         std::to_string(spec.parameters.size()));
  }
  for (std::size_t i = 0; i < spec.parameters.size(); ++i) {
    const ObjectiveParameter& parameter = objective.parameters[i];
    if (!parameter.allows(spec.parameters[i])) {
      fail(name + ": " + parameter.name + " = " + std::to_string(spec.parameters[i]) + " is out of range");
    }
  }
  validate_tau(spec.tau);
  if (!(spec.weight > 0 && std::isfinite(spec.weight)))
    fail("weight " + std::to_string(spec.weight) + " is not positive");
  if (!(spec.ce_weight >= 0 && std::isfinite(spec.ce_weight)))
    fail("weight of the cross entropy " + std::to_string(spec.ce_weight) + " is negative or not finite");
}

void validate_input(const ObjectiveInput& input, const ObjectiveSpec& spec) {
  const bool with_teacher = spec.objective->needs.teacher;
  validate_pair(with_teacher ? input.teacher : input.student, input.student);
  const std::size_t rows = input.student.rows;
  if (!input.mask.empty() && input.mask.size() != rows)
    fail(std::to_string(input.mask.size()) + " entries of the mask for " + std::to_string(rows) + " rows");
  if (!input.targets.empty() && input.targets.size() != rows)
    fail(std::to_string(input.targets.size()) + " targets for " + std::to_string(rows) + " rows");
  if (input.targets.empty() && spec.needs_target())
    fail(std::string(spec.objective->text.name) + " needs a target for every row");
  for (std::size_t r = 0; r < input.targets.size(); ++r) {
    const std::int64_t y = input.targets[r];
    if (y < -1 || y >= static_cast<std::int64_t>(input.student.vocab)) {
      fail("target " + std::to_string(y) + " of row " + std::to_string(r) + " is outside the vocabulary of " +
           std::to_string(input.student.vocab));
    }
  }
}

void validate_output(const ObjectiveInput& input, std::span<float> gradient, std::size_t stride,
                     std::span<double> loss) {
  const std::size_t rows = input.student.rows, vocab = input.student.vocab;
  if (!loss.empty() && loss.size() != rows)
    fail("loss holds " + std::to_string(loss.size()) + " entries for " + std::to_string(rows) + " rows");
  if (gradient.empty()) return;
  if (stride < vocab)
    fail("gradient stride " + std::to_string(stride) + " is less than the vocabulary, " +
         std::to_string(vocab));
  const std::size_t needed = rows == 0 ? 0 : (rows - 1) * stride + vocab;
  if (gradient.size() < needed) {
    fail("gradient holds " + std::to_string(gradient.size()) + " entries; the shape needs " +
         std::to_string(needed));
  }
}

/// Larger results would only push the logits out of the cache.
constexpr std::size_t streaming_bytes = std::size_t{8} << 20;

/// Below this a row's own costs outweigh what float lanes save.
constexpr std::size_t smallest_single = 128;

/// Memory of one thread, made when it is needed.
template <class Real>
struct Memory {
  std::unique_ptr<objectives::RowMemory<float>> single;
  std::unique_ptr<objectives::RowMemory<Real>> row;

  template <class Stored>
  static objectives::RowMemory<Stored>& get(std::unique_ptr<objectives::RowMemory<Stored>>& memory,
                                            std::size_t vocab) {
    if (!memory) memory = std::make_unique<objectives::RowMemory<Stored>>(vocab);
    return *memory;
  }
};

/// Rows, by whatever computes one.
class ObjectiveRun {
 public:
  ObjectiveRun(const ObjectiveInput& input, const ObjectiveSpec& spec, std::span<float> gradient,
               std::size_t stride)
      : input_(input), gradient_(gradient), stride_(stride), with_teacher_(spec.objective->needs.teacher) {
    parameters_ = spec.parameters.empty() ? default_parameters(*spec.objective) : spec.parameters;
    const bool softened = spec.objective->needs.tau, squared = spec.tau_scaling == TauScaling::squared;
    task_.objective = spec.objective->index;
    task_.parameters = parameters_.data();
    task_.vocab = input.student.vocab;
    task_.tau = spec.tau;
    task_.factor = spec.weight * (softened ? gradient_factor(spec.tau_scaling, spec.tau) : 1.0);
    task_.value_scale = spec.weight * (softened && squared ? spec.tau * spec.tau : 1.0);
    task_.ce_weight = spec.ce_weight;
    task_.streaming = gradient.size_bytes() >= streaming_bytes;
  }

  template <class Real>
  objectives::RowOutcome row(std::size_t r, std::size_t next, Memory<Real>& memory) const {
    objectives::RowTask task = task_;
    if (!gradient_.empty()) task.gradient = gradient_.data() + r * stride_;
    if (!input_.targets.empty()) task.target = input_.targets[r];
    if (with_teacher_) task.teacher = raw_row(input_.teacher, r);
    task.student = raw_row(input_.student, r);
    if constexpr (std::is_same_v<Real, double>) {
      if (task.vocab >= smallest_single) {
        if (next < input_.student.rows) {
          task.next_teacher = raw_row(with_teacher_ ? input_.teacher : input_.student, next);
          task.next_student = raw_row(input_.student, next);
        }
        const objectives::RowOutcome outcome =
            objectives::single_row(task, memory.get(memory.single, task.vocab));
        if (!outcome.declined) return outcome;
      }
      return objectives::vector_row(task, memory.get(memory.row, task.vocab));
    } else {
      return objectives::reference_row(task, memory.get(memory.row, task.vocab));
    }
  }

  void skip(std::size_t r) const {
    if (gradient_.empty()) return;
    float* out = gradient_.data() + r * stride_;
    std::fill(out, out + task_.vocab, 0.0F);
  }

 private:
  static objectives::RawRow raw_row(const LogitsView& logits, std::size_t r) {
    return {logits.row(r), logits.dtype};
  }

  const ObjectiveInput& input_;
  std::span<float> gradient_;
  std::size_t stride_;
  bool with_teacher_;
  std::vector<double> parameters_;
  objectives::RowTask task_;
};

struct Counters {
  std::atomic<std::int64_t> scored{0}, infinite{0}, invalid{0}, undefined{0};

  void add(const objectives::RowOutcome& outcome) {
    ++scored;
    if (outcome.invalid) ++invalid;
    if (std::isinf(outcome.loss)) ++infinite;
    if (outcome.undefined && !outcome.invalid) ++undefined;
  }
  ObjectiveReport report(KernelReport kernel) const {
    return {std::move(kernel), scored, infinite, invalid, undefined};
  }
};

template <class Real>
bool run_rows(const ObjectiveRun& run, const ObjectiveInput& input, std::span<double> loss,
              Counters& counters, const KernelOptions& options) {
  const std::size_t rows = input.student.rows;
  const int threads = resolve_threads(options.threads, rows);
  std::vector<Memory<Real>> memory(static_cast<std::size_t>(threads));
  return parallel_for(rows, threads, options.stop, [&](std::size_t r, int thread) {
    objectives::RowOutcome outcome;
    if (input.is_scored(r)) {
      outcome = run.row(r, r + static_cast<std::size_t>(threads), memory[static_cast<std::size_t>(thread)]);
      counters.add(outcome);
    } else {
      run.skip(r);
    }
    if (!loss.empty()) loss[r] = outcome.loss;
  });
}

/// Which way kl_gradient covers a spec, if it does.
const KlDirection* kl_direction(const ObjectiveSpec& spec) {
  static constexpr KlDirection forward = KlDirection::forward, reverse = KlDirection::reverse;
  if (spec.weight != 1 || spec.ce_weight != 0) return nullptr;
  for (const double parameter : spec.parameters)
    if (parameter != 0) return nullptr;
  const std::string_view name = spec.objective->text.name;
  return name == "fkl" ? &forward : name == "rkl" ? &reverse : nullptr;
}

/// fkl and rkl have kernels of their own, in single precision where that is enough.
ObjectiveReport by_kl_gradient(const KernelVariant& variant, const ObjectiveInput& input,
                               const GradientSpec& spec, const ObjectiveRun& run, std::span<float> gradient,
                               std::size_t stride, std::span<double> loss, const KernelOptions& options) {
  Counters counters;
  KernelReport kernel{variant.name(), objectives::vector_row_target(), 0, false};
  const std::size_t rows = input.student.rows;
  for (std::size_t first = 0; first < rows && !kernel.stopped;) {
    if (!input.is_scored(first)) {
      run.skip(first);
      if (!loss.empty()) loss[first] = 0;
      ++first;
      continue;
    }
    std::size_t last = first;
    while (last < rows && input.is_scored(last))
      ++last;
    const std::size_t count = last - first;
    std::vector<double> values(count, 0.0);
    kernel = kl_gradient(variant, input.teacher.slice(first, count), input.student.slice(first, count), spec,
                         gradient.subspan(first * stride), stride, values, options);
    for (std::size_t i = 0; i < count; ++i) {
      const bool invalid = std::isnan(values[i]);
      counters.add({values[i], invalid, !invalid && std::isnan(gradient[(first + i) * stride])});
      if (!loss.empty()) loss[first + i] = values[i];
    }
    first = last;
  }
  return counters.report(std::move(kernel));
}

}  // namespace

ObjectiveReport objective_gradient(const KernelVariant& variant, const ObjectiveInput& input,
                                   const ObjectiveSpec& spec, std::span<float> gradient, std::size_t stride,
                                   std::span<double> loss, const KernelOptions& options) {
  validate_spec(spec);
  validate_input(input, spec);
  validate_output(input, gradient, stride, loss);
  const ObjectiveRun run(input, spec, gradient, stride);
  const KlDirection* direction = kl_direction(spec);
  if (direction != nullptr && !gradient.empty()) {
    return by_kl_gradient(variant, input, {*direction, spec.tau, spec.tau_scaling}, run, gradient, stride,
                          loss, options);
  }
  Counters counters;
  if (variant.device() == "cuda") {
    const auto visit = [&](const objectives::RowOutcome& row) { counters.add(row); };
    return counters.report(
        cuda_objective_of_host(variant.name(), input, spec, gradient, stride, loss, options, visit));
  }
  const bool reference = variant.name() == "reference";
  const bool finished = reference ? run_rows<long double>(run, input, loss, counters, options)
                                  : run_rows<double>(run, input, loss, counters, options);
  return counters.report(
      {variant.name(), reference ? "scalar" : objectives::vector_row_target(), 0, !finished});
}

}  // namespace tauscope
