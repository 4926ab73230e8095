// What holds for every variant of this build: accuracy against the reference, whatever the shape, type and
// tau.
#include <hwy/targets.h>

#include <array>
#include <cmath>
#include <cstring>

#include "tests/kernels/rows.h"
#include "tests/kernels/tested.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

namespace {

const KernelVariant& reference() {
  return *find_kernel_variant("reference");
}

/// Compares a variant with the reference, cell by cell; stops at the first difference.
void check_against_reference(const KernelVariant& variant, const StatisticsInput& input,
                             const StatisticsSpec& spec, const std::vector<RowStatistics>& expected) {
  const auto out = run(variant, input, spec);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double tau = spec.taus[i % spec.taus.size()];
    INFO(variant.name() << " row " << i / spec.taus.size() << " tau " << tau);
    REQUIRE(first_difference(expected[i], out[i], relative_bound(variant, tau)) == "");
  }
}

void check_all_variants(const StatisticsInput& input, const StatisticsSpec& spec) {
  const auto expected = run(reference(), input, spec);
  for (const KernelVariant* variant : tested_variants()) {
    if (variant != &reference()) check_against_reference(*variant, input, spec, expected);
  }
}

const std::vector<double> wide_taus = {0.05, 0.1, 0.3, 1, 2.5, 100};

}  // namespace

TEST_CASE("variants agree with the reference on every kind of pair and every tail") {
  StatisticsSpec spec;
  spec.taus = wide_taus;
  for (const PairKind kind : all_pair_kinds) {
    for (const std::size_t vocab : {2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 1000}) {
      INFO(pair_kind_name(kind) << ", vocabulary " << vocab);
      const PairRows pairs = make_pairs(kind, vocab < 100 ? 6 : 3, vocab, 1);
      check_all_variants(pairs.input(), spec);
    }
  }
}

TEST_CASE("variants agree with the reference at the vocabularies of real models") {
  StatisticsSpec spec;
  spec.taus = {0.05, 2};
  for (const PairKind kind : {PairKind::moderate, PairKind::very_near, PairKind::flat, PairKind::confident}) {
    INFO(pair_kind_name(kind));
    check_all_variants(make_pairs(kind, 1, 50257, 2).input(), spec);
  }
  check_all_variants(make_pairs(PairKind::moderate, 1, 151936, 3).input(), spec);
  check_all_variants(make_pairs(PairKind::near, 1, 262144, 4).input(), spec);
}

TEST_CASE("types, strides and alignment do not matter") {
  StatisticsSpec spec;
  spec.taus = wide_taus;
  std::size_t turn = 0;
  for (const std::size_t vocab : {33, 250}) {
    for (const DType teacher_type : {DType::float32, DType::float16, DType::bfloat16}) {
      for (const DType student_type : {DType::float32, DType::float16, DType::bfloat16}) {
        // 13 kinds take turns with 18 pairs of types and sizes.
        const PairKind kind = all_pair_kinds[turn++ % std::size(all_pair_kinds)];
        const PairRows pairs = make_pairs(kind, 3, vocab, 4);
        INFO(dtype_name(teacher_type) << " and " << dtype_name(student_type) << ", " << pair_kind_name(kind));
        const StoredLogits teacher(pairs.teacher, 3, vocab, teacher_type, 0);
        const StoredLogits student(pairs.student, 3, vocab, student_type, 11);
        check_all_variants({teacher.view(), student.view(), pairs.targets}, spec);
      }
    }
  }
}

