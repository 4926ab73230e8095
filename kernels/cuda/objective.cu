#include "kernels/cuda/objective.cuh"

#include <array>
#include <cmath>
#include <span>
#include <string_view>

#include "kernels/cuda/launch.h"
#include "kernels/objectives/describe.h"

namespace tauscope::cuda {
namespace {

constexpr int objective_blocks = 2;  // per multiprocessor: one reads while the other computes

template <class Objective>
int launch(ObjectiveTask& task, const tauscope_cuda_logits& teacher, const tauscope_cuda_logits& student,
           cudaStream_t stream) {
  LaunchShape shape;
  if (const int error =
          launch_shape(static_cast<int>(student.vocab), teacher.dtype, student.dtype,
                       objective_scratch_bytes<Objective>, objective_threads, objective_blocks, shape))
    return error;
  task.resident = whole_groups(shape.resident, task.vocab, shape.threads);
  const auto kernel = &objective_kernel<Objective>;
  if (const int error = check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                   static_cast<int>(shape.shared_bytes)),
                              "asking for shared memory"))
    return error;
  TAUSCOPE_LAUNCH(kernel, static_cast<unsigned>(student.rows), shape.threads, shape.shared_bytes, stream,
                  task);
  return check(cudaGetLastError(), "starting the kernel of an objective");
}

/// An objective of the list, and what starts its kernel.
struct Entry {
  const char* name;
  ObjectiveNeeds needs;
  std::span<const ObjectiveParameter> parameters;
  int (*launch)(ObjectiveTask&, const tauscope_cuda_logits&, const tauscope_cuda_logits&, cudaStream_t);
};

template <class Objective>
Entry entry_of() {
  Entry entry{Objective::text.name, Objective::needs, {}, &launch<Objective>};
  if constexpr (std::is_array_v<decltype(Objective::parameters)>) {
    static_assert(std::size(Objective::parameters) <= most_parameters);
    entry.parameters = Objective::parameters;
  }
  return entry;
}

template <class... Objectives>
std::array<Entry, sizeof...(Objectives)> entries_of(objectives::ObjectiveList<Objectives...>) {
  return {entry_of<Objectives>()...};
}

const Entry* find_entry(const char* name) {
  static const auto entries = entries_of(objectives::AllObjectives());
  for (const Entry& entry : entries) {
    if (name != nullptr && std::string_view(name) == entry.name) return &entry;
  }
  return nullptr;
}

int set_parameters(const Entry& entry, const tauscope_cuda_objective_options& options, ObjectiveTask& task) {
  const std::string name = entry.name;
  const bool given = options.parameter_count != 0;
  if (given && options.parameter_count != static_cast<std::int32_t>(entry.parameters.size()))
    return fail(TAUSCOPE_CUDA_INVALID, name + " takes " + std::to_string(entry.parameters.size()) +
                                           " parameters, not " + std::to_string(options.parameter_count));
  if (given && options.parameters == nullptr) return fail(TAUSCOPE_CUDA_INVALID, name + ": no parameters");
  for (std::size_t i = 0; i < entry.parameters.size(); ++i) {
    const ObjectiveParameter& parameter = entry.parameters[i];
    const double value = given ? options.parameters[i] : parameter.fallback;
    if (!parameter.allows(value))
      return fail(TAUSCOPE_CUDA_INVALID,
                  name + ": " + parameter.name + " = " + std::to_string(value) + " is out of range");
    task.parameters[i] = value;
  }
  return TAUSCOPE_CUDA_OK;
}

int check_options(const Entry& entry, const tauscope_cuda_objective_options& options) {
  if (const int error = check_tau(options.tau)) return error;
  if (options.tau_scaling != TAUSCOPE_CUDA_SQUARED && options.tau_scaling != TAUSCOPE_CUDA_NONE)
    return fail(TAUSCOPE_CUDA_INVALID, "unknown tau scaling " + std::to_string(options.tau_scaling));
  if (!(options.weight > 0 && std::isfinite(options.weight)))
    return fail(TAUSCOPE_CUDA_INVALID, "weight " + std::to_string(options.weight) + " is not positive");
  if (!(options.ce_weight >= 0 && std::isfinite(options.ce_weight)))
    return fail(TAUSCOPE_CUDA_INVALID, "weight of the cross entropy " + std::to_string(options.ce_weight) +
                                           " is negative or not finite");
  if (options.targets == nullptr && (entry.needs.target || options.ce_weight != 0))
    return fail(TAUSCOPE_CUDA_INVALID, std::string(entry.name) + " needs a target for every row");
  return TAUSCOPE_CUDA_OK;
}

}  // namespace
}  // namespace tauscope::cuda

using namespace tauscope::cuda;

extern "C" int tauscope_cuda_objective(const tauscope_cuda_logits* teacher,
                                       const tauscope_cuda_logits* student,
                                       const tauscope_cuda_objective_options* options, float* gradient,
                                       int64_t gradient_stride, double* loss, int32_t* flags, void* stream) {
  if (options == nullptr) return fail(TAUSCOPE_CUDA_INVALID, "no options");
  const Entry* const entry = find_entry(options->objective);
  if (entry == nullptr)
    return fail(TAUSCOPE_CUDA_INVALID, std::string("unknown objective ") +
                                           (options->objective != nullptr ? options->objective : "(none)"));
  if (!entry->needs.teacher) teacher = student;
  if (const int error = check_pair(teacher, student)) return error;
  if (const int error = check_options(*entry, *options)) return error;
  if (gradient != nullptr && gradient_stride < student->vocab)
    return fail(TAUSCOPE_CUDA_INVALID, "gradient stride " + std::to_string(gradient_stride) +
                                           " is less than the vocabulary, " + std::to_string(student->vocab));
  ObjectiveTask task;
  if (const int error = set_parameters(*entry, *options, task)) return error;
  if (student->rows == 0) return TAUSCOPE_CUDA_OK;
  const bool squared = options->tau_scaling == TAUSCOPE_CUDA_SQUARED;
  task.teacher = side_of(*teacher);
  task.student = side_of(*student);
  task.vocab = static_cast<int>(student->vocab);
  task.targets = options->targets;
  task.mask = options->mask;
  task.tau = options->tau;
  task.factor = options->weight * (!entry->needs.tau ? 1.0 : squared ? options->tau : 1.0 / options->tau);
  task.value_scale = options->weight * (entry->needs.tau && squared ? options->tau * options->tau : 1.0);
  task.ce_weight = options->ce_weight;
  task.gradient = gradient;
  task.stride = gradient_stride;
  task.loss = loss;
  task.flags = flags;
  return entry->launch(task, *teacher, *student, static_cast<cudaStream_t>(stream));
}
