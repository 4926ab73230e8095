// The optimiser against LibTorch's own, and its state.
// REQUIRE throughout: LibTorch has a CHECK of its own, which ends the program.
#include <torch/torch.h>

#include "core/distillation/adamw.h"
#include "tests/support/catch.h"

using namespace tauscope;
using at::Tensor;

namespace {

/// A matrix, a vector and one that never has a gradient.
std::vector<Tensor> parameters() {
  torch::manual_seed(2);
  std::vector<Tensor> made;
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{37, 5}, {19}, {4}})
    made.push_back(torch::randn(shape).set_requires_grad(true));
  return made;
}

void set_gradients(std::vector<Tensor>& all, std::int64_t step) {
  torch::manual_seed(100 + static_cast<std::uint64_t>(step));
  for (std::size_t i = 0; i + 1 < all.size(); ++i)
    all[i].mutable_grad() = torch::randn(all[i].sizes()) * (step % 2 == 0 ? 5.0 : 0.01);
}

}  // namespace

TEST_CASE("adamw: equals LibTorch's optimiser and clipping, decay on matrices only") {
  RunSpec::Optimizer settings;
  settings.learning_rate = 1e-2;
  settings.weight_decay = 0.1;
  std::vector<Tensor> ours = parameters(), theirs = parameters();
  AdamW optimizer(ours, settings);
  const auto options = [&](double decay) {
    return torch::optim::AdamWOptions(1e-2).betas({0.9, 0.999}).eps(1e-8).weight_decay(decay);
  };
  torch::optim::AdamW matrices({theirs[0]}, options(0.1)), others({theirs[1], theirs[2]}, options(0));
  for (std::int64_t step = 1; step <= 6; ++step) {
    set_gradients(ours, step);
    set_gradients(theirs, step);
    const double norm = optimizer.clip();
    REQUIRE(norm == Approx(torch::nn::utils::clip_grad_norm_(theirs, 1.0)).epsilon(1e-6));
    optimizer.step(1e-2);
    matrices.step();
    others.step();
    REQUIRE_FALSE(ours[0].grad().defined());
    for (std::size_t i = 0; i < ours.size(); ++i)
      REQUIRE(at::allclose(ours[i], theirs[i], 1e-6, 1e-7));
  }
  REQUIRE(at::equal(ours[2], parameters()[2]));
  REQUIRE(optimizer.steps() == 6);
}

TEST_CASE("adamw: state carried over gives the same bits") {
  const RunSpec::Optimizer settings;
  std::vector<Tensor> through = parameters(), first = parameters();
  AdamW whole(through, settings);
  AdamW before(first, settings);
  for (std::int64_t step = 1; step <= 6; ++step) {
    set_gradients(through, step);
    whole.clip();
    whole.step(1e-2);
  }
  for (std::int64_t step = 1; step <= 2; ++step) {
    set_gradients(first, step);
    before.clip();
    before.step(1e-2);
  }
  std::vector<Tensor> then;
  for (const Tensor& each : first)
    then.push_back(each.detach().clone().set_requires_grad(true));
  AdamW after(then, settings);
  for (std::size_t i = 0; i < then.size(); ++i) {
    after.means()[i].copy_(before.means()[i]);
    after.squares()[i].copy_(before.squares()[i]);
  }
  after.set_steps(before.steps());
  for (std::int64_t step = 3; step <= 6; ++step) {
    set_gradients(then, step);
    after.clip();
    after.step(1e-2);
  }
  for (std::size_t i = 0; i < then.size(); ++i)
    REQUIRE(at::equal(then[i], through[i]));
}

TEST_CASE("adamw: a norm of 0 for clip_norm leaves the gradient as it is") {
  RunSpec::Optimizer settings;
  settings.clip_norm = 0;
  std::vector<Tensor> all = parameters();
  AdamW optimizer(all, settings);
  set_gradients(all, 2);
  const Tensor before = all[0].grad().clone();
  REQUIRE(optimizer.clip() > 1);
  REQUIRE(at::equal(all[0].grad(), before));
}
