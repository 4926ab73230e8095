// Every objective of the registry: the reference against its definition and finite differences, the variants
// against the reference, over shapes, types, strides and temperatures.
#include <hwy/targets.h>

#include <cstring>

#include "tests/kernels/objective_oracle.h"
#include "tests/kernels/one_row.h"

namespace tauscope::test {
namespace {

ObjectiveSpec spec_of(const ObjectiveCase& c, double tau, TauScaling scaling = TauScaling::squared) {
  ObjectiveSpec spec;
  spec.objective = c.objective;
  spec.parameters = c.parameters;
  spec.tau = tau;
  spec.tau_scaling = scaling;
  return spec;
}

std::vector<float> row_of(const std::vector<float>& values, std::size_t r, std::size_t vocab) {
  const auto first = values.begin() + static_cast<std::ptrdiff_t>(r * vocab);
  return {first, first + static_cast<std::ptrdiff_t>(vocab)};
}

/// Where a definition has no gradient (a corner of |p - q|), or only noise is left of it.
bool has_gradient(const ObjectiveCase& c, Shape shape, std::size_t vocab) {
  const std::string name = c.objective->text.name;
  if (name == "tvd" && shape == Shape::equal) return false;
  return !(name == "zscore-kl" && vocab == 2);  // two z-scores are always 1 and -1: the gradient is 0
}

/// What rounding leaves of a zero there. The alpha-beta formula divides by the exponents.
double noise_of_oracle(const ObjectiveCase& c) {
  double noise = 1e-20;
  for (const double parameter : c.parameters)
    if (parameter != 0 && std::abs(parameter) < 1e-3) noise = 1e-12;
  return noise;
}

void check_against_oracle(const ObjectiveCase& c, Shape shape, std::size_t vocab, double tau) {
  constexpr std::size_t rows = 2;
  const Pair pair = make_pair(shape, rows, vocab, unsigned(vocab) * 7 + unsigned(shape));
  const ObjectiveInput input{{pair.teacher.data(), rows, vocab, vocab, DType::float32},
                             {pair.student.data(), rows, vocab, vocab, DType::float32},
                             pair.targets,
                             {}};
  const ObjectiveSpec spec = spec_of(c, tau);
  std::vector<OracleResult> expected;
  const bool gradient = has_gradient(c, shape, vocab);
  for (std::size_t r = 0; r < rows; ++r) {
    const OracleSpec definition{c.objective->text.name, c.parameters, tau, true, int(pair.targets[r])};
    expected.push_back(
        oracle(row_of(pair.teacher, r, vocab), row_of(pair.student, r, vocab), definition, gradient));
  }
  const double oracle_noise = noise_of_oracle(c);
  for (const std::string& variant : one_row_variants()) {
    const ObjectiveResult found = run_objective(variant, input, spec);
    const double bound = variant == "reference" ? 2e-7 : relative_bound(tau);
    for (std::size_t r = 0; r < rows; ++r) {
      INFO(case_name(c) << ", " << variant << ", " << shape_name(shape) << ", V " << vocab << ", tau " << tau
                        << ", row " << r << ", loss " << expected[r].loss << " found " << found.loss[r]);
      CHECK(loss_error(expected[r].loss, found.loss[r], oracle_noise) <= bound);
      if (gradient) CHECK(gradient_error(expected[r].gradient, found.row(r), oracle_noise) <= bound);
    }
  }
}

}  // namespace

TEST_CASE("objectives equal their definitions, and their gradients finite differences of these") {
  for (const ObjectiveCase& c : objective_cases()) {
    for (const Shape shape : all_shapes()) {
      for (const std::size_t vocab : {2, 7}) {
        for (const double tau : {0.05, 1.0, 3.0, 100.0})
          check_against_oracle(c, shape, vocab, tau);
      }
    }
  }
}

TEST_CASE("the alpha-beta divergence equals its definition for negative exponents") {
  const Objective* ab = find_kernel_objective("ab");
  for (const auto& [alpha, beta] : std::vector<std::pair<double, double>>{
           {1, -1}, {-0.5, 0.5}, {0, 0}, {1.5, -0.5}, {-0.3, 1}, {0, -0.5}, {-0.5, 0}, {0.7, -0.7 + 1e-9}}) {
    for (const Shape shape : {Shape::far, Shape::close, Shape::nearly_equal, Shape::flat}) {
      for (const double tau : {1.0, 4.0})
        check_against_oracle({ab, {alpha, beta}}, shape, 11, tau);
    }
  }
}

TEST_CASE("every variant equals the reference for every type, stride and tail") {
  const std::string variant = GENERATE(from_range(tested_exact_variants()));
  constexpr DType types[] = {DType::float32, DType::float16, DType::bfloat16};
  unsigned turn = 0;
  std::mt19937 random(19);
  for (const ObjectiveCase& c : objective_cases()) {
    for (const Shape shape : all_shapes()) {
      for (const std::size_t vocab : {2, 3, 7, 8, 9, 15, 16, 17, 33, 130, 1031}) {
        // Types, padding and temperatures are drawn rather than multiplied.
        const DType teacher_type = types[random() % 3], student_type = types[random() % 3];
        const double tau = std::vector<double>{0.05, 0.3, 1, 2.5, 10, 100}[random() % 6];
        const std::size_t padding = random() % 4, rows = vocab < 100 ? 4 : 2;
        const TauScaling scaling = random() % 2 == 0 ? TauScaling::squared : TauScaling::none;
        ++turn;
        const Pair pair = make_pair(shape, rows, vocab, turn);
        const Logits teacher(pair.teacher, rows, vocab, teacher_type, padding);
        const Logits student(pair.student, rows, vocab, student_type, padding + 1);
        const ObjectiveInput input{teacher.view(), student.view(), pair.targets, {}};
        const ObjectiveSpec spec = spec_of(c, tau, scaling);
        const ObjectiveResult found = run_objective(variant, input, spec, 2);
        const ObjectiveResult expected = run_objective("reference", input, spec, 1);
        INFO(case_name(c) << ", " << shape_name(shape) << ", V " << vocab << ", tau " << tau << ", "
                          << dtype_name(teacher_type) << ", " << dtype_name(student_type));
        CHECK(found.guards_are_intact());
        CHECK(expected.guards_are_intact());
        CHECK(found.report.scored == expected.report.scored);
        for (std::size_t r = 0; r < rows; ++r) {
          INFO("row " << r << ", loss " << expected.loss[r] << " found " << found.loss[r]);
          if (pair.targets[r] < 0) {
            CHECK(found.loss[r] == 0);
            CHECK(std::count(found.row(r).begin(), found.row(r).end(), 0.0F) == std::ptrdiff_t(vocab));
            continue;
          }
          CHECK(loss_error(expected.loss[r], found.loss[r]) <= relative_bound(tau));
          if (has_gradient(c, Shape::far, vocab))
            CHECK(gradient_error(expected.row(r), found.row(r)) <= relative_bound(tau));
        }
      }
    }
  }
}

#ifndef TAUSCOPE_TEST_DEVICE
TEST_CASE("objectives equal the reference on every instruction set") {
  const auto use_targets = [](std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(targets == 0 ? hwy::SupportedTargets() : targets);
  };
  constexpr std::size_t rows = 2;
  int tested = 0;
  for (std::int64_t rest = hwy::SupportedTargets(); rest != 0; rest &= rest - 1, ++tested) {
    const std::int64_t target = rest & -rest;
    for (const Shape shape : {Shape::far, Shape::close, Shape::peaked, Shape::disagreeing}) {
      for (const std::size_t vocab : {9, 1100}) {
        const Pair pair = make_pair(shape, rows, vocab, unsigned(vocab));
        const Logits teacher(pair.teacher, rows, vocab, DType::float32, 1),
            student(pair.student, rows, vocab, DType::bfloat16, 0);
        const ObjectiveInput input{teacher.view(), student.view(), pair.targets, {}};
        for (const ObjectiveCase& c : objective_cases()) {
          use_targets(target);
          const ObjectiveResult found = run_objective("cpu-exact", input, spec_of(c, 1.5));
          use_targets(0);
          const ObjectiveResult expected = run_objective("reference", input, spec_of(c, 1.5));
          INFO(case_name(c) << " on " << hwy::TargetName(target) << ", " << shape_name(shape) << ", V "
                            << vocab);
          for (std::size_t r = 0; r < rows; ++r) {
            CHECK(loss_error(expected.loss[r], found.loss[r]) <= 1e-5);
            CHECK(gradient_error(expected.row(r), found.row(r)) <= 1e-5);
          }
          CHECK(found.guards_are_intact());
        }
      }
    }
  }
  CHECK(tested >= 1);
}
#endif

TEST_CASE("every variant equals the reference at large vocabularies") {
  const std::string variant = GENERATE(from_range(tested_exact_variants()));
  for (const ObjectiveCase& c : objective_cases()) {
    if (c.parameters != default_parameters(*c.objective)) continue;
    for (const std::size_t vocab : {50257, 262144}) {
      const std::size_t rows = 1;
      const Shape shape = vocab == 50257 ? Shape::peaked_close : Shape::nearly_equal;
      const Pair pair = make_pair(shape, rows, vocab, 5);
      const Logits teacher(pair.teacher, rows, vocab, DType::bfloat16, 1);
      const Logits student(pair.student, rows, vocab, DType::float32, 3);
      const ObjectiveInput input{teacher.view(), student.view(), pair.targets, {}};
      const ObjectiveSpec spec = spec_of(c, 2);
      const ObjectiveResult found = run_objective(variant, input, spec);
      const ObjectiveResult expected = run_objective("reference", input, spec);
      INFO(case_name(c) << ", V " << vocab);
      CHECK(loss_error(expected.loss[0], found.loss[0]) <= 1e-5);
      CHECK(gradient_error(expected.row(0), found.row(0)) <= 1e-5);
      CHECK(found.guards_are_intact());
    }
  }
}

TEST_CASE("results repeat bit for bit, whatever the threads and whether the gradient is wanted") {
  const std::string variant = GENERATE(from_range(tested_exact_variants()));
  constexpr std::size_t rows = 9, vocab = 517;
  const Pair pair = make_pair(Shape::far, rows, vocab, 3);
  const Logits teacher(pair.teacher, rows, vocab, DType::float16, 2),
      student(pair.student, rows, vocab, DType::float32, 0);
  const ObjectiveInput input{teacher.view(), student.view(), pair.targets, {}};
  for (const ObjectiveCase& c : objective_cases()) {
    const ObjectiveSpec spec = spec_of(c, 1.5);
    const ObjectiveResult first = run_objective(variant, input, spec, 1);
    const ObjectiveResult again = run_objective(variant, input, spec, 3);
    INFO(case_name(c));
    CHECK(std::memcmp(first.gradient.data(), again.gradient.data(), first.gradient.size() * sizeof(float)) ==
          0);
    CHECK(first.loss == again.loss);
    std::vector<double> alone(rows);
    objective_gradient(*find_kernel_variant(variant), input, spec, {}, 0, alone, {2, {}});
    for (std::size_t r = 0; r < rows; ++r)
      CHECK(loss_error(first.loss[r], alone[r]) <= 1e-5);
  }
}

TEST_CASE("weights and the label's cross entropy are part of loss and gradient") {
  constexpr std::size_t rows = 3, vocab = 13;
  const Pair pair = make_pair(Shape::far, rows, vocab, 8);
  const ObjectiveInput input{{pair.teacher.data(), rows, vocab, vocab, DType::float32},
                             {pair.student.data(), rows, vocab, vocab, DType::float32},
                             pair.targets,
                             {}};
  for (const ObjectiveCase& c : objective_cases()) {
    ObjectiveSpec spec = spec_of(c, 2, TauScaling::none);
    spec.weight = 0.25;
    spec.ce_weight = 1.5;
    for (const std::string& variant : one_row_variants()) {
      const ObjectiveResult found = run_objective(variant, input, spec);
      for (std::size_t r = 0; r < rows; ++r) {
        const OracleSpec definition{c.objective->text.name, c.parameters, 2,  false,
                                    int(pair.targets[r]),   0.25,         1.5};
        const OracleResult expected =
            oracle(row_of(pair.teacher, r, vocab), row_of(pair.student, r, vocab), definition);
        INFO(case_name(c) << ", " << variant << ", row " << r);
        CHECK(loss_error(expected.loss, found.loss[r]) <= 1e-7);
        CHECK(gradient_error(expected.gradient, found.row(r)) <= 3e-7);
      }
    }
  }
}

}  // namespace tauscope::test
