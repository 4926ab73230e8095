// Rows of logits for the kernels' tests, and the bound that holds for every scalar.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/statistics.h"

namespace tauscope::test {

/// Kinds of teacher/student pairs that break kernels in different ways.
enum class PairKind {
  equal,         ///< student == teacher
  near,          ///< noise 1e-3
  very_near,     ///< noise 1e-6
  moderate,      ///< noise 0.5 on peaked rows
  far,           ///< independent rows
  opposite,      ///< student = -teacher, steep
  flat,          ///< almost uniform
  constant,      ///< all logits equal on one side
  confident,     ///< one token 40 above the rest on both sides
  offset,        ///< near, with -50 on one side and +50 on the other
  large_offset,  ///< moderate, with 1e4 on the student
  quantised,     ///< many ties
  masked,        ///< -inf on both sides here and there
};
inline constexpr PairKind all_pair_kinds[] = {
    PairKind::equal,        PairKind::near,      PairKind::very_near, PairKind::moderate,  PairKind::far,
    PairKind::opposite,     PairKind::flat,      PairKind::constant,  PairKind::confident, PairKind::offset,
    PairKind::large_offset, PairKind::quantised, PairKind::masked,
};
const char* pair_kind_name(PairKind kind);

/// Logits with their storage: any dtype, any stride, padding filled with NaN, data off alignment by one
/// element.
class StoredLogits {
 public:
  StoredLogits(const std::vector<float>& values, std::size_t rows, std::size_t vocab,
               DType dtype = DType::float32, std::size_t padding = 0);
  const LogitsView& view() const { return view_; }

 private:
  std::vector<std::byte> bytes_;
  LogitsView view_;
};

struct PairRows {
  std::size_t rows = 0, vocab = 0;
  std::vector<float> teacher, student;  // (rows, vocab)
  std::vector<std::int64_t> targets;    // (rows): the teacher's top token, a random one, none, …

  StatisticsInput input() const;  ///< float32, dense, pointing into this
};
PairRows make_pairs(PairKind kind, std::size_t rows, std::size_t vocab, std::uint32_t seed);

/// Relative bound of a variant: 1e-5 (1e-4 for tau < 0.25 and for fast variants).
double relative_bound(const KernelVariant& variant, double tau);

/// Empty if `value` of column `name` is within the bound of `reference`, else what is wrong. Cosines and
/// shares are compared absolutely, the rest relatively with 1e-30 to spare; NaN and infinities must agree.
std::string difference(const char* name, double reference, double value, double bound);

/// The first column of two cells that differs, or empty.
std::string first_difference(const RowStatistics& reference, const RowStatistics& value, double bound);

/// Statistics of one variant, by value.
std::vector<RowStatistics> run(const KernelVariant& variant, const StatisticsInput& input,
                               const StatisticsSpec& spec, const KernelOptions& options = {1, {}});

/// Equal bits, so that NaN equals NaN.
bool same_bits(const std::vector<RowStatistics>& a, const std::vector<RowStatistics>& b);

}  // namespace tauscope::test