TEST_CASE("every instruction set that was compiled gives the reference's figures") {
  const std::int64_t all = hwy::SupportedTargets();
  StatisticsSpec spec;
  spec.taus = {0.05, 1, 3};
  std::vector<std::string> seen;
  for (std::int64_t rest = all; rest != 0; rest &= rest - 1) {
    hwy::SetSupportedTargetsForTest(rest & -rest);
    hwy::GetChosenTarget().Update(rest & -rest);
    for (const KernelVariant* variant : tested_variants()) {
      if (variant == &reference()) continue;
      for (const PairKind kind : {PairKind::near, PairKind::far, PairKind::confident, PairKind::quantised}) {
        INFO(variant->name() << " on " << hwy::TargetName(rest & -rest) << ", " << pair_kind_name(kind));
        const PairRows pairs = make_pairs(kind, 3, 77, 6);
        std::vector<RowStatistics> out(pairs.rows * spec.taus.size());
        const KernelReport report = variant->statistics(pairs.input(), spec, out, {1, {}});
        seen.push_back(report.target);
        check_against_reference(*variant, pairs.input(), spec, run(reference(), pairs.input(), spec));
      }
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  CHECK(seen.size() >= 1);
  WARN("instruction sets tested: " << seen.size());
}

TEST_CASE("ways to choose the dominant set, the scaling, and the overlap") {
  using Kind = DominantSpec::Kind;
  const DominantSpec choices[] = {{Kind::nucleus, 0.5}, {Kind::nucleus, 0.999},  {Kind::nucleus, 1},
                                  {Kind::top_k, 1},     {Kind::top_k, 20},       {Kind::top_k, 1e6},
                                  {Kind::threshold, 0}, {Kind::threshold, 0.01}, {Kind::threshold, 1}};
  for (const DominantSpec& dominant : choices) {
    for (const PairKind kind :
         {PairKind::moderate, PairKind::quantised, PairKind::constant, PairKind::masked}) {
      StatisticsSpec spec;
      spec.taus = {1, 5};
      spec.dominant = dominant;
      spec.tau_scaling = TauScaling::none;
      spec.overlap_k = 3;
      INFO(pair_kind_name(kind) << ", dominant kind " << static_cast<int>(dominant.kind) << " value "
                                << dominant.value);
      check_all_variants(make_pairs(kind, 3, 61, 7).input(), spec);
      check_all_variants(make_pairs(kind, 3, 700, 7).input(), spec);
    }
  }
}

TEST_CASE("one-sided masks, NaN and +inf") {
  const float infinity = std::numeric_limits<float>::infinity(),
              nan = std::numeric_limits<float>::quiet_NaN();
  const std::size_t vocab = 37;
  const auto with = [&](bool teacher, std::vector<std::size_t> tokens, float value) {
    PairRows pairs = make_pairs(PairKind::moderate, 1, vocab, 8);
    pairs.targets[0] = 4;
    for (const std::size_t token : tokens)
      (teacher ? pairs.teacher : pairs.student)[token] = value;
    return pairs;
  };
  StatisticsSpec spec;
  spec.taus = {0.05, 1, 10};
  for (const KernelVariant* variant : tested_variants()) {
    INFO(variant->name());
    const auto cells = [&](const PairRows& pairs) { return run(*variant, pairs.input(), spec); };
    for (const RowStatistics& cell : cells(with(false, {7}, -infinity))) {
      CHECK(cell.fkl == infinity);
      CHECK(cell.cross_entropy == infinity);
      CHECK(cell.nckd == infinity);
      CHECK(std::isfinite(cell.tckd));
      CHECK(std::isfinite(cell.rkl));
      CHECK(std::isfinite(cell.rkl_grad_l2));
      CHECK(std::isfinite(cell.jsd));
      CHECK(std::isnan(cell.fkl_nd_share));
    }
    for (const RowStatistics& cell : cells(with(false, {4}, -infinity))) {  // the target
      CHECK(cell.fkl == infinity);
      CHECK(cell.tckd == infinity);
      CHECK(cell.nll_target == infinity);
      CHECK(cell.q_target == 0);
      CHECK(std::isfinite(cell.nckd));
    }
    for (const RowStatistics& cell : cells(with(true, {7}, -infinity))) {
      CHECK(cell.rkl == infinity);
      CHECK(cell.rkl_nckd == infinity);
      CHECK(std::isfinite(cell.fkl));
      CHECK(std::isfinite(cell.fkl_grad_l2));
      for (const double value : {cell.rkl_grad_l1, cell.rkl_grad_l2, cell.rkl_grad_linf, cell.grad_cosine,
                                 cell.grad_l2_ratio, cell.rkl_grad_cos_tau1, cell.rkl_nd_share_l1,
                                 cell.rkl_target_share_l1, cell.rkl_effective_tokens}) {
        CHECK(std::isnan(value));
      }
    }
    for (const float bad : {nan, infinity}) {
      for (const bool teacher : {true, false}) {
        for (const RowStatistics& cell : cells(with(teacher, {9}, bad))) {
          for (const StatisticsColumn& column : statistics_columns())
            CHECK(std::isnan(cell.*column.member));
        }
      }
    }
  }
  std::vector<std::size_t> all(vocab), all_but_one;
  for (std::size_t j = 0; j < vocab; ++j) {
    all[j] = j;
    if (j != 12) all_but_one.push_back(j);
  }
  for (const bool teacher : {true, false}) {
    check_all_variants(with(teacher, {0, 7, 36}, -infinity).input(), spec);
    check_all_variants(with(teacher, {4, 5}, -infinity).input(), spec);
    check_all_variants(with(teacher, {4}, -infinity).input(), spec);
    check_all_variants(with(teacher, all, -infinity).input(), spec);
    check_all_variants(with(teacher, all_but_one, -infinity).input(), spec);
    // What some frameworks use for a mask: finite, and far below everything.
    check_all_variants(with(teacher, {0, 7, 36}, std::numeric_limits<float>::lowest()).input(), spec);
  }
}

TEST_CASE("a gap of thousands of nats keeps the non-target divergence") {
  StatisticsSpec spec;
  spec.taus = {0.05, 0.2, 1};
  for (const float gap : {20.0F, 40.0F, 100.0F, 1000.0F}) {
    INFO("gap " << gap);
    PairRows pairs = make_pairs(PairKind::moderate, 4, 50, 9);
    for (std::size_t r = 0; r < 4; ++r) {
      pairs.targets[r] = static_cast<std::int64_t>(r == 3 ? 8 : r);
      if (r != 1) pairs.teacher[r * 50 + r] += gap;
      if (r != 2) pairs.student[r * 50 + r] += gap;
    }
    check_all_variants(pairs.input(), spec);
  }
}

TEST_CASE("only the target differs: nothing is left for the others") {
  StatisticsSpec spec;
  spec.taus = {0.5, 1, 7};
  PairRows pairs = make_pairs(PairKind::equal, 3, 200, 10);
  for (std::size_t r = 0; r < 3; ++r) {
    pairs.targets[r] = static_cast<std::int64_t>(10 * r);
    pairs.student[r * 200 + 10 * r] += 1.0F;
  }
  check_all_variants(pairs.input(), spec);
  for (const KernelVariant* variant : tested_variants()) {
    for (const RowStatistics& cell : run(*variant, pairs.input(), spec)) {
      CHECK(cell.nckd == Approx(0).margin(1e-25));
      CHECK(cell.tckd > 0);
    }
  }
}

TEST_CASE("results do not depend on threads, on the other rows, or on the other temperatures") {
  const PairRows pairs = make_pairs(PairKind::moderate, 23, 301, 11);
  StatisticsSpec spec;
  spec.taus = {2, 1, 0.3};
  for (const KernelVariant* variant : tested_variants()) {
    INFO(variant->name());
    const auto once = run(*variant, pairs.input(), spec, {1, {}});
    CHECK(same_bits(once, run(*variant, pairs.input(), spec, {1, {}})));
    CHECK(same_bits(once, run(*variant, pairs.input(), spec, {2, {}})));
    CHECK(same_bits(once, run(*variant, pairs.input(), spec, {7, {}})));
    const StatisticsInput whole = pairs.input();
    const StatisticsInput part{whole.teacher.slice(5, 1), whole.student.slice(5, 1),
                               whole.targets.subspan(5, 1)};
    CHECK(same_bits({once.begin() + 15, once.begin() + 18}, run(*variant, part, spec)));
    if (variant->mode() == "fast") continue;  // shares exponentials between temperatures
    StatisticsSpec single = spec;
    single.taus = {0.3};
    CHECK(same_bits({once[17]}, run(*variant, part, single)));
  }
}

TEST_CASE("outputs are written where they belong and nowhere else") {
  const PairRows pairs = make_pairs(PairKind::moderate, 3, 40, 12);
  StatisticsSpec spec;
  spec.taus = {1, 2};
  for (const KernelVariant* variant : tested_variants()) {
    RowStatistics guard;
    guard.fkl = 12345;
    std::vector<RowStatistics> out(3 * 2 + 2, guard);
    variant->statistics(pairs.input(), spec, std::span(out).subspan(1, 6), {1, {}});
    CHECK(std::memcmp(&out.front(), &guard, sizeof guard) == 0);
    CHECK(std::memcmp(&out.back(), &guard, sizeof guard) == 0);
    for (std::size_t i = 1; i < 7; ++i)
      CHECK(out[i].fkl != 12345);
  }
}

TEST_CASE("the one-pass set is the same figures, and only those") {
  const PairRows pairs = make_pairs(PairKind::moderate, 3, 129, 13);
  StatisticsSpec spec;
  spec.taus = {0.5, 1};
  for (const KernelVariant* variant : tested_variants()) {
    INFO(variant->name());
    spec.set = StatisticsSet::all;
    const auto all = run(reference(), pairs.input(), spec);
    spec.set = StatisticsSet::one_pass;
    const auto some = run(*variant, pairs.input(), spec);
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const StatisticsColumn& column : statistics_columns()) {
        const double expected = column.one_pass ? all[i].*column.member : RowStatistics::none;
        CHECK(difference(column.name, expected, some[i].*column.member, relative_bound(*variant, 0.5)) == "");
      }
    }
  }
}

TEST_CASE("a set stop token leaves rows untouched and says so") {
  const PairRows pairs = make_pairs(PairKind::moderate, 4, 40, 14);
  StatisticsSpec spec;
  spec.taus = {1};
  std::stop_source source;
  source.request_stop();
  for (const KernelVariant* variant : tested_variants()) {
    std::vector<RowStatistics> out(4);
    for (RowStatistics& cell : out)
      cell.fkl = 7;
    const KernelReport report = variant->statistics(pairs.input(), spec, out, {2, source.get_token()});
    CHECK(report.stopped);
    for (const RowStatistics& cell : out)
      CHECK(cell.fkl == 7);
  }
}
