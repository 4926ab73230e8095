// What the driver hands to the code that computes one row, and what it gets back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <vector>

#include "kernels/logits_view.h"
#include "kernels/row_order.h"

namespace tauscope::objectives {

/// Stands for -inf in a loaded row: no inf - inf can arise from it.
inline constexpr float masked_logit = std::numeric_limits<float>::lowest();

/// Rows are padded to a multiple of this with tokens masked on both sides.
inline constexpr std::size_t row_padding = 16;

/// A row of logits as the caller has it.
struct RawRow {
  const void* data = nullptr;
  DType dtype = DType::float32;
};

struct RowTask {
  RawRow teacher, student;             ///< no teacher where the objective needs none
  int objective = 0;                   ///< place in AllObjectives
  const double* parameters = nullptr;  ///< one per parameter of the objective
  std::size_t vocab = 0;
  std::int64_t target = -1;
  double tau = 1;
  double factor = 1;                  ///< of the divergence's gradient: weight times tau or 1/tau
  double value_scale = 1;             ///< of its value: weight times tau^2 or 1
  double ce_weight = 0;               ///< of the label's cross entropy, added
  float* gradient = nullptr;          ///< (vocab), or null where only the value is wanted
  bool streaming = false;             ///< write it past the cache
  RawRow next_teacher, next_student;  ///< that this thread is likely to load next
};

struct RowOutcome {
  double loss = 0;
  bool invalid = false;    ///< NaN, +inf or nothing but -inf in the logits, or a value that does not exist
  bool undefined = false;  ///< the gradient does not exist: written as NaN
  bool declined = false;   ///< the lanes' precision may not be enough: nothing of the above is known
};

/// Numbers that begin a page: a vector's at its alignment, and what is stored to one array never looks like
/// what is read from another soon after.
template <class T>
class AlignedArray {
 public:
  AlignedArray(std::size_t size, T value)
      : values_(static_cast<T*>(::operator new[](size * sizeof(T), page))), size_(size) {
    std::uninitialized_fill_n(values_.get(), size, value);
  }
  T* data() { return values_.get(); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::align_val_t page{4096};
  struct Free {
    void operator()(T* values) const { ::operator delete[](values, page); }
  };
  std::unique_ptr<T[], Free> values_;
  std::size_t size_;
};

/// What single_row keeps of a stretch of tokens of one side.
struct OpenedBlock {
  double sum;  ///< of its exponentials
  float largest;
};
inline constexpr std::size_t smallest_block = 32;

/// Memory of one thread: O(vocab). `Stored` holds what a row keeps per token.
template <class Stored>
struct RowMemory {
  explicit RowMemory(std::size_t vocab)
      : teacher((vocab + row_padding - 1) / row_padding * row_padding, masked_logit),
        student(teacher.size(), masked_logit),
        gradient(teacher.size(), 0),
        q(teacher.size(), 0),
        blocks_t(teacher.size() / smallest_block + 1),
        blocks_s(blocks_t) {}

  AlignedArray<float> teacher, student;  ///< the row's logits as float
  AlignedArray<Stored> gradient, q;
  std::vector<OpenedBlock> blocks_t, blocks_s;
  OrderScratch order;
};

/// The row in `memory` in vectors of float or double, or in long double.
/// single_row, in vectors of float, declines rows that it cannot vouch for, and all of them where the
/// instruction set has no fused multiply-add.
RowOutcome single_row(const RowTask& task, RowMemory<float>& memory);
RowOutcome vector_row(const RowTask& task, RowMemory<double>& memory);
RowOutcome reference_row(const RowTask& task, RowMemory<long double>& memory);

/// Whether single_row computes any row here.
bool single_rows_available();

/// Name of the instruction set that vector_row uses here.
const char* vector_row_target();

}  // namespace tauscope::objectives
