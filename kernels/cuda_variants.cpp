// The variants `cuda-exact` and `cuda-fast`: logits from the host, copied to the device a chunk of rows at a
// time.
#include "kernels/cuda_variants.h"

#include <algorithm>

#include "kernels/cuda/tauscope_cuda.h"
#include "kernels/cuda_device.h"
#include "kernels/cuda_statistics.h"
#include "kernels/validate.h"
#include "kernels/variants.h"

namespace tauscope {
namespace {

using namespace cuda_host;

class CudaVariant final : public KernelVariant {
 public:
  explicit CudaVariant(bool exact) : exact_(exact) {}

  std::string name() const override { return exact_ ? "cuda-exact" : "cuda-fast"; }
  std::string device() const override { return "cuda"; }
  std::string mode() const override { return exact_ ? "exact" : "fast"; }
  std::string description() const override {
    return exact_ ? "two compensated passes over each row, in double, a block a row"
                  : "one pass in float32 with shared exponentials, 1e-4; cells that fail a validity test go "
                    "to cuda-exact";
  }
  bool supported() const override { return tauscope_cuda_available() == TAUSCOPE_CUDA_OK; }
  std::string unsupported_reason() const override { return supported() ? "" : tauscope_cuda_message(); }

  KernelReport statistics(const StatisticsInput& input, const StatisticsSpec& spec,
                          std::span<RowStatistics> out, const KernelOptions& options) const override {
    validate_statistics(input, spec, out);
    KernelReport report{name(), cuda_target(), 0, false};
    const std::size_t rows = input.teacher.rows, chunk = rows_per_chunk(input.teacher), K = spec.taus.size();
    const DeviceRows teacher(input.teacher, std::min(rows, chunk)),
        student(input.student, std::min(rows, chunk));
    for (std::size_t first = 0; first < rows; first += chunk) {
      if (options.stop.stop_requested()) {
        report.stopped = true;
        break;
      }
      const std::size_t count = std::min(chunk, rows - first);
      const auto targets = input.targets.empty() ? input.targets : input.targets.subspan(first, count);
      const StatisticsInput part{teacher.load(input.teacher.slice(first, count)),
                                 student.load(input.student.slice(first, count)), targets};
      report.rows_recomputed +=
          cuda_statistics(exact_, part, spec, out.subspan(first * K, count * K)).rows_recomputed;
    }
    return report;
  }

 private:
  bool exact_;
};

}  // namespace

KernelReport cuda_gradient_of_host(const std::string& name, const LogitsView& teacher,
                                   const LogitsView& student, const GradientSpec& spec,
                                   std::span<float> gradient, std::size_t gradient_stride,
                                   std::span<double> loss, const KernelOptions& options) {
  KernelReport report{name, cuda_target(), 0, false};
  const std::size_t rows = teacher.rows, chunk = rows_per_chunk(teacher), most = std::min(rows, chunk);
  const DeviceRows teacher_rows(teacher, most), student_rows(student, most);
  const std::size_t width = teacher.vocab * sizeof(float);
  const DeviceArray<float> device_gradient(most * teacher.vocab);
  const DeviceArray<double> device_loss(loss.empty() ? 0 : most);
  for (std::size_t first = 0; first < rows; first += chunk) {
    if (options.stop.stop_requested()) {
      report.stopped = true;
      break;
    }
    const std::size_t count = std::min(chunk, rows - first);
    cuda_kl_gradient(teacher_rows.load(teacher.slice(first, count)),
                     student_rows.load(student.slice(first, count)), spec, device_gradient.data(),
                     teacher.vocab, loss.empty() ? nullptr : device_loss.data());
    copy_to_host(gradient.data() + first * gradient_stride, gradient_stride * sizeof(float),
                 device_gradient.data(), width, width, count, nullptr);
    if (!loss.empty()) {
      const std::size_t bytes = count * sizeof(double);
      copy_to_host(loss.data() + first, bytes, device_loss.data(), bytes, bytes, 1, nullptr);
    }
  }
  return report;
}

const KernelVariant* cuda_exact_variant() {
  static const CudaVariant variant(true);
  return &variant;
}

const KernelVariant* cuda_fast_variant() {
  static const CudaVariant variant(false);
  return &variant;
}

}  // namespace tauscope
