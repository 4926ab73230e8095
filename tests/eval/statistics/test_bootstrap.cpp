// Intervals and paired comparisons against SciPy's and NumPy's (tests/golden/statistics), which had so many
// resamples that nearly all of the difference is the chance of our 10,000.
#include "eval/statistics/bootstrap.h"

#include <cmath>
#include <stdexcept>

#include "core/base/json.h"
#include "eval/statistics/sample.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

Json golden(const char* name) {
  return read_json_file(test::source_path("tests/golden/statistics/" + std::string(name) + ".json"));
}

/// The 2.5% quantile of B normal draws has the standard deviation √(0.025 · 0.975 / B) / φ(1.96) = 0.027 of
/// theirs at B = 10,000; five of those, and a step of the lattice that means of few different values lie on.
double allowed(double standard_error, double lattice) {
  return 5 * 0.027 * standard_error + lattice;
}

std::vector<double> over_seeds(const SeedValues& values) {
  std::vector<double> sums(values.front().size());
  for (const auto& series : values)
    for (std::size_t i = 0; i < sums.size(); ++i)
      sums[i] += series[i] / static_cast<double>(values.size());
  return sums;
}

void check_interval(const Interval& interval, const Json& expected, double margin) {
  CHECK(interval.low == Approx(expected[0].get<double>()).epsilon(0).margin(margin));
  CHECK(interval.high == Approx(expected[1].get<double>()).epsilon(0).margin(margin));
}

}  // namespace

TEST_CASE("bootstrap intervals are SciPy's within the chance of resampling") {
  int with_bca = 0;
  for (const Json& sample : golden("samples")) {
    const auto name = sample.at("name").get<std::string>();
    INFO(name);
    const auto values = sample.at("values").get<std::vector<double>>();
    const double n = static_cast<double>(values.size()), error = sample.at("sd").get<double>() / std::sqrt(n);
    const double lattice = name == "yes-no" ? 100 / n : 1e-12;
    BootstrapOptions options;
    check_interval(bootstrap_interval({values}, options), sample.at("percentile"), allowed(error, lattice));
    if (!sample.contains("BCa")) continue;
    ++with_bca;
    options.kind = IntervalKind::bca;
    // The skewed sample's upper end lies far out, where the resampled means are sparse.
    check_interval(bootstrap_interval({values}, options), sample.at("BCa"),
                   allowed(error * (name == "skewed" ? 2 : 1), lattice));
  }
  CHECK(with_bca == 4);
}

TEST_CASE("paired comparisons are SciPy's t-test and the paired bootstrap of the documents") {
  const BootstrapOptions options;
  for (const Json& pair : golden("pairs")) {
    const auto ours = pair.at("ours").get<std::vector<double>>(),
               baseline = pair.at("baseline").get<std::vector<double>>();
    INFO("n = " << ours.size() << ", delta " << pair.at("delta"));
    const PairedComparison got = compare_paired({ours}, {baseline}, true, options);
    CHECK(got.prompts == static_cast<std::int64_t>(ours.size()));
    CHECK(got.delta == Approx(pair.at("delta").get<double>()).epsilon(1e-12));
    CHECK(got.p_ttest == Approx(pair.at("p_ttest").get<double>()).epsilon(1e-9));
    CHECK(got.effect_size == Approx(pair.at("effect_size").get<double>()).epsilon(1e-12));
    CHECK(got.wins == pair.at("wins").get<std::int64_t>());
    CHECK(got.ties == pair.at("ties").get<std::int64_t>());
    CHECK(got.losses == pair.at("losses").get<std::int64_t>());
    const double p = pair.at("p").get<double>(), half = p / 2;
    CHECK(got.p == Approx(p).epsilon(0).margin(5 * 2 * std::sqrt(half * (1 - half) / options.resamples) +
                                               3.0 / options.resamples));
    const double error = got.delta / got.effect_size / std::sqrt(static_cast<double>(ours.size()));
    check_interval(got.interval, pair.at("interval"), allowed(std::abs(error), ours.size() == 3 ? 1.5 : 0));
  }
}

TEST_CASE("several training seeds are resampled too") {
  for (const Json& one : golden("seeds")) {
    const auto ours = one.at("ours").get<SeedValues>(), baseline = one.at("baseline").get<SeedValues>();
    const bool paired = one.at("paired").get<bool>();
    INFO(ours.size() << " against " << baseline.size() << (paired ? ", paired" : ""));
    const PairedComparison got = compare_paired(ours, baseline, paired, {});
    CHECK(got.delta == Approx(one.at("delta").get<double>()).epsilon(1e-12));
    check_interval(got.interval, one.at("interval"), allowed(one.at("sd").get<double>(), 0));
    const PairedComparison prompts_only =
        compare_paired({over_seeds(ours)}, {over_seeds(baseline)}, true, {});
    CHECK(prompts_only.delta == Approx(got.delta));
    CHECK(got.interval.high - got.interval.low > prompts_only.interval.high - prompts_only.interval.low);
  }
}

TEST_CASE("resamples depend on the seed and on nothing else") {
  const std::vector<double> values{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5};
  BootstrapOptions options;
  options.resamples = 1000;
  options.threads = 1;
  const auto one = bootstrap_means({values}, options);
  options.threads = 3;
  CHECK(bootstrap_means({values}, options) == one);
  options.seed = 1;
  CHECK(bootstrap_means({values}, options) != one);
  std::stop_source stop;
  stop.request_stop();
  options.stop = stop.get_token();
  CHECK(bootstrap_means({values}, options).empty());
  CHECK(std::isnan(bootstrap_interval({values}, options).low));
  CHECK(std::isnan(compare_paired({values}, {values}, true, options).p));
}

TEST_CASE("comparing a thing with itself finds nothing, and with the same plus one finds all there is") {
  const std::vector<double> values{3, 1, 4, 1, 5};
  const PairedComparison same = compare_paired({values}, {values}, true, {});
  CHECK(same.delta == 0);
  CHECK(same.p == 1);
  CHECK(std::isnan(same.p_ttest));
  CHECK(same.ties == 5);
  std::vector<double> more = values;
  for (double& value : more)
    value += 1;
  const PairedComparison moved = compare_paired({more}, {values}, true, {});
  CHECK(moved.delta == 1);
  CHECK(moved.p == Approx(2.0 / 10001));
  CHECK(moved.p_ttest == 0);
  CHECK(moved.interval.low == Approx(1));
  CHECK(moved.wins == 5);
}

TEST_CASE("what cannot be compared is refused") {
  CHECK_THROWS_AS(compare_paired({{1, 2}}, {{1}}, true, {}), std::invalid_argument);
  CHECK_THROWS_AS(compare_paired({{}}, {{}}, true, {}), std::invalid_argument);
  CHECK_THROWS_AS(compare_paired({{1}, {2}}, {{1}}, true, {}), std::invalid_argument);
  CHECK_THROWS_AS(compare_paired({{1, 2}, {2}}, {{1}}, false, {}), std::invalid_argument);
  BootstrapOptions bca;
  bca.kind = IntervalKind::bca;
  CHECK_THROWS_AS(bootstrap_interval({{1, 2}, {2, 3}}, bca), std::invalid_argument);
  CHECK(std::isnan(bootstrap_interval({{}}, {}).low));
}
