// What a caller asks for and what it keeps between calls changes the work, never a figure.
#include <cstring>
#include <stdexcept>

#include "kernels/prepared_row.h"
#include "tests/kernels/rows.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

bool same_bits_of(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

/// One column of all cells, bit for bit.
void check_column(const StatisticsColumn& column, const std::vector<RowStatistics>& expected,
                  const std::vector<RowStatistics>& values) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(column.name << ", cell " << i << ": " << expected[i].*column.member << " and "
                     << values[i].*column.member);
    REQUIRE(same_bits_of(expected[i].*column.member, values[i].*column.member));
  }
}

const KernelVariant& cpu_exact() {
  return *find_kernel_variant("cpu-exact");
}

std::int64_t cells_in_double(const PairRows& pairs, const StatisticsSpec& spec) {
  std::vector<RowStatistics> out(pairs.rows * spec.taus.size());
  return cpu_exact().statistics(pairs.input(), spec, out, {1, {}}).cells_in_double;
}

}  // namespace

TEST_CASE("sets of columns are named, and follow the set") {
  ColumnSet all = 0;
  for (const StatisticsColumn& column : statistics_columns()) {
    const ColumnSet one = column_set(column.name);
    CHECK((one & all) == 0);
    all |= one;
  }
  StatisticsSpec spec;
  CHECK(wanted_columns(spec) == all);
  spec.columns = column_set("fkl") | column_set("jsd");
  CHECK(wanted_columns(spec) == spec.columns);
  spec.set = StatisticsSet::one_pass;
  CHECK(wanted_columns(spec) == column_set("fkl"));
  CHECK_THROWS_AS(column_set("no_such_column"), std::invalid_argument);
}

TEST_CASE("a column asked for alone has the bits that it has among all") {
  for (const std::vector<double>& taus : {std::vector<double>{0.3, 1, 4}, std::vector<double>{2.5}}) {
    for (const PairKind kind : all_pair_kinds) {
      for (const std::size_t vocab : {5, 90, 700}) {
        INFO(pair_kind_name(kind) << ", vocabulary " << vocab);
        const PairRows pairs = make_pairs(kind, 3, vocab, 31);
        StatisticsSpec spec;
        spec.taus = taus;
        const auto all = run(cpu_exact(), pairs.input(), spec);
        for (const StatisticsColumn& column : statistics_columns()) {
          spec.columns = column_set(column.name);
          check_column(column, all, run(cpu_exact(), pairs.input(), spec));
        }
      }
    }
  }
}

TEST_CASE("a column alone has its bits where float lanes fail for some columns and hold for others") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float low : {-1e36F, -1e38F, std::numeric_limits<float>::lowest(), -infinity}) {
    for (const bool teacher : {true, false}) {
      INFO((teacher ? "teacher " : "student ") << low);
      PairRows pairs = make_pairs(PairKind::moderate, 3, 70, 37);
      for (const std::size_t token : {0, 9, 69})
        (teacher ? pairs.teacher : pairs.student)[70 + token] = low;
      for (const std::vector<double>& taus : {std::vector<double>{0.05, 1, 4}, std::vector<double>{0.05}}) {
        StatisticsSpec spec;
        spec.taus = taus;
        const auto all = run(cpu_exact(), pairs.input(), spec);
        std::vector<PreparedRow> prepared(pairs.rows);
        KernelOptions options{1, {}};
        options.prepared = prepared.data();
        for (const StatisticsColumn& column : statistics_columns()) {
          spec.columns = column_set(column.name);
          check_column(column, all, run(cpu_exact(), pairs.input(), spec));
          check_column(column, all, run(cpu_exact(), pairs.input(), spec, options));
        }
      }
    }
  }
}

TEST_CASE("rows are read where they lie: no alignment, stride or type changes a figure beyond its type") {
  // The blocks of the float lanes end inside, at and behind the row's end.
  for (const std::size_t vocab : {1023, 1024, 1025, 2049, 2100}) {
    const PairRows pairs = make_pairs(PairKind::moderate, 2, vocab, 38);
    const StoredLogits teacher(pairs.teacher, 2, vocab, DType::float32, 3),
        student(pairs.student, 2, vocab, DType::float32, 1);
    const StatisticsInput apart{teacher.view(), student.view(), pairs.targets};
    StatisticsSpec spec;
    spec.taus = {0.5, 1, 3};
    const auto expected = run(*find_kernel_variant("reference"), apart, spec);
    const auto values = run(cpu_exact(), apart, spec);
    CHECK(same_bits(values, run(cpu_exact(), pairs.input(), spec)));
    for (std::size_t i = 0; i < values.size(); ++i)
      CHECK(first_difference(expected[i], values[i], 1e-5) == "");
  }
}

