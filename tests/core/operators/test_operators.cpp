// The operators as a training script meets them, against the same formulas in float64 autograd.
// REQUIRE throughout: LibTorch has a CHECK of its own, which ends the program.
#include <torch/torch.h>

#include "tests/support/catch.h"

namespace {

using at::Tensor;

struct Options {
  std::string name = "fkl", preset, params;
  std::optional<double> tau;
  std::optional<bool> tau_squared;
  std::optional<double> ce_weight;
};

Tensor objective(const Tensor& teacher, const Tensor& student, const std::optional<Tensor>& targets = {},
                 const std::optional<Tensor>& mask = {}, const Options& o = {}) {
  static const auto op =
      c10::Dispatcher::singleton()
          .findSchemaOrThrow("tauscope::objective", "")
          .typed<Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&,
                        const std::optional<Tensor>&, std::string_view, std::string_view, std::string_view,
                        std::optional<double>, std::optional<bool>, std::optional<double>)>();
  return op.call(teacher, student, targets, mask, o.name, o.preset, o.params, o.tau, o.tau_squared,
                 o.ce_weight);
}

/// sum p log(p/q) or sum q log(q/p), times τ² where asked; float64.
Tensor eager(const Tensor& teacher, const Tensor& student, double tau, bool squared, bool reverse) {
  const Tensor log_p = (teacher.to(at::kDouble) / tau).log_softmax(-1);
  const Tensor log_q = (student.to(at::kDouble) / tau).log_softmax(-1);
  const Tensor terms = reverse ? log_q.exp() * (log_q - log_p) : log_p.exp() * (log_p - log_q);
  return terms.sum(-1) * (squared ? tau * tau : 1);
}

double apart(const Tensor& a, const Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>() /
         b.to(at::kDouble).abs().max().item<double>();
}

std::string problem_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

}  // namespace

TEST_CASE("operators: forward and backward are those of float64 autograd, for every dtype and shape") {
  torch::manual_seed(1);
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16, at::kHalf}) {
    for (const bool reverse : {false, true}) {
      const Tensor teacher = (3 * torch::randn({2, 3, 1001})).to(dtype);
      Tensor student = (3 * torch::randn({2, 3, 1001})).to(dtype).set_requires_grad(true);
      const Tensor weights = torch::rand({2, 3});  // what comes from above
      Options options;
      options.name = reverse ? "rkl" : "fkl";
      options.tau = 2;
      options.tau_squared = reverse;
      const Tensor loss = objective(teacher, student, {}, {}, options);
      REQUIRE(loss.sizes() == weights.sizes());
      (loss * weights).sum().backward();
      const Tensor exact = student.detach().to(at::kDouble).set_requires_grad(true);
      const Tensor expected = eager(teacher, exact, 2, reverse, reverse);
      (expected * weights.to(at::kDouble)).sum().backward();
      CAPTURE(dtype, reverse);
      REQUIRE(apart(loss, expected) < 1e-5);
      REQUIRE(student.grad().scalar_type() == dtype);
      REQUIRE(apart(student.grad(), exact.grad()) < (dtype == at::kFloat  ? 1e-5
                                                     : dtype == at::kHalf ? 1e-3
                                                                          : 8e-3));
    }
  }
}

TEST_CASE("operators: what is not scored has neither loss nor gradient") {
  const Tensor teacher = torch::randn({4, 50}), targets = torch::tensor({3, -100, 7, -1}),
               mask = torch::tensor({1, 1, 0, 1});
  Tensor student = torch::randn({4, 50}).set_requires_grad(true);
  const Tensor loss = objective(teacher, student, targets, mask);
  loss.sum().backward();
  for (int row = 0; row < 4; ++row) {
    REQUIRE((loss[row].item<float>() != 0) == (row == 0));
    REQUIRE(student.grad()[row].any().item<bool>() == (row == 0));
  }
}

