#include "core/distillation/head_objective.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "core/operators/kernel_calls.h"

namespace tauscope {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Bytes of one float32 matrix of a block: large enough for products and kernels to run at full speed.
constexpr std::int64_t block_bytes_cpu = std::int64_t{32} << 20;
constexpr std::int64_t block_bytes_gpu = std::int64_t{256} << 20;

StatisticsSpec figures_spec() {
  StatisticsSpec spec;
  spec.taus = {1.0};
  spec.columns = column_set("entropy_teacher") | column_set("entropy_student") | column_set("top1_agree") |
                 column_set("nll_target");
  return spec;
}

/// Of teacher's entropy, above which eopd adds forward KL; infinite for other objectives.
double entropy_bound(const ObjectiveSpec& spec) {
  if (std::string_view(spec.objective->text.name) != "eopd") return std::numeric_limits<double>::infinity();
  return spec.parameters.empty() ? default_parameters(*spec.objective).front() : spec.parameters.front();
}

/// Walks the rows of a micro-batch block by block.
class BlockWalk {
 public:
  BlockWalk(const ScoredRows& rows, const ObjectiveSpec& spec)
      : rows_(rows),
        spec_(spec),
        device_(rows.hidden.device()),
        count_(rows.hidden.size(0)),
        hidden_(rows.hidden.detach().to(at::kFloat)),
        head_(rows.head.detach()),
        targets_(at::tensor(rows.target, at::kLong).to(device_)),
        weights_(at::tensor(rows.weight, at::kDouble).to(device_)) {}

  /// The weighted loss; gradients into `of_hidden` (rows, width) and `of_head`, zeros before, both float32 or
  /// both undefined.
  Tensor run(const Tensor& of_hidden, const Tensor& of_head, RowSums* sums) {
    const std::int64_t block =
        std::min(rows_of_block(rows_.vocab, device_), std::max<std::int64_t>(count_, 1));
    const auto wide = at::TensorOptions().dtype(at::kFloat).device(device_);
    logits_ = at::empty({block, head_.size(0)}, wide);
    if (of_hidden.defined()) gradient_ = at::empty({block, rows_.vocab}, wide);
    Tensor loss = at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(device_));
    for (std::int64_t first = 0; first < count_; first += block)
      loss += run_block(first, std::min(block, count_ - first), of_hidden, of_head, sums);
    return loss;
  }

 private:
  Tensor run_block(std::int64_t first, std::int64_t count, const Tensor& of_hidden, const Tensor& of_head,
                   RowSums* sums) {
    const Tensor hidden = hidden_.narrow(0, first, count);
    Tensor all = logits_.narrow(0, 0, count);
    at::mm_out(all, hidden, head_.t());
    const Tensor student = all.narrow(1, 0, rows_.vocab);
    const Tensor teacher = rows_.teacher ? rows_.teacher(first, count).narrow(1, 0, rows_.vocab) : Tensor();

    ObjectiveInput input;
    input.student = view_of_rows(student);
    if (teacher.defined()) input.teacher = view_of_rows(teacher);
    input.targets = {targets_.const_data_ptr<std::int64_t>() + first, static_cast<std::size_t>(count)};
    const Tensor gradient = gradient_.defined() ? gradient_.narrow(0, 0, count) : Tensor();
    const Tensor losses = objective_of_rows(input, spec_, device_, gradient);
    const Tensor weights = weights_.narrow(0, first, count);
    if (gradient.defined()) {
      // The weights go into the narrow factors of the two products, not over the gradient once more.
      const Tensor scale = weights.to(at::kFloat).unsqueeze(1);
      Tensor to_hidden = of_hidden.narrow(0, first, count);
      at::mm_out(to_hidden, gradient, head_.narrow(0, 0, rows_.vocab));
      to_hidden.mul_(scale);
      of_head.narrow(0, 0, rows_.vocab).addmm_(gradient.t(), hidden * scale);
    }
    const Tensor loss = losses.dot(weights);
    if (sums != nullptr) add_figures(input, first, loss.item<double>(), *sums);
    return loss;
  }

  void add_figures(const ObjectiveInput& input, std::int64_t first, double loss, RowSums& sums) const {
    static const StatisticsSpec figures = figures_spec();
    const bool with_teacher = input.teacher.data != nullptr;
    StatisticsInput both{with_teacher ? input.teacher : input.student, input.student, {}};
    both.targets = std::span(rows_.target).subspan(static_cast<std::size_t>(first), both.student.rows);
    const auto rows = statistics_of_rows(both, figures, "exact", device_);
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    RowSums added;
    added.loss = loss;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const double weight = rows_.weight[static_cast<std::size_t>(first) + r];
      added.cross_entropy += weight * rows[r].nll_target;
      added.student_entropy += weight * rows[r].entropy_student;
      added.teacher_entropy += with_teacher ? weight * rows[r].entropy_teacher : none;
      added.agreement += with_teacher ? weight * rows[r].top1_agree : none;
      added.uncertain += with_teacher && rows[r].entropy_teacher > entropy_bound(spec_) ? weight : 0;
    }
    sums += added;
  }

  const ScoredRows& rows_;
  const ObjectiveSpec& spec_;
  at::Device device_;
  std::int64_t count_;
  Tensor hidden_, head_;      ///< outside the graph
  Tensor targets_, weights_;  ///< (rows) int64 and float64
  Tensor logits_, gradient_;  ///< of a block, used again by the next
};

/// The gradients, kept from the forward pass.
class HeadObjectiveFunction : public torch::autograd::Function<HeadObjectiveFunction> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& hidden, const Tensor& head,
                        const ScoredRows* rows, const ObjectiveSpec* spec, RowSums* sums) {
    Tensor of_hidden = at::empty(hidden.sizes(), head.options());
    Tensor of_head = at::zeros(head.sizes(), head.options());
    const Tensor loss = BlockWalk(*rows, *spec).run(of_hidden, of_head, sums);
    context->save_for_backward({of_hidden.to(hidden.scalar_type()), of_head});
    return loss;
  }

  static variable_list backward(AutogradContext* context, variable_list of_loss) {
    const variable_list saved = context->get_saved_variables();
    const double factor = of_loss.front().item<double>();
    // 1 in training: the head's gradient, as large as the head, then goes on without a copy.
    const auto scaled = [&](const Tensor& gradient) { return factor == 1 ? gradient : gradient * factor; };
    return {scaled(saved[0]), scaled(saved[1]), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

RowSums& RowSums::operator+=(const RowSums& other) {
  loss += other.loss;
  cross_entropy += other.cross_entropy;
  student_entropy += other.student_entropy;
  teacher_entropy += other.teacher_entropy;
  agreement += other.agreement;
  uncertain += other.uncertain;
  return *this;
}

Tensor head_objective(const ScoredRows& rows, const ObjectiveSpec& spec, RowSums* sums) {
  const bool recorded =
      c10::GradMode::is_enabled() && (rows.hidden.requires_grad() || rows.head.requires_grad());
  if (recorded) return HeadObjectiveFunction::apply(rows.hidden, rows.head, &rows, &spec, sums);
  return BlockWalk(rows, spec).run({}, {}, sums);
}

std::int64_t rows_of_block(std::int64_t vocab, at::Device device) {
  const std::int64_t bytes = device.is_cpu() ? block_bytes_cpu : block_bytes_gpu;
  return std::max<std::int64_t>(1, bytes / (vocab * static_cast<std::int64_t>(sizeof(float))));
}

}  // namespace tauscope
