// Identities of the objectives, as properties of random rows.
#include <algorithm>

#include "tests/kernels/one_row.h"

namespace tauscope::test {
namespace {

/// Every third row is long enough for vectors of float, which hold the bounds of all variants and not more.
struct RandomSize {
  std::size_t vocab;
  bool may_be_float;

  RandomSize(std::mt19937& random, int turn)
      : vocab(turn % 3 == 2 ? 128 + random() % 1500 : 2 + random() % 60), may_be_float(vocab >= 128) {}
  double bound(double wanted) const { return may_be_float ? std::max(wanted, 1e-5) : wanted; }
};

/// In double, from the definition.
std::vector<double> softmax_of(const std::vector<float>& logits, double tau) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p;
  double sum = 0;
  for (const float z : logits)
    sum += p.emplace_back(std::exp((z - largest) / tau));
  for (double& x : p)
    x /= sum;
  return p;
}

}  // namespace

TEST_CASE("every gradient sums to 0, and constants added to the logits change nothing") {
  const std::string variant = GENERATE(from_range(tested_exact_variants()));
  std::mt19937 random(16);
  for (int turn = 0; turn < 40; ++turn) {
    const RandomSize size_of_row(random, turn);
    const std::size_t vocab = size_of_row.vocab;
    const double tau = std::exp(std::uniform_real_distribution<double>(-2, 3)(random));
    const OneRow row = random_row(random, vocab, turn % 2 == 0 ? 1.0F : 0.01F);
    OneRow moved = row;  // by powers of two, so that no digit is lost
    for (std::size_t j = 0; j < vocab; ++j) {
      moved.teacher[j] = std::ldexp(std::round(std::ldexp(row.teacher[j], 10)), -10);
      moved.student[j] = std::ldexp(std::round(std::ldexp(row.student[j], 10)), -10);
    }
    const OneRow rounded = moved;
    for (std::size_t j = 0; j < vocab; ++j) {
      moved.teacher[j] += 64;
      moved.student[j] -= 32;
    }
    for (const Objective& objective : kernel_objectives()) {
      const ObjectiveResult found = rounded.run(variant, objective.text.name, tau);
      const ObjectiveResult again = moved.run(variant, objective.text.name, tau);
      INFO(objective.text.name << ", V " << vocab << ", tau " << tau);
      double sum = 0, size = 0;
      for (const float g : found.row(0)) {
        sum += g;
        size += std::abs(g);
      }
      CHECK(std::abs(sum) <= 1e-6 * size + 1e-30);
      CHECK(loss_error(found.loss[0], again.loss[0], 1e-18) <= 1e-5);
      const bool noise = std::string(objective.text.name) == "zscore-kl" && vocab == 2;
      CHECK(gradient_error(found.row(0), again.row(0), noise ? 1e-12 : 1e-18) <= 1e-5);
      CHECK(found.loss[0] >= 0);
    }
  }
}

TEST_CASE("limits of the families are the objectives they tend to") {
  const std::string variant = GENERATE(from_range(tested_exact_variants()));
  std::mt19937 random(17);
  for (int turn = 0; turn < 30; ++turn) {
    const RandomSize size_of_row(random, turn);
    const std::size_t vocab = size_of_row.vocab;
    const double tau = std::exp(std::uniform_real_distribution<double>(-1, 2)(random));
    const OneRow row = random_row(random, vocab, 1);
    const auto run = [&](const char* name, std::vector<double> parameters) {
      return row.run(variant, name, tau, std::move(parameters));
    };
    const ObjectiveResult fkl = run("jeffreys", {1, 0}), rkl = run("jeffreys", {0, 1});
    const auto check = [&](const ObjectiveResult& found, const ObjectiveResult& expected, double factor,
                           double bound_in_double) {
      const double bound = size_of_row.bound(bound_in_double);
      CHECK(found.loss[0] == Approx(factor * expected.loss[0]).epsilon(bound));
      std::vector<double> scaled;
      for (const float g : expected.row(0))
        scaled.push_back(factor * double(g));
      CHECK(gradient_error(scaled, found.row(0)) <= bound);
    };
    INFO("V " << vocab << ", tau " << tau);
    check(run("fkl", {0}), fkl, 1, 1e-5);
    check(run("rkl", {}), rkl, 1, 1e-5);
    check(run("skl", {0, 0}), fkl, 1, 1e-9);
    check(run("srkl", {0, 0}), rkl, 1, 1e-9);
    check(run("ab", {1, 0}), fkl, 1, 1e-7);
    check(run("ab", {0, 1}), rkl, 1, 1e-7);
    check(run("akl", {1, 1}), fkl, 1, 1e-7);  // the whole vocabulary is head
    check(run("eopd", {100}), rkl, 1, 1e-7);
    check(run("eopd", {0}), run("jeffreys", {1, 1}), 1, 1e-7);
    // The next order is beta times the ratio of the probabilities: far below the bound here.
    check(run("jsd", {1e-9}), fkl, 1e-9, 1e-3);
    check(run("jsd", {1 - 1e-9}), rkl, 1e-9, 1e-3);
    CHECK(run("todi", {}).loss[0] ==
          Approx(run("jeffreys", {1, 1}).loss[0]).epsilon(size_of_row.bound(1e-9)));
  }
}

