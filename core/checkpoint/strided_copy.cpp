#include "core/checkpoint/strided_copy.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace tauscope {
namespace {

/// Strided reads, sequential writes. `Width` is a constant so that each move is one instruction.
template <std::size_t Width>
void copy_line(const std::byte* from, std::ptrdiff_t stride, std::byte* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    std::memcpy(to + i * std::ptrdiff_t{Width}, from + i * stride, Width);
}

using CopyLine = void (*)(const std::byte*, std::ptrdiff_t, std::byte*, std::int64_t);

CopyLine copy_line_of(std::size_t width) {
  switch (width) {
    case 1:
      return copy_line<1>;
    case 2:
      return copy_line<2>;
    case 4:
      return copy_line<4>;
    case 8:
      return copy_line<8>;
    default:
      throw std::invalid_argument("elements have 1, 2, 4 or 8 bytes");
  }
}

}  // namespace

bool StridedLayout::is_empty() const {
  return std::find(shape.begin(), shape.end(), 0) != shape.end();
}

bool StridedLayout::is_contiguous() const {
  if (is_empty()) return true;
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

bool StridedLayout::fits(std::uint64_t elements) const {
  const auto negative = [](std::int64_t value) { return value < 0; };
  if (offset < 0 || std::any_of(shape.begin(), shape.end(), negative) ||
      std::any_of(strides.begin(), strides.end(), negative))
    return false;
  if (static_cast<std::uint64_t>(offset) > elements) return false;
  if (is_empty()) return true;
  std::uint64_t room = elements - static_cast<std::uint64_t>(offset);  // from the first element on
  if (room == 0) return false;
  --room;  // steps that may be taken from it
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto steps = static_cast<std::uint64_t>(shape[i] - 1),
               stride = static_cast<std::uint64_t>(strides[i]);
    if (steps == 0 || stride == 0) continue;
    if (steps > room / stride) return false;
    room -= steps * stride;
  }
  return true;
}

bool StridedLayout::is_injective() const {
  std::vector<std::pair<std::int64_t, std::int64_t>> by_stride;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] > 1) by_stride.emplace_back(strides[i], shape[i]);
  std::sort(by_stride.begin(), by_stride.end());
  std::int64_t spanned = 0;
  for (const auto& [stride, extent] : by_stride) {
    if (stride <= spanned) return false;
    spanned += (extent - 1) * stride;
  }
  return true;
}

void copy_row_major(const StridedLayout& layout, std::size_t width, std::span<const std::byte> storage,
                    std::span<std::byte> out) {
  if (layout.is_empty()) return;
  const CopyLine copy = copy_line_of(width);
  const std::size_t rank = layout.shape.size();
  const std::int64_t line = rank == 0 ? 1 : layout.shape[rank - 1];
  const auto bytes = [&](std::int64_t elements) {
    return static_cast<std::ptrdiff_t>(elements) * static_cast<std::ptrdiff_t>(width);
  };
  const std::ptrdiff_t step = rank == 0 ? 0 : bytes(layout.strides[rank - 1]);
  const std::byte* from = storage.data() + bytes(layout.offset);
  std::vector<std::int64_t> index(rank, 0);
  for (std::byte* to = out.data();;) {
    copy(from, step, to, line);
    to += bytes(line);
    // The next line: an odometer over the outer extents.
    std::size_t axis = rank < 2 ? 0 : rank - 1;
    for (; axis > 0; --axis) {
      const std::size_t outer = axis - 1;
      from += bytes(layout.strides[outer]);
      if (++index[outer] < layout.shape[outer]) break;
      from -= bytes(layout.strides[outer] * layout.shape[outer]);
      index[outer] = 0;
    }
    if (axis == 0) return;
  }
}

}  // namespace tauscope
