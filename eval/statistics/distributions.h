// The distribution functions that the tests of significance need.
#pragma once

namespace tauscope {

/// I_x(a, b), the regularised incomplete beta function, for a, b > 0; `x` and `y` = 1 - x are both given, so
/// that neither loses digits. Relative error below 1e-9 for a, b up to a million.
double incomplete_beta(double a, double b, double x, double y);

/// P(|T| >= |t|) for Student's t with `freedom` > 0 degrees of freedom.
double student_t_two_sided(double t, double freedom);

double normal_cdf(double z);
/// The z with normal_cdf(z) = p; ±infinity at 1 and 0.
double normal_quantile(double p);

}  // namespace tauscope
