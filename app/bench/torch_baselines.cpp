#include "app/bench/torch_baselines.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/headeronly/version.h>

#include <utility>
#include <vector>

namespace tauscope::bench {

using at::Tensor;

struct TorchBaselines::Tensors {
  Tensor teacher, student, targets;
};

namespace {

/// log p, log q and what follows from them at one tau; (rows, vocab) each, as eager code keeps them.
struct Distributions {
  Tensor log_p, log_q, p, q, delta;
  Distributions(const Tensor& teacher, const Tensor& student, double tau)
      : log_p(at::log_softmax(teacher / tau, -1)),
        log_q(at::log_softmax(student / tau, -1)),
        p(log_p.exp()),
        q(log_q.exp()),
        delta(log_q - log_p) {}
};

struct Gradients {
  Tensor fkl, rkl;
  Gradients(const Distributions& d, const Tensor& rkl_value, double tau)
      : fkl((d.q - d.p) * tau), rkl(d.q * (d.delta - rkl_value.unsqueeze(-1)) * tau) {}
};

Tensor norm2(const Tensor& x) {
  return x.norm(2, -1);
}

Tensor target_column(const Tensor& x, const Tensor& targets) {
  return x.gather(-1, targets.unsqueeze(-1)).squeeze(-1);
}

/// Keeps a result alive until the end of the call, as code that returns it would.
using Results = std::vector<Tensor>;

struct OnePass {
  Tensor fkl, rkl;
  Results rest;
};

OnePass one_pass_columns(const Distributions& d, const Gradients* made, const Tensor& teacher,
                         const Tensor& student, const Tensor& targets, double tau) {
  OnePass out;
  out.fkl = -(d.p * d.delta).sum(-1);
  out.rkl = (d.q * d.delta).sum(-1);
  out.rest.push_back(-(d.p * d.log_p).sum(-1));
  out.rest.push_back(-(d.q * d.log_q).sum(-1));
  out.rest.push_back(-(d.p * d.log_q).sum(-1));
  out.rest.push_back(-target_column(d.log_q, targets));
  out.rest.push_back(target_column(d.p, targets));
  out.rest.push_back(target_column(d.q, targets));
  out.rest.push_back(teacher.argmax(-1) == student.argmax(-1));
  const Gradients g = made != nullptr ? *made : Gradients(d, out.rkl, tau);
  const Tensor fkl_norm = norm2(g.fkl), rkl_norm = norm2(g.rkl);
  out.rest.push_back((g.fkl * g.rkl).sum(-1) / (fkl_norm * rkl_norm));
  out.rest.push_back(fkl_norm / rkl_norm);
  return out;
}

Tensor effective_tokens(const Tensor& magnitude, const Tensor& l1) {
  const Tensor share = magnitude / l1.unsqueeze(-1);
  return (-(share * (share + 1e-30).log()).sum(-1)).exp();
}

/// Shares of a gradient outside the dominant set and at the target, norms, effective number of tokens.
void gradient_columns(const Tensor& g, const Tensor& outside, const Tensor& targets, Results& out) {
  const Tensor magnitude = g.abs(), square = g * g;
  const Tensor l1 = magnitude.sum(-1), l2 = square.sum(-1);
  out.push_back(l1);
  out.push_back(magnitude.amax(-1));
  out.push_back((magnitude * outside).sum(-1) / l1);
  out.push_back((square * outside).sum(-1) / l2);
  out.push_back(target_column(magnitude, targets) / l1);
  out.push_back(target_column(square, targets) / l2);
  out.push_back(effective_tokens(magnitude, l1));
}

Tensor rank_of(const Tensor& logits, const Tensor& targets) {
  return (logits > target_column(logits, targets).unsqueeze(-1)).sum(-1) + 1;
}

/// 1 outside the smallest set of most probable tokens with mass >= 0.9.
Tensor outside_nucleus(const Tensor& p) {
  const auto [sorted, order] = p.sort(-1, true);
  const Tensor before = sorted.cumsum(-1) - sorted;
  return at::zeros_like(p).scatter(-1, order, (before >= 0.9).to(p.dtype()));
}

Tensor top_k_overlap(const Tensor& teacher, const Tensor& student, std::int64_t k) {
  const Tensor a = std::get<1>(teacher.topk(k, -1)), b = std::get<1>(student.topk(k, -1));
  return (a.unsqueeze(-1) == b.unsqueeze(-2)).sum(at::IntArrayRef{-1, -2}) / double(k);
}

/// KL of the distributions without the target, and of target against the rest.
void decoupled_columns(const Distributions& d, const Tensor& fkl, const Tensor& targets, Results& out) {
  const Tensor p_y = target_column(d.p, targets), q_y = target_column(d.q, targets);
  const Tensor tckd = p_y * (p_y / q_y).log() + (1 - p_y) * ((1 - p_y) / (1 - q_y)).log();
  out.push_back(tckd);
  out.push_back((fkl - tckd) / (1 - p_y));
}

}  // namespace

std::string torch_version() {
  return TORCH_VERSION;
}

TorchBaselines::TorchBaselines(const float* teacher, const float* student, const std::int64_t* targets,
                               std::int64_t rows, std::int64_t vocab, int threads)
    : tensors_(std::make_unique<Tensors>()) {
  at::set_num_threads(threads);
  tensors_->teacher = at::from_blob(const_cast<float*>(teacher), {rows, vocab}, at::kFloat);
  tensors_->student = at::from_blob(const_cast<float*>(student), {rows, vocab}, at::kFloat);
  tensors_->targets = at::from_blob(const_cast<std::int64_t*>(targets), {rows}, at::kLong);
}

TorchBaselines::~TorchBaselines() = default;

void TorchBaselines::fkl(double tau) const {
  const c10::NoGradGuard no_grad;
  const Tensor log_p = at::log_softmax(tensors_->teacher / tau, -1);
  const Tensor log_q = at::log_softmax(tensors_->student / tau, -1);
  const Tensor result = at::kl_div(log_q, log_p, at::Reduction::None, true).sum(-1);
}

void TorchBaselines::one_pass(std::span<const double> taus) const {
  const c10::NoGradGuard no_grad;
  for (const double tau : taus) {
    const Distributions d(tensors_->teacher, tensors_->student, tau);
    const OnePass out =
        one_pass_columns(d, nullptr, tensors_->teacher, tensors_->student, tensors_->targets, tau);
  }
}

void TorchBaselines::all_columns(double tau) const {
  const c10::NoGradGuard no_grad;
  const Tensor &teacher = tensors_->teacher, &student = tensors_->student, &targets = tensors_->targets;
  const Distributions first(teacher, student, 1.0);
  const Gradients at_one(first, (first.q * first.delta).sum(-1), 1.0);
  const Tensor outside = outside_nucleus(first.p);

  const Distributions d(teacher, student, tau);
  const Gradients g(d, (d.q * d.delta).sum(-1), tau);
  OnePass out = one_pass_columns(d, &g, teacher, student, targets, tau);
  Results& rest = out.rest;
  const Tensor log_m = ((d.p + d.q) / 2).log();
  rest.push_back(((d.p * (d.log_p - log_m)).sum(-1) + (d.q * (d.log_q - log_m)).sum(-1)) / 2);
  rest.push_back((d.p - d.q).abs().sum(-1) / 2);
  rest.push_back(rank_of(teacher, targets));
  rest.push_back(rank_of(student, targets));
  rest.push_back(top_k_overlap(teacher, student, 10));
  rest.push_back((d.p * outside).sum(-1));
  rest.push_back((d.q * outside).sum(-1));
  rest.push_back(-(d.p * d.delta * outside).sum(-1) / out.fkl);
  rest.push_back((d.q * d.delta * outside).sum(-1) / out.rkl);
  gradient_columns(g.fkl, outside, targets, rest);
  gradient_columns(g.rkl, outside, targets, rest);
  for (const auto& [now, then] : {std::pair{g.fkl, at_one.fkl}, std::pair{g.rkl, at_one.rkl}}) {
    rest.push_back((now * then).sum(-1) / (norm2(now) * norm2(then)));
    rest.push_back(norm2(now) / norm2(then));
  }
  decoupled_columns(d, out.fkl, targets, rest);
}

namespace {

/// Loss summed over the rows, times tau^2, and its gradient with respect to the student's logits.
Tensor backward(const Tensor& teacher, const Tensor& student, double tau, bool forward_kl) {
  const c10::AutoGradMode with_grad(true);
  const Tensor leaf = student.detach().requires_grad_(true);
  const Tensor log_p = at::log_softmax(teacher / tau, -1), log_q = at::log_softmax(leaf / tau, -1);
  const Tensor loss = forward_kl ? at::kl_div(log_q, log_p, at::Reduction::Sum, true)
                                 : at::kl_div(log_p, log_q, at::Reduction::Sum, true);
  (loss * (tau * tau)).backward();
  return leaf.grad();
}

}  // namespace

void TorchBaselines::fkl_gradient(double tau) const {
  backward(tensors_->teacher, tensors_->student, tau, true);
}

void TorchBaselines::rkl_gradient(double tau) const {
  backward(tensors_->teacher, tensors_->student, tau, false);
}

}  // namespace tauscope::bench
