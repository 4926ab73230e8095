// Distribution functions, samples and Holm's correction against SciPy (tests/golden/statistics).
#include "eval/statistics/distributions.h"

#include <cmath>
#include <limits>

#include "core/base/json.h"
#include "eval/statistics/sample.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

Json golden(const char* name) {
  return read_json_file(test::source_path("tests/golden/statistics/" + std::string(name) + ".json"));
}

constexpr double infinite = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("the incomplete beta function, Student's t and the normal quantiles are SciPy's") {
  const Json expected = golden("distributions");
  for (const Json& one : expected.at("betainc")) {
    INFO(one.dump());
    const double x = one[2].get<double>();
    CHECK(incomplete_beta(one[0].get<double>(), one[1].get<double>(), x, 1 - x) ==
          Approx(one[3].get<double>()).epsilon(1e-9).margin(1e-300));
  }
  for (const Json& one : expected.at("t")) {
    INFO(one.dump());
    CHECK(student_t_two_sided(one[0].get<double>(), one[1].get<double>()) ==
          Approx(one[2].get<double>()).epsilon(1e-9).margin(1e-300));
  }
  for (const Json& one : expected.at("normal")) {
    INFO(one.dump());
    CHECK(normal_quantile(one[0].get<double>()) == Approx(one[1].get<double>()).epsilon(1e-9).margin(1e-12));
    CHECK(normal_cdf(one[1].get<double>()) == Approx(one[0].get<double>()).epsilon(1e-9));
  }
}

TEST_CASE("distribution functions at their ends") {
  CHECK(incomplete_beta(2, 3, 0, 1) == 0);
  CHECK(incomplete_beta(2, 3, 1, 0) == 1);
  CHECK(student_t_two_sided(0, 5) == 1);
  CHECK(student_t_two_sided(infinite, 5) == 0);
  CHECK(student_t_two_sided(-1e200, 5) == 0);
  CHECK(std::isnan(student_t_two_sided(std::nan(""), 5)));
  CHECK(std::isnan(student_t_two_sided(1, 0)));
  CHECK(normal_quantile(0) == -infinite);
  CHECK(normal_quantile(1) == infinite);
}

TEST_CASE("mean and standard deviation are NumPy's, also far from zero") {
  for (const Json& sample : golden("samples")) {
    INFO(sample.at("name"));
    const auto values = sample.at("values").get<std::vector<double>>();
    CHECK(mean(values) == Approx(sample.at("mean").get<double>()).epsilon(1e-14));
    CHECK(standard_deviation(values) == Approx(sample.at("sd").get<double>()).epsilon(1e-12).margin(1e-14));
  }
  CHECK(std::isnan(mean({})));
  CHECK(std::isnan(standard_deviation(std::vector<double>{1})));
  CHECK(standard_deviation(std::vector<double>{1e9 + 1, 1e9 + 3}) == Approx(std::sqrt(2.0)).epsilon(1e-14));
}

TEST_CASE("quantiles are interpolated linearly") {
  const std::vector<double> sorted{1, 2, 4};
  CHECK(sorted_quantile(sorted, 0) == 1);
  CHECK(sorted_quantile(sorted, 0.25) == 1.5);
  CHECK(sorted_quantile(sorted, 0.75) == 3);
  CHECK(sorted_quantile(sorted, 1) == 4);
  CHECK(sorted_quantile(std::vector<double>{5}, 0.3) == 5);
}

TEST_CASE("Holm's correction follows its definition and passes over what is no test") {
  for (const Json& one : golden("holm")) {
    const auto expected = one[1].get<std::vector<double>>();
    const auto corrected = holm(one[0].get<std::vector<double>>());
    REQUIRE(corrected.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK(corrected[i] == Approx(expected[i]).epsilon(1e-14));
  }
  const auto with_gap = holm(std::vector<double>{0.01, std::nan(""), 0.03});
  CHECK(with_gap[0] == Approx(0.02));
  CHECK(std::isnan(with_gap[1]));
  CHECK(with_gap[2] == Approx(0.03));
  CHECK(holm({}).empty());
}
