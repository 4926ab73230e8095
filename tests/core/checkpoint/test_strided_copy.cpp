// Views of a storage against the plain definition: element (i, j, ...) lies at offset + i*s0 + j*s1 + ...
#include <algorithm>
#include <random>
#include <set>

#include "core/checkpoint/strided_copy.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

/// The places of all elements, row by row; wide enough that nothing overflows.
std::vector<std::int64_t> places(const StridedLayout& layout) {
  std::vector<std::int64_t> all{layout.offset};
  for (std::size_t axis = 0; axis < layout.shape.size(); ++axis) {
    std::vector<std::int64_t> next;
    for (const std::int64_t at : all)
      for (std::int64_t i = 0; i < layout.shape[axis]; ++i)
        next.push_back(at + i * layout.strides[axis]);
    all = std::move(next);
  }
  return all;
}

StridedLayout random_layout(std::mt19937& random) {
  const auto below = [&](unsigned bound) { return static_cast<std::int64_t>(random() % bound); };
  StridedLayout layout;
  layout.offset = below(4);
  for (std::int64_t rank = below(4); rank > 0; --rank) {
    layout.shape.push_back(below(9) == 0 ? 0 : 1 + below(4));
    layout.strides.push_back(below(3) == 0 ? below(3) : below(12));
  }
  return layout;
}

}  // namespace

TEST_CASE("what fits a storage and what overlaps is as the plain definition says") {
  std::mt19937 random(1);
  constexpr std::uint64_t elements = 24;
  int fitting = 0, injective = 0, contiguous = 0;
  for (int i = 0; i < 20000; ++i) {
    const StridedLayout layout = random_layout(random);
    const std::vector<std::int64_t> all = places(layout);
    const bool inside = std::all_of(all.begin(), all.end(),
                                    [](std::int64_t at) { return at < static_cast<std::int64_t>(elements); });
    REQUIRE(layout.is_empty() == all.empty());
    REQUIRE(layout.fits(elements) == (inside && layout.offset <= static_cast<std::int64_t>(elements)));
    if (all.empty() || !inside) continue;
    ++fitting;
    if (layout.is_contiguous()) {
      ++contiguous;
      for (std::size_t k = 0; k < all.size(); ++k)
        REQUIRE(all[k] == layout.offset + static_cast<std::int64_t>(k));
    }
    if (layout.is_injective()) {
      ++injective;
      REQUIRE(std::set<std::int64_t>(all.begin(), all.end()).size() == all.size());
    }
  }
  CHECK(fitting > 2000);
  CHECK(injective > 500);
  CHECK(contiguous > 200);
}

TEST_CASE("transposes, slices and rows are not called overlapping") {
  CHECK(StridedLayout{{3, 2}, {1, 3}, 0}.is_injective());
  CHECK(StridedLayout{{4, 2, 3}, {1, 12, 4}, 0}.is_injective());
  CHECK(StridedLayout{{3, 2}, {10, 2}, 1}.is_injective());
  CHECK(StridedLayout{{5, 1}, {1, 0}, 0}.is_injective());
  CHECK(StridedLayout{{}, {}, 7}.is_injective());
  CHECK_FALSE(StridedLayout{{2, 5}, {0, 1}, 0}.is_injective());
}

TEST_CASE("sizes and strides near the end of 64 bits do not fit anything") {
  constexpr std::int64_t huge = INT64_MAX;
  CHECK_FALSE(StridedLayout{{2}, {huge}, 0}.fits(1000));
  CHECK_FALSE(StridedLayout{{huge}, {1}, 0}.fits(1000));
  CHECK_FALSE(StridedLayout{{huge, huge}, {huge, huge}, huge}.fits(UINT64_MAX));
  CHECK_FALSE(StridedLayout{{2}, {1}, huge}.fits(1000));
  CHECK_FALSE(StridedLayout{{-1}, {1}, 0}.fits(1000));
  CHECK_FALSE(StridedLayout{{2}, {-1}, 1}.fits(1000));
  CHECK_FALSE(StridedLayout{{1}, {1}, -1}.fits(1000));
  CHECK(StridedLayout{{huge, 0}, {huge, huge}, 0}.fits(0));
}

TEST_CASE("copies are row by row, for every width") {
  std::mt19937 random(2);
  constexpr std::size_t elements = 40;
  int copied = 0;
  for (int i = 0; i < 4000; ++i) {
    const StridedLayout layout = random_layout(random);
    if (!layout.fits(elements)) continue;
    const std::vector<std::int64_t> all = places(layout);
    for (const std::size_t width : {1, 2, 4, 8}) {
      std::vector<std::byte> storage(elements * width);
      for (std::byte& byte : storage)
        byte = static_cast<std::byte>(random());
      std::vector<std::byte> out(all.size() * width), expected;
      for (const std::int64_t at : all)
        for (std::size_t k = 0; k < width; ++k)
          expected.push_back(storage[static_cast<std::size_t>(at) * width + k]);
      copy_row_major(layout, width, storage, out);
      REQUIRE(out == expected);
      ++copied;
    }
  }
  CHECK(copied > 1000);
}