TEST_CASE("every variant fills the columns that are asked for") {
  const PairRows pairs = make_pairs(PairKind::moderate, 3, 200, 32);
  StatisticsSpec spec;
  spec.taus = {0.5, 2};
  const auto expected = run(*find_kernel_variant("reference"), pairs.input(), spec);
  for (const KernelVariant* variant : kernel_variants()) {
    if (!variant->supported()) continue;  // of a device that is not here
    for (const StatisticsColumn& column : statistics_columns()) {
      spec.columns = column_set(column.name) | column_set("top1_agree");
      const auto values = run(*variant, pairs.input(), spec);
      for (std::size_t i = 0; i < values.size(); ++i) {
        INFO(variant->name());
        CHECK(difference(column.name, expected[i].*column.member, values[i].*column.member,
                         relative_bound(*variant, 0.5)) == "");
      }
    }
  }
}

TEST_CASE("rows that were prepared give the bits of rows that were not") {
  for (const PairKind kind : {PairKind::moderate, PairKind::near, PairKind::masked, PairKind::confident,
                              PairKind::quantised, PairKind::constant}) {
    INFO(pair_kind_name(kind));
    PairRows pairs = make_pairs(kind, 4, 300, 33);
    pairs.teacher[300 + 7] = std::numeric_limits<float>::quiet_NaN();  // a row that is not valid stays so
    std::vector<PreparedRow> prepared(pairs.rows);
    // Whatever column comes first leaves part of the preparation to the ones behind it.
    for (const double tau : {2.0, 1.0, 0.4}) {
      for (const StatisticsColumn& column : statistics_columns()) {
        StatisticsSpec spec;
        spec.taus = {tau};
        spec.columns = column_set(column.name);
        KernelOptions options{2, {}};
        options.prepared = prepared.data();
        check_column(column, run(cpu_exact(), pairs.input(), spec),
                     run(cpu_exact(), pairs.input(), spec, options));
      }
    }
    StatisticsSpec all;
    all.taus = {0.4, 3, 1};
    KernelOptions options{1, {}};
    options.prepared = prepared.data();
    CHECK(same_bits(run(cpu_exact(), pairs.input(), all), run(cpu_exact(), pairs.input(), all, options)));
  }
}

TEST_CASE("float lanes do the ordinary rows, and double those that they cannot") {
  StatisticsSpec spec;
  spec.taus = {0.5, 1, 2, 8};
  spec.columns = every_column &
                 ~(column_set("tckd") | column_set("nckd") | column_set("rkl_tckd") | column_set("rkl_nckd"));
  const PairRows moderate = make_pairs(PairKind::moderate, 4, 5000, 34);
  const std::int64_t cells = 4 * 4;
  if (cells_in_double(moderate, spec) == cells) {
    WARN("this instruction set has no fused multiply-add: everything is done in double");
    return;
  }
  CHECK(cells_in_double(moderate, spec) == 0);
  for (const PairKind kind : {PairKind::near, PairKind::far, PairKind::flat, PairKind::equal,
                              PairKind::offset, PairKind::large_offset, PairKind::quantised}) {
    INFO(pair_kind_name(kind));
    CHECK(cells_in_double(make_pairs(kind, 4, 5000, 35), spec) == 0);
  }
  PairRows one_sided = moderate;
  one_sided.student[11] = -std::numeric_limits<float>::infinity();
  CHECK(cells_in_double(one_sided, spec) == 4);
  // The student's shift of one token moves L by what is nearly all of every other token's difference.
  PairRows cancelling = make_pairs(PairKind::flat, 1, 5000, 36);
  cancelling.student = cancelling.teacher;
  cancelling.student[3] += 1;
  CHECK(cells_in_double(cancelling, spec) == 4);
}