TEST_CASE("operators: rows apart, transposed and without a gradient") {
  const Tensor padded = torch::randn({5, 64}), wide = padded.narrow(1, 0, 50);
  const Tensor turned = torch::randn({50, 5}).t(), plain = torch::randn({5, 50});
  REQUIRE(at::equal(objective(wide, plain), objective(wide.contiguous(), plain)));
  REQUIRE(at::equal(objective(turned, plain), objective(turned.contiguous(), plain)));
  REQUIRE_FALSE(objective(wide, plain).requires_grad());
  Tensor student = plain.clone().set_requires_grad(true);
  {
    const torch::NoGradGuard guard;
    REQUIRE_FALSE(objective(wide, student).requires_grad());
  }
  REQUIRE(objective(wide[0], plain[0]).dim() == 0);
  REQUIRE(objective(torch::empty({0, 50}), torch::empty({0, 50})).numel() == 0);
}

TEST_CASE("operators: presets and parameters by name") {
  const Tensor teacher = torch::randn({3, 40}), student = torch::randn({3, 40});
  const Tensor targets = torch::tensor({1, 2, 3});
  Options fkl, dskd;
  fkl.tau = 2;
  fkl.tau_squared = false;
  fkl.ce_weight = 0.5;
  dskd.name = "fkl";
  dskd.preset = "dskd";
  const Tensor ours = objective(teacher, student, targets, {}, fkl);
  Options jsd;
  jsd.name = "jsd";
  jsd.params = "beta=0.1";
  Options ab;
  ab.name = "ab";
  ab.params = "alpha=1,beta=0";
  REQUIRE(objective(teacher, student, targets, {}, jsd).min().item<float>() > 0);
  REQUIRE(apart(objective(teacher, student, {}, {}, ab), objective(teacher, student)) < 1e-5);
  REQUIRE(ours.numel() == 3);
}

TEST_CASE("operators: what cannot be computed is refused with the reason") {
  const Tensor teacher = torch::randn({2, 8}), student = torch::randn({2, 8});
  const auto refuses = [&](const std::string& part, const std::function<void()>& call) {
    const std::string problem = problem_of(call);
    INFO(problem);
    REQUIRE(problem.find(part) != std::string::npos);
  };
  Options unknown;
  unknown.name = "fk";
  refuses("fk", [&] { objective(teacher, student, {}, {}, unknown); });
  Options odd;
  odd.name = "jsd";
  odd.params = "beta=2";
  refuses("beta", [&] { objective(teacher, student, {}, {}, odd); });
  refuses("detach", [&] { objective(teacher.clone().set_requires_grad(true), student); });
  refuses("shape", [&] { objective(torch::randn({2, 9}), student); });
  refuses("Double", [&] { objective(teacher.to(at::kDouble), student); });
  refuses("targets", [&] { objective(teacher, student, torch::tensor({1})); });
  Options ce;
  ce.name = "ce";
  refuses("target", [&] { objective(teacher, student, {}, {}, ce); });
}

TEST_CASE("operators: statistics have a column for each name") {
  const auto call = c10::Dispatcher::singleton()
                        .findSchemaOrThrow("tauscope::statistics", "")
                        .typed<Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&,
                                      at::ArrayRef<double>, bool, std::string_view, std::string_view)>();
  const Tensor teacher = torch::randn({2, 3, 300}), student = torch::randn({2, 3, 300});
  const std::vector<double> taus{1, 4};
  const Tensor table = call.call(teacher, student, {}, taus, true, "nucleus:0.9", "exact");
  REQUIRE(table.dim() == 4);
  REQUIRE(table.size(2) == 2);
  REQUIRE(apart(table.select(3, 0).select(2, 1), eager(teacher, student, 4, false, false)) <
          1e-5);  // fkl, plain
  REQUIRE(problem_of([&] { call.call(teacher, student, {}, taus, true, "most", "exact"); }).find("most") !=
          std::string::npos);
}

TEST_CASE("operators: shapes are known without numbers") {
  const auto meta = at::TensorOptions().device(at::kMeta);
  const Tensor loss = objective(torch::empty({4, 7, 100}, meta), torch::empty({4, 7, 100}, meta));
  REQUIRE(loss.sizes() == at::IntArrayRef({4, 7}));
  REQUIRE(loss.is_meta());
}
