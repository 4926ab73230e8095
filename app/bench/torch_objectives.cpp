#include "app/bench/torch_objectives.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <map>

#include "app/bench/eager_objectives.h"

namespace tauscope::bench {

using at::Tensor;

struct TorchObjectives::Tensors {
  Tensor teacher, student, targets;
};

namespace {

/// What a formula is written with. `student` wants a gradient.
struct Inputs {
  const Tensor &teacher, &student, &targets;
  std::span<const double> k;  ///< the objective's parameters
  double tau;

  Tensor log_p() const { return at::log_softmax(teacher / tau, -1); }
  Tensor log_q() const { return at::log_softmax(student / tau, -1); }
};

Tensor kl(const Tensor& log_a, const Tensor& log_b) {
  return (log_a.exp() * (log_a - log_b)).sum(-1);
}

Tensor fkl(const Inputs& in) {
  return at::kl_div(in.log_q(), in.log_p(), at::Reduction::None, true).sum(-1);
}

Tensor rkl(const Inputs& in) {
  return at::kl_div(in.log_p(), in.log_q(), at::Reduction::None, true).sum(-1);
}

Tensor jeffreys(const Inputs& in) {
  const Tensor log_p = in.log_p(), log_q = in.log_q();
  return in.k[0] * kl(log_p, log_q) + in.k[1] * kl(log_q, log_p);
}

Tensor jsd(const Inputs& in) {
  const double beta = in.k[0];
  const Tensor log_p = in.log_p(), log_q = in.log_q(), p = log_p.exp(), q = log_q.exp();
  const Tensor log_m = (beta * p + (1 - beta) * q).log();
  return beta * (p * (log_p - log_m)).sum(-1) + (1 - beta) * (q * (log_q - log_m)).sum(-1);
}

Tensor skl(const Inputs& in) {
  const Tensor log_p = in.log_p(), p = log_p.exp();
  const Tensor log_m = (in.k[0] * p + (1 - in.k[0]) * in.log_q().exp()).log();
  return (p * (log_p - log_m)).sum(-1);
}

Tensor srkl(const Inputs& in) {
  const Tensor log_q = in.log_q(), q = log_q.exp();
  const Tensor log_m = (in.k[0] * q + (1 - in.k[0]) * in.log_p().exp()).log();
  return (q * (log_q - log_m)).sum(-1);
}

Tensor tvd(const Inputs& in) {
  return 0.5 * (at::softmax(in.teacher / in.tau, -1) - at::softmax(in.student / in.tau, -1)).abs().sum(-1);
}

Tensor ab(const Inputs& in) {
  const double a = in.k[0], b = in.k[1], s = a + b;
  const Tensor log_p = in.log_p(), log_q = in.log_q();
  const Tensor terms =
      (a * log_p + b * log_q).exp() - (a / s) * (s * log_p).exp() - (b / s) * (s * log_q).exp();
  return terms.sum(-1) * (-1 / (a * b));
}

/// The weight w of forward KL, by sorting.
Tensor adaptive_weight(const Tensor& log_p, const Tensor& log_q, double head) {
  const c10::NoGradGuard no_grad;
  const auto [p, order] = log_p.exp().sort(-1, true);
  const Tensor gap = (p - log_q.exp().gather(-1, order)).abs();
  const Tensor of_head = (gap * (p.cumsum(-1) - p < head)).sum(-1);
  return of_head / gap.sum(-1);
}

Tensor akl(const Inputs& in) {
  const Tensor log_p = in.log_p(), log_q = in.log_q(), w = adaptive_weight(log_p, log_q, in.k[0]);
  return w * kl(log_p, log_q) + (1 - w) * kl(log_q, log_p);
}

Tensor todi(const Inputs& in) {
  const Tensor log_p = in.log_p(), log_q = in.log_q(), ratio = log_p - log_q;
  const Tensor s = at::sigmoid(ratio.detach());
  return (s * log_p.exp() * ratio - (1 - s) * log_q.exp() * ratio).sum(-1);
}

Tensor dkd(const Inputs& in) {
  const Tensor y = in.targets.unsqueeze(-1), z_t = in.teacher / in.tau, z_s = in.student / in.tau;
  const Tensor log_p = at::log_softmax(z_t, -1).gather(-1, y).squeeze(-1);
  const Tensor log_q = at::log_softmax(z_s, -1).gather(-1, y).squeeze(-1);
  const Tensor p = log_p.exp(), rest_p = -at::expm1(log_p), rest_q = -at::expm1(log_q);
  const Tensor of_target = p * (log_p - log_q) + rest_p * (rest_p.log() - rest_q.log());
  const Tensor rest =
      kl(at::log_softmax(z_t.scatter(-1, y, -1e30), -1), at::log_softmax(z_s.scatter(-1, y, -1e30), -1));
  return of_target + in.k[0] * rest;
}

Tensor eopd(const Inputs& in) {
  const Tensor at_one = at::log_softmax(in.teacher, -1);
  const Tensor uncertain = (-(at_one.exp() * at_one).sum(-1) > in.k[0]).to(in.student.scalar_type());
  const Tensor log_p = in.log_p(), log_q = in.log_q();
  return kl(log_q, log_p) + uncertain * kl(log_p, log_q);
}

Tensor mse(const Inputs& in) {
  const Tensor d = (in.student - in.student.mean(-1, true)) - (in.teacher - in.teacher.mean(-1, true));
  return 0.5 * d.square().mean(-1);
}

Tensor zscore_kl(const Inputs& in) {
  const auto scores = [](const Tensor& z) { return (z - z.mean(-1, true)) / z.std(-1, false, true); };
  return kl(at::log_softmax(scores(in.teacher) / in.tau, -1),
            at::log_softmax(scores(in.student) / in.tau, -1));
}

Tensor ce(const Inputs& in) {
  return at::cross_entropy_loss(in.student, in.targets, {}, at::Reduction::None);
}

using Formula = Tensor (*)(const Inputs&);
const std::map<std::string, Formula> formulas = {{"fkl", fkl},   {"rkl", rkl}, {"jeffreys", jeffreys},
                                                 {"jsd", jsd},   {"skl", skl}, {"srkl", srkl},
                                                 {"tvd", tvd},   {"ab", ab},   {"akl", akl},
                                                 {"todi", todi}, {"dkd", dkd}, {"eopd", eopd},
                                                 {"mse", mse},   {"ce", ce},   {"zscore-kl", zscore_kl}};

}  // namespace

Tensor eager_objective(const std::string& objective, const Tensor& teacher, const Tensor& student,
                       const Tensor& targets, std::span<const double> parameters, double tau) {
  return formulas.at(objective)({teacher, student, targets, parameters, tau});
}

TorchObjectives::TorchObjectives(const float* teacher, const float* student, const std::int64_t* targets,
                                 std::int64_t rows, std::int64_t vocab, int threads)
    : tensors_(std::make_unique<Tensors>()) {
  at::set_num_threads(threads);
  tensors_->teacher = at::from_blob(const_cast<float*>(teacher), {rows, vocab}, at::kFloat);
  tensors_->student = at::from_blob(const_cast<float*>(student), {rows, vocab}, at::kFloat);
  tensors_->targets = at::from_blob(const_cast<std::int64_t*>(targets), {rows}, at::kLong);
}

TorchObjectives::~TorchObjectives() = default;

double TorchObjectives::run(const std::string& objective, std::span<const double> parameters,
                            double tau) const {
  const c10::AutoGradMode with_grad(true);
  const Tensor leaf = tensors_->student.detach().requires_grad_(true);
  const bool softened = objective != "ce" && objective != "mse";
  const Tensor rows = eager_objective(objective, tensors_->teacher, leaf, tensors_->targets, parameters, tau);
  const Tensor loss = (softened ? rows * (tau * tau) : rows).sum();
  loss.backward();
  return loss.item<double>();
}

}  // namespace tauscope::bench
