// One read of a row's logits in lanes of float: copies, exponentials, their sums, and the largest tokens.
//
// Exponentials are relative to the largest of the row's first tokens, so that no scan for the maxima has to
// come first. The normalisers' ratio is that of their sums, which is precise enough where the student is not
// close to its teacher; RowLogits::soften has the careful way.
#if defined(TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_OPENING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_OPENING_INL_H_
#undef TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_OPENING_INL_H_
#else
#define TAUSCOPE_KERNELS_OBJECTIVES_SINGLE_OPENING_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/load_row.h"
#include "kernels/objectives/single_lanes-inl.h"

TAUSCOPE_FORMULAS_BEGIN

using OpeningExp = WholeExp<SingleLanes>;

/// One side of a row, in blocks: `logits` and `kept`, its exponentials, are filled as it is read.
class OpeningSide {
 public:
  OpeningSide(const RawRow& from, std::size_t vocab, double scale, float* logits, float* kept,
              std::vector<OpenedBlock>& blocks)
      : from_(from), vocab_(vocab), scale_(scale), logits_(logits), kept_(kept), blocks_(blocks.data()) {}

  /// Makes tokens ready for visit(): float is read from where it is, unless a vector would reach past the
  /// row.
  void prepare(std::size_t first, std::size_t end) {
    read_from_ = static_cast<const float*>(from_.data);
    if (from_.dtype != DType::float32 || end > vocab_) load(first, end);
  }
  /// Loads a first block and takes its largest logit for what exponentials are relative to, to within half a
  /// power of 2. False where float has no room for it.
  bool guess_shift(std::size_t end) {
    load(0, end);
    SingleVector largest = hn::Load(SingleTag(), logits_);
    for (std::size_t i = 0; i < std::min(end, padded_size()); i += SingleOps::lanes)
      largest = hn::Max(largest, hn::Load(SingleTag(), logits_ + i));
    shift_ = whole_shift(SingleOps::largest(SingleLanes(largest)), scale_);
    return std::abs(shift_ * scale_) <= SingleOps::most_nats;
  }
  double shift() const { return shift_; }
  const float* logits() const { return logits_; }
  OpeningExp exponential() const { return {shift_, scale_}; }

  struct Block {
    SingleVector largest, poison;
    HWY_INLINE Block() : largest(hn::Set(SingleTag(), masked_logit)), poison(hn::Zero(SingleTag())) {}
  };
  /// The exponentials of a vector of tokens.
  HWY_INLINE SingleVector visit(std::size_t i, const OpeningExp& exp, Block& block) const {
    const SingleVector z = hn::LoadU(SingleTag(), read_from_ + i);
    hwy::Prefetch(read_from_ + i + ahead);
    hn::Store(z, SingleTag(), logits_ + i);
    block.largest = hn::Max(block.largest, z);
    block.poison = hn::MulAdd(z, hn::Zero(SingleTag()), block.poison);  // 0 as long as all are finite
    const SingleVector e = exp(SingleLanes(z)).v;
    hn::Store(e, SingleTag(), kept_ + i);
    return e;
  }
  /// Adds four vectors of exponentials: in float among themselves, then in double.
  HWY_INLINE void add(SingleVector a, SingleVector b, SingleVector c, SingleVector d) {
    block_sum_ = block_sum_ + doubles_of(hn::Add(hn::Add(a, b), hn::Add(c, d)));
  }
  /// False where a logit is not finite.
  bool close(const Block& block, std::size_t first) {
    const float largest = hn::GetLane(hn::MaxOfLanes(SingleTag(), block.largest));
    if (largest > largest_) {
      largest_ = largest;
      argmax_ = static_cast<std::size_t>(std::find(logits_ + first, logits_ + vocab_, largest) - logits_);
    }
    blocks_[first / SingleOps::block] = {DoubleOps::sum(block_sum_), largest};
    block_sum_ = DoubleLanes();
    return hn::GetLane(hn::SumOfLanes(SingleTag(), block.poison)) == 0;
  }

  /// Takes a token out of the sum.
  void leave_out(std::size_t token) {
    kept_[token] = 0;
    blocks_[token / SingleOps::block].sum = block_sum(token / SingleOps::block);
  }
  /// The sum of all exponentials. Where a token holds much of it, its own rounding and that of what was added
  /// to it in float would show: blocks with such tokens are summed again.
  double total() const {
    const std::size_t count = (vocab_ + SingleOps::block - 1) / SingleOps::block;
    const auto sum_blocks = [&](const auto& sum_of) {
      double sum = 0;
      for (std::size_t k = 0; k < count; ++k)
        sum += sum_of(k);
      return sum;
    };
    const double first = sum_blocks([&](std::size_t k) { return blocks_[k].sum; });
    const float bound = static_cast<float>(shift_ + std::log(first / 64) / scale_);
    return sum_blocks([&](std::size_t k) {
      return blocks_[k].largest > bound ? block_sum(k) + rounding_above(k, bound) : blocks_[k].sum;
    });
  }

  float largest() const { return largest_; }
  std::size_t argmax() const { return argmax_; }
  /// Whether the guess leaves room for the row's largest exponential and small ones beside it.
  bool guess_holds() const { return (static_cast<double>(largest_) - shift_) * scale_ <= 40; }

 private:
  static constexpr std::size_t ahead = 2048;

  void load(std::size_t first, std::size_t end) {
    const char* const begin = static_cast<const char*>(from_.data) + first * dtype_bytes(from_.dtype);
    load_logits(begin, from_.dtype, {logits_ + first, std::min(end, vocab_) - first});
    read_from_ = logits_;
  }

