// Column store, temporary file, 16-bit floats, the two thread helpers.
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/diagnostics/column_store.h"
#include "core/diagnostics/half.h"
#include "core/diagnostics/parallel.h"
#include "core/diagnostics/serial_worker.h"
#include "kernels/load_row.h"
#include "tests/core/base/error_of.h"
#include "tests/support/catch.h"

using namespace tauscope;
using tauscope::test::error_of;
using tauscope::test::TemporaryFolder;

namespace {

double cell(std::size_t column, std::size_t row) {
  return static_cast<double>(column) * 1e6 + static_cast<double>(row);
}

void append_rows(ColumnStore& store, std::size_t columns, std::size_t first, std::size_t count) {
  std::vector<double> values(columns * count);
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 0; r < count; ++r)
      values[c * count + r] = cell(c, first + r);
  }
  store.append(values, count);
}

float widened(std::uint16_t bits, DType dtype) {
  float value = 0;
  load_row({&bits, 1, 1, 1, dtype}, 0, {&value, 1});
  return value;
}
float float_from_float16(std::uint16_t bits) {
  return widened(bits, DType::float16);
}
float float_from_bfloat16(std::uint16_t bits) {
  return widened(bits, DType::bfloat16);
}

}  // namespace

TEST_CASE("columns read back whatever the buffer holds") {
  const TemporaryFolder folder;
  const std::size_t columns = 3;
  const auto buffer_rows = GENERATE(as<std::uint64_t>{}, 0, 1, 4, 7, 1000);
  ColumnStore store(columns, folder.path(), buffer_rows * columns * sizeof(double));
  std::size_t rows = 0;
  for (const std::size_t count : {1, 5, 0, 12, 3, 40}) {
    append_rows(store, columns, rows, count);
    rows += count;
  }
  REQUIRE(store.rows() == static_cast<std::int64_t>(rows));
  CHECK((store.spilled_bytes() > 0) == (buffer_rows < 1000));
  for (std::size_t c = 0; c < columns; ++c) {
    for (const std::size_t first : {0, 3, 60}) {
      std::vector<double> got(rows - first);
      store.read(c, static_cast<std::int64_t>(first), got);
      for (std::size_t r = 0; r < got.size(); ++r)
        REQUIRE(got[r] == cell(c, first + r));
    }
  }
  CHECK(std::filesystem::is_empty(folder.path()));  // the file has no name
}

TEST_CASE("a spill that the disk does not take is an error of its own kind") {
  const TemporaryFolder folder;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const auto error = error_of([&] {
    ColumnStore store(4, folder.path(), 1024);
    append_rows(store, 4, 0, 10000);
  });
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, old_handler);
  CHECK(error.kind() == ErrorKind::exhausted);
  CHECK(error.file() == folder.path().string());
}

TEST_CASE("a temporary file maps what was appended, and starts again when cleared") {
  const TemporaryFolder folder;
  TemporaryFile file(folder.path());
  const auto bytes = [](const char* text) { return std::as_bytes(std::span(text, std::strlen(text))); };
  const auto content = [&] {
    const auto map = file.map();
    return std::string(reinterpret_cast<const char*>(map.data()), map.size());
  };
  file.append(bytes("abc"));
  CHECK(content() == "abc");
  file.append(bytes("defg"));
  CHECK(content() == "abcdefg");
  file.clear();
  CHECK(content().empty());
  file.append(bytes("xy"));
  CHECK(content() == "xy");
  CHECK(error_of([&] { TemporaryFile(folder / "absent"); }).kind() == ErrorKind::failed);
}

TEST_CASE("every float16 and bfloat16 survives the way through float") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float f16 = float_from_float16(half), b16 = float_from_bfloat16(half);
    if (!std::isnan(f16)) REQUIRE(float16_from_float(f16) == half);
    if (!std::isnan(b16)) REQUIRE(bfloat16_from_float(b16) == half);
    if (std::isnan(f16)) REQUIRE(std::isnan(float_from_float16(float16_from_float(f16))));
    if (std::isnan(b16)) REQUIRE(std::isnan(float_from_bfloat16(bfloat16_from_float(b16))));
  }
  CHECK(float16_from_float(std::ldexp(1.0f, -24)) == 0x0001);
  CHECK(float16_from_float(1.0f) == 0x3c00);
  CHECK(float16_from_float(65504.0f) == 0x7bff);
  CHECK(bfloat16_from_float(1.0f) == 0x3f80);
}

TEST_CASE("values between two 16-bit floats go to the nearest, ties to the even one") {
  const auto check = [](auto from, auto to, std::uint32_t last) {
    for (std::uint32_t bits = 0; bits < last; ++bits) {
      const auto low = static_cast<std::uint16_t>(bits), high = static_cast<std::uint16_t>(bits + 1);
      const double a = from(low), b = from(high);
      const auto middle = static_cast<float>((a + b) / 2);  // exact: one more bit than either
      REQUIRE(to(middle) == (bits % 2 == 0 ? low : high));
      REQUIRE(to(std::nextafter(middle, 0.0f)) == low);
      REQUIRE(to(std::nextafter(middle, INFINITY)) == high);
      REQUIRE(to(-middle) == ((bits % 2 == 0 ? low : high) | 0x8000));
    }
  };
  check(float_from_float16, float16_from_float, 0x7bff);
  check(float_from_bfloat16, bfloat16_from_float, 0x7f7f);
  CHECK(float16_from_float(65519.99f) == 0x7bff);
  CHECK(float16_from_float(65520.0f) == 0x7c00);
  CHECK(float16_from_float(-INFINITY) == 0xfc00);
  CHECK(float16_from_float(std::numeric_limits<float>::max()) == 0x7c00);
  CHECK(bfloat16_from_float(std::numeric_limits<float>::max()) == 0x7f80);
}

TEST_CASE("a parallel loop calls each index once and passes an exception on") {
  const int threads = GENERATE(0, 1, 2, 5);
  std::vector<std::atomic<int>> calls(1000);
  parallel_for(calls.size(), threads, [&](std::size_t i) { ++calls[i]; });
  for (const auto& count : calls)
    REQUIRE(count == 1);
  parallel_for(0, threads, [](std::size_t) { FAIL("nothing to do"); });
  CHECK_THROWS_AS(parallel_for(100, threads,
                               [](std::size_t i) {
                                 if (i == 50) throw std::out_of_range("50");
                               }),
                  std::out_of_range);
}

TEST_CASE("a serial worker keeps the order and tells what went wrong") {
  std::vector<int> done;
  {
    SerialWorker worker(2);
    for (int i = 0; i < 100; ++i)
      worker.submit([&done, i] { done.push_back(i); });
    worker.finish();
    REQUIRE(done.size() == 100);
    for (int i = 0; i < 100; ++i)
      REQUIRE(done[static_cast<std::size_t>(i)] == i);
    worker.submit([] { throw std::runtime_error("full"); });
    CHECK_THROWS_WITH(worker.finish(), "full");
    CHECK_THROWS_WITH(worker.submit([&] { done.push_back(-1); }), "full");
  }
  CHECK(done.size() == 100);
}
