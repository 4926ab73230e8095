// Tensors that lie in their storage in another order than row by row: slices, transposes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tauscope {

/// Where the elements of a tensor lie, counted in elements of its storage. As many strides as sizes.
struct StridedLayout {
  std::vector<std::int64_t> shape, strides;
  std::int64_t offset = 0;

  bool is_empty() const;  ///< some extent is 0
  /// Row-major, without holes. Strides of extents 1 do not matter.
  bool is_contiguous() const;
  /// All elements lie in a storage of `elements`; sizes, strides and offset are not negative.
  bool fits(std::uint64_t elements) const;
  /// No two indices share an element, as far as nested strides tell: each stride is beyond what the smaller
  /// ones span. `fits` must hold.
  bool is_injective() const;
};

/// The elements, of `width` bytes each, row by row. `fits` must hold; `out` has room for them all.
void copy_row_major(const StridedLayout& layout, std::size_t width, std::span<const std::byte> storage,
                    std::span<std::byte> out);

}  // namespace tauscope
