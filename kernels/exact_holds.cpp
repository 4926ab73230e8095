// Whether float lanes were enough for a row at one tau.
//
// A term of the float passes has a relative error of about `rounding`, and so have sums of terms of one sign.
// What can be worse off is what all terms share and what a difference leaves of them:
//   L, through t = L - Delta/tau:  u = q - p moves by q dL, dL = rounding * sum|e_T - e_S| / Z;
//   mu, through v = q (mu - Delta)/tau:  v moves by q dmu/tau, dmu = rounding * E_q|Delta|;
//   u_y likewise, of which tckd is about the square; the sum of the others' terms by u_y dL; 1 - p_y and 1 -
//   q_y; and all of nckd by what its subtraction takes away.
// Each must stay a small share of what it disturbs; the bound on columns is 1e-5.
#include <cmath>

#include "kernels/exact_math.h"
#include "kernels/exact_row.h"

namespace tauscope::exact {
namespace {

constexpr double rounding = 2e-7;          // of one term of the float passes
constexpr double tolerance = 2e-6;         // of 1e-5: what a column may owe to L or mu
constexpr double least_square = 1e-26;     // of a norm: the squares that float loses are below 1e-38 each
constexpr double smallest_rest = 1e-20;    // of 1 - p_y and log Z, so that their parts are in float's range
constexpr double largest_gradient = 1e15;  // so that squares are finite

bool nothing_differs(const Cell& cell, const SecondSums& sums) {
  return cell.norm.log_ratio == 0 && sums.u_max == 0 && sums.u_l2 == 0;
}

/// What the vectors, of which alone float lanes know, have of Z: how much of their relative error Z has.
double vector_share(const Cell& cell) {
  return std::max(cell.sums.z_t * cell.norm.p_scale, cell.sums.z_s * cell.norm.q_scale);
}

double log_ratio_error_of(const Cell& cell) {
  const double vectors = cell.sums.difference_l1 * std::max(cell.norm.p_scale, cell.norm.q_scale);
  return rounding * (vectors + std::abs(cell.norm.log_ratio) * vector_share(cell));
}

double mean_error_of(const Cell& cell) {
  const double vectors = cell.sums.delta_l1 * cell.norm.q_scale;
  return rounding * (vectors + std::abs(cell.norm.mean_delta) * vector_share(cell)) * cell.shifts.inverse_tau;
}

/// Relative error of sums over the row's vectors: of what their terms have on their own, a sum of n effective
/// terms keeps a part of 1/sqrt(n).
double rest_error_of(const Evaluated& single) {
  const FirstSums& first = single.cell.sums;
  const Normalisation& norm = single.cell.norm;
  const SecondSums& sums = single.totals.all;
  const auto effective = [](double sum, double squares) { return squares > 0 ? sum * sum / squares : 1; };
  const double terms = std::min(effective(first.z_t * norm.p_scale, sums.p_l2),
                                effective(first.z_s * norm.q_scale, sums.q_l2));
  return 3e-8 + 3e-7 / std::sqrt(std::max(1.0, terms));
}

}  // namespace

bool ExactRow::first_holds(const Cell& cell) const {
  return std::min(cell.log_z_t, cell.log_z_s) >= smallest_rest && std::isfinite(log_ratio_error_of(cell)) &&
         std::isfinite(mean_error_of(cell));
}

bool ExactRow::forward_holds(const Evaluated& single) const {
  const SecondSums& sums = single.totals.all;
  if (nothing_differs(single.cell, sums)) return true;
  const double log_ratio_error = log_ratio_error_of(single.cell);
  return sums.u_l2 >= least_square &&
         log_ratio_error * std::sqrt(sums.q_l2) <= tolerance * std::sqrt(sums.u_l2) &&
         log_ratio_error <= tolerance * sums.u_l1;
}

bool ExactRow::reverse_holds(const Evaluated& single) const {
  const SecondSums& sums = single.totals.all;
  if (single.cell.norm.log_ratio == 0 && sums.v_max == 0 && sums.v_l2 == 0) return true;
  const double mean_error = mean_error_of(single.cell);
  return sums.v_l2 >= least_square && sums.v_max <= largest_gradient &&
         mean_error * std::sqrt(sums.q_l2) <= tolerance * std::sqrt(sums.v_l2) &&
         mean_error <= tolerance * sums.v_l1;
}

/// Each verdict goes by sums that are there whenever its columns are asked for.
void ExactRow::judge(Settled& done, const SecondParts& parts) const {
  const Evaluated& single = done.single;
  done.first_holds = first_holds(single.cell);
  if (plan_.second && done.first_holds) {
    done.forward_holds = parts.forward && forward_holds(single);
    done.reverse_holds = parts.reverse && reverse_holds(single);
    // Not finite where a log-ratio is not, which leaves u as it is; the three sums agree in that.
    const SecondSums& sums = single.totals.all;
    const double divergences = (parts.divergences ? sums.fkl + sums.rkl : 0) + (parts.mixture ? sums.jsd : 0);
    done.divergences_hold = done.forward_holds && std::isfinite(divergences);
  }
  const bool wants_divergences = parts.divergences || parts.mixture;
  done.in_double = !done.first_holds || (parts.forward && !done.forward_holds) ||
                   (parts.reverse && !done.reverse_holds) || (wants_divergences && !done.divergences_hold) ||
                   (parts.reverse && parts.first == AtFirstTau::compare && !first_.reverse_holds);
}

bool ExactRow::decoupled_holds(const Evaluated& single) const {
  if (!facts_.others_exist()) return true;
  const Cell& cell = single.cell;
  const SpecialTerms& y = cell.special[0];
  if (nothing_differs(cell, single.totals.all)) return true;
  const Decoupled d = decouple(cell, single.totals, y);
  const double log_ratio_error = log_ratio_error_of(cell), rest_error = rest_error_of(single);
  const auto difference_holds = [&](double nckd, double rest, double log_rest) {
    const double disturbance = rest_error * (nckd + expm1_minus(log_rest) + std::abs(std::expm1(log_rest))) +
                               log_ratio_error * std::abs(y.u) / rest;
    return disturbance <= 2 * tolerance * nckd;
  };
  return std::min(cell.rest_p, cell.rest_q) >= smallest_rest &&
         log_ratio_error * y.q <= 2 * tolerance * std::abs(y.u) &&
         std::min(single.totals.fkl_without_y, single.totals.rkl_without_y) >= least_square &&
         difference_holds(d.nckd, cell.rest_p, d.log_rest) &&
         difference_holds(d.rkl_nckd, cell.rest_q, -d.log_rest);
}

}  // namespace tauscope::exact
