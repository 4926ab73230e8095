// Learning rates and temperatures over the steps of a run, against tests/golden/runs/make_schedules.py.
#include <fstream>
#include <sstream>

#include "core/runs/run_spec.h"
#include "tests/support/catch.h"

using namespace tauscope;

namespace {

struct GoldenLine {
  std::string kind;
  double peak = 0, least = 0;
  std::int64_t warmup = 0, steps = 0, step = 0;
  double value = 0;
};

std::vector<GoldenLine> golden_lines() {
  std::ifstream in(test::source_path("tests/golden/runs/schedules.txt"));
  std::vector<GoldenLine> lines;
  for (std::string text; std::getline(in, text);) {
    std::istringstream words(text);
    GoldenLine line;
    words >> line.kind >> line.peak >> line.least >> line.warmup >> line.steps >> line.step >> line.value;
    REQUIRE(words);
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("learning rates and temperatures equal the golden schedules") {
  const auto lines = golden_lines();
  REQUIRE(lines.size() > 100);
  for (const GoldenLine& line : lines) {
    INFO(line.kind << " " << line.peak << " " << line.least << " warm-up " << line.warmup << ", step "
                   << line.step << " of " << line.steps);
    const std::string kind = line.kind.substr(line.kind.find('-') + 1);
    double value = 0;
    if (line.kind.starts_with("lr-")) {
      RunSpec spec;
      spec.optimizer.learning_rate = line.peak;
      spec.schedule.min_learning_rate = line.least;
      spec.schedule.warmup_steps = line.warmup;
      spec.schedule.kind = kind == "constant" ? RunSpec::Decay::constant
                           : kind == "linear" ? RunSpec::Decay::linear
                                              : RunSpec::Decay::cosine;
      value = learning_rate_at(spec, line.step, line.steps);
    } else {
      using Kind = TauSchedule::Kind;
      const Kind moves = kind == "constant" ? Kind::constant : kind == "linear" ? Kind::linear : Kind::cosine;
      value = tau_at({moves, line.peak, line.least}, line.step, line.steps);
    }
    CHECK(value == Approx(line.value).epsilon(1e-14));
  }
}

TEST_CASE("a schedule of tau ends exactly where it is asked to") {
  const TauSchedule schedule{TauSchedule::Kind::cosine, 4, 1.3};
  CHECK(tau_at(schedule, 1, 977) == 4);
  CHECK(tau_at(schedule, 977, 977) == 1.3);
  for (std::int64_t step = 2; step <= 977; ++step)
    CHECK(tau_at(schedule, step, 977) <= tau_at(schedule, step - 1, 977));
}
