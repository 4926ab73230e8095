// One row of an objective in memory.
#pragma once

#include <random>
#include <utility>

#include "tests/kernels/objective_cases.h"
#include "tests/kernels/tested.h"

namespace tauscope::test {

/// One row in memory.
struct OneRow {
  std::vector<float> teacher, student;
  std::vector<std::int64_t> target{0};

  ObjectiveResult run(const std::string& variant, const char* name, double tau = 1,
                      std::vector<double> parameters = {}) const {
    ObjectiveSpec spec;
    spec.objective = find_kernel_objective(name);
    spec.parameters = std::move(parameters);
    spec.tau = tau;
    const std::size_t vocab = teacher.size();
    return run_objective(variant,
                         {{teacher.data(), 1, vocab, vocab, DType::float32},
                          {student.data(), 1, vocab, vocab, DType::float32},
                          target,
                          {}},
                         spec);
  }
};

inline OneRow random_row(std::mt19937& random, std::size_t vocab, float noise) {
  std::normal_distribution<float> normal;
  OneRow row;
  for (std::size_t j = 0; j < vocab; ++j) {
    row.teacher.push_back(3 * normal(random));
    row.student.push_back(row.teacher.back() + noise * normal(random));
  }
  row.target = {static_cast<std::int64_t>(random() % vocab)};
  return row;
}

/// The reference, and what is compared with it.
inline std::vector<std::string> one_row_variants() {
  std::vector<std::string> names = tested_exact_variants();
  names.insert(names.begin(), "reference");
  return names;
}

}  // namespace tauscope::test
