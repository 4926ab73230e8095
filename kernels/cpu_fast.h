// Inside of the `cpu-fast` variant: what its vector loops, its formulas and its driver hand to each other.
//
// One row of teacher and student logits is read once into running sums. The tokens that matter most on their
// own (both argmaxima and the target) are kept out of the sums and treated in double, so that nothing like 1
// - p cancels on peaked rows; the sums are taken over the rest, relative to the rest's own maxima, so that
// nothing underflows at small tau. All differences that can still cancel are tested (cpu_fast_finish.cpp).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "kernels/statistics.h"

namespace tauscope::fast {

inline constexpr std::size_t block_size =
    512;  ///< tokens of a block: its buffers stay in the first-level cache
inline constexpr std::size_t lane_slots = 64;  ///< room for the widest vectors there are

/// Running sums over the rest of a row; e_p = exp(x_t / tau), e_q = exp(x_s / tau), D = x_t - x_s.
enum Sum : std::size_t { Zp, Zq, pD, qD, pX, qX, pq, qqDD, pqD, pp, qq, qqD, sum_count };

/// The sums of one row at one tau, and the largest |D| of the row.
struct RestSums {
  std::array<double, sum_count> sum{};
  double largest_difference = 0;
};

/// log2(e) / tau as two floats.
struct SplitRate {
  float high = 0, low = 0;
};
inline SplitRate split_rate(double tau) {
  constexpr double log2_e = 1.44269504088896340736;
  const float high = static_cast<float>(log2_e / tau);
  return {high, static_cast<float>(log2_e / tau - high)};
}

/// One temperature of a plan. Exponentials come from log2(e)/tau times x, or by squaring those of the rung
/// before.
struct Rung {
  std::size_t index = 0;  ///< position in StatisticsSpec::taus
  double tau = 1;
  int squarings = 0;        ///< from the rung before; 0 = computed directly
  int depth = 0;            ///< squarings since the direct one: each doubles the relative error
  bool own_squares = true;  ///< false: pp, qq and qqD are the next rung's Zp, Zq and qD
  bool feeds_next = false;  ///< the next rung squares these exponentials
  SplitRate rate;
};

/// Orders `taus` into ladders tau, tau/2, tau/4, …; duplicates become one rung.
std::vector<Rung> plan_rungs(std::span<const double> taus);

/// A token outside the sums: its logits relative to the rest's maxima.
struct OutlierToken {
  std::size_t index = 0;
  double teacher = 0, student = 0;
};

/// One side of a row.
struct RowSide {
  const void* data = nullptr;
  DType dtype = DType::float32;
  double maximum = 0;       ///< of the row
  double rest_maximum = 0;  ///< without the outliers, or near that; = maximum where nothing is left
  std::size_t argmax = 0;
};

struct Row {
  RowSide teacher, student;
  std::size_t vocab = 0;
  std::int64_t target = -1;
  std::array<OutlierToken, 3> outliers{};
  std::size_t outlier_count = 0;
  bool rest_empty = false;
  bool finite = false;  ///< every logit: there is no mask
  double variety =
      1;  ///< neighbouring blocks of tokens that differ in their maxima: 1 where the row is flat or small
  double frame_offset = 0;  ///< how far rest_maximum of one side is from its maximum's beyond the other's
  std::span<const OutlierToken> outlier_span() const { return {outliers.data(), outlier_count}; }
};

/// Scratch of one thread: O(blocks + rungs), whatever the number of rows.
struct Workspace {
  explicit Workspace(std::size_t vocab, std::size_t rungs);
  struct alignas(64) Block {
    float teacher[block_size], student[block_size];  ///< logits less the rest's maxima
    float exp_teacher[block_size], exp_student[block_size];
  };
  std::vector<Block> block;                           ///< one; on the heap because of its alignment and size
  std::vector<float> teacher_maxima, student_maxima;  ///< per block
  std::vector<double> lanes;                          ///< (rungs, sum_count + 1, lane_slots)
  std::vector<RestSums> sums;                         ///< (rungs)
};

/// Finds maxima and outliers. False where the row holds anything that the fast pass leaves to `exact`: NaN,
/// +inf, a token masked (-inf) on one side only, no finite logit.
bool scan_row(Row& row, Workspace& workspace);

/// Fills workspace.sums.
void sum_rest(const Row& row, std::span<const Rung> rungs, Workspace& workspace);

/// scan_row and sum_rest of one temperature in one read of a row of float32. False where this way does not
/// lead to sums that are good enough; the row is then as before, but for what those two fill.
bool stream_row(Row& row, const Rung& rung, Workspace& workspace);

/// Relative errors of what the sums consist of, which the validity tests go by.
struct SumAccuracy {
  double addition = 5e-7;     ///< of adding the terms up
  double exponential = 1e-7;  ///< of one exponential, different from term to term
  double bias = 1e-9;         ///< and what all have in common
};

/// That of the vector loops here.
SumAccuracy cpu_accuracy();

/// Writes the one-pass columns of one row and tau. `rest` has all sums. False where a result that cancels
/// failed its validity test; `out` is then meaningless.
bool finish_row(const Row& row, const Rung& rung, const RestSums& rest, TauScaling scaling,
                RowStatistics& out, const SumAccuracy& accuracy = cpu_accuracy());

/// Name of the instruction set that runs ("AVX3"), and whether it multiplies and adds with one rounding.
const char* target_name();
bool target_is_fused();

/// While it lives, results below the smallest normal float are 0 on this thread: products of tiny
/// exponentials would otherwise cost hundreds of cycles each on some processors.
class FlushSubnormals {
 public:
  FlushSubnormals();
  ~FlushSubnormals();
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  unsigned saved_ = 0;
};

}  // namespace tauscope::fast
