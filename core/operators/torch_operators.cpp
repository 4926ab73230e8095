// The kernels as operators of PyTorch: torch.ops.load_library("…/libtauscope_torch.so") gives
// torch.ops.tauscope.
//
// `objective` is differentiable in the student's logits; its gradient is written by the kernel in the forward
// pass, so that backward is one multiplication. Shapes: logits (…, V), targets and mask (…), losses (…). What
// the names mean: `tauscope objective --list`.
#include <ATen/core/Tensor.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/base/error.h"
#include "core/diagnostics/analysis_spec.h"
#include "core/objectives/choice.h"
#include "core/objectives/presets.h"
#include "core/operators/kernel_calls.h"

namespace {

using at::Tensor;
using tauscope::LogitsView;
using OptionalTensor = std::optional<Tensor>;

/// What an objective is asked for with; one place for the operators' common arguments.
struct Asked {
  std::string name, preset, params;
  std::optional<double> tau;
  std::optional<bool> tau_squared;
  std::optional<double> ce_weight;
};

/// Errors of the library as Python's ValueError.
template <typename Work>
auto checked(const char* what, Work work) {
  try {
    return work();
  } catch (const std::invalid_argument& problem) {
    TORCH_CHECK_VALUE(false, "tauscope::", what, ": ", problem.what());
  } catch (const tauscope::Error& problem) {
    TORCH_CHECK_VALUE(false, "tauscope::", what, ": ", problem.what());
  }
}

/// (rows, vocab) with entries side by side. `held` is the tensor that the view looks into.
LogitsView view_of(const Tensor& logits, const char* name, Tensor& held) {
  TORCH_CHECK_VALUE(logits.dim() >= 1 && logits.size(-1) > 0, "tauscope: the ", name,
                    "'s logits have no vocabulary: shape ", logits.sizes());
  TORCH_CHECK_VALUE(logits.device().is_cpu() || logits.device().is_cuda(), "tauscope: the ", name,
                    "'s logits are on ", logits.device(),
                    "; these kernels run on the CPU and on CUDA devices");
  const at::ScalarType type = logits.scalar_type();
  TORCH_CHECK_TYPE(type == at::kFloat || type == at::kHalf || type == at::kBFloat16, "tauscope: the ", name,
                   "'s logits are ", type, "; float32, float16 or bfloat16 is expected");
  held = logits.reshape({-1, logits.size(-1)});
  const bool usable = held.stride(1) == 1 && (held.size(0) <= 1 || held.stride(0) >= held.size(1));
  if (!usable) held = held.contiguous();
  return tauscope::view_of_rows(held);
}

void check_same_place(const Tensor& teacher, const Tensor& student) {
  TORCH_CHECK_VALUE(teacher.sizes() == student.sizes(), "tauscope: the teacher's logits have shape ",
                    teacher.sizes(), ", the student's ", student.sizes());
  TORCH_CHECK_VALUE(teacher.device() == student.device(), "tauscope: the teacher's logits are on ",
                    teacher.device(), ", the student's on ", student.device());
}

/// Per position, in the shape of the logits without their vocabulary, on `device`; null where absent.
template <typename T>
std::span<const T> per_row(const OptionalTensor& values, at::ScalarType type, const Tensor& logits,
                           const char* name, at::Device device, Tensor& held) {
  if (!values) return {};
  TORCH_CHECK_VALUE(values->sizes() == logits.sizes().slice(0, static_cast<std::size_t>(logits.dim() - 1)),
                    "tauscope: ", name, " has shape ", values->sizes(), "; the logits have ", logits.sizes());
  held = values->to(device, type).contiguous();
  if (type == at::kLong) held = held.clamp_min(-1);  // Hugging Face marks what is not scored by -100
  return {static_cast<const T*>(held.const_data_ptr()), static_cast<std::size_t>(held.numel())};
}

tauscope::ObjectiveSpec spec_of(const Asked& asked) {
  tauscope::ObjectiveChoice choice;
  choice.name = asked.name;
  choice.preset = asked.preset;
  choice.parameters = tauscope::split_parameters(asked.params);
  choice.tau = asked.tau;
  if (asked.tau_squared)
    choice.tau_scaling = *asked.tau_squared ? tauscope::TauScaling::squared : tauscope::TauScaling::none;
  choice.ce_weight = asked.ce_weight;
  return tauscope::resolve_objective(choice);
}

/// The shape of one number per position.
std::vector<std::int64_t> rows_shape(const Tensor& logits) {
  return logits.sizes().slice(0, static_cast<std::size_t>(logits.dim() - 1)).vec();
}

/// `gradient` undefined: not wanted.
Tensor compute(const Tensor& teacher, const Tensor& student, const OptionalTensor& targets,
               const OptionalTensor& mask, const Asked& asked, Tensor gradient) {
  return checked("objective", [&] {
    const tauscope::ObjectiveSpec spec = spec_of(asked);
    Tensor held[4];
    tauscope::ObjectiveInput input;
    input.student = view_of(student, "student", held[0]);
    input.teacher = view_of(teacher, "teacher", held[1]);
    check_same_place(teacher, student);
    input.targets = per_row<std::int64_t>(targets, at::kLong, student, "targets", student.device(), held[2]);
    input.mask = per_row<std::uint8_t>(mask, at::kByte, student, "mask", student.device(), held[3]);
    TORCH_CHECK_VALUE(!spec.needs_target() || targets, "tauscope::objective: ", spec.objective->text.name,
                      " needs a target for every row");
    return tauscope::objective_of_rows(input, spec, student.device(), gradient)
        .to(at::kFloat)
        .view(rows_shape(student));
  });
}

// Arguments of the schemas, in their order.
#define TAUSCOPE_ARGUMENTS                                                                                 \
  const Tensor &teacher, const Tensor &student, const OptionalTensor &targets, const OptionalTensor &mask, \
      std::string_view name, std::string_view preset, std::string_view params, std::optional<double> tau,  \
      std::optional<bool> tau_squared, std::optional<double> ce_weight
#define TAUSCOPE_ASKED                                                                       \
  Asked {                                                                                    \
    std::string(name), std::string(preset), std::string(params), tau, tau_squared, ce_weight \
  }

Tensor objective_kernel(TAUSCOPE_ARGUMENTS) {
  return compute(teacher, student, targets, mask, TAUSCOPE_ASKED, {});
}

std::tuple<Tensor, Tensor> objective_with_gradient_kernel(TAUSCOPE_ARGUMENTS) {
  Tensor gradient = at::empty(student.sizes(), student.options().dtype(at::kFloat));
  Tensor loss = compute(teacher, student, targets, mask, TAUSCOPE_ASKED, gradient);
  return {loss, gradient};
}

Tensor objective_meta(TAUSCOPE_ARGUMENTS) {
  static_cast<void>(std::tie(teacher, targets, mask, name, preset, params, tau, tau_squared, ce_weight));
  return student.new_empty_symint(student.sym_sizes().slice(0, static_cast<std::size_t>(student.dim() - 1)),
                                  at::TensorOptions().dtype(at::kFloat));
}

std::tuple<Tensor, Tensor> objective_with_gradient_meta(TAUSCOPE_ARGUMENTS) {
  return {objective_meta(teacher, student, targets, mask, name, preset, params, tau, tau_squared, ce_weight),
          student.new_empty_symint(student.sym_sizes(), at::TensorOptions().dtype(at::kFloat))};
}

/// The kernel's gradient, kept from the forward pass.
class ObjectiveFunction : public torch::autograd::Function<ObjectiveFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& teacher,
                        const Tensor& student, const OptionalTensor& targets, const OptionalTensor& mask,
                        const Asked& asked) {
    const at::AutoDispatchBelowADInplaceOrView below;
    static const auto kernel = c10::Dispatcher::singleton()
                                   .findSchemaOrThrow("tauscope::objective_with_gradient", "")
                                   .typed<std::tuple<Tensor, Tensor>(TAUSCOPE_ARGUMENTS)>();
    auto [loss, gradient] = kernel.call(teacher, student, targets, mask, asked.name, asked.preset,
                                        asked.params, asked.tau, asked.tau_squared, asked.ce_weight);
    context->save_for_backward({gradient});
    context->saved_data["dtype"] = static_cast<std::int64_t>(student.scalar_type());
    return loss;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list of_loss) {
    const Tensor gradient = context->get_saved_variables().front();
    const auto dtype = static_cast<at::ScalarType>(context->saved_data["dtype"].toInt());
    return {Tensor(), gradient.mul(of_loss.front().unsqueeze(-1)).to(dtype), Tensor(), Tensor(), Tensor()};
  }
};

