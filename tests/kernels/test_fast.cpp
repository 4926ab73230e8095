// The fast mode (`cpu-fast`; `cuda-fast` in its own program) against the reference: every shape of row, type,
// size around the block edges, and temperature.
#include <hwy/targets.h>

#include <algorithm>
#include <set>

#include "kernels/cpu_fast.h"
#include "kernels/variants.h"
#include "tests/kernels/pairs.h"
#include "tests/kernels/tested.h"
#include "tests/support/catch.h"

namespace tauscope::test {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// math.md, "Numerics", fast mode: 1e-4 of the reference, absolute for cosines and shares.
bool agrees(const StatisticsColumn& column, double value, double reference) {
  if (std::isnan(reference) || std::isinf(reference))
    return std::isnan(reference) ? std::isnan(value) : value == reference;
  const std::string name = column.name;
  const bool absolute = name.find("cos") != std::string::npos || name.find("share") != std::string::npos;
  return std::abs(value - reference) <= 1e-4 * (absolute ? 1.0 : std::abs(reference)) + 1e-30;
}

struct Run {
  std::vector<RowStatistics> cells;
  KernelReport report;
};

Run run(const KernelVariant* variant, const StatisticsInput& input, const StatisticsSpec& spec,
        int threads = 1) {
  Run result;
  result.cells.resize(input.teacher.rows * spec.taus.size());
  result.report = variant->statistics(input, spec, result.cells, {threads, {}});
  return result;
}

/// Compares all columns of the set; returns how many cells were recomputed.
std::int64_t compare(const StatisticsInput& input, const StatisticsSpec& spec) {
  const Run fast = run(tested_fast_variant(), input, spec), reference = run(reference_variant(), input, spec);
  for (std::size_t i = 0; i < fast.cells.size(); ++i) {
    for (const StatisticsColumn& column : statistics_columns()) {
      const double value = fast.cells[i].*column.member, expected = reference.cells[i].*column.member;
      if (agrees(column, value, expected)) continue;
      INFO("row " << i / spec.taus.size() << ", tau " << spec.taus[i % spec.taus.size()] << ", "
                  << column.name);
      CHECK(value == expected);
    }
  }
  return fast.report.rows_recomputed;
}

StatisticsSpec one_pass(std::vector<double> taus) {
  StatisticsSpec spec;
  spec.taus = std::move(taus);
  spec.set = StatisticsSet::one_pass;
  return spec;
}

const std::vector<double> many_taus = {1, 0.05, 0.1, 0.25, 0.5, 2, 4, 8, 100, 3, 1};

}  // namespace

TEST_CASE("cpu-fast is registered as the fast mode's default") {
  CHECK(find_kernel_variant("cpu-fast") == cpu_fast_variant());
  CHECK(find_kernel_variant("", "fast") == cpu_fast_variant());
  CHECK(cpu_fast_variant()->mode() == "fast");
}

TEST_CASE("the fast mode agrees with the reference for every shape of row and vocabulary") {
  for (const Shape shape : all_shapes()) {
    for (const std::size_t vocab : {2, 3, 15, 16, 17, 33, 511, 512, 513, 1025, 2000}) {
      const std::size_t rows = vocab > 600 ? 2 : 4;
      const Pair pair = make_pair(shape, rows, vocab, static_cast<unsigned>(vocab));
      const Logits teacher(pair.teacher, rows, vocab, DType::float32, 3),
          student(pair.student, rows, vocab, DType::float32, 0);
      INFO("shape " << shape_name(shape) << ", vocabulary " << vocab);
      compare({teacher.view(), student.view(), pair.targets}, one_pass(many_taus));
    }
  }
}

TEST_CASE("the fast mode reads every pair of types") {
  const std::size_t rows = 3, vocab = 777;
  for (const DType t : {DType::float32, DType::float16, DType::bfloat16}) {
    for (const DType s : {DType::float32, DType::float16, DType::bfloat16}) {
      for (const Shape shape : {Shape::far, Shape::peaked, Shape::nearly_equal}) {
        const Pair pair = make_pair(shape, rows, vocab, 5);
        const Logits teacher(pair.teacher, rows, vocab, t, 1), student(pair.student, rows, vocab, s, 2);
        INFO(dtype_name(t) << " and " << dtype_name(s) << ", " << shape_name(shape));
        compare({teacher.view(), student.view(), pair.targets}, one_pass({0.3, 1, 2, 4, 8}));
      }
    }
  }
}

