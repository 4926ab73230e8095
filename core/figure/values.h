// Numbers that many copies of a figure share.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tauscope {

/// An immutable array of doubles; copies share the memory, so that a figure of 20 million points copies in no
/// time.
class Values {
 public:
  Values() = default;
  Values(std::vector<double> numbers)  // NOLINT: meant to convert
      : numbers_(std::make_shared<const std::vector<double>>(std::move(numbers))) {}
  Values(std::initializer_list<double> numbers) : Values(std::vector<double>(numbers)) {}

  std::span<const double> span() const {
    return numbers_ ? std::span<const double>(*numbers_) : std::span<const double>();
  }
  std::size_t size() const { return numbers_ ? numbers_->size() : 0; }
  bool empty() const { return size() == 0; }
  double operator[](std::size_t i) const { return (*numbers_)[i]; }

  /// Same numbers bit for bit (so a NaN equals itself).
  friend bool operator==(const Values& a, const Values& b) {
    if (a.numbers_ == b.numbers_) return true;
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (std::bit_cast<std::uint64_t>(a[i]) != std::bit_cast<std::uint64_t>(b[i])) return false;
    return true;
  }

 private:
  std::shared_ptr<const std::vector<double>> numbers_;
};

}  // namespace tauscope
