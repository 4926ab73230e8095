// Rows of any size with students at any distance from their teachers: where float lanes have to know what
// they can vouch for.
#pragma once

#include <cmath>
#include <random>
#include <sstream>
#include <string>

#include "tests/kernels/pairs.h"

namespace tauscope::test {

/// V from 2 to 3,000, tau from 0.13 to 7.4, an offset between the sides, and up to four peaks on one side or
/// on both, every seventh row's up to 70 nats high.
struct RandomRow {
  std::size_t vocab;
  double tau;
  float noise, offset;
  Pair pair;

  RandomRow(std::mt19937& random, int turn) {
    const auto uniform = [&](double low, double high) {
      return std::uniform_real_distribution<double>(low, high)(random);
    };
    std::normal_distribution<float> normal;
    vocab = 2 + std::size_t(std::exp(uniform(0, 8)));
    noise = float(std::exp(uniform(-5, 1.5)));
    offset = float(uniform(-60, 60));
    tau = std::exp(uniform(-2, 2));
    for (std::size_t j = 0; j < vocab; ++j) {
      pair.teacher.push_back(2 * normal(random));
      pair.student.push_back(pair.teacher.back() + noise * normal(random) + offset);
    }
    // Peaks, also far beyond the tokens that exponentials are relative to.
    for (int peaks = int(uniform(0, 5)); peaks > 0; --peaks) {
      const std::size_t at = random() % vocab;
      const float height = float(uniform(0, turn % 7 == 0 ? 70 * tau : 12));
      if (peaks % 3 != 1) pair.teacher[at] += height;
      if (peaks % 3 != 2) pair.student[at] += height;
    }
    pair.targets = {static_cast<std::int64_t>(random() % vocab)};
  }

  std::string text() const {
    std::ostringstream text;
    text << "V " << vocab << ", tau " << tau << ", noise " << noise;
    return text.str();
  }
};

}  // namespace tauscope::test