  static HWY_INLINE DoubleLanes doubles_of(SingleVector x) {
    float values[SingleOps::lanes];
    hn::StoreU(x, SingleTag(), values);
    DoubleLanes sum;
    for (std::size_t k = 0; k < SingleOps::lanes; k += DoubleOps::lanes)
      sum = sum + DoubleOps::load(values + k);
    return sum;
  }
  template <class Visit>
  void over_block(std::size_t block, const Visit& visit) const {
    const std::size_t first = block * SingleOps::block,
                      end = std::min(padded_size(), first + SingleOps::block);
    for (std::size_t i = first; i < end; i += SingleOps::lanes)
      visit(i);
  }
  double block_sum(std::size_t block) const {
    DoubleLanes sum;
    over_block(block, [&](std::size_t i)
                          TAUSCOPE_LOOP { sum = sum + doubles_of(hn::Load(SingleTag(), kept_ + i)); });
    return DoubleOps::sum(sum);
  }
  /// What the exponentials of logits above `bound` lost by being rounded to float.
  double rounding_above(std::size_t block, float bound) const {
    double lost = 0;
    over_block(block, [&](std::size_t i) TAUSCOPE_LOOP {
      const SingleVector z = hn::Load(SingleTag(), logits_ + i);
      if (hn::AllFalse(SingleTag(), hn::Gt(z, hn::Set(SingleTag(), bound)))) return;
      for (std::size_t j = i; j < i + SingleOps::lanes; ++j) {
        if (!(logits_[j] > bound) || kept_[j] == 0) continue;
        lost += std::exp((static_cast<double>(logits_[j]) - shift_) * scale_) - static_cast<double>(kept_[j]);
      }
    });
    return lost;
  }
  std::size_t padded_size() const { return (vocab_ + row_padding - 1) / row_padding * row_padding; }

  RawRow from_;
  const float* read_from_ = nullptr;
  std::size_t vocab_;
  double scale_, shift_ = 0;
  float *logits_, *kept_;
  OpenedBlock* blocks_;
  DoubleLanes block_sum_;
  float largest_ = masked_logit;
  std::size_t argmax_ = 0;
};

class Opening {
 public:
  OpeningSide teacher, student;

  Opening(const RowTask& task, double scale, RowMemory<float>& memory)
      : teacher(task.teacher, task.vocab, scale, memory.teacher.data(), memory.gradient.data(),
                memory.blocks_t),
        student(task.student, task.vocab, scale, memory.student.data(), memory.q.data(), memory.blocks_s),
        scale_(scale),
        vocab_(task.vocab) {}

  /// Both sides, or the student alone. False where the row needs the careful way.
  template <bool kPair>
  bool read() {
    const std::size_t padded = (vocab_ + row_padding - 1) / row_padding * row_padding;
    if (!student.guess_shift(block)) return false;
    if (kPair && (!teacher.guess_shift(block) || is_close())) return false;
    const OpeningExp exp_t = teacher.exponential(), exp_s = student.exponential();
    for (std::size_t first = 0; first < padded; first += block) {
      const std::size_t end = std::min(padded, first + block);
      if (kPair) teacher.prepare(first, end);
      student.prepare(first, end);
      if (!read_block<kPair>(first, end, exp_t, exp_s)) return false;
    }
    return (!kPair || teacher.guess_holds()) && student.guess_holds();
  }

 private:
  static constexpr std::size_t block = SingleOps::block;
  static_assert(block >= smallest_block);
  /// Nats between the sides, on the average of the first tokens, from which on the row is not close.
  static constexpr double least_distance = 0.12;

  bool is_close() const {
    const std::size_t count = std::min(block, vocab_);
    const SingleDifference<SingleLanes> difference(student.shift() - teacher.shift());
    const SingleLanes lowest(static_cast<double>(masked_logit));
    SingleLanes sum;
    for (std::size_t i = 0; i < count; i += SingleOps::lanes) {
      const SingleLanes t = SingleOps::load(teacher.logits() + i), s = SingleOps::load(student.logits() + i);
      sum = sum + select(t > lowest, abs_of(difference(s, t)), SingleLanes());
    }
    SingleOps::Sum total;
    total.add(sum);
    total.flush();
    return !(total.total() * scale_ >= least_distance * static_cast<double>(count));
  }
  template <bool kPair>
  bool read_block(std::size_t first, std::size_t end, const OpeningExp& exp_t, const OpeningExp& exp_s) {
    constexpr std::size_t lanes = SingleOps::lanes;
    OpeningSide::Block block_t, block_s;
    std::size_t i = first;
    for (; i + 4 * lanes <= end; i += 4 * lanes) {
      SingleVector e_t[4], e_s[4];
      for (std::size_t k = 0; k < 4; ++k) {
        if constexpr (kPair) e_t[k] = teacher.visit(i + k * lanes, exp_t, block_t);
        e_s[k] = student.visit(i + k * lanes, exp_s, block_s);
      }
      if constexpr (kPair) teacher.add(e_t[0], e_t[1], e_t[2], e_t[3]);
      student.add(e_s[0], e_s[1], e_s[2], e_s[3]);
    }
    const SingleVector none = hn::Zero(SingleTag());
    for (; i < end; i += lanes) {
      if constexpr (kPair) teacher.add(teacher.visit(i, exp_t, block_t), none, none, none);
      student.add(student.visit(i, exp_s, block_s), none, none, none);
    }
    const bool finite_t = !kPair || teacher.close(block_t, first), finite_s = student.close(block_s, first);
    return finite_t && finite_s;
  }

  double scale_;
  std::size_t vocab_;
};

TAUSCOPE_FORMULAS_END;

#endif  // include guard per target
