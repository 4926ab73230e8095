// The list of variants, the table of columns, and what every entry point refuses.
#include <cstring>
#include <set>
#include <stdexcept>

#include "kernels/distribution.h"
#include "tests/kernels/rows.h"
#include "tests/kernels/tested.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

TEST_CASE("variants are found by name, and the one that is asked for runs") {
  std::set<std::string> names;
  const PairRows pairs = make_pairs(PairKind::moderate, 2, 30, 1);
  StatisticsSpec spec;
  spec.taus = {1};
  std::vector<RowStatistics> out(2);
  for (const KernelVariant* variant : kernel_variants()) {
    INFO(variant->name());
    CHECK(names.insert(variant->name()).second);
    CHECK(find_kernel_variant(variant->name()) == variant);
    CHECK_FALSE(variant->description().empty());
    CHECK((variant->device() == "cpu" || variant->device() == "cuda"));
    CHECK(variant->supported() == variant->unsupported_reason().empty());
    if (!variant->supported()) {
      CHECK_THROWS_AS(variant->statistics(pairs.input(), spec, out), std::runtime_error);
      continue;
    }
    const KernelReport report = variant->statistics(pairs.input(), spec, out);
    CHECK(report.variant == variant->name());
    CHECK_FALSE(report.target.empty());
    CHECK_FALSE(report.stopped);
  }
  CHECK(names.count("reference") == 1);
  CHECK(names.count("cpu-exact") == 1);
  CHECK(names.count("cuda-exact") == 1);
  CHECK(names.count("cuda-fast") == 1);
  CHECK(find_kernel_variant("")->name() == "cpu-exact");
  CHECK(find_kernel_variant("", "exact")->name() == "cpu-exact");
  CHECK(find_kernel_variant("no-such-variant") == nullptr);
  CHECK(find_kernel_variant("", "no-such-mode") == nullptr);
}

