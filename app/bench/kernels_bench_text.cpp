#include <fmt/format.h>

#include "app/bench/kernels_bench.h"

namespace tauscope {
namespace {

std::string tau_list(const Json& taus) {
  if (taus.size() > 4)
    return fmt::format("{}, … {} ({})", taus.front().get<double>(), taus.back().get<double>(), taus.size());
  std::string text;
  for (const Json& tau : taus)
    text += fmt::format("{}{:.3g}", text.empty() ? "" : ",", tau.get<double>());
  return text;
}

void add_cases(const Json& result, std::string& text) {
  text += fmt::format("{:<42}{:<18}{:<9}{:>11}{:>12}{:>12}{:>9}\n", "case", "tau", "malloc", "ms",
                      "ns per pair", "processor", "GB/s");
  for (const Json& c : result.at("cases")) {
    text +=
        fmt::format("{:<42}{:<18}{:<9}{:>11.3f}{:>12.3f}{:>12.3f}{:>9.2f}\n", c.at("name").get<std::string>(),
                    tau_list(c.at("taus")), c.at("malloc").get<std::string>(),
                    c.at("median_seconds").get<double>() * 1e3, c.at("ns_per_pair").get<double>(),
                    c.at("processor_ns_per_pair").get<double>(), c.at("gb_per_second").get<double>());
  }
}

std::string verdict(const Json& entry, const std::string& target) {
  return entry.contains("met")
             ? fmt::format("{:>10}  {}", target, entry.at("met").get<bool>() ? "met" : "MISSED")
             : "";
}

void add_ratios(const Json& result, std::string& text) {
  if (result.at("ratios").empty()) return;
  text += fmt::format("\n{:<45}{:<9}{:>9}{:>12}{:>10}\n", "times faster than torch", "malloc", "ratio",
                      "processor", "target");
  for (const Json& r : result.at("ratios")) {
    const std::string target = r.contains("target") ? fmt::format(">= {}", r.at("target").get<double>()) : "";
    text += fmt::format("{:<45}{:<9}{:>8.1f}x{:>11.1f}x{}\n", r.at("name").get<std::string>(),
                        r.at("malloc").get<std::string>(), r.at("ratio").get<double>(),
                        r.at("processor_ratio").get<double>(), verdict(r, target));
  }
}

void add_times(const Json& result, std::string& text) {
  if (result.at("times").empty()) return;
  text += fmt::format("\n{:<54}{:>9}{:>10}\n", "interaction", "ms", "target");
  for (const Json& t : result.at("times")) {
    const std::string target = fmt::format("< {}", t.at("target_milliseconds").get<double>());
    text += fmt::format("{:<54}{:>9.3f}{}\n", t.at("name").get<std::string>(),
                        t.at("milliseconds").get<double>(), verdict(t, target));
  }
}

}  // namespace

std::string kernel_bench_text(const Json& report) {
  const Json& c = report.at("context");
  std::string text = fmt::format(
      "{}, {} threads, {}; compiler {}; torch {}; {}\n{} rows of float32; {}; median of {}\n",
      c.at("cpu").get<std::string>(), c.at("threads").get<int>(), c.at("instruction_set").get<std::string>(),
      c.at("compiler").get<std::string>(), c.at("torch").get<std::string>(),
      c.at("date_utc").get<std::string>(), c.at("rows").get<std::int64_t>(), c.at("data").get<std::string>(),
      c.at("repetitions").get<int>());
  for (const Json& result : report.at("results")) {
    text += fmt::format("\nvocabulary {}\n", result.at("vocab").get<std::int64_t>());
    add_cases(result, text);
    add_ratios(result, text);
    add_times(result, text);
  }
  if (report.at("stopped").get<bool>())
    text += "\nstopped before the end: what is missing was not measured\n";
  return text;
}

}  // namespace tauscope
