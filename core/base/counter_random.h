// Random numbers without a state: each is a function of a key and a place, so that what is drawn for one item
// depends neither on the others nor on the order, the threads or the batch in which they are worked on.
#pragma once

#include <array>
#include <cstdint>

namespace tauscope {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").
std::array<std::uint32_t, 4> philox(const std::array<std::uint32_t, 4>& counter,
                                    const std::array<std::uint32_t, 2>& key);

/// The numbers of one purpose: `seed` is the user's, `stream` tells purposes and items apart.
class CounterRandom {
 public:
  CounterRandom(std::uint64_t seed, std::uint64_t stream);

  /// Four numbers that belong to `block`.
  std::array<std::uint32_t, 4> block(std::uint64_t block) const;
  std::uint32_t bits(std::uint64_t at) const { return block(at / 4)[at % 4]; }
  /// Evenly in [0, 1), with 53 bits.
  double uniform(std::uint64_t at) const;

 private:
  std::array<std::uint32_t, 2> key_, stream_;
};

/// Evenly in [0, n), but for a bias below n / 2^32; n >= 1.
inline std::uint32_t below(std::uint32_t bits, std::uint32_t n) {
  return static_cast<std::uint32_t>(std::uint64_t{bits} * n >> 32);
}

}  // namespace tauscope