TEST_CASE("columns are those of tokens.csv, in its order") {
  const std::vector<std::string> expected = {"fkl",
                                             "rkl",
                                             "jsd",
                                             "tvd",
                                             "entropy_teacher",
                                             "entropy_student",
                                             "cross_entropy",
                                             "nll_target",
                                             "p_target",
                                             "q_target",
                                             "rank_target_teacher",
                                             "rank_target_student",
                                             "top1_agree",
                                             "fkl_grad_l1",
                                             "fkl_grad_l2",
                                             "fkl_grad_linf",
                                             "rkl_grad_l1",
                                             "rkl_grad_l2",
                                             "rkl_grad_linf",
                                             "grad_cosine",
                                             "grad_l2_ratio",
                                             "fkl_grad_cos_tau1",
                                             "fkl_grad_ratio_tau1",
                                             "rkl_grad_cos_tau1",
                                             "rkl_grad_ratio_tau1",
                                             "teacher_nd_mass",
                                             "student_nd_mass",
                                             "fkl_nd_share_l1",
                                             "fkl_nd_share_l2",
                                             "rkl_nd_share_l1",
                                             "rkl_nd_share_l2",
                                             "fkl_target_share_l1",
                                             "rkl_target_share_l1",
                                             "tckd",
                                             "nckd",
                                             "fkl_effective_tokens",
                                             "rkl_effective_tokens"};
  const auto columns = statistics_columns();
  REQUIRE(columns.size() >= expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(columns[i].name == expected[i]);
  // Each column is a member of its own.
  std::vector<RowStatistics> seen;
  RowStatistics cell;
  for (std::size_t i = 0; i < columns.size(); ++i)
    cell.*columns[i].member = static_cast<double>(i);
  for (std::size_t i = 0; i < columns.size(); ++i)
    CHECK(cell.*columns[i].member == static_cast<double>(i));
}

TEST_CASE("columns that need a target are empty without one, and only those") {
  PairRows pairs = make_pairs(PairKind::moderate, 1, 30, 2);
  StatisticsSpec spec;
  spec.taus = {2};
  for (const KernelVariant* variant : tested_variants()) {
    for (const bool listed : {true, false}) {
      pairs.targets.assign(listed ? 1 : 0, -1);
      const RowStatistics cell = run(*variant, pairs.input(), spec)[0];
      for (const StatisticsColumn& column : statistics_columns()) {
        INFO(variant->name() << " " << column.name);
        CHECK(std::isnan(cell.*column.member) == column.needs_target);
      }
    }
  }
}

TEST_CASE("bad arguments throw, and say what is wrong") {
  const PairRows pairs = make_pairs(PairKind::moderate, 2, 30, 3);
  const StatisticsInput good = pairs.input();
  StatisticsSpec good_spec;
  good_spec.taus = {1, 2};
  const auto with_taus = [&](std::vector<double> taus) {
    StatisticsSpec spec = good_spec;
    spec.taus = std::move(taus);
    return spec;
  };
  const auto with_dominant = [&](DominantSpec::Kind kind, double value) {
    StatisticsSpec spec = good_spec;
    spec.dominant = {kind, value};
    return spec;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  for (const KernelVariant* variant : tested_variants()) {
    const auto refuses = [&](const StatisticsInput& input, const StatisticsSpec& spec, std::size_t size) {
      std::vector<RowStatistics> out(size);
      CHECK_THROWS_AS(variant->statistics(input, spec, out), std::invalid_argument);
    };
    for (const double tau : {0.0, -1.0, 0.009, 1000.5, nan, infinity})
      refuses(good, with_taus({1, tau}), 4);
    refuses(good, with_taus({}), 0);
    refuses(good, good_spec, 3);
    refuses(good, good_spec, 5);
    using Kind = DominantSpec::Kind;
    for (const double value : {0.0, -0.5, 1.01, nan})
      refuses(good, with_dominant(Kind::nucleus, value), 4);
    for (const double value : {0.0, 0.5, 2.5, nan, infinity})
      refuses(good, with_dominant(Kind::top_k, value), 4);
    for (const double value : {-0.1, 1.1, nan})
      refuses(good, with_dominant(Kind::threshold, value), 4);
    StatisticsSpec no_overlap = good_spec;
    no_overlap.overlap_k = 0;
    refuses(good, no_overlap, 4);

    StatisticsInput input = good;
    input.teacher.row_stride = 29;
    refuses(input, good_spec, 4);
    input = good;
    input.student.vocab = 29;
    refuses(input, good_spec, 4);
    input = good;
    input.student.rows = 1;
    refuses(input, good_spec, 4);
    input = good;
    input.teacher.data = nullptr;
    refuses(input, good_spec, 4);
    input = good;
    input.teacher.vocab = input.student.vocab = 1;
    refuses(input, good_spec, 4);
    for (const std::vector<std::int64_t>& targets :
         {std::vector<std::int64_t>{0}, std::vector<std::int64_t>{0, 30}, std::vector<std::int64_t>{-2, 0}}) {
      input = good;
      input.targets = targets;
      refuses(input, good_spec, 4);
    }
    try {
      std::vector<RowStatistics> out(4);
      variant->statistics(good, with_taus({1, -3}), out);
    } catch (const std::invalid_argument& error) {
      CHECK(std::string(error.what()).find("-3") != std::string::npos);
    }
  }
  std::vector<DistributionSums> sums(1);
  CHECK_THROWS_AS(accumulate_distributions(good, good_spec, sums, {}), std::invalid_argument);
  RowVectors vectors;
  CHECK_THROWS_AS(row_vectors(good.teacher, good.student, 2, 1, TauScaling::squared, vectors),
                  std::invalid_argument);
  CHECK_THROWS_AS(row_vectors(good.teacher, good.student, 0, 0, TauScaling::squared, vectors),
                  std::invalid_argument);
}

TEST_CASE("no rows is no work") {
  const PairRows pairs = make_pairs(PairKind::moderate, 1, 30, 4);
  StatisticsInput input = pairs.input();
  input.teacher.rows = input.student.rows = 0;
  input.targets = {};
  StatisticsSpec spec;
  spec.taus = {1};
  for (const KernelVariant* variant : tested_variants()) {
    CHECK_FALSE(variant->statistics(input, spec, {}).stopped);
  }
}
