// A running sum in double that keeps what rounding drops (Knuth's TwoSum), so that means do not drift with
// length.
#pragma once

namespace tauscope {

class CompensatedSum {
 public:
  void add(double value) {
    const double sum = sum_ + value;
    const double part = sum - sum_;
    dropped_ += (sum_ - (sum - part)) + (value - part);
    sum_ = sum;
  }
  double value() const { return sum_ + dropped_; }

 private:
  double sum_ = 0, dropped_ = 0;
};

}  // namespace tauscope
