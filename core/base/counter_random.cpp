#include "core/base/counter_random.h"

namespace tauscope {
namespace {

constexpr std::uint64_t multiplier_0 = 0xD2511F53, multiplier_1 = 0xCD9E8D57;
constexpr std::uint32_t weyl_0 = 0x9E3779B9, weyl_1 = 0xBB67AE85;
constexpr int rounds = 10;

std::uint32_t low(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}

std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

}  // namespace

std::array<std::uint32_t, 4> philox(const std::array<std::uint32_t, 4>& counter,
                                    const std::array<std::uint32_t, 2>& key) {
  std::array<std::uint32_t, 4> x = counter;
  std::uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t a = multiplier_0 * x[0], b = multiplier_1 * x[2];
    x = {high(b) ^ x[1] ^ k0, low(b), high(a) ^ x[3] ^ k1, low(a)};
    k0 += weyl_0;
    k1 += weyl_1;
  }
  return x;
}

CounterRandom::CounterRandom(std::uint64_t seed, std::uint64_t stream)
    : key_{low(seed), high(seed)}, stream_{low(stream), high(stream)} {}

std::array<std::uint32_t, 4> CounterRandom::block(std::uint64_t block) const {
  return philox({low(block), high(block), stream_[0], stream_[1]}, key_);
}

double CounterRandom::uniform(std::uint64_t at) const {
  const auto four = block(at / 2);
  const std::size_t half = 2 * (at % 2);
  const std::uint64_t both = std::uint64_t{four[half]} << 32 | four[half + 1];
  return static_cast<double>(both >> 11) * 0x1.0p-53;
}

}  // namespace tauscope
