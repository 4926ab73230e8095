// The CUDA gradient kernels against the oracle: the kernels' own sources over the stand-in for CUDA.
#include <algorithm>
#include <array>

#include "kernels/cuda/tauscope_cuda.h"
#include "kernels/gradient_rows.h"
#include "tests/kernels/cuda_shim/tauscope_cuda_shim.h"
#include "tests/kernels/gradient_results.h"
#include "tests/support/catch.h"

namespace tauscope::test {
namespace {

tauscope_cuda_logits plain(const LogitsView& view) {
  return {view.data, static_cast<std::int64_t>(view.rows), static_cast<std::int64_t>(view.vocab),
          static_cast<std::int64_t>(view.row_stride), static_cast<std::int32_t>(view.dtype)};
}

GradientResult on_shim(const LogitsView& teacher, const LogitsView& student, const GradientSpec& spec,
                       bool with_loss = true) {
  GradientResult result(teacher);
  const tauscope_cuda_logits t = plain(teacher), s = plain(student);
  const int error = tauscope_cuda_kl_gradient(&t, &s, static_cast<int>(spec.direction), spec.tau,
                                              static_cast<int>(spec.tau_scaling), result.rows_begin().data(),
                                              static_cast<std::int64_t>(result.stride),
                                              with_loss ? result.loss.data() : nullptr, nullptr);
  INFO(tauscope_cuda_message());
  REQUIRE(error == TAUSCOPE_CUDA_OK);
  return result;
}

void compare(const LogitsView& teacher, const LogitsView& student, const GradientSpec& spec) {
  check_against_oracle(on_shim(teacher, student, spec), teacher, student, spec);
}

constexpr KlDirection both[] = {KlDirection::forward, KlDirection::reverse};

/// Puts the shim's settings back.
struct Restore {
  cuda_shim::Settings saved = cuda_shim::settings();
  ~Restore() { cuda_shim::settings() = saved; }
};

}  // namespace

TEST_CASE("the CUDA gradient agrees with the oracle for every shape of row, size and temperature") {
  for (const Shape shape : all_shapes()) {
    for (const std::size_t vocab : {2, 3, 63, 64, 65, 513, 2500}) {
      const Pair pair = make_pair(shape, 2, vocab, static_cast<unsigned>(vocab) + 1);
      const Logits teacher(pair.teacher, 2, vocab, DType::float32, 1),
          student(pair.student, 2, vocab, DType::float32, 0);
      for (const double tau : {0.05, 0.25, 1.0, 3.0, 100.0}) {
        for (const KlDirection direction : both) {
          INFO(shape_name(shape) << ", vocabulary " << vocab
                                 << (direction == KlDirection::forward ? ", FKL" : ", RKL"));
          compare(teacher.view(), student.view(), {direction, tau, TauScaling::squared});
        }
      }
    }
  }
}

TEST_CASE("the CUDA gradient of large vocabularies, with rows that do and do not fit in shared memory") {
  const Restore restore;
  cuda_shim::settings().threads = 256;
  for (const std::size_t vocab : {50257, 128256}) {
    const Pair pair = make_pair(vocab < 100000 ? Shape::close : Shape::peaked_close, 1, vocab, 77);
    const Logits teacher(pair.teacher, 1, vocab, DType::bfloat16, 0),
        student(pair.student, 1, vocab, DType::bfloat16, 0);
    for (const KlDirection direction : both)
      compare(teacher.view(), student.view(), {direction, 1, TauScaling::squared});
  }
}

TEST_CASE("the CUDA gradient does not depend on how much of a row is in shared memory, but for rounding") {
  const Restore restore;
  const std::size_t vocab = 3001;
  const Pair pair = make_pair(Shape::close, 2, vocab, 6);
  const Logits teacher(pair.teacher, 2, vocab, DType::float16, 0),
      student(pair.student, 2, vocab, DType::float32, 3);
  for (const std::size_t limit : {2500, 8000, 12345, 30000}) {
    cuda_shim::settings().shared_limit = limit + 8192;
    INFO("shared memory " << limit);
    for (const KlDirection direction : both)
      compare(teacher.view(), student.view(), {direction, 0.5, TauScaling::squared});
  }
}

TEST_CASE("the CUDA gradient repeats bit for bit, in whatever order the threads run") {
  const Restore restore;
  const std::size_t vocab = 997, rows = 3;
  const Pair pair = make_pair(Shape::close, rows, vocab, 6);
  const Logits teacher(pair.teacher, rows, vocab, DType::float16, 0),
      student(pair.student, rows, vocab, DType::float32, 0);
  for (const KlDirection direction : both) {
    const GradientSpec spec{direction, 1.5, TauScaling::squared};
    cuda_shim::settings().order = cuda_shim::Order::ascending;
    const GradientResult first = on_shim(teacher.view(), student.view(), spec);
    for (const cuda_shim::Order order :
         {cuda_shim::Order::ascending, cuda_shim::Order::descending, cuda_shim::Order::shuffled}) {
      cuda_shim::settings().order = order;
      const GradientResult again = on_shim(teacher.view(), student.view(), spec);
      CHECK(again.gradient == first.gradient);
      CHECK(again.loss == first.loss);
    }
    CHECK(on_shim(teacher.view().slice(1, 1), student.view().slice(1, 1), spec).loss[0] == first.loss[1]);
    const GradientResult no_loss = on_shim(teacher.view(), student.view(), spec, false);
    CHECK(no_loss.gradient == first.gradient);
    CHECK(no_loss.loss[0] == GradientResult::guard);
  }
}

TEST_CASE("a student equal to its teacher, but for an offset, gets a CUDA gradient of nothing but zeros") {
  const std::size_t vocab = 1000;
  Pair pair = make_pair(Shape::equal, 1, vocab, 12);
  for (const float offset : {0.0F, 64.0F}) {
    for (std::size_t j = 0; j < vocab; ++j) {
      pair.teacher[j] = std::nearbyint(pair.teacher[j] * 256) / 256;
      pair.student[j] = pair.teacher[j] + offset;
    }
    const Logits teacher(pair.teacher, 1, vocab, DType::float32, 0),
        student(pair.student, 1, vocab, DType::float32, 0);
    for (const KlDirection direction : both) {
      const GradientResult result =
          on_shim(teacher.view(), student.view(), {direction, 1, TauScaling::squared});
      const auto row = result.row(0);
      CHECK(std::all_of(row.begin(), row.end(), [](float g) { return g == 0; }));
      CHECK(result.loss[0] == 0);
    }
  }
}

TEST_CASE("masked tokens and broken rows in the CUDA gradient") {
  const std::size_t vocab = 300;
  const float minus = -std::numeric_limits<float>::infinity(), lowest = std::numeric_limits<float>::lowest();
  const auto check = [&](auto&& change) {
    Pair pair = make_pair(Shape::far, 1, vocab, 8);
    change(pair.teacher, pair.student);
    const Logits teacher(pair.teacher, 1, vocab, DType::float32, 0),
        student(pair.student, 1, vocab, DType::float32, 0);
    for (const KlDirection direction : both) {
      for (const double tau : {0.05, 2.0})
        compare(teacher.view(), student.view(), {direction, tau, TauScaling::squared});
    }
  };
  SECTION("both sides") {
    check([&](auto& t, auto& s) {
      for (const std::size_t j : {0, 17, 299})
        t[j] = s[j] = minus;
    });
  }
  SECTION("all but one on both sides") {
    check([&](auto& t, auto& s) {
      for (std::size_t j = 0; j < vocab; ++j)
        if (j != 123) t[j] = s[j] = minus;
    });
  }
  SECTION("the student only") {
    check([&](auto&, auto& s) { s[40] = minus; });
  }
  SECTION("the teacher only") {
    check([&](auto& t, auto&) { t[40] = minus; });
  }
  SECTION("the teacher only, at the student's largest token") {
    check([&](auto& t, auto& s) { s[40] = 30, t[40] = minus; });
  }
  SECTION("the lowest float for a mask, on one side or both") {
    check([&](auto& t, auto&) { t[40] = lowest; });
    check([&](auto&, auto& s) { s[40] = lowest; });
    check([&](auto& t, auto& s) { t[40] = s[40] = lowest; });
  }
  SECTION("NaN and +inf") {
    check([&](auto& t, auto&) { t[40] = std::numeric_limits<float>::quiet_NaN(); });
    check([&](auto&, auto& s) { s[299] = -minus; });
  }
  SECTION("nothing left") {
    check([&](auto& t, auto&) { std::fill(t.begin(), t.end(), minus); });
  }
}

TEST_CASE("the CUDA gradient's entry point refuses what is out of range, and says why") {
  std::array<float, 8> logits{};
  const tauscope_cuda_logits good{logits.data(), 2, 4, 4, TAUSCOPE_CUDA_FLOAT32};
  const auto call = [&](tauscope_cuda_logits teacher, double tau, int direction, std::int64_t stride) {
    return tauscope_cuda_kl_gradient(&teacher, &good, direction, tau, TAUSCOPE_CUDA_NONE, logits.data(),
                                     stride, nullptr, nullptr);
  };
  const auto with = [&](auto member, auto value) {
    tauscope_cuda_logits changed = good;
    changed.*member = value;
    return changed;
  };
  using L = tauscope_cuda_logits;
  CHECK(call(with(&L::row_stride, 3), 1, 0, 4) == TAUSCOPE_CUDA_INVALID);
  CHECK(std::string(tauscope_cuda_message()).find("teacher logits: row stride 3") == 0);
  CHECK(call(with(&L::vocab, 3), 1, 0, 4) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(with(&L::vocab, 1), 1, 0, 4) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(with(&L::dtype, 3), 1, 0, 4) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(with(&L::data, nullptr), 1, 0, 4) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(with(&L::data, reinterpret_cast<const char*>(logits.data()) + 2), 1, 0, 4) ==
        TAUSCOPE_CUDA_INVALID);
  for (const double tau : {0.0, 0.009, 1001.0, std::numeric_limits<double>::quiet_NaN()})
    CHECK(call(good, tau, 0, 4) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(good, 1, 2, 4) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(good, 1, 0, 3) == TAUSCOPE_CUDA_INVALID);
  CHECK(call(with(&L::rows, 0), 1, 0, 4) == TAUSCOPE_CUDA_INVALID);  // the student has two
}

}  // namespace tauscope::test
