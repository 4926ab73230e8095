// The loss of a micro-batch and its gradients, against the whole matrices in float64 autograd.
// REQUIRE throughout: LibTorch has a CHECK of its own, which ends the program.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "app/bench/eager_objectives.h"
#include "core/distillation/head_objective.h"
#include "tests/support/catch.h"

using namespace tauscope;
using at::Tensor;

namespace {

constexpr std::int64_t row_count = 7, vocab = 41, width = 12, teacher_width = 9;

struct Case {
  Tensor hidden, head, teacher_hidden, teacher_head;
  ScoredRows rows;

  explicit Case(std::uint64_t seed, std::int64_t behind = 0) {
    at::manual_seed(seed);
    hidden = at::randn({row_count, width});
    head = 0.8 * at::randn({vocab + behind, width});
    teacher_hidden = at::randn({row_count, teacher_width});
    teacher_head = at::randn({vocab + 2 * behind, teacher_width});
    hidden.set_requires_grad(true);
    head.set_requires_grad(true);
    rows.hidden = hidden;
    rows.head = head;
    rows.teacher = [this](std::int64_t first, std::int64_t count) {
      return at::mm(teacher_hidden.narrow(0, first, count), teacher_head.t());
    };
    rows.vocab = vocab;
    for (std::int64_t r = 0; r < row_count; ++r) {
      rows.target.push_back(5 * r % vocab);
      rows.weight.push_back(0.05 + 0.1 * static_cast<double>(r));
    }
  }

  Tensor weights() const { return at::tensor(rows.weight, at::kDouble); }
};

/// The same in float64 from whole matrices: loss, and the gradients of hidden states and head.
struct Expected {
  Tensor hidden, head, student, teacher, loss;

  Expected(const Case& c, const ObjectiveSpec& spec) {
    hidden = c.hidden.detach().to(at::kDouble).set_requires_grad(true);
    head = c.head.detach().to(at::kDouble).set_requires_grad(true);
    student = at::mm(hidden, head.t()).narrow(1, 0, vocab);
    teacher =
        at::mm(c.teacher_hidden.to(at::kDouble), c.teacher_head.to(at::kDouble).t()).narrow(1, 0, vocab);
    const Tensor targets = at::tensor(c.rows.target);
    const auto parameters = spec.parameters.empty() ? default_parameters(*spec.objective) : spec.parameters;
    Tensor each =
        bench::eager_objective(spec.objective->text.name, teacher, student, targets, parameters, spec.tau);
    if (spec.objective->needs.tau && spec.tau_scaling == TauScaling::squared)
      each = each * spec.tau * spec.tau;
    const Tensor label = bench::eager_objective("ce", teacher, student, targets, {}, 1);
    loss = ((spec.weight * each + spec.ce_weight * label) * c.weights()).sum();
    loss.backward();
  }
};

double apart(const Tensor& a, const Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>() /
         b.to(at::kDouble).abs().max().item<double>();
}

}  // namespace

TEST_CASE("head objective: every objective of the registry equals float64 autograd") {
  int compared = 0;
  for (const Objective& objective : kernel_objectives()) {
    for (const double tau : {0.5, 1.0, 3.0}) {
      for (const double ce_weight : {0.0, 0.3}) {
        ObjectiveSpec spec;
        spec.objective = &objective;
        spec.tau = tau;
        spec.tau_scaling = tau > 1 ? TauScaling::squared : TauScaling::none;
        spec.weight = 1 - ce_weight;
        spec.ce_weight = ce_weight;
        const Case c(11);
        const Expected expected(c, spec);
        const Tensor loss = head_objective(c.rows, spec, nullptr);
        loss.backward();
        INFO(objective.text.name << " tau " << tau << " ce " << ce_weight);
        REQUIRE(apart(loss, expected.loss) < 1e-5);
        REQUIRE(apart(c.hidden.grad(), expected.hidden.grad()) < 2e-5);
        REQUIRE(apart(c.head.grad(), expected.head.grad()) < 2e-5);
        ++compared;
      }
    }
  }
  REQUIRE(compared >= 15 * 6);
}

TEST_CASE("head objective: ids that are not shared take no part") {
  const Case c(3, 4);
  ObjectiveSpec spec;
  spec.objective = find_kernel_objective("rkl");
  const Expected expected(c, spec);
  const Tensor loss = head_objective(c.rows, spec, nullptr);
  (2 * loss).backward();
  REQUIRE(apart(loss, expected.loss) < 1e-5);
  REQUIRE(apart(c.head.grad(), 2 * expected.head.grad()) < 2e-5);
  REQUIRE(c.head.grad().narrow(0, vocab, 4).abs().max().item<float>() == 0);
}

