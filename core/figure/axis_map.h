// From values to points on an axis and back.
#pragma once

#include <cmath>

#include "core/figure/figure.h"

namespace tauscope {

/// Maps low..high (linearly or by logarithm) to from..to in points; `from` is where `low` lies.
class AxisMap {
 public:
  AxisMap() = default;
  AxisMap(Scale scale, double low, double high, double from, double to);

  double point(double value) const { return from_ + (inner(value) - inner_low_) * slope_; }
  double value(double point) const;
  /// Finite, and positive on a log axis.
  bool drawable(double value) const { return std::isfinite(value) && (scale_ == Scale::linear || value > 0); }

  Scale scale() const { return scale_; }
  double low() const { return low_; }
  double high() const { return high_; }
  double from() const { return from_; }
  double to() const { return to_; }
  double length() const { return std::abs(to_ - from_); }

 private:
  double inner(double value) const { return scale_ == Scale::log ? std::log10(value) : value; }

  Scale scale_ = Scale::linear;
  double low_ = 0, high_ = 1, from_ = 0, to_ = 1;
  double inner_low_ = 0, slope_ = 1;
};

}  // namespace tauscope
