// Inside of kl_gradient: one row in vectors, and one row in long double.
#pragma once

#include <span>

#include "kernels/cpu_fast.h"
#include "kernels/gradient.h"

namespace tauscope::gradient {

/// A valid row, ready for the vector loops.
struct Job {
  fast::Row row;
  /// The token that log-ratios are taken relative to, finite on both sides: the student's largest where
  /// possible, so that nothing cancels as its probability tends to 1.
  double base_teacher = 0, base_student = 0;
  KlDirection direction = KlDirection::forward;
  double tau = 1, factor = 1;
  bool wants_loss = false;
  bool streaming = false;  ///< write past the cache
  float* kept =
      nullptr;  ///< (2, blocks * block_size), aligned: what the plain sums leave for the writing, or null
};

/// Scratch of one thread.
struct alignas(64) Block {
  float teacher[fast::block_size], student[fast::block_size];
};

/// Writes the gradient (vocab) to `out`, precise for any pair. Returns the divergence if it is wanted.
double row_gradient(const Job& job, Block& block, float* out);

/// The same in half the time for a student that is not close to its teacher, from plain float sums. False
/// where it cannot vouch for the accuracy; `out` is then untouched.
bool plain_row_gradient(const Job& job, Block& block, float* out, double& divergence);

/// Makes the writes of row_gradient visible to other threads.
void finish_stores();

/// The same for any row without NaN or +inf and with a finite logit on each side, in long double. Where RKL
/// is infinite its gradient is NaN.
double reference_row_gradient(std::span<const float> teacher, std::span<const float> student,
                              const GradientSpec& spec, std::span<double> out);

}  // namespace tauscope::gradient
