#include "app/bench/rouge_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>

#include "core/base/counter_random.h"
#include "eval/metrics/common_subsequence.h"
#include "eval/metrics/rouge.h"
#include "eval/metrics/word_ids.h"
#include "eval/statistics/sample.h"
#include "kernels/threads.h"

namespace tauscope {
namespace {

constexpr double target_seconds = 2;
constexpr std::int64_t target_pairs = 10000, target_words = 200;

/// Words with the endings that the stemmer has work with, short ones more often.
std::vector<std::string> vocabulary() {
  constexpr std::array syllables{"ba",  "con", "di",  "el",  "for", "ga", "ho", "in",  "ka",
                                 "lum", "mi",  "nor", "pre", "qui", "ra", "so", "ter", "vi"};
  constexpr std::array endings{"", "s", "ed", "ing", "ation", "ness", "ly", "ies", "izer", "ful"};
  std::vector<std::string> words;
  for (const char* first : syllables)
    words.emplace_back(first);
  for (const char* first : syllables)
    for (const char* second : syllables)
      for (const char* ending : endings)
        words.push_back(std::string(first) + second + ending);
  return words;
}

struct Texts {
  std::vector<std::string> references, answers;
};

/// About half of an answer's words are its reference's, in order.
Texts made_up(const RougeBenchOptions& options) {
  const std::vector<std::string> words = vocabulary();
  const auto count = static_cast<double>(words.size());
  Texts texts;
  for (std::int64_t pair = 0; pair < options.pairs; ++pair) {
    const CounterRandom random(options.seed, static_cast<std::uint64_t>(pair));
    std::string reference, answer;
    for (std::int64_t i = 0; i < options.words; ++i) {
      const auto at = static_cast<std::uint64_t>(3 * i);
      const auto drawn = [&](std::uint64_t place) {
        const double u = random.uniform(place);
        return words[static_cast<std::size_t>(u * u * u * count)];
      };
      const std::string word = drawn(at);
      reference += word + (i % 12 == 11 ? ". " : " ");
      answer += (random.uniform(at + 1) < 0.5 ? word : drawn(at + 2)) + " ";
    }
    texts.references.push_back(std::move(reference));
    texts.answers.push_back(std::move(answer));
  }
  return texts;
}

/// The table of whole numbers, a row at a time: what common_subsequence_length is measured against.
std::size_t length_by_table(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  std::vector<std::uint32_t> row(b.size() + 1);
  for (const std::uint32_t element : a) {
    std::uint32_t diagonal = 0;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::uint32_t above = row[j];
      row[j] = element == b[j - 1] ? diagonal + 1 : std::max(above, row[j - 1]);
      diagonal = above;
    }
  }
  return row.back();
}

struct Case {
  std::string name;
  std::function<double(std::size_t pair)> work;
  bool whole = false;
};

class RougeBench {
 public:
  RougeBench(const RougeBenchOptions& options, ProgressSink& progress)
      : options_(options), progress_(progress), texts_(made_up(options)), ids_(texts_.references.size()) {
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const RougeTokens reference = rouge_tokens(texts_.references[i], true),
                        answer = rouge_tokens(texts_.answers[i], true);
      WordIds words;
      ids_[i].reference = words.ids(reference.words);
      ids_[i].answer = words.ids(answer.words);
      ids_[i].kinds = words.size();
    }
  }

  Json run() {
    Json cases = Json::array();
    bool stopped = false;
    for (const Case& one : all_cases()) {
      std::vector<double> seconds;
      for (int repetition = -1; repetition < options_.repetitions && !stopped; ++repetition) {
        const double taken = timed(one);
        stopped = options_.stop.stop_requested();
        if (repetition >= 0) seconds.push_back(taken);
        progress_.progress(one.name, repetition + 2, options_.repetitions + 1);
      }
      if (stopped) break;
      std::sort(seconds.begin(), seconds.end());
      Json entry{{"name", one.name},
                 {"median_seconds", seconds[seconds.size() / 2]},
                 {"least_seconds", seconds.front()},
                 {"mean_result", mean_}};
      if (one.whole && options_.pairs == target_pairs && options_.words == target_words)
        entry["target_seconds"] = target_seconds;
      cases.push_back(std::move(entry));
    }
    const int threads = resolve_threads(options_.threads, ids_.size());
    return {{"context",
             {{"pairs", options_.pairs},
              {"words", options_.words},
              {"threads", threads},
              {"repetitions", options_.repetitions},
              {"seed", options_.seed}}},
            {"cases", cases},
            {"stopped", stopped}};
  }

 private:
  struct PairIds {
    std::vector<std::uint32_t> reference, answer;
    std::uint32_t kinds = 0;
  };

  std::vector<Case> all_cases() const {
    const auto pair = [this](std::size_t i, bool stem) {
      return RougePair(rouge_tokens(texts_.references[i], stem), rouge_tokens(texts_.answers[i], stem));
    };
    return {{"rouge-l, all of it", [pair](std::size_t i) { return pair(i, true).rouge_l().f1; }, true},
            {"rouge-l without stemmer", [pair](std::size_t i) { return pair(i, false).rouge_l().f1; }},
            {"rouge-2", [pair](std::size_t i) { return pair(i, true).rouge_n(2).f1; }},
            {"words and stems alone",
             [this](std::size_t i) {
               return static_cast<double>(rouge_tokens(texts_.references[i], true).size() +
                                          rouge_tokens(texts_.answers[i], true).size());
             }},
            {"common subsequence, bit-parallel",
             [this](std::size_t i) {
               return static_cast<double>(
                   common_subsequence_length(ids_[i].answer, ids_[i].reference, ids_[i].kinds));
             }},
            {"common subsequence, plain table", [this](std::size_t i) {
               return static_cast<double>(length_by_table(ids_[i].answer, ids_[i].reference));
             }}};
  }

  double timed(const Case& one) {
    std::vector<double> results(ids_.size());
    const auto begin = std::chrono::steady_clock::now();
    parallel_for(ids_.size(), resolve_threads(options_.threads, ids_.size()), options_.stop,
                 [&](std::size_t i, int) { results[i] = one.work(i); });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    mean_ = mean(results);
    return seconds;
  }

  const RougeBenchOptions& options_;
  ProgressSink& progress_;
  Texts texts_;
  std::vector<PairIds> ids_;
  double mean_ = 0;  ///< of the last run's results
};

}  // namespace

Json run_rouge_bench(const RougeBenchOptions& options, ProgressSink& progress) {
  return RougeBench(options, progress).run();
}

std::string rouge_bench_text(const Json& report) {
  const Json& context = report.at("context");
  std::string text =
      fmt::format("{} pairs of {} words, {} threads, median of {}\n", context.at("pairs").get<std::int64_t>(),
                  context.at("words").get<std::int64_t>(), context.at("threads").get<int>(),
                  context.at("repetitions").get<int>());
  text += fmt::format("{:<36}{:>10}{:>10}{:>10}\n", "case", "seconds", "least", "target");
  for (const Json& one : report.at("cases")) {
    text += fmt::format("{:<36}{:>10.3f}{:>10.3f}", one.at("name").get<std::string>(),
                        one.at("median_seconds").get<double>(), one.at("least_seconds").get<double>());
    if (one.contains("target_seconds")) {
      const double target = one.at("target_seconds").get<double>();
      text += fmt::format("{:>10.1f} {}", target,
                          one.at("median_seconds").get<double>() < target ? "met" : "MISSED");
    }
    text += "\n";
  }
  if (report.at("stopped").get<bool>()) text += "stopped before the end\n";
  return text;
}

}  // namespace tauscope
