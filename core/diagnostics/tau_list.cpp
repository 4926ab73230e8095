#include "core/diagnostics/tau_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/diagnostics/parse_text.h"

namespace tauscope {
namespace {

double parse_tau(std::string_view text, const std::string& option) {
  const auto value = parse_double(text);
  if (!value || !std::isfinite(*value)) {
    throw Error::usage("a temperature is not a number")
        .field(option)
        .found(std::string(text))
        .expected("numbers such as 0.5,1,2");
  }
  return *value;
}

double rounded(double value) {
  return *parse_double(fmt::format("{:.12g}", value));
}

}  // namespace

void check_taus(const std::vector<double>& taus, const std::string& option) {
  if (taus.empty()) throw Error::usage("no temperature is given").field(option);
  if (taus.size() > most_taus) {
    throw Error::usage("too many temperatures")
        .field(option)
        .found(std::to_string(taus.size()))
        .expected(fmt::format("at most {}", most_taus));
  }
  for (std::size_t i = 0; i < taus.size(); ++i) {
    if (!(taus[i] > 0)) {
      throw Error::usage("a temperature must be greater than 0").field(option).found(format_number(taus[i]));
    }
    if (!(taus[i] >= lowest_tau && taus[i] <= highest_tau)) {
      throw Error::usage("a temperature is out of range")
          .field(option)
          .found(format_number(taus[i]))
          .expected(fmt::format("{} to {}", lowest_tau, highest_tau));
    }
    if (std::find(taus.begin(), taus.begin() + i, taus[i]) != taus.begin() + i) {
      throw Error::usage("a temperature is given twice").field(option).found(format_number(taus[i]));
    }
  }
}

std::vector<double> parse_tau_list(std::string_view text) {
  const std::string option = "--tau";
  std::vector<double> taus;
  for (const auto part : split(text, ','))
    taus.push_back(parse_tau(part, option));
  check_taus(taus, option);
  return taus;
}

std::vector<double> parse_tau_grid(std::string_view text) {
  const std::string option = "--tau-grid";
  const auto malformed = [&](std::string problem) {
    return Error::usage(std::move(problem))
        .field(option)
        .found(std::string(text))
        .expected("lo:hi:log:n or lo:hi:linear:n, such as 0.25:16:log:7");
  };
  const auto parts = split(text, ':');
  if (parts.size() != 4) throw malformed("the grid has not four parts");
  const double low = parse_tau(parts[0], option), high = parse_tau(parts[1], option);
  check_taus({low}, option);
  check_taus({high}, option);
  if (!(low < high)) throw malformed("the grid's upper end is not above its lower end");
  if (parts[2] != "log" && parts[2] != "linear") throw malformed("the grid's spacing is unknown");
  const auto count = parse_integer(parts[3]);
  if (!count || *count < 2 || *count > static_cast<std::int64_t>(most_taus)) {
    throw malformed(fmt::format("the grid's number of values must be from 2 to {}", most_taus));
  }
  std::vector<double> taus;
  for (std::int64_t i = 0; i < *count; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(*count - 1);
    const double value = parts[2] == "log" ? low * std::pow(high / low, part) : low + (high - low) * part;
    taus.push_back(i == 0 ? low : i + 1 == *count ? high : rounded(value));
  }
  check_taus(taus, option);
  return taus;
}

}  // namespace tauscope