Tensor objective_autograd(TAUSCOPE_ARGUMENTS) {
  TORCH_CHECK_VALUE(
      !(at::GradMode::is_enabled() && teacher.requires_grad()),
      "tauscope::objective: the teacher's logits require a gradient, which this operator does not "
      "give; compute them under torch.no_grad(), or pass teacher.detach()");
  if (at::GradMode::is_enabled() && student.requires_grad())
    return ObjectiveFunction::apply(teacher, student, targets, mask, TAUSCOPE_ASKED);
  const at::AutoDispatchBelowADInplaceOrView below;
  static const auto kernel = c10::Dispatcher::singleton()
                                 .findSchemaOrThrow("tauscope::objective", "")
                                 .typed<Tensor(TAUSCOPE_ARGUMENTS)>();
  return kernel.call(teacher, student, targets, mask, name, preset, params, tau, tau_squared, ce_weight);
}

#undef TAUSCOPE_ARGUMENTS
#undef TAUSCOPE_ASKED

/// (…, taus, columns), float64; NaN where a value does not exist.
Tensor statistics(const Tensor& teacher, const Tensor& student, const OptionalTensor& targets,
                  at::ArrayRef<double> taus, bool tau_squared, std::string_view dominant,
                  std::string_view mode) {
  return checked("statistics", [&] {
    tauscope::StatisticsSpec spec;
    spec.taus = taus.vec();
    spec.tau_scaling = tau_squared ? tauscope::TauScaling::squared : tauscope::TauScaling::none;
    spec.dominant = tauscope::parse_dominant(dominant);
    Tensor held[3];
    tauscope::StatisticsInput input{
        view_of(teacher, "teacher", held[0]), view_of(student, "student", held[1]), {}};
    check_same_place(teacher, student);
    input.targets = per_row<std::int64_t>(targets, at::kLong, student, "targets", at::kCPU, held[2]);
    const auto rows = tauscope::statistics_of_rows(input, spec, std::string(mode), student.device());
    const auto columns = tauscope::statistics_columns();
    std::vector<std::int64_t> shape = rows_shape(student);
    shape.push_back(static_cast<std::int64_t>(spec.taus.size()));
    shape.push_back(static_cast<std::int64_t>(columns.size()));
    Tensor result = at::empty(shape, at::kDouble);
    auto* to = result.mutable_data_ptr<double>();
    for (const tauscope::RowStatistics& row : rows)
      for (const tauscope::StatisticsColumn& column : columns)
        *to++ = row.*column.member;
    return result;
  });
}

