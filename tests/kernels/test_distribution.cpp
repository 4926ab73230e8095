// Histograms and head curves against plain loops over one row's vectors, and those against the statistics.
#include <cmath>
#include <numeric>

#include "kernels/distribution.h"
#include "kernels/row_order.h"
#include "tests/kernels/rows.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

TEST_CASE("octave bins have exact edges") {
  OctaveHistogram h;
  h.add(0);
  h.add(std::ldexp(1.0, -65));
  h.add(std::ldexp(1.0, -64));
  h.add(1.0);
  h.add(std::nextafter(1.0, 0.0));
  h.add(std::ldexp(1.0, 40));
  CHECK(h.count[0] == 2);
  CHECK(h.count[1] == 1);
  CHECK(h.count[OctaveHistogram::bins - 1] == 1);
  for (int bin = 1; bin < OctaveHistogram::bins; ++bin) {
    CHECK(OctaveHistogram::low(bin) == OctaveHistogram::high(bin - 1));
    OctaveHistogram one;
    one.add(OctaveHistogram::low(bin));
    CHECK(one.count[static_cast<std::size_t>(bin)] == 1);
    CHECK(one.mass[static_cast<std::size_t>(bin)] == OctaveHistogram::low(bin));
  }
  CHECK(OctaveHistogram::low(0) == 0);
  CHECK(std::isinf(OctaveHistogram::high(OctaveHistogram::bins - 1)));
  CHECK(std::accumulate(h.count.begin(), h.count.end(), std::int64_t{0}) == 6);
}

TEST_CASE("head curve ranks are 1, 2, 5, 10, … and end with the vocabulary") {
  CHECK(head_curve_ranks(2) == std::vector<std::int64_t>{1, 2});
  CHECK(head_curve_ranks(50) == std::vector<std::int64_t>{1, 2, 5, 10, 20, 50});
  CHECK(head_curve_ranks(51) == std::vector<std::int64_t>{1, 2, 5, 10, 20, 50, 51});
}

TEST_CASE("one row's vectors have the statistics' norms") {
  const KernelVariant& reference = *find_kernel_variant("reference");
  for (const PairKind kind : all_pair_kinds) {
    const PairRows pairs = make_pairs(kind, 3, 211, 41);
    for (const double tau : {0.05, 1.0, 3.0}) {
      StatisticsSpec spec;
      spec.taus = {tau};
      spec.tau_scaling = TauScaling::none;
      const auto cells = run(reference, pairs.input(), spec);
      for (std::size_t r = 0; r < 3; ++r) {
        INFO(pair_kind_name(kind) << " tau " << tau << " row " << r);
        const StatisticsInput input = pairs.input();
        RowVectors v;
        REQUIRE(row_vectors(input.teacher, input.student, r, tau, TauScaling::none, v));
        REQUIRE(v.teacher.size() == 211);
        CHECK(std::accumulate(v.teacher.begin(), v.teacher.end(), 0.0) == Approx(1));
        CHECK(std::accumulate(v.student.begin(), v.student.end(), 0.0) == Approx(1));
        double fkl_l1 = 0, rkl_l1 = 0, fkl_sum = 0, rkl_sum = 0;
        for (std::size_t j = 0; j < 211; ++j) {
          fkl_l1 += std::abs(v.fkl_gradient[j]), rkl_l1 += std::abs(v.rkl_gradient[j]);
          fkl_sum += v.fkl_gradient[j], rkl_sum += v.rkl_gradient[j];
        }
        CHECK(fkl_l1 == Approx(cells[r].fkl_grad_l1).epsilon(1e-7).margin(1e-28));
        CHECK(rkl_l1 == Approx(cells[r].rkl_grad_l1).epsilon(1e-7).margin(1e-28));
        CHECK(std::abs(fkl_sum) <= 1e-9 * fkl_l1 + 1e-15);
        CHECK(std::abs(rkl_sum) <= 1e-9 * rkl_l1 + 1e-15);
        if (pairs.targets[r] < 0) continue;
        const std::size_t y = static_cast<std::size_t>(pairs.targets[r]);
        CHECK(v.teacher[y] == Approx(cells[r].p_target).epsilon(1e-8).margin(1e-30));
        CHECK(v.student[y] == Approx(cells[r].q_target).epsilon(1e-8).margin(1e-30));
      }
    }
  }
}

TEST_CASE("one row's vectors with masks and without a softmax") {
  const float infinity = std::numeric_limits<float>::infinity();
  PairRows pairs = make_pairs(PairKind::moderate, 1, 40, 42);
  RowVectors v;
  pairs.student[3] = -infinity;
  REQUIRE(row_vectors(pairs.input().teacher, pairs.input().student, 0, 1, TauScaling::squared, v));
  CHECK(v.student[3] == 0);
  CHECK(v.fkl_gradient[3] == -v.teacher[3]);
  CHECK(v.rkl_gradient[3] == 0);
  CHECK(std::isfinite(v.rkl_gradient[0]));
  REQUIRE(row_vectors(pairs.input().student, pairs.input().teacher, 0, 1, TauScaling::squared, v));
  CHECK(std::isnan(v.rkl_gradient[0]));
  CHECK(std::isfinite(v.fkl_gradient[0]));
  pairs.student[5] = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(row_vectors(pairs.input().teacher, pairs.input().student, 0, 1, TauScaling::squared, v));
  CHECK(v.teacher.empty());
}

