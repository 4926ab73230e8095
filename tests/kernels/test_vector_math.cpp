// The vector functions against long double, on every instruction set of this machine.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/kernels/test_vector_math.cpp"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include "kernels/vector_math-inl.h"

#ifndef TAUSCOPE_TEST_VECTOR_MATH_FUNCTION
#define TAUSCOPE_TEST_VECTOR_MATH_FUNCTION
namespace tauscope::test {
enum class Function { exp, expm1, log, log1p };
}
#endif

HWY_BEFORE_NAMESPACE();
namespace tauscope {
namespace HWY_NAMESPACE {

template <typename T>
void apply(test::Function function, const T* in, T* out, std::size_t count) {
  const hn::ScalableTag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < count; i += lanes) {
    const auto x = hn::LoadU(d, in + i);
    auto y = x;
    switch (function) {
      case test::Function::exp:
        y = Exp(d, x);
        break;
      case test::Function::expm1:
        y = Expm1(d, x);
        break;
      case test::Function::log:
        y = Log(d, x);
        break;
      case test::Function::log1p:
        y = Log1p(d, x);
        break;
    }
    hn::StoreU(y, d, out + i);
  }
}

void apply_float(test::Function f, const float* in, float* out, std::size_t count) {
  apply(f, in, out, count);
}
void apply_double(test::Function f, const double* in, double* out, std::size_t count) {
  apply(f, in, out, count);
}

}  // namespace HWY_NAMESPACE
}  // namespace tauscope
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "tests/support/catch.h"

namespace tauscope {
HWY_EXPORT(apply_float);
HWY_EXPORT(apply_double);

namespace test {
namespace {

template <typename T>
std::vector<T> run(Function function, std::vector<T> in) {
  const std::size_t count = in.size();
  in.resize((count + 63) / 64 * 64, T(1));
  std::vector<T> out(in.size());
  if constexpr (std::is_same_v<T, float>) {
    HWY_DYNAMIC_DISPATCH(apply_float)(function, in.data(), out.data(), in.size());
  } else {
    HWY_DYNAMIC_DISPATCH(apply_double)(function, in.data(), out.data(), in.size());
  }
  out.resize(count);
  return out;
}

long double truth(Function function, long double x) {
  switch (function) {
    case Function::exp:
      return std::exp(x);
    case Function::expm1:
      return std::expm1(x);
    case Function::log:
      return std::log(x);
    case Function::log1p:
      return std::log1p(x);
  }
  return 0;
}

/// |value - exact| in units of the last place of `exact` as a T (subnormals: the smallest unit there is).
template <typename T>
long double ulp_error(T value, long double exact) {
  const long double magnitude = std::max(std::fabs(exact), (long double)std::numeric_limits<T>::min());
  const long double unit = std::ldexp(1.0L, std::ilogb(magnitude) - (std::numeric_limits<T>::digits - 1));
  return std::fabs(value - exact) / unit;
}

template <typename T>
std::vector<T> uniform(T low, T high, std::size_t count) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<T> draw(low, high);
  std::vector<T> values(count);
  for (T& value : values)
    value = draw(random);
  return values;
}

/// Magnitudes spread evenly over powers of ten, with a sign.
template <typename T>
std::vector<T> logarithmic(double low, double high, T sign, std::size_t count) {
  std::vector<T> values = uniform<T>(T(low), T(high), count);
  for (T& value : values)
    value = T(sign * std::pow(10.0L, (long double)value));
  return values;
}

template <typename T>
void check_range(Function function, const std::vector<T>& in, double bound) {
  const std::vector<T> out = run(function, in);
  long double worst = 0;
  T where = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    long double error = ulp_error(out[i], truth(function, in[i]));
    if (std::isnan(error)) error = std::numeric_limits<long double>::infinity();
    if (error > worst) worst = error, where = in[i];
  }
  INFO("function " << int(function) << ", worst at " << where);
  CHECK(worst <= bound);
}

template <typename T>
void check_ranges() {
  const bool wide = std::is_same_v<T, double>;
  const T lowest = wide ? T(-708) : T(-87), highest = wide ? T(709) : T(88);
  const double tiny = wide ? -300 : -36, huge = wide ? 307 : 37;
  const std::size_t count = 20000;
  check_range<T>(Function::exp, uniform<T>(lowest, highest, count), 2);
  check_range<T>(Function::exp, uniform<T>(-1, 1, count), 2);
  check_range<T>(Function::exp, uniform<T>(wide ? T(-744) : T(-103), lowest, count), 2);  // subnormal results
  check_range<T>(Function::expm1, uniform<T>(-1, 1, count), 2);
  check_range<T>(Function::expm1, uniform<T>(-120, highest, count), 2);
  for (const T sign : {T(1), T(-1)}) {
    check_range<T>(Function::exp, logarithmic<T>(tiny, 0, sign, count), 2);
    check_range<T>(Function::expm1, logarithmic<T>(tiny, 0, sign, count), 2);
    check_range<T>(Function::log1p, logarithmic<T>(tiny, -0.01, sign, count), 2);
  }
  check_range<T>(Function::log, uniform<T>(T(0.5), 2, count), 2);
  check_range<T>(Function::log, logarithmic<T>(tiny, huge, 1, count), 2);
  check_range<T>(Function::log, logarithmic<T>(wide ? -320 : -44, wide ? -308 : -38, 1, count),
                 2);  // subnormal
  check_range<T>(Function::log1p, logarithmic<T>(-1, huge, 1, count), 2);
  check_range<T>(Function::log1p, uniform<T>(T(-0.999), 1, count), 2);
}

template <typename T>
void check_special_values() {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T largest = std::numeric_limits<T>::max();
  CHECK(run<T>(Function::exp, {-inf, inf, -largest, largest, T(0), T(-1e4), T(1e4)}) ==
        std::vector<T>{0, inf, 0, inf, 1, 0, inf});
  CHECK(run<T>(Function::expm1, {-inf, inf, -largest, largest, T(0), T(-1e4)}) ==
        std::vector<T>{-1, inf, -1, inf, 0, -1});
  CHECK(run<T>(Function::log, {T(0), T(1), inf}) == std::vector<T>{-inf, 0, inf});
  CHECK(run<T>(Function::log1p, {T(-1), T(0), inf}) == std::vector<T>{-inf, 0, inf});
  for (const Function function : {Function::exp, Function::expm1, Function::log, Function::log1p}) {
    CHECK(std::isnan(run<T>(function, {nan})[0]));
  }
  for (const T negative : {T(-2), -largest, -inf}) {
    CHECK(std::isnan(run<T>(Function::log, {negative})[0]));
    CHECK(std::isnan(run<T>(Function::log1p, {negative})[0]));
  }
}

/// Runs `body` once per instruction set that both this build and this machine have.
template <typename Body>
void for_each_target(Body body) {
  int count = 0;
  for (std::int64_t targets = hwy::SupportedTargets() & HWY_TARGETS; targets != 0; targets &= targets - 1) {
    const std::int64_t target = targets & -targets;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().DeInit();
    INFO("target " << hwy::TargetName(target));
    body();
    ++count;
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
  CHECK(count > 0);
}

}  // namespace

TEST_CASE("vector functions are within two units of the last place") {
  for_each_target([] {
    check_ranges<float>();
    check_ranges<double>();
  });
}

TEST_CASE("vector functions give the standard special values") {
  for_each_target([] {
    check_special_values<float>();
    check_special_values<double>();
  });
}

}  // namespace test
}  // namespace tauscope
#endif  // HWY_ONCE
