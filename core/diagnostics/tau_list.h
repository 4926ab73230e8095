// The temperatures of an analysis, as people write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tauscope {

/// Temperatures that an analysis accepts, and how many.
inline constexpr double lowest_tau = 0.01, highest_tau = 1000.0;
inline constexpr std::size_t most_taus = 512;

/// "0.5,1,2,4,8": in the order given. Throws Error::usage on what is not a number, out of range, or given
/// twice.
std::vector<double> parse_tau_list(std::string_view text);

/// "lo:hi:log:n" or "lo:hi:linear:n": n >= 2 values from lo to hi, both included. Values between are rounded
/// to 12 significant digits, so that a grid through 1 holds exactly 1. Throws Error::usage.
std::vector<double> parse_tau_grid(std::string_view text);

/// The checks of the two parsers, for lists that come from elsewhere. `option` is named in the error.
void check_taus(const std::vector<double>& taus, const std::string& option);

}  // namespace tauscope
