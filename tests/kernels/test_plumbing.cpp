// Threads and the conversion of rows.
#include <atomic>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "kernels/load_row.h"
#include "kernels/threads.h"
#include "tests/kernels/rows.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::test;

TEST_CASE("every item is done once, whatever the number of threads") {
  for (const int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> seen(97);
    CHECK(parallel_for(97, threads, {}, [&](std::size_t item, int thread) {
      CHECK(thread < threads);
      ++seen[item];
    }));
    for (const auto& count : seen)
      CHECK(count == 1);
  }
  CHECK(parallel_for(0, 3, {}, [](std::size_t, int) { FAIL("nothing to do"); }));
  CHECK(resolve_threads(0, 100) >= 1);
  CHECK(resolve_threads(8, 3) == 3);
  CHECK(resolve_threads(8, 0) == 1);
}

TEST_CASE("an exception of one item reaches the caller; a stop is told") {
  for (const int threads : {1, 4}) {
    CHECK_THROWS_AS(parallel_for(50, threads, {},
                                 [](std::size_t item, int) {
                                   if (item == 20) throw std::runtime_error("item 20");
                                 }),
                    std::runtime_error);
    std::stop_source source;
    std::atomic<int> done{0};
    CHECK_FALSE(parallel_for(1000, threads, source.get_token(), [&](std::size_t item, int) {
      if (item == 3) source.request_stop();
      ++done;
    }));
    CHECK(done < 1000);
  }
}

TEST_CASE("every float16 and bfloat16 converts to the float it means") {
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t i = 0; i < halves.size(); ++i)
    halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> out(65536);
  load_row({halves.data(), 1, 65536, 65536, DType::float16}, 0, out);
  for (std::size_t i = 0; i < 65536; ++i) {
    const int exponent = static_cast<int>(i >> 10) & 31, fraction = static_cast<int>(i) & 1023;
    const double sign = i & 0x8000 ? -1 : 1;
    const double expected = exponent == 31  ? (fraction ? std::nan("") : INFINITY)
                            : exponent == 0 ? std::ldexp(fraction, -24)
                                            : std::ldexp(1024 + fraction, exponent - 25);
    if (std::isnan(expected)) {
      REQUIRE(std::isnan(out[i]));
    } else {
      REQUIRE(static_cast<double>(out[i]) == sign * expected);
      REQUIRE(std::signbit(out[i]) == (sign < 0));
    }
  }
  load_row({halves.data(), 1, 65536, 65536, DType::bfloat16}, 0, out);
  for (std::size_t i = 0; i < 65536; ++i) {
    const std::uint32_t bits = static_cast<std::uint32_t>(i) << 16;
    REQUIRE(std::memcmp(&out[i], &bits, 4) == 0);
  }
}

TEST_CASE("a row is found behind the stride, at any address") {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  for (const DType dtype : {DType::float32, DType::float16, DType::bfloat16}) {
    const StoredLogits stored(values, 2, 3, dtype, 5);
    std::vector<float> out(3);
    load_row(stored.view(), 1, out);
    CHECK(out == std::vector<float>{4, 5, 6});
  }
}