TEST_CASE("the fast mode agrees with the reference on every instruction set") {
  const std::size_t rows = 2, vocab = 1000;
  std::set<std::string> names;
  for (std::int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
    hwy::SetSupportedTargetsForTest(left & -left);
    hwy::GetChosenTarget().DeInit();
    for (const Shape shape : all_shapes()) {
      const Pair pair = make_pair(shape, rows, vocab, 11);
      const Logits teacher(pair.teacher, rows, vocab, DType::float32, 1),
          student(pair.student, rows, vocab, DType::float16, 0);
      INFO("target " << fast::target_name() << ", shape " << shape_name(shape));
      compare({teacher.view(), student.view(), pair.targets}, one_pass({0.05, 0.5, 1, 2, 7, 64}));
    }
    names.insert(fast::target_name());
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
  }
  CHECK(names.size() >= 1);
}

TEST_CASE("the fast mode agrees with the reference at the largest vocabularies") {
  for (const std::size_t vocab : {50257, 151936}) {
    const Pair pair = make_pair(Shape::close, 1, vocab, 3), far = make_pair(Shape::far, 1, vocab, 4);
    for (const Pair* p : {&pair, &far}) {
      const Logits teacher(p->teacher, 1, vocab, DType::bfloat16, 0),
          student(p->student, 1, vocab, DType::float32, 0);
      compare({teacher.view(), student.view(), p->targets}, one_pass({0.5, 1, 4}));
    }
  }
}

