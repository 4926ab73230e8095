// The objectives as math.md writes them, without any care for rounding, in 113-bit numbers; their gradients
// by central finite differences of that. Shares no line with the kernels.
#pragma once

#include <string>
#include <vector>

namespace tauscope::test {

/// 113 bits of significand: what cancels in double has 18 digits to spare.
__extension__ typedef __float128 Quad;

struct OracleSpec {
  std::string objective;
  std::vector<double> parameters;  ///< in the registry's order
  double tau = 1;
  bool squared = true;
  int target = -1;
  double weight = 1, ce_weight = 0;
};

struct OracleResult {
  double loss = 0;
  std::vector<double> gradient;
};

/// One row of finite logits. Weights that are constants for the gradient are held at the row's own.
OracleResult oracle(const std::vector<float>& teacher, const std::vector<float>& student,
                    const OracleSpec& spec, bool with_gradient = true);

}  // namespace tauscope::test
