// What the tests of the objectives loop over, and how they call them.
#pragma once

#include <cmath>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/objective.h"
#include "tests/kernels/pairs.h"
#include "tests/support/catch.h"

namespace tauscope::test {

struct ObjectiveCase {
  const Objective* objective;
  std::vector<double> parameters;
};

/// Every objective of the registry at its defaults, and at the places of its range where its formula changes.
inline std::vector<ObjectiveCase> objective_cases() {
  std::vector<ObjectiveCase> cases;
  for (const Objective& objective : kernel_objectives())
    cases.push_back({&objective, default_parameters(objective)});
  const auto add = [&](const char* name, std::vector<double> parameters) {
    cases.push_back({find_kernel_objective(name), std::move(parameters)});
  };
  add("fkl", {1});
  add("jeffreys", {2, 0.5});
  add("jeffreys", {0, 1});
  for (const double beta : {0.001, 0.1, 0.9, 0.999})
    add("jsd", {beta});
  for (const double lambda : {0.0, 0.001, 0.9}) {
    add("skl", {lambda, 0});
    add("srkl", {lambda, 0});
  }
  add("skl", {0.1, 1});
  add("srkl", {0.1, 1});
  for (const auto& [alpha, beta] : std::vector<std::pair<double, double>>{{1, 0},
                                                                          {0, 1},
                                                                          {0.5, 0.5},
                                                                          {1, 1},
                                                                          {0, 0.3},
                                                                          {0.3, 0},
                                                                          {1e-9, 0.5},
                                                                          {1e-6, 0.5},
                                                                          {0.4, 1e-6},
                                                                          {2, 2}})
    add("ab", {alpha, beta});
  add("akl", {0.5, 0});
  add("akl", {0.9, 1});
  add("dkd", {0});
  add("dkd", {1});
  add("eopd", {0});
  add("eopd", {100});
  return cases;
}

inline std::string case_name(const ObjectiveCase& c) {
  std::ostringstream name;
  name << c.objective->text.name;
  for (const double parameter : c.parameters)
    name << ' ' << parameter;
  return name.str();
}

struct ObjectiveResult {
  std::vector<float> gradient;  ///< with a guard band in front, between rows and behind
  std::vector<double> loss;
  ObjectiveReport report;
  std::size_t rows, vocab;

  static constexpr float guard = -12345.0F;
  static constexpr std::size_t band = 5;
  std::span<const float> row(std::size_t r) const {
    return std::span(gradient).subspan(band + r * (vocab + band), vocab);
  }
  bool guards_are_intact() const {
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const bool inside =
          i >= band && (i - band) % (vocab + band) < vocab && (i - band) / (vocab + band) < rows;
      if (!inside && gradient[i] != guard) return false;
    }
    return true;
  }
};

inline ObjectiveResult run_objective(const std::string& variant, const ObjectiveInput& input,
                                     const ObjectiveSpec& spec, int threads = 1) {
  using R = ObjectiveResult;
  const std::size_t rows = input.student.rows, vocab = input.student.vocab;
  R result{std::vector<float>(R::band + rows * (vocab + R::band), R::guard),
           std::vector<double>(rows, R::guard),
           {},
           rows,
           vocab};
  result.report = objective_gradient(*find_kernel_variant(variant), input, spec,
                                     std::span(result.gradient).subspan(R::band), vocab + R::band,
                                     result.loss, {threads, {}});
  return result;
}

inline double relative_bound(double tau) {
  return tau < 0.25 ? 1e-4 : 1e-5;
}

/// Largest difference of two rows' entries over the largest entry expected (what float32 cannot hold aside);
/// infinite where one is NaN and the other is not. Differences up to `floor` do not count.
template <class Expected>
double gradient_error(const Expected& expected, std::span<const float> found, double floor = 1e-30) {
  double largest = 0, worst = 0;
  for (std::size_t j = 0; j < found.size(); ++j) {
    if (std::isnan(double(expected[j])) && std::isnan(found[j])) continue;
    if (std::isnan(double(expected[j])) != std::isnan(found[j]))
      return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(double(expected[j])));
    worst = std::max(worst, std::abs(double(found[j]) - double(expected[j])));
  }
  return worst <= floor ? 0 : worst / largest;
}

inline double loss_error(double expected, double found, double floor = 1e-30) {
  if (std::isnan(expected) && std::isnan(found)) return 0;
  if (expected == found || std::abs(expected - found) <= floor) return 0;
  return std::abs(found - expected) / std::abs(expected);
}

}  // namespace tauscope::test
