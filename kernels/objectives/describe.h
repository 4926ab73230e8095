// What every objective says of itself. Plain data, for any compiler.
#pragma once

namespace tauscope {

/// A number that an objective takes, as in --param name=value.
struct ObjectiveParameter {
  const char* name;
  double fallback, low, high;
  const char* help;
  bool low_open = false, high_open = false;  ///< the end itself is out of range
  bool whole = false;                        ///< whole numbers only

  constexpr bool allows(double x) const {
    const bool inside = (low_open ? x > low : x >= low) && (high_open ? x < high : x <= high);
    return inside && (!whole || x == double(static_cast<long long>(x)));
  }
};

struct ObjectiveText {
  const char* name;      ///< in commands and files: "fkl"
  const char* title;     ///< "forward KL"
  const char* formula;   ///< D(p, q)
  const char* gradient;  ///< dD/dz_j
  const char* help;      ///< one or two sentences: what it asks of the student
};

/// What an objective reads besides the student's logits.
struct ObjectiveNeeds {
  bool teacher = true;
  bool target = false;
  bool tau = true;     ///< false: tau and its scaling change nothing
  bool order = false;  ///< the teacher's tokens by probability
};

}  // namespace tauscope