TEST_CASE("distributions equal plain sums over the rows") {
  PairRows pairs = make_pairs(PairKind::moderate, 70, 130, 43);
  pairs.teacher[2 * 130 + 7] = std::numeric_limits<float>::quiet_NaN();
  pairs.student[5 * 130 + 1] = -std::numeric_limits<float>::infinity();
  for (std::size_t j = 0; j < 130; ++j)
    pairs.student[9 * 130 + j] = pairs.teacher[9 * 130 + j];  // no gradient
  StatisticsSpec spec;
  spec.taus = {1, 4};
  std::vector<DistributionSums> sums(2);
  std::vector<HeadCurve> curves(2);
  const KernelReport report = accumulate_distributions(pairs.input(), spec, sums, curves, {2, {}});
  CHECK_FALSE(report.stopped);
  const std::vector<std::int64_t> ranks = head_curve_ranks(130);
  for (std::size_t k = 0; k < 2; ++k) {
    DistributionSums expected;
    std::vector<double> teacher(ranks.size()), student(ranks.size()), fkl(ranks.size()), rkl(ranks.size());
    std::int64_t rows = 0;
    for (std::size_t r = 0; r < 70; ++r) {
      if (r == 2 || r == 5) continue;
      RowVectors v;
      const StatisticsInput input = pairs.input();
      row_vectors(input.teacher, input.student, r, spec.taus[k], spec.tau_scaling, v);
      for (std::size_t j = 0; j < 130; ++j) {
        expected.teacher.add(v.teacher[j]);
        expected.student.add(v.student[j]);
        expected.fkl_gradient.add(std::abs(v.fkl_gradient[j]));
        expected.rkl_gradient.add(std::abs(v.rkl_gradient[j]));
      }
      if (r == 9) continue;
      ++rows;
      const std::span<const float> row(pairs.teacher.data() + r * 130, 130);
      double fkl_l1 = 0, rkl_l1 = 0;
      for (std::size_t j = 0; j < 130; ++j)
        fkl_l1 += std::abs(v.fkl_gradient[j]), rkl_l1 += std::abs(v.rkl_gradient[j]);
      for (std::size_t j = 0; j < 130; ++j) {
        const std::int64_t rank = static_cast<std::int64_t>(rank_of(row, j));
        for (std::size_t i = 0; i < ranks.size(); ++i) {
          if (rank > ranks[i]) continue;
          teacher[i] += v.teacher[j];
          student[i] += v.student[j];
          fkl[i] += std::abs(v.fkl_gradient[j]) / fkl_l1;
          rkl[i] += std::abs(v.rkl_gradient[j]) / rkl_l1;
        }
      }
    }
    CHECK(curves[k].rows == rows);
    CHECK(curves[k].ranks == ranks);
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      CHECK(curves[k].teacher_mass[i] == Approx(teacher[i]).epsilon(1e-12));
      CHECK(curves[k].student_mass[i] == Approx(student[i]).epsilon(1e-12));
      CHECK(curves[k].fkl_gradient_l1[i] == Approx(fkl[i]).epsilon(1e-10));
      CHECK(curves[k].rkl_gradient_l1[i] == Approx(rkl[i]).epsilon(1e-10));
    }
    const auto same = [](const OctaveHistogram& a, const OctaveHistogram& b) {
      CHECK(a.count == b.count);
      for (std::size_t i = 0; i < a.mass.size(); ++i)
        CHECK(a.mass[i] == Approx(b.mass[i]).epsilon(1e-12));
    };
    same(sums[k].teacher, expected.teacher);
    same(sums[k].student, expected.student);
    same(sums[k].fkl_gradient, expected.fkl_gradient);
    same(sums[k].rkl_gradient, expected.rkl_gradient);
  }
}

TEST_CASE("distributions do not depend on threads, and add to what is there") {
  const PairRows pairs = make_pairs(PairKind::moderate, 45, 200, 44);
  StatisticsSpec spec;
  spec.taus = {2};
  std::vector<DistributionSums> one(1), many(1);
  std::vector<HeadCurve> one_curve(1), many_curves(1);
  accumulate_distributions(pairs.input(), spec, one, one_curve, {1, {}});
  accumulate_distributions(pairs.input(), spec, many, many_curves, {5, {}});
  CHECK(one[0].fkl_gradient.mass == many[0].fkl_gradient.mass);
  CHECK(one[0].teacher.mass == many[0].teacher.mass);
  CHECK(one_curve[0].rkl_gradient_l1 == many_curves[0].rkl_gradient_l1);
  accumulate_distributions(pairs.input(), spec, one, one_curve, {2, {}});
  CHECK(one_curve[0].rows == 90);
  CHECK(one[0].student.count[OctaveHistogram::bins - 17] ==
        2 * many[0].student.count[OctaveHistogram::bins - 17]);
  CHECK(one[0].teacher.mass[60] == Approx(2 * many[0].teacher.mass[60]).epsilon(1e-13));
  std::vector<DistributionSums> bare(1);
  accumulate_distributions(pairs.input(), spec, bare, {}, {2, {}});
  CHECK(bare[0].teacher.count == many[0].teacher.count);
  std::stop_source source;
  source.request_stop();
  CHECK(accumulate_distributions(pairs.input(), spec, bare, {}, {2, source.get_token()}).stopped);
}
