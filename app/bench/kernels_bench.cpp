#include "app/bench/kernels_bench.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <map>
#include <thread>

#include "app/bench/kernels_bench_cases.h"
#include "app/bench/torch_baselines.h"
#include "core/base/error.h"
#include "kernels/objective.h"
#include "kernels/threads.h"

namespace tauscope {
namespace {

using bench::BenchCase;

/// Keeps big blocks inside the heap once they are there, so that the baseline does not pay for mapping and
/// zeroing fresh pages in every operator.
class TunedMalloc {
 public:
  TunedMalloc() {
#ifdef __GLIBC__
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, -1);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
  }
  ~TunedMalloc() {
#ifdef __GLIBC__
    mallopt(M_MMAP_MAX, 65536);
    mallopt(M_TRIM_THRESHOLD, 128 << 10);
    mallopt(M_TOP_PAD, 128 << 10);
    malloc_trim(0);
#endif
  }
  TunedMalloc(const TunedMalloc&) = delete;
  TunedMalloc& operator=(const TunedMalloc&) = delete;
};

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

struct Timing {
  std::vector<double> seconds, processor_seconds;
  double median() const { return median_of(seconds); }
  double median_processor() const { return median_of(processor_seconds); }
  double least() const { return *std::min_element(seconds.begin(), seconds.end()); }
};

/// OpenMP's threads, which LibTorch uses, keep spinning for some milliseconds after their work; the pause
/// keeps that out of the next case's time.
void measure_once(const std::function<void()>& run, Timing& timing) {
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t processor = std::clock();
  run();
  timing.processor_seconds.push_back(static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC);
  timing.seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
}

/// A ratio of kernels.md, "Targets": how many times faster `ours` is than `baseline`. 0 = no target.
struct Ratio {
  std::string name, ours, baseline;
  double target;
};

const Ratio wanted_of_statistics[] = {
    {"fast, one-pass set, one tau", "cpu-fast one-pass set", "torch one-pass set", 15},
    {"fast, one-pass set, ladder", "cpu-fast one-pass set, ladder", "torch one-pass set, ladder", 30},
    {"exact, all columns, one tau", "cpu-exact all columns", "torch all columns", 8},
    {"fkl gradient", "fkl gradient", "torch fkl forward + backward", 4},
    {"rkl gradient", "rkl gradient", "torch rkl forward + backward", 4},
    {"fast, one-pass set, against fkl alone", "cpu-fast one-pass set", "torch fkl", 0},
};

std::vector<Ratio> wanted_ratios(const KernelBenchOptions& options) {
  std::vector<Ratio> wanted(std::begin(wanted_of_statistics), std::end(wanted_of_statistics));
  for (const int count : options.counts) {
    const std::string label = fmt::format(", K = {}", count);
    wanted.push_back(
        {"fast, one-pass set" + label, "cpu-fast one-pass set" + label, "torch one-pass set" + label, 0});
  }
  for (const Objective& objective : kernel_objectives()) {
    const std::string name = objective.text.name;
    wanted.push_back({name + ", value and gradient", "objective " + name, bench::torch_objective(name), 4});
  }
  return wanted;
}

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

void check(const KernelBenchOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error::usage("bench kernels: " + what); };
  if (options.rows < 1) refuse(fmt::format("{} rows; at least 1 is needed", options.rows));
  if (options.repetitions < 1)
    refuse(fmt::format("{} repetitions; at least 1 is needed", options.repetitions));
  if (options.vocabularies.empty()) refuse("no vocabulary size");
  for (const std::int64_t vocab : options.vocabularies) {
    if (vocab < 20 || vocab > (std::int64_t{1} << 24))
      refuse(fmt::format("vocabulary of {} is not in [20, 2^24]", vocab));
  }
  std::vector<double> taus = {options.tau};
  taus.insert(taus.end(), options.ladder.begin(), options.ladder.end());
  taus.insert(taus.end(), options.arbitrary.begin(), options.arbitrary.end());
  for (const double tau : taus) {
    if (!(tau >= 0.01 && tau <= 1000)) refuse(fmt::format("tau {} is not in [0.01, 1000]", tau));
  }
  for (const int count : options.counts) {
    if (count < 1 || count > 64) refuse(fmt::format("{} temperatures; 1 to 64 can be measured", count));
  }
  if (options.ladder.empty() || options.arbitrary.empty()) refuse("an empty set of temperatures");
}

/// Measures one vocabulary.
class VocabularyRun {
 public:
  VocabularyRun(const KernelBenchOptions& options, std::int64_t vocab, ProgressSink& progress)
      : options_(options),
        progress_(progress),
        vocab_(vocab),
        threads_(resolve_threads(options.threads, static_cast<std::size_t>(options.rows))),
        pair_(options.rows, vocab, options.seed),
        cases_(bench::bench_cases(pair_, options, threads_)) {}

  /// False where the user stopped it; what was measured so far is in the report.
  bool run(Json& report) {
    Json result = {
        {"vocab", vocab_}, {"cases", Json::array()}, {"ratios", Json::array()}, {"times", Json::array()}};
    bool finished = true;
    if (options_.default_malloc) finished = measure("default", result);
    if (finished) {
      const TunedMalloc tuned;
      finished = measure("tuned", result);
    }
    report["results"].push_back(std::move(result));
    return finished;
  }