TEST_CASE("head objective: blocks of rows add up to the whole") {
  // A vocabulary that makes blocks of a few rows.
  constexpr std::int64_t wide = 1 << 20;
  const std::int64_t block = rows_of_block(wide, at::Device(at::kCPU));
  REQUIRE(block < 20);
  const std::int64_t count = 2 * block + 1;
  at::manual_seed(5);
  ScoredRows rows;
  rows.hidden = at::randn({count, 2}).set_requires_grad(true);
  rows.head = at::randn({wide, 2}).set_requires_grad(true);
  const Tensor of_teacher = at::randn({count, 2});
  rows.teacher = [&](std::int64_t first, std::int64_t some) {
    return at::mm(of_teacher.narrow(0, first, some), rows.head.detach().t());
  };
  rows.vocab = wide;
  rows.target.assign(static_cast<std::size_t>(count), 7);
  rows.weight.assign(static_cast<std::size_t>(count), 1.0 / static_cast<double>(count));
  ObjectiveSpec spec;
  spec.objective = find_kernel_objective("fkl");
  RowSums sums;
  const Tensor whole = head_objective(rows, spec, &sums);
  whole.backward();
  double apart_by_rows = 0;
  Tensor of_hidden = at::zeros_like(rows.hidden);
  for (std::int64_t r = 0; r < count; ++r) {
    ScoredRows one = rows;
    one.hidden = rows.hidden.detach().narrow(0, r, 1).clone().set_requires_grad(true);
    one.teacher = [&, r](std::int64_t, std::int64_t) {
      return at::mm(of_teacher.narrow(0, r, 1), rows.head.detach().t());
    };
    one.target = {7};
    one.weight = {1.0 / static_cast<double>(count)};
    const Tensor loss = head_objective(one, spec, nullptr);
    loss.backward();
    apart_by_rows += loss.item<double>();
    of_hidden.narrow(0, r, 1).copy_(one.hidden.grad());
  }
  REQUIRE(whole.item<double>() == Approx(apart_by_rows).epsilon(1e-6));
  REQUIRE(sums.loss == Approx(whole.item<double>()).epsilon(1e-12));
  REQUIRE(apart(rows.hidden.grad(), of_hidden) < 1e-5);
}

TEST_CASE("head objective: what the rows came to, and without a teacher") {
  Case c(9);
  ObjectiveSpec spec;
  spec.objective = find_kernel_objective("jsd");
  spec.weight = 0.6;
  spec.ce_weight = 0.4;
  const Expected expected(c, spec);
  const auto entropy = [&](const Tensor& logits) {
    const Tensor log_p = logits.log_softmax(-1);
    return -(log_p.exp() * log_p).sum(-1).dot(c.weights()).item<double>();
  };
  RowSums sums;
  const Tensor loss = head_objective(c.rows, spec, &sums);
  REQUIRE(sums.loss == Approx(loss.item<double>()).epsilon(1e-12));
  REQUIRE(sums.student_entropy == Approx(entropy(expected.student)).epsilon(1e-5));
  REQUIRE(sums.teacher_entropy == Approx(entropy(expected.teacher)).epsilon(1e-5));
  const Tensor agree = (expected.student.argmax(-1) == expected.teacher.argmax(-1)).to(at::kDouble);
  REQUIRE(sums.agreement == Approx(agree.dot(c.weights()).item<double>()).epsilon(1e-12));

  c.rows.teacher = nullptr;
  spec.objective = find_kernel_objective("ce");
  spec.weight = 1;
  spec.ce_weight = 0;
  const Expected label(c, spec);
  RowSums alone;
  const c10::NoGradGuard guard;
  const Tensor of_label = head_objective(c.rows, spec, &alone);
  REQUIRE_FALSE(of_label.requires_grad());
  REQUIRE(of_label.item<double>() == Approx(label.loss.item<double>()).epsilon(1e-5));
  REQUIRE(alone.cross_entropy == Approx(label.loss.item<double>()).epsilon(1e-5));
  REQUIRE(std::isnan(alone.teacher_entropy));
  REQUIRE(std::isnan(alone.agreement));
}
