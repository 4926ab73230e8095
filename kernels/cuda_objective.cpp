#include "kernels/cuda_objective.h"

#include <algorithm>
#include <memory>

#include "kernels/cuda_device.h"
#include "kernels/cuda_statistics.h"
#include "kernels/validate.h"

namespace tauscope {
namespace {

using namespace cuda_host;

/// Room on the device for a chunk of rows and its results.
class ObjectiveChunk {
 public:
  ObjectiveChunk(const ObjectiveInput& input, const ObjectiveSpec& spec, std::size_t rows, bool with_gradient)
      : spec_(spec),
        vocab_(input.student.vocab),
        student_(input.student, rows),
        gradient_(with_gradient ? rows * vocab_ : 0),
        loss_(rows),
        flags_(rows) {
    if (spec.objective->needs.teacher) teacher_ = std::make_unique<DeviceRows>(input.teacher, rows);
  }

  void run(const ObjectiveInput& part) {
    const DeviceArray<std::int64_t> targets(part.targets);
    const DeviceArray<std::uint8_t> mask(part.mask);
    DeviceObjectiveInput input;
    if (teacher_) input.teacher = teacher_->load(part.teacher);
    input.student = student_.load(part.student);
    input.targets = targets.data();
    input.mask = mask.data();
    cuda_objective(input, spec_, gradient_.data(), vocab_, loss_.data(), flags_.data());
    // Their copies wait for the kernel, so that targets and mask may go.
    loss = loss_.to_host();
    flags = flags_.to_host();
  }

  void copy_gradient(float* to, std::size_t stride, std::size_t rows) const {
    const std::size_t width = vocab_ * sizeof(float);
    copy_to_host(to, stride * sizeof(float), gradient_.data(), width, width, rows, nullptr);
  }

  std::vector<double> loss;         ///< (rows) of the last run, and of the ones that it had room for
  std::vector<std::int32_t> flags;  ///< likewise

 private:
  const ObjectiveSpec& spec_;
  std::size_t vocab_;
  std::unique_ptr<DeviceRows> teacher_;
  DeviceRows student_;
  DeviceArray<float> gradient_;
  DeviceArray<double> loss_;
  DeviceArray<std::int32_t> flags_;
};

}  // namespace

void cuda_objective(const DeviceObjectiveInput& input, const ObjectiveSpec& spec, float* gradient,
                    std::size_t gradient_stride, double* loss, std::int32_t* flags, void* stream) {
  const bool with_teacher = spec.objective->needs.teacher;
  validate_pair(with_teacher ? input.teacher : input.student, input.student);
  const tauscope_cuda_logits teacher = device_logits(input.teacher), student = device_logits(input.student);
  tauscope_cuda_objective_options options{};
  options.objective = spec.objective->text.name;
  options.parameters = spec.parameters.data();
  options.parameter_count = static_cast<std::int32_t>(spec.parameters.size());
  options.tau = spec.tau;
  options.tau_scaling = spec.tau_scaling == TauScaling::squared ? TAUSCOPE_CUDA_SQUARED : TAUSCOPE_CUDA_NONE;
  options.weight = spec.weight;
  options.ce_weight = spec.ce_weight;
  options.targets = input.targets;
  options.mask = input.mask;
  require(tauscope_cuda_objective(with_teacher ? &teacher : nullptr, &student, &options, gradient,
                                  static_cast<std::int64_t>(gradient_stride), loss, flags, stream));
}

KernelReport cuda_objective_of_host(const std::string& name, const ObjectiveInput& input,
                                    const ObjectiveSpec& spec, std::span<float> gradient, std::size_t stride,
                                    std::span<double> loss, const KernelOptions& options,
                                    const std::function<void(const objectives::RowOutcome&)>& visit) {
  KernelReport report{name, cuda_target(), 0, false};
  const std::size_t rows = input.student.rows, chunk = rows_per_chunk(input.student);
  ObjectiveChunk work(input, spec, std::min(rows, chunk), !gradient.empty());
  for (std::size_t first = 0; first < rows; first += chunk) {
    if (options.stop.stop_requested()) {
      report.stopped = true;
      break;
    }
    const std::size_t count = std::min(chunk, rows - first);
    ObjectiveInput part;
    if (spec.objective->needs.teacher) part.teacher = input.teacher.slice(first, count);
    part.student = input.student.slice(first, count);
    if (!input.targets.empty()) part.targets = input.targets.subspan(first, count);
    if (!input.mask.empty()) part.mask = input.mask.subspan(first, count);
    work.run(part);
    if (!gradient.empty()) work.copy_gradient(gradient.data() + first * stride, stride, count);
    if (!loss.empty()) std::copy_n(work.loss.begin(), count, loss.begin() + std::ptrdiff_t(first));
    for (std::size_t r = 0; r < count; ++r) {
      const std::int32_t flags = work.flags[r];
      if ((flags & TAUSCOPE_CUDA_SCORED) == 0) continue;
      visit({work.loss[r], (flags & TAUSCOPE_CUDA_ROW_INVALID) != 0,
             (flags & TAUSCOPE_CUDA_ROW_UNDEFINED) != 0});
    }
  }
  return report;
}

}  // namespace tauscope
