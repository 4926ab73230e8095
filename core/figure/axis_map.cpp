#include "core/figure/axis_map.h"

namespace tauscope {

AxisMap::AxisMap(Scale scale, double low, double high, double from, double to)
    : scale_(scale), low_(low), high_(high), from_(from), to_(to) {
  inner_low_ = inner(low);
  slope_ = (to - from) / (inner(high) - inner_low_);
}

double AxisMap::value(double point) const {
  const double at = inner_low_ + (point - from_) / slope_;
  return scale_ == Scale::log ? std::pow(10.0, at) : at;
}

}  // namespace tauscope