TEST_CASE("values are what plain sums over the probabilities say, and 0 for equal rows alone") {
  const std::string variant = GENERATE(from_range(tested_exact_variants()));
  std::mt19937 random(21);
  for (int turn = 0; turn < 30; ++turn) {
    const RandomSize size_of_row(random, turn);
    const std::size_t vocab = size_of_row.vocab;
    const double tau = std::exp(std::uniform_real_distribution<double>(-1, 2)(random));
    const OneRow row = random_row(random, vocab, 1);
    const std::vector<double> p = softmax_of(row.teacher, tau), q = softmax_of(row.student, tau);
    double cross_entropy = 0, hellinger = 0, variation = 0;
    for (std::size_t j = 0; j < vocab; ++j) {
      cross_entropy -= p[j] * std::log(q[j]);
      hellinger += 0.5 * std::pow(std::sqrt(p[j]) - std::sqrt(q[j]), 2);
      variation += 0.5 * std::abs(p[j] - q[j]);
    }
    const auto value = [&](const char* name, std::vector<double> parameters) {
      return row.run(variant, name, tau, std::move(parameters)).loss[0] / (tau * tau);
    };
    INFO("V " << vocab << ", tau " << tau);
    // Sums of probabilities lose digits that the kernels keep.
    CHECK(value("fkl", {1}) == Approx(cross_entropy).epsilon(1e-5));
    CHECK(value("ab", {0.5, 0.5}) == Approx(4 * hellinger).epsilon(1e-5));
    CHECK(value("tvd", {}) == Approx(variation).epsilon(1e-5));
    CHECK(value("jsd", {0.5}) <= std::log(2.0));
    CHECK(value("jsd", {0.5}) <= variation * std::log(2.0) * (1 + 1e-5));
    // Forward KL = target part + (1 - p_y) non-target part.
    const double rest = 1 - p[std::size_t(row.target[0])];
    const ObjectiveResult decoupled = row.run(variant, "dkd", tau, {rest}),
                          whole = row.run(variant, "fkl", tau);
    CHECK(decoupled.loss[0] == Approx(whole.loss[0]).epsilon(1e-5));
    CHECK(gradient_error(whole.row(0), decoupled.row(0)) <= 2e-5);  // the bound of either
    OneRow equal = row;
    equal.student = equal.teacher;
    for (const Objective& objective : kernel_objectives()) {
      if (!objective.needs.teacher) continue;
      INFO(objective.text.name);
      CHECK(row.run(variant, objective.text.name, tau).loss[0] > 0);
      const ObjectiveResult none = equal.run(variant, objective.text.name, tau);
      CHECK(none.loss[0] == 0);
      CHECK(gradient_error(std::vector<double>(vocab, 0.0), none.row(0)) == 0);
    }
  }
}

TEST_CASE("as tau grows, tau^2 times either KL tends to logit matching") {
  const std::string variant = GENERATE(from_range(tested_exact_variants()));
  std::mt19937 random(18);
  for (const std::size_t vocab : {50, 700}) {
    const OneRow row = random_row(random, vocab, 1);
    const ObjectiveResult limit = row.run(variant, "mse");
    for (const char* name : {"fkl", "rkl", "jeffreys"}) {
      const ObjectiveResult found = row.run(variant, name, 1000);
      const double factor = std::string(name) == "jeffreys" ? 0.5 : 1;
      std::vector<double> scaled;
      for (const float g : found.row(0))
        scaled.push_back(factor * double(g));
      INFO(name << ", V " << vocab);
      CHECK(gradient_error(scaled, limit.row(0)) <= 0.02);
      CHECK(factor * found.loss[0] == Approx(limit.loss[0]).epsilon(0.02));
    }
  }
}

}  // namespace tauscope::test
