// The report of the window's benchmark for people.
#include <fmt/format.h>

#include "app/bench/gui_bench.h"

namespace tauscope {

std::string gui_bench_text(const Json& report) {
  const Json& c = report.at("context");
  std::string text = fmt::format(
      "{}, {} cores; {}\n{} x {} at scale {}; {} rows of {} float32 logits, {} student(s); {}\n\n",
      c.at("cpu").get<std::string>(), c.at("cores").get<int>(), c.at("renderer").get<std::string>(),
      c.at("width").get<int>(), c.at("height").get<int>(), c.at("scale").get<double>(),
      c.at("rows").get<std::int64_t>(), c.at("vocab").get<std::int64_t>(), c.at("students").get<int>(),
      c.at("date_utc").get<std::string>());
  text += fmt::format("{:<40}{:>8}{:>9}{:>9}{:>9}{:>9}\n", "frame time in ms", "frames", "p50", "p90", "p99",
                      "max");
  for (const Json& f : report.at("frames"))
    text += fmt::format(
        "{:<40}{:>8}{:>9.2f}{:>9.2f}{:>9.2f}{:>9.2f}{}\n", f.at("name").get<std::string>(),
        f.at("count").get<int>(), f.at("p50_ms").get<double>(), f.at("p90_ms").get<double>(),
        f.at("p99_ms").get<double>(), f.at("max_ms").get<double>(),
        f.contains("met") ? (f.at("met").get<bool>() ? "  above 50 a second" : "  MISSED: 50 a second") : "");
  text += fmt::format("\n{:<40}{:>8}{:>9}{:>9}{:>9}\n", "after a change", "unit", "p50", "p90", "max");
  for (const Json& t : report.at("times")) {
    text += fmt::format("{:<40}{:>8}{:>9.2f}{:>9.2f}{:>9.2f}", t.at("name").get<std::string>(),
                        t.at("unit").get<std::string>(), t.at("p50").get<double>(), t.at("p90").get<double>(),
                        t.at("max").get<double>());
    if (t.contains("target"))
      text += fmt::format("  <= {:g} {}", t.at("target").get<double>(),
                          t.at("met").get<bool>() ? "met" : "MISSED");
    text += "\n";
  }
  return text;
}

}  // namespace tauscope
