// The FKL and RKL gradients: the oracle against its own formula and finite differences, the vector loops
// against the oracle.
#include "kernels/gradient.h"

#include <algorithm>
#include <stdexcept>

#include "kernels/gradient_rows.h"
#include "tests/kernels/gradient_results.h"
#include "tests/kernels/tested.h"
#include "tests/support/catch.h"

namespace tauscope::test {
namespace {

GradientResult gradient(const LogitsView& teacher, const LogitsView& student, const GradientSpec& spec,
                        int threads = 1) {
  return run_gradient(*tested_fast_variant(), teacher, student, spec, threads);
}

void compare(const LogitsView& teacher, const LogitsView& student, const GradientSpec& spec) {
  check_against_oracle(gradient(teacher, student, spec), teacher, student, spec);
}

}  // namespace

TEST_CASE("the gradient's oracle is the derivative of its loss") {
  // In float32 logits a step of 2^-6 is exact; the error of a central difference is step^2 / 6 times the
  // third derivative.
  const std::size_t vocab = 7;
  const float step = 0x1p-6f;
  for (const KlDirection direction : {KlDirection::forward, KlDirection::reverse}) {
    for (const double tau : {0.5, 1.0, 4.0}) {
      for (const TauScaling scaling : {TauScaling::squared, TauScaling::none}) {
        const Pair pair = make_pair(Shape::far, 1, vocab, 3);
        const GradientSpec spec{direction, tau, scaling};
        std::vector<double> g(vocab), ignored(vocab);
        gradient::reference_row_gradient(pair.teacher, pair.student, spec, g);
        const double scale = scaling == TauScaling::squared ? tau * tau : 1;
        for (std::size_t j = 0; j < vocab; ++j) {
          std::vector<float> up = pair.student, down = pair.student;
          up[j] = std::round(up[j] * 64) / 64 + step, down[j] = std::round(down[j] * 64) / 64 - step;
          std::vector<float> middle = pair.student;
          middle[j] = (up[j] + down[j]) / 2;
          gradient::reference_row_gradient(pair.teacher, middle, spec, g);
          const double slope = (gradient::reference_row_gradient(pair.teacher, up, spec, ignored) -
                                gradient::reference_row_gradient(pair.teacher, down, spec, ignored)) /
                               (2 * double(step));
          const double bound = scale * double(step) * double(step) / (tau * tau * tau);
          INFO("token " << j << ", tau " << tau);
          CHECK(std::abs(scale * slope - g[j]) <= bound * 2);
        }
      }
    }
  }
}

TEST_CASE("the reference gradient's norms are those of the statistics") {
  const std::size_t rows = 4, vocab = 90;
  const Pair pair = make_pair(Shape::far, rows, vocab, 30);
  const Logits teacher(pair.teacher, rows, vocab, DType::float32, 0),
      student(pair.student, rows, vocab, DType::float32, 0);
  StatisticsSpec spec;
  spec.taus = {2};
  std::vector<RowStatistics> cells(rows);
  reference_variant()->statistics({teacher.view(), student.view(), {}}, spec, cells, {1, {}});
  for (const KlDirection direction : {KlDirection::forward, KlDirection::reverse}) {
    const bool forward = direction == KlDirection::forward;
    const GradientResult result = run_gradient(*reference_variant(), teacher.view(), student.view(),
                                               {direction, 2, TauScaling::squared});
    for (std::size_t r = 0; r < rows; ++r) {
      double l1 = 0, l2 = 0, sum = 0;
      for (std::size_t j = 0; j < vocab; ++j) {
        const double g = result.row(r)[j];
        l1 += std::abs(g), l2 += g * g, sum += g;
      }
      CHECK(l1 == Approx(forward ? cells[r].fkl_grad_l1 : cells[r].rkl_grad_l1).epsilon(1e-6));
      CHECK(std::sqrt(l2) == Approx(forward ? cells[r].fkl_grad_l2 : cells[r].rkl_grad_l2).epsilon(1e-6));
      CHECK(std::abs(sum) <= 1e-6 * l1);
      CHECK(result.loss[r] == Approx(4 * (forward ? cells[r].fkl : cells[r].rkl)).epsilon(1e-12));
    }
  }
}

TEST_CASE("the gradient agrees with the oracle for every shape of row, size and temperature") {
  for (const Shape shape : all_shapes()) {
    for (const std::size_t vocab : {2, 3, 16, 17, 511, 513, 1200}) {
      const Pair pair = make_pair(shape, 2, vocab, static_cast<unsigned>(vocab) + 1);
      const Logits teacher(pair.teacher, 2, vocab, DType::float32, 1),
          student(pair.student, 2, vocab, DType::float32, 0);
      for (const double tau : {0.05, 0.25, 1.0, 3.0, 100.0}) {
        for (const KlDirection direction : {KlDirection::forward, KlDirection::reverse}) {
          INFO(shape_name(shape) << ", vocabulary " << vocab
                                 << (direction == KlDirection::forward ? ", FKL" : ", RKL"));
          compare(teacher.view(), student.view(), {direction, tau, TauScaling::squared});
        }
      }
    }
  }
}

TEST_CASE("the gradient reads every pair of types, from rows of any alignment") {
  for (const DType t : {DType::float32, DType::float16, DType::bfloat16}) {
    for (const DType s : {DType::float32, DType::float16, DType::bfloat16}) {
      for (const std::size_t vocab : {7, 777}) {
        const Pair pair = make_pair(Shape::close, 3, vocab, 5);
        const Logits teacher(pair.teacher, 3, vocab, t, 1), student(pair.student, 3, vocab, s, 2);
        INFO(dtype_name(t) << " and " << dtype_name(s) << ", vocabulary " << vocab);
        for (const KlDirection direction : {KlDirection::forward, KlDirection::reverse})
          compare(teacher.view(), student.view(), {direction, 2, TauScaling::none});
      }
    }
  }
}

TEST_CASE("the gradient of a large vocabulary, in half precision, past the cache") {
  for (const Shape shape : {Shape::close, Shape::peaked}) {
    const std::size_t rows = 44, vocab = 50257;  // above the size from which results are streamed
    const Pair pair = make_pair(shape, 1, vocab, 77);
    std::vector<float> teacher_rows, student_rows;
    for (std::size_t r = 0; r < rows; ++r) {
      teacher_rows.insert(teacher_rows.end(), pair.teacher.begin(), pair.teacher.end());
      student_rows.insert(student_rows.end(), pair.student.begin(), pair.student.end());
    }
    const Logits teacher(teacher_rows, rows, vocab, DType::bfloat16, 0),
        student(student_rows, rows, vocab, DType::float16, 0);
    for (const KlDirection direction : {KlDirection::forward, KlDirection::reverse}) {
      const GradientSpec spec{direction, 2, TauScaling::none};
      const GradientResult all = gradient(teacher.view(), student.view(), spec, 2);
      all.check_guards();
      compare(teacher.view().slice(0, 1), student.view().slice(0, 1), spec);
      const GradientResult one = gradient(teacher.view().slice(0, 1), student.view().slice(0, 1), spec);
      for (const std::size_t r : {std::size_t{0}, std::size_t{1}, rows - 1}) {
        const auto row = all.row(r), alone = one.row(0);
        double difference = 0;
        for (std::size_t j = 0; j < vocab; ++j)
          difference = std::max(difference, double(std::abs(row[j] - alone[j])));
        CHECK(difference == 0);
      }
    }
  }
}

TEST_CASE("a student equal to its teacher gets a gradient of nothing but zeros") {
  const std::size_t vocab = 1000;
  const Pair pair = make_pair(Shape::equal, 1, vocab, 12);
  const Logits teacher(pair.teacher, 1, vocab, DType::float32, 0),
      student(pair.student, 1, vocab, DType::float32, 0);
  for (const KlDirection direction : {KlDirection::forward, KlDirection::reverse}) {
    const GradientResult result =
        gradient(teacher.view(), student.view(), {direction, 1, TauScaling::squared});
    const auto row = result.row(0);
    CHECK(std::all_of(row.begin(), row.end(), [](float g) { return g == 0; }));
    CHECK(result.loss[0] == 0);
  }
}

TEST_CASE("masked tokens and broken rows in the gradient") {
  const std::size_t vocab = 300;
  const float minus = -std::numeric_limits<float>::infinity();
  const auto check = [&](auto&& change) {
    Pair pair = make_pair(Shape::far, 1, vocab, 8);
    change(pair.teacher, pair.student);
    const Logits teacher(pair.teacher, 1, vocab, DType::float32, 0),
        student(pair.student, 1, vocab, DType::float32, 0);
    for (const KlDirection direction : {KlDirection::forward, KlDirection::reverse}) {
      const GradientSpec spec{direction, 2, TauScaling::squared};
      compare(teacher.view(), student.view(), spec);
      const GradientResult result = gradient(teacher.view(), student.view(), spec);
      for (std::size_t j = 0; j < vocab; ++j) {
        const float g = result.row(0)[j];
        if (pair.teacher[j] == minus && pair.student[j] == minus && !std::isnan(result.row(0)[1]))
          CHECK(g == 0);
      }
    }
  };
  SECTION("both sides") {
    check([&](auto& t, auto& s) {
      for (const std::size_t j : {0, 17, 299})
        t[j] = s[j] = minus;
    });
  }
  SECTION("the student only") {
    check([&](auto&, auto& s) { s[40] = minus; });
  }
  SECTION("the teacher only") {
    check([&](auto& t, auto&) { t[40] = minus; });
  }
  SECTION("NaN") {
    check([&](auto& t, auto&) { t[40] = std::numeric_limits<float>::quiet_NaN(); });
  }
  SECTION("nothing left") {
    check([&](auto& t, auto&) { std::fill(t.begin(), t.end(), minus); });
  }
}

TEST_CASE("gradients repeat bit for bit, whatever the number of threads") {
  const std::size_t rows = 7, vocab = 997;
  const Pair pair = make_pair(Shape::close, rows, vocab, 6);
  const Logits teacher(pair.teacher, rows, vocab, DType::float16, 0),
      student(pair.student, rows, vocab, DType::float32, 0);
  for (const KlDirection direction : {KlDirection::forward, KlDirection::reverse}) {
    const GradientSpec spec{direction, 1.5, TauScaling::squared};
    const std::size_t stride = vocab + 3;
    std::vector<float> first(rows * stride), again(rows * stride);
    std::vector<double> loss(rows), other(rows);
    kl_gradient(*tested_fast_variant(), teacher.view(), student.view(), spec, first, stride, loss, {1, {}});
    for (const int threads : {1, 2, 5}) {
      std::fill(again.begin(), again.end(), 0.0f);
      kl_gradient(*tested_fast_variant(), teacher.view(), student.view(), spec, again, stride, other,
                  {threads, {}});
      CHECK(again == first);
      CHECK(other == loss);
    }
  }
}

TEST_CASE("the gradient refuses shapes and temperatures out of range") {
  const std::size_t vocab = 8;
  const Pair pair = make_pair(Shape::far, 2, vocab, 1);
  const Logits teacher(pair.teacher, 2, vocab, DType::float32, 0),
      student(pair.student, 2, vocab, DType::float32, 0);
  std::vector<float> out(2 * vocab);
  std::vector<double> loss(2);
  const auto call = [&](double tau, std::span<float> gradient, std::size_t stride, std::span<double> losses) {
    kl_gradient(*tested_fast_variant(), teacher.view(), student.view(),
                {KlDirection::forward, tau, TauScaling::squared}, gradient, stride, losses);
  };
  CHECK_NOTHROW(call(1, out, vocab, {}));
  CHECK_THROWS_AS(call(0, out, vocab, loss), std::invalid_argument);
  CHECK_THROWS_AS(call(1, out, vocab - 1, loss), std::invalid_argument);
  CHECK_THROWS_AS(call(1, std::span(out).first(2 * vocab - 1), vocab, loss), std::invalid_argument);
  CHECK_THROWS_AS(call(1, out, vocab, std::span(loss).first(1)), std::invalid_argument);
}

}  // namespace tauscope::test