 private:
  bool measure(const char* malloc_kind, Json& result) {
    std::vector<Timing> timings(cases_.size());
    const std::string phase = fmt::format("vocabulary {}, {} malloc", vocab_, malloc_kind);
    const auto total = static_cast<std::int64_t>(cases_.size()) * (options_.repetitions + 1);
    std::int64_t done = 0;
    for (int repetition = -1; repetition < options_.repetitions; ++repetition) {  // -1 warms up
      for (std::size_t i = 0; i < cases_.size(); ++i) {
        if (options_.stop.stop_requested()) return false;
        Timing warm_up;
        measure_once(cases_[i].run, repetition < 0 ? warm_up : timings[i]);
        progress_.progress(phase, ++done, total);
      }
    }
    std::map<std::string, double> medians, processor;
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      medians[cases_[i].name] = timings[i].median();
      processor[cases_[i].name] = timings[i].median_processor();
      result["cases"].push_back(case_json(cases_[i], timings[i], malloc_kind));
    }
    add_ratios(medians, processor, malloc_kind, result);
    if (std::string(malloc_kind) == "tuned") add_times(medians, result);
    return true;
  }

  Json case_json(const BenchCase& c, const Timing& timing, const char* malloc_kind) const {
    const double pairs = static_cast<double>(c.rows) * static_cast<double>(vocab_), seconds = timing.median();
    return {{"name", c.name},
            {"side", c.side},
            {"malloc", malloc_kind},
            {"taus", c.taus},
            {"rows", c.rows},
            {"median_seconds", seconds},
            {"median_processor_seconds", timing.median_processor()},
            {"least_seconds", timing.least()},
            {"ns_per_pair", seconds * 1e9 / pairs},
            {"processor_ns_per_pair", timing.median_processor() * 1e9 / pairs},
            {"gb_per_second", pairs * static_cast<double>(c.bytes_per_pair) / seconds * 1e-9}};
  }

  void add_ratios(const std::map<std::string, double>& medians,
                  const std::map<std::string, double>& processor, const char* malloc_kind,
                  Json& result) const {
    for (const Ratio& wanted : wanted_ratios(options_)) {
      const auto ours = medians.find(wanted.ours), baseline = medians.find(wanted.baseline);
      if (ours == medians.end() || baseline == medians.end()) continue;
      const double ratio = baseline->second / ours->second;
      Json entry = {{"name", wanted.name},
                    {"ours", wanted.ours},
                    {"baseline", wanted.baseline},
                    {"malloc", malloc_kind},
                    {"ratio", ratio},
                    {"processor_ratio", processor.at(wanted.baseline) / processor.at(wanted.ours)}};
      // The targets are against tuned malloc.
      if (wanted.target > 0 && std::string(malloc_kind) == "tuned") {
        entry["target"] = wanted.target;
        entry["met"] = ratio >= wanted.target;
      }
      result["ratios"].push_back(std::move(entry));
    }
  }

  void add_times(const std::map<std::string, double>& medians, Json& result) const {
    const auto add = [&](const char* name, const char* what, double target_milliseconds) {
      if (!medians.contains(what)) return;
      const double milliseconds = medians.at(what) * 1e3;
      result["times"].push_back({{"name", name},
                                 {"milliseconds", milliseconds},
                                 {"target_milliseconds", target_milliseconds},
                                 {"met", milliseconds < target_milliseconds}});
    };
    if (options_.rows == 512 && vocab_ == 50257)
      add("512 x 50257, fast, one tau", "cpu-fast one-pass set", 60);
    add("one row at a new tau, fast", "one row, cpu-fast one-pass set", 1);
    add("one row at a new tau, exact", "one row, cpu-exact all columns", 1);
  }

  const KernelBenchOptions& options_;
  ProgressSink& progress_;
  const std::int64_t vocab_;
  const int threads_;
  const bench::BenchPair pair_;
  const std::vector<BenchCase> cases_;
};

Json context(const KernelBenchOptions& options) {
  std::vector<RowStatistics> cell(1);
  const std::vector<float> row = {0, 1};
  const LogitsView view{row.data(), 1, 2, 2, DType::float32};
  StatisticsSpec spec;
  spec.taus = {1};
  const KernelReport report =
      find_kernel_variant("cpu-fast")->statistics({view, view, {}}, spec, cell, {1, {}});
  return {{"cpu", cpu_model()},
          {"threads", resolve_threads(options.threads, static_cast<std::size_t>(options.rows))},
          {"compiler", __VERSION__},
          {"torch", bench::torch_version()},
          {"instruction_set", report.target},
          {"tauscope_version", TAUSCOPE_VERSION},
          {"date_utc", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
          {"rows", options.rows},
          {"dtype", "float32"},
          {"tau", options.tau},
          {"ladder", options.ladder},
          {"arbitrary", options.arbitrary},
          {"repetitions", options.repetitions},
          {"seed", options.seed},
          {"data", "normal logits (2.5), four likely tokens a row, the student plus normal noise (1.0)"}};
}

}  // namespace

Json run_kernel_bench(const KernelBenchOptions& options, ProgressSink& progress) {
  check(options);
  Json report = {{"format", "tauscope-bench-kernels"},
                 {"version", 1},
                 {"context", context(options)},
                 {"results", Json::array()},
                 {"stopped", false}};
  for (const std::int64_t vocab : options.vocabularies) {
    if (VocabularyRun(options, vocab, progress).run(report)) continue;
    report["stopped"] = true;
    break;
  }
  return report;
}

}  // namespace tauscope