std::vector<std::string> statistics_column_names() {
  std::vector<std::string> names;
  for (const tauscope::StatisticsColumn& column : tauscope::statistics_columns())
    names.emplace_back(column.name);
  return names;
}

std::vector<std::string> objective_list() {
  std::vector<std::string> names;
  for (const tauscope::Objective& objective : tauscope::kernel_objectives())
    names.emplace_back(objective.text.name);
  return names;
}

std::vector<std::string> preset_list() {
  std::vector<std::string> names;
  for (const tauscope::ObjectivePreset& preset : tauscope::objective_presets())
    names.emplace_back(preset.name);
  return names;
}

}  // namespace

TORCH_LIBRARY(tauscope, library) {
  const std::string arguments =
      "(Tensor teacher, Tensor student, Tensor? targets=None, Tensor? mask=None, *, str name='', str "
      "preset='', "
      "str params='', float? tau=None, bool? tau_squared=None, float? ce_weight=None) -> ";
  library.def(("objective" + arguments + "Tensor").c_str());
  library.def(("objective_with_gradient" + arguments + "(Tensor loss, Tensor gradient)").c_str());
  library.def(
      "statistics(Tensor teacher, Tensor student, Tensor? targets, float[] taus, *, bool tau_squared=True, "
      "str dominant='nucleus:0.9', str mode='exact') -> Tensor");
  library.def("statistics_columns", &statistics_column_names);
  library.def("objectives", &objective_list);
  library.def("presets", &preset_list);
}

TORCH_LIBRARY_IMPL(tauscope, CPU, library) {
  library.impl("objective", &objective_kernel);
  library.impl("objective_with_gradient", &objective_with_gradient_kernel);
  library.impl("statistics", &statistics);
}

TORCH_LIBRARY_IMPL(tauscope, CUDA, library) {
  library.impl("objective", &objective_kernel);
  library.impl("objective_with_gradient", &objective_with_gradient_kernel);
  library.impl("statistics", &statistics);
}

TORCH_LIBRARY_IMPL(tauscope, Meta, library) {
  library.impl("objective", &objective_meta);
  library.impl("objective_with_gradient", &objective_with_gradient_meta);
}

TORCH_LIBRARY_IMPL(tauscope, Autograd, library) {
  library.impl("objective", &objective_autograd);
}
