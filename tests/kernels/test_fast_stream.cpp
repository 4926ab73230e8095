// The one read of a row by cpu-fast at one temperature: wherever the largest tokens lie, whatever the row
// begins with, the sums are those of two reads; and what it cannot do it says.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <hwy/targets.h>

#include "kernels/cpu_fast.h"
#include "kernels/variants.h"
#include "tests/kernels/pairs.h"
#include "tests/support/catch.h"

namespace tauscope::test {
namespace {

constexpr std::size_t block = fast::block_size;

struct RowPair {
  std::vector<float> teacher, student;
  std::int64_t target = -1;
};

RowPair row_of(Shape shape, std::size_t vocab, unsigned seed) {
  const Pair pair = make_pair(shape, 1, vocab, seed);
  return {pair.teacher, pair.student, pair.targets[0]};
}

fast::Row view_of(const RowPair& pair) {
  fast::Row row;
  row.teacher.data = pair.teacher.data();
  row.student.data = pair.student.data();
  row.vocab = pair.teacher.size();
  row.target = pair.target;
  return row;
}

fast::Rung rung_of(double tau) {
  const double taus[] = {tau};
  return fast::plan_rungs(taus).front();
}

bool streams(const RowPair& pair, double tau) {
  const fast::FlushSubnormals flush;
  fast::Row row = view_of(pair);
  fast::Workspace workspace(row.vocab, 1);
  return fast::stream_row(row, rung_of(tau), workspace);
}

/// Both ways agree on maxima and outliers exactly, and on the one-pass columns within 2e-5; the row's
/// validity tests pass for both.
void check_against_two_reads(const RowPair& pair, double tau) {
  const fast::FlushSubnormals flush;
  const fast::Rung rung = rung_of(tau);
  fast::Row once = view_of(pair), twice = view_of(pair);
  fast::Workspace one(once.vocab, 1), two(twice.vocab, 1);
  REQUIRE(fast::stream_row(once, rung, one));
  REQUIRE(fast::scan_row(twice, two));
  fast::sum_rest(twice, {&rung, 1}, two);
  CHECK(once.teacher.argmax == twice.teacher.argmax);
  CHECK(once.student.argmax == twice.student.argmax);
  CHECK(once.teacher.maximum == twice.teacher.maximum);
  CHECK(once.student.maximum == twice.student.maximum);
  CHECK(once.variety == twice.variety);
  REQUIRE(once.outlier_count == twice.outlier_count);
  for (std::size_t i = 0; i < once.outlier_count; ++i)
    CHECK(once.outliers[i].index == twice.outliers[i].index);
  RowStatistics a, b;
  const bool a_holds = fast::finish_row(once, rung, one.sums[0], TauScaling::squared, a);
  const bool b_holds = fast::finish_row(twice, rung, two.sums[0], TauScaling::squared, b);
  REQUIRE(b_holds);
  REQUIRE(a_holds);
  for (const StatisticsColumn& column : statistics_columns()) {
    if (!column.one_pass || std::isnan(b.*column.member)) continue;
    INFO(column.name);
    CHECK(a.*column.member == Approx(b.*column.member).epsilon(2e-5));
  }
}

void check_against_reference(const RowPair& pair, double tau, std::int64_t recomputed) {
  const std::size_t vocab = pair.teacher.size();
  const std::int64_t targets[] = {pair.target};
  const StatisticsInput input{{pair.teacher.data(), 1, vocab, vocab, DType::float32},
                              {pair.student.data(), 1, vocab, vocab, DType::float32},
                              targets};
  StatisticsSpec spec;
  spec.taus = {tau};
  spec.set = StatisticsSet::one_pass;
  std::vector<RowStatistics> value(1), expected(1);
  const KernelReport report = cpu_fast_variant()->statistics(input, spec, value, {1, {}});
  reference_variant()->statistics(input, spec, expected, {1, {}});
  if (recomputed >= 0) CHECK(report.rows_recomputed == recomputed);
  for (const StatisticsColumn& column : statistics_columns()) {
    if (!column.one_pass) continue;
    const double a = value[0].*column.member, b = expected[0].*column.member;
    INFO(column.name << ": " << b << ", got " << a);
    const bool absolute = std::string(column.name).find("cos") != std::string::npos;
    const bool same = std::isnan(b)   ? std::isnan(a)
                      : std::isinf(b) ? a == b
                                      : std::abs(a - b) <= 1e-4 * (absolute ? 1 : std::abs(b)) + 1e-30;
    CHECK(same);
  }
}

}  // namespace

TEST_CASE("one read gives the sums of two, at every size around the blocks") {
  for (const std::size_t vocab : {8 * block, 8 * block + 1, 9 * block - 1, 9 * block + 17, 50257UL}) {
    for (const Shape shape : {Shape::far, Shape::peaked, Shape::disagreeing, Shape::offset}) {
      INFO("shape " << shape_name(shape) << ", vocabulary " << vocab);
      for (const double tau : {1.0, 3.0, 8.0})
        check_against_two_reads(row_of(shape, vocab, static_cast<unsigned>(vocab)), tau);
    }
  }
}

TEST_CASE("the largest tokens may lie anywhere: first and last of a block, in one block, in the row's end") {
  const std::size_t vocab = 8 * block + 100;
  const std::size_t places[] = {0, block - 1, block, 3 * block + 7, 8 * block - 1, 8 * block, vocab - 1};
  for (const std::size_t t : places) {
    for (const std::size_t s : places) {
      for (const std::size_t y : {std::size_t{0}, t, std::size_t{5 * block}, vocab - 1}) {
        INFO("teacher's at " << t << ", student's at " << s << ", target " << y);
        RowPair pair = row_of(Shape::far, vocab, 3);
        pair.teacher[t] = 14;
        pair.student[s] = 15;
        pair.target = static_cast<std::int64_t>(y);
        check_against_two_reads(pair, 1.3);
      }
    }
  }
}

TEST_CASE("a row whose every block has a larger token, or a smaller one, than the one before") {
  const std::size_t vocab = 12 * block + 3;
  const RowPair pair = row_of(Shape::far, vocab, 4);
  for (const bool ascending : {true, false}) {
    for (const bool together : {true, false}) {
      INFO((ascending ? "ascending" : "descending") << (together ? ", both" : ", the student the other way"));
      RowPair ramp = pair;
      for (std::size_t j = 0; j < vocab; ++j) {
        const float up = static_cast<float>(j / block) * 0.8F, down = 9.6F - up;
        ramp.teacher[j] += ascending ? up : down;
        ramp.student[j] += ascending == together ? up : down;
      }
      check_against_two_reads(ramp, 1);
      check_against_reference(ramp, 1, 0);
    }
  }
}

TEST_CASE("equal largest tokens: the first counts, in whatever block") {
  RowPair pair = row_of(Shape::far, 9 * block + 5, 5);
  for (const std::size_t j : {4 * block + 9, 4 * block + 11, 7 * block, 9 * block + 2})
    pair.teacher[j] = 11.5F, pair.student[j] = 18;
  check_against_reference(pair, 1, -1);
  fast::Row row = view_of(pair);
  fast::Workspace workspace(row.vocab, 1);
  REQUIRE(fast::stream_row(row, rung_of(1), workspace));
  CHECK(row.teacher.argmax == 4 * block + 9);
  CHECK(row.student.argmax == 4 * block + 9);
}

TEST_CASE("a shift too far from the rest's maximum is turned down, and the row is right all the same") {
  const std::size_t vocab = 9 * block;
  RowPair low = row_of(Shape::far, vocab, 6), high = low;
  for (std::size_t j = 0; j < block; ++j) {
    low.teacher[j] -= 60, low.student[j] -= 60;
    high.teacher[j] += 60, high.student[j] += 60;
  }
  // All but the row's first block weighs nothing where that is far above: its own tokens are the rest.
  for (const double tau : {0.5, 1.0}) {
    CHECK_FALSE(streams(low, tau));
    CHECK(streams(high, tau));
  }
  CHECK(streams(low, 4));
  // One token far above, in the first block: the shift is its.
  RowPair spike = row_of(Shape::far, vocab, 7);
  spike.teacher[9] = spike.student[9] = 60;
  CHECK_FALSE(streams(spike, 1));
  for (const RowPair* pair : {&low, &high, &spike}) {
    for (const double tau : {0.5, 1.0, 4.0})
      check_against_reference(*pair, tau, -1);
  }
}

TEST_CASE("students near their teachers come out right however their rows begin") {
  const std::size_t vocab = 9 * block + 40;
  for (const float noise : {0.3F, 0.1F, 0.03F, 0.01F}) {
    for (const float first : {0.0F, 0.5F, -6.0F, 12.0F}) {
      INFO("noise " << noise << ", first block of the student " << first);
      RowPair pair = row_of(Shape::equal, vocab, 8);
      const RowPair other = row_of(Shape::far, vocab, 9);
      for (std::size_t j = 0; j < vocab; ++j)
        pair.student[j] += noise * (other.student[j] - other.teacher[j]) / 3;
      for (std::size_t j = 0; j < block; ++j) {  // unlikely on both sides, and not alike
        pair.teacher[j] -= 15;
        pair.student[j] += first - 15;
      }
      for (const double tau : {0.5, 1.0, 2.0, 8.0})
        check_against_reference(pair, tau, -1);
    }
  }
}

TEST_CASE("whatever is not finite is found in every kind of block") {
  const std::size_t vocab = 8 * block + 50;
  RowPair plain = row_of(Shape::far, vocab, 10);
  plain.teacher[3 * block + 4] = 16;
  plain.student[5 * block + 4] = 17;
  plain.target = 6 * block + 8;
  REQUIRE(streams(plain, 1));
  const std::size_t places[] = {0,
                                block + 1,
                                3 * block + 4,
                                3 * block + 5,
                                5 * block + 4,
                                5 * block + 9,
                                6 * block + 8,
                                6 * block + 9,
                                7 * block + 511,
                                8 * block + 3,
                                vocab - 1};
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const std::size_t j : places) {
    for (const float value : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
      for (const int sides : {1, 2, 3}) {
        INFO("token " << j << " = " << value << ", sides " << sides);
        RowPair pair = plain;
        if (sides & 1) pair.teacher[j] = value;
        if (sides & 2) pair.student[j] = value;
        CHECK_FALSE(streams(pair, 1));
        check_against_reference(pair, 1, -1);
      }
    }
  }
}

TEST_CASE("one read on every instruction set") {
  const RowPair pair = row_of(Shape::far, 9 * block + 77, 11);
  std::set<std::string> names;
  for (std::int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
    hwy::SetSupportedTargetsForTest(left & -left);
    hwy::GetChosenTarget().DeInit();
    INFO(fast::target_name());
    names.insert(fast::target_name());
    for (const double tau : {0.5, 1.0, 6.0}) {
      check_against_two_reads(pair, tau);
      check_against_reference(pair, tau, 0);
    }
    for (const float value : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                              std::numeric_limits<float>::quiet_NaN()}) {
      for (const std::size_t j : {2 * block + 5, 9 * block + 70}) {
        RowPair bad = pair;
        bad.teacher[j] = value;
        CHECK_FALSE(streams(bad, 1));
        bad.student[j] = value;
        CHECK_FALSE(streams(bad, 1));
      }
    }
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
  }
  CHECK(names.size() >= 1);
}

}  // namespace tauscope::test