TEST_CASE("the set of all columns has them all, and its one-pass columns are the one-pass set's") {
  const std::size_t rows = 3, vocab = 600;
  for (const Shape shape : {Shape::far, Shape::peaked, Shape::nearly_equal}) {
    const Pair pair = make_pair(shape, rows, vocab, 9);
    const Logits teacher(pair.teacher, rows, vocab, DType::float32, 0),
        student(pair.student, rows, vocab, DType::float32, 0);
    const StatisticsInput input{teacher.view(), student.view(), pair.targets};
    StatisticsSpec spec = one_pass({0.5, 1, 2});
    const Run narrow = run(tested_fast_variant(), input, spec);
    spec.set = StatisticsSet::all;
    compare(input, spec);
    const Run wide = run(tested_fast_variant(), input, spec);
    for (const StatisticsColumn& column : statistics_columns()) {
      for (std::size_t i = 0; i < wide.cells.size(); ++i) {
        INFO(column.name);
        const double a = narrow.cells[i].*column.member, b = wide.cells[i].*column.member;
        if (!column.one_pass) CHECK(std::isnan(a));
        if (column.one_pass && !std::isnan(b)) CHECK(a == Approx(b).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("exact recomputes the rows that are nearly equal, and only those") {
  const std::size_t vocab = 5000, rows = 6;
  const std::vector<double> taus = {1, 2, 4, 5, 8};
  const auto recomputed = [&](Shape shape) {
    const Pair pair = make_pair(shape, rows, vocab, 21);
    const Logits teacher(pair.teacher, rows, vocab, DType::float32, 0),
        student(pair.student, rows, vocab, DType::float32, 0);
    return compare({teacher.view(), student.view(), pair.targets}, one_pass(taus));
  };
  const auto all = static_cast<std::int64_t>(rows * taus.size());
  CHECK(recomputed(Shape::nearly_equal) == all);
  CHECK(recomputed(Shape::equal) == all);
  CHECK(recomputed(Shape::far) == 0);
  CHECK(recomputed(Shape::peaked) == 0);
  CHECK(recomputed(Shape::disagreeing) == 0);
  CHECK(recomputed(Shape::offset) == 0);
}

TEST_CASE("a mixed batch recomputes exactly its nearly equal rows") {
  const std::size_t vocab = 3000, rows = 8;
  Pair pair = make_pair(Shape::far, rows, vocab, 2);
  const Pair near = make_pair(Shape::nearly_equal, rows, vocab, 2);
  for (const std::size_t r : {1, 4, 5}) {
    std::copy_n(near.teacher.begin() + std::ptrdiff_t(r * vocab), vocab,
                pair.teacher.begin() + std::ptrdiff_t(r * vocab));
    std::copy_n(near.student.begin() + std::ptrdiff_t(r * vocab), vocab,
                pair.student.begin() + std::ptrdiff_t(r * vocab));
  }
  const Logits teacher(pair.teacher, rows, vocab, DType::float32, 0),
      student(pair.student, rows, vocab, DType::float32, 0);
  CHECK(compare({teacher.view(), student.view(), pair.targets}, one_pass({1, 2})) == 3 * 2);
}

TEST_CASE("masked tokens and broken rows come out as in the reference") {
  const std::size_t vocab = 700;
  const float minus = -std::numeric_limits<float>::infinity();
  const auto check = [&](auto&& change, std::int64_t recomputed) {
    Pair pair = make_pair(Shape::far, 1, vocab, 8);
    pair.targets[0] = 5;
    change(pair.teacher, pair.student);
    const Logits teacher(pair.teacher, 1, vocab, DType::float32, 0),
        student(pair.student, 1, vocab, DType::float32, 0);
    CHECK(compare({teacher.view(), student.view(), pair.targets}, one_pass({0.5, 1, 3})) == recomputed);
  };
  SECTION("masked on both sides, the target too") {
    check(
        [&](auto& t, auto& s) {
          for (const std::size_t j : {0, 5, 17, 699})
            t[j] = s[j] = minus;
        },
        0);
  }
  SECTION("all but two masked") {
    check(
        [&](auto& t, auto& s) {
          for (std::size_t j = 2; j < vocab; ++j)
            t[j] = s[j] = minus;
        },
        0);
  }
  SECTION("masked in the student") {
    check([&](auto&, auto& s) { s[40] = minus; }, 3);
  }
  SECTION("masked in the teacher") {
    check([&](auto& t, auto&) { t[40] = minus; }, 3);
  }
  SECTION("the target masked in the student") {
    check([&](auto&, auto& s) { s[5] = minus; }, 3);
  }
  SECTION("NaN in the teacher") {
    check([&](auto& t, auto&) { t[699] = float(nan); }, 3);
  }
  SECTION("NaN in the student, first") {
    check([&](auto&, auto& s) { s[0] = float(nan); }, 3);
  }
  SECTION("+inf") {
    check([&](auto& t, auto&) { t[3] = float(inf); }, 3);
  }
  SECTION("nothing but masked tokens") {
    check(
        [&](auto& t, auto& s) { std::fill(t.begin(), t.end(), minus), std::fill(s.begin(), s.end(), minus); },
        3);
  }
}

TEST_CASE("results repeat bit for bit, whatever the number of threads and the rest of the batch") {
  const std::size_t rows = 9, vocab = 1300;
  const Pair pair = make_pair(Shape::close, rows, vocab, 6);
  const Logits teacher(pair.teacher, rows, vocab, DType::float32, 0),
      student(pair.student, rows, vocab, DType::bfloat16, 0);
  const StatisticsSpec spec = one_pass({0.5, 1, 1.5, 2});
  const StatisticsInput input{teacher.view(), student.view(), pair.targets};
  const Run first = run(tested_fast_variant(), input, spec, 1);
  const auto same = [&](const RowStatistics& a, const RowStatistics& b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
  };
  for (const int threads : {1, 2, 3, 16}) {
    const Run again = run(tested_fast_variant(), input, spec, threads);
    CHECK(std::equal(first.cells.begin(), first.cells.end(), again.cells.begin(), same));
    CHECK(again.report.rows_recomputed == first.report.rows_recomputed);
  }
  const StatisticsInput one{teacher.view().slice(4, 1), student.view().slice(4, 1),
                            std::span(pair.targets).subspan(4, 1)};
  const Run alone = run(tested_fast_variant(), one, spec, 1);
  CHECK(std::equal(alone.cells.begin(), alone.cells.end(), first.cells.begin() + 4 * 4, same));
}

TEST_CASE("a stop request ends the run and says so") {
  const std::size_t rows = 4, vocab = 64;
  const Pair pair = make_pair(Shape::far, rows, vocab, 6);
  const Logits teacher(pair.teacher, rows, vocab, DType::float32, 0),
      student(pair.student, rows, vocab, DType::float32, 0);
  std::stop_source source;
  source.request_stop();
  std::vector<RowStatistics> out(rows);
  const KernelReport report = tested_fast_variant()->statistics({teacher.view(), student.view(), {}},
                                                                one_pass({1}), out, {2, source.get_token()});
  CHECK(report.stopped);
  CHECK(std::isnan(out[0].fkl));
}

TEST_CASE("temperatures form ladders of squares") {
  const auto rungs = fast::plan_rungs(std::vector<double>{1, 4, 3, 2, 4, 0.25, 6});
  std::vector<double> taus;
  for (const fast::Rung& rung : rungs)
    taus.push_back(rung.tau);
  CHECK(taus == std::vector<double>{6, 3, 4, 2, 1, 0.25});
  CHECK(rungs[0].squarings == 0);
  CHECK(rungs[1].squarings == 1);
  CHECK(rungs[2].squarings == 0);
  CHECK(rungs[5].squarings == 2);
  CHECK(rungs[5].depth == 4);
  CHECK_FALSE(rungs[0].own_squares);  // pp(6) = Zp(3)
  CHECK(rungs[1].own_squares);
  CHECK(rungs[4].own_squares);  // the next rung is two squarings away
  CHECK(rungs[2].index == 1);   // the first of the two fours
}

}  // namespace tauscope::test
