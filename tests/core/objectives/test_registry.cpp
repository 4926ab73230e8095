// The registry agrees with itself and with the kernels' columns.
#include <cmath>
#include <set>

#include "core/objectives/registry.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

double RowStatistics::*member_of(const std::string& column) {
  for (const StatisticsColumn& c : statistics_columns()) {
    if (column == c.name) return c.member;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("every objective is complete, and its columns are those it names") {
  std::set<std::string> names;
  for (const ObjectiveInfo& objective : objectives()) {
    INFO(objective.name);
    CHECK(names.insert(objective.name).second);
    CHECK(find_objective(objective.name) == &objective);
    CHECK(member_of(objective.value_column) == objective.value);
    CHECK(member_of(objective.gradient_norm_column) == objective.gradient_norm);
    for (const char* text : {objective.title, objective.formula, objective.gradient, objective.help})
      CHECK(std::string(text).size() > 5);
    for (const ObjectiveParameter& parameter : objective.parameters)
      CHECK((parameter.low <= parameter.fallback && parameter.fallback <= parameter.high));
    std::set<std::string> presets;
    for (const ObjectivePreset& preset : objective.presets) {
      CHECK(presets.insert(preset.name).second);
      CHECK(preset.tau.value_or(1) >= 0.1);
      CHECK(preset.tau.value_or(1) <= 20);
    }
  }
  CHECK(objective_names() == "fkl, rkl");
  CHECK(find_objective("FKL") == nullptr);
}

TEST_CASE("the registry's columns are the divergence and the norm of the gradient it states") {
  // One row, by the formulas in double.
  const float teacher[3] = {1.5F, 0.25F, -1.0F}, student[3] = {0.5F, 1.0F, -0.5F};
  constexpr double tau = 2;
  double p[3], q[3], sum_p = 0, sum_q = 0;
  for (int j = 0; j < 3; ++j) {
    sum_p += p[j] = std::exp(teacher[j] / tau);
    sum_q += q[j] = std::exp(student[j] / tau);
  }
  double forward = 0, reverse = 0;
  for (int j = 0; j < 3; ++j) {
    p[j] /= sum_p;
    q[j] /= sum_q;
    forward += p[j] * std::log(p[j] / q[j]);
    reverse += q[j] * std::log(q[j] / p[j]);
  }
  double forward_norm = 0, reverse_norm = 0;
  for (int j = 0; j < 3; ++j) {
    forward_norm += std::pow((q[j] - p[j]) / tau, 2);
    reverse_norm += std::pow(q[j] * (std::log(q[j] / p[j]) - reverse) / tau, 2);
  }
  StatisticsSpec spec;
  spec.taus = {tau};
  spec.tau_scaling = TauScaling::none;
  RowStatistics row;
  const StatisticsInput input{{teacher, 1, 3, 3, DType::float32}, {student, 1, 3, 3, DType::float32}, {}};
  find_kernel_variant("reference")->statistics(input, spec, std::span(&row, 1));
  const ObjectiveInfo &fkl = *find_objective("fkl"), &rkl = *find_objective("rkl");
  CHECK(row.*fkl.value == Approx(forward));
  CHECK(row.*rkl.value == Approx(reverse));
  CHECK(row.*fkl.gradient_norm == Approx(std::sqrt(forward_norm)));
  CHECK(row.*rkl.gradient_norm == Approx(std::sqrt(reverse_norm)));
}
