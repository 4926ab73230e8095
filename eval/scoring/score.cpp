#include "eval/scoring/score.h"

#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <map>

#include "core/base/error.h"
#include "eval/metrics/diversity.h"
#include "eval/metrics/exact_match.h"
#include "eval/metrics/python_text.h"
#include "eval/metrics/rouge.h"
#include "eval/statistics/sample.h"
#include "kernels/threads.h"

namespace tauscope {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double percent = 100;
constexpr const char* phase = "prompts scored";

/// Values of the metrics of scope `answer` for one prompt, which share their words.
class PromptScorer {
 public:
  explicit PromptScorer(const AnsweredPrompt& prompt) : prompt_(prompt) {}

  double value(const Metric& metric, std::size_t answer) {
    const std::string& text = prompt_.answers[answer].text;
    switch (metric.kind) {
      case MetricKind::rouge_l:
        return percent * rouge(answer, true, [](const RougePair& pair) { return pair.rouge_l(); });
      case MetricKind::rouge_l_nostem:
        return percent * rouge(answer, false, [](const RougePair& pair) { return pair.rouge_l(); });
      case MetricKind::rouge_1:
        return percent * rouge(answer, true, [](const RougePair& pair) { return pair.rouge_n(1); });
      case MetricKind::rouge_2:
        return percent * rouge(answer, true, [](const RougePair& pair) { return pair.rouge_n(2); });
      case MetricKind::exact_match:
        return exact_match(prompt_.references, text) ? percent : 0;
      case MetricKind::length:
        return static_cast<double>(python_text::split(text).size());
      default:
        return not_a_number;  // other scopes are not asked for here
    }
  }

 private:
  template <typename Score>
  double rouge(std::size_t answer, bool stem, const Score& score) {
    auto& pairs = pairs_[{answer, stem}];
    if (pairs.empty()) {
      auto& references = references_[stem];
      if (references.empty())
        for (const std::string& reference : prompt_.references)
          references.push_back(rouge_tokens(reference, stem));
      const RougeTokens words = rouge_tokens(prompt_.answers[answer].text, stem);
      for (const RougeTokens& reference : references)
        pairs.emplace_back(reference, words);
    }
    std::vector<RougeScore> scores;
    for (const RougePair& pair : pairs)
      scores.push_back(score(pair));
    return best_of(scores).f1;
  }

  const AnsweredPrompt& prompt_;
  std::map<bool, std::vector<RougeTokens>> references_;
  std::map<std::pair<std::size_t, bool>, std::vector<RougePair>> pairs_;
};

/// values[metric][prompt][answer] of the metrics of scope `answer`; empty lists for the others. False if
/// stopped.
using AnswerValues = std::vector<std::vector<std::vector<double>>>;

bool score_each_answer(const AnswerSet& set, const std::vector<Metric>& metrics,
                       const BootstrapOptions& options, ProgressSink& progress, AnswerValues& values) {
  const auto all = static_cast<std::int64_t>(set.prompts.size());
  values.assign(metrics.size(), std::vector<std::vector<double>>(set.prompts.size()));
  std::atomic<std::int64_t> done{0};
  const bool finished = parallel_for(set.prompts.size(), resolve_threads(options.threads, set.prompts.size()),
                                     options.stop, [&](std::size_t i, int thread) {
                                       PromptScorer scorer(set.prompts[i]);
                                       for (std::size_t m = 0; m < metrics.size(); ++m) {
                                         if (metrics[m].scope != MetricScope::answer) continue;
                                         for (std::size_t a = 0; a < set.prompts[i].answers.size(); ++a)
                                           values[m][i].push_back(scorer.value(metrics[m], a));
                                       }
                                       ++done;
                                       if (thread == 0)
                                         progress.progress(phase, done, all);  // the job's own thread
                                     });
  if (finished) progress.progress(phase, all, all);
  return finished;
}

/// The answers of each seed, with where they stand: (prompt, answer).
struct SeedAnswers {
  std::vector<std::string> texts;
  std::vector<std::pair<std::size_t, std::size_t>> places;
};

std::map<std::optional<std::int64_t>, SeedAnswers> answers_by_seed(const AnswerSet& set) {
  std::map<std::optional<std::int64_t>, SeedAnswers> seeds;
  for (std::size_t i = 0; i < set.prompts.size(); ++i) {
    for (std::size_t a = 0; a < set.prompts[i].answers.size(); ++a) {
      const Answer& answer = set.prompts[i].answers[a];
      seeds[answer.seed].texts.push_back(answer.text);
      seeds[answer.seed].places.emplace_back(i, a);
    }
  }
  return seeds;
}

std::vector<std::vector<double>> score_siblings(const AnswerSet& set) {
  std::vector<std::vector<double>> values;
  for (const AnsweredPrompt& prompt : set.prompts)
    values.emplace_back(prompt.answers.size());
  for (const auto& [seed, answers] : answers_by_seed(set)) {
    if (answers.texts.size() < 2)
      throw Error::bad_input("", "self-bleu compares the answers of a set with each other")
          .found(fmt::format("one answer{}", seed ? fmt::format(" of seed {}", *seed) : ""))
          .expected("two or more")
          .remedy("leave self-bleu out of --metric");
    const std::vector<double> scores = self_bleu(answers.texts);
    for (std::size_t k = 0; k < scores.size(); ++k)
      values[answers.places[k].first][answers.places[k].second] = scores[k];
  }
  return values;
}

double pass_at(const AnsweredPrompt& prompt, const Metric& metric) {
  const auto answers = static_cast<std::int64_t>(prompt.answers.size());
  if (answers < metric.n)
    throw Error::bad_input("", metric.name + " needs as many answers to every prompt")
        .found(fmt::format("{} of example {}", answers, prompt.example))
        .expected(fmt::format("{} or more, with seeds that tell them apart", metric.n));
  std::int64_t right = 0;
  for (const Answer& answer : prompt.answers)
    right += exact_match(prompt.references, answer.text);
  return percent * pass_at_k(answers, right, metric.n);
}

void add_answer_rows(const AnswerSet& set, const Metric& metric,
                     const std::vector<std::vector<double>>& values, std::vector<ScoreRow>& rows) {
  for (std::size_t i = 0; i < set.prompts.size(); ++i)
    for (std::size_t a = 0; a < values[i].size(); ++a)
      rows.push_back({set.prompts[i].example, set.prompts[i].answers[a].seed, metric.name, values[i][a]});
}

std::vector<ScoreRow> rows_of(const AnswerSet& set, const Metric& metric,
                              const std::vector<std::vector<double>>& answer_values) {
  std::vector<ScoreRow> rows;
  switch (metric.scope) {
    case MetricScope::answer:
      add_answer_rows(set, metric, answer_values, rows);
      break;
    case MetricScope::sibling:
      add_answer_rows(set, metric, score_siblings(set), rows);
      break;
    case MetricScope::prompt:
      for (const AnsweredPrompt& prompt : set.prompts)
        rows.push_back({prompt.example, std::nullopt, metric.name, pass_at(prompt, metric)});
      break;
    case MetricScope::seed:
      for (const auto& [seed, answers] : answers_by_seed(set))
        rows.push_back({std::nullopt, seed, metric.name, distinct_n(answers.texts, metric.n)});
      break;
  }
  return rows;
}

/// The mean of each seed's rows.
std::vector<double> means_by_seed(const std::vector<ScoreRow>& rows) {
  std::map<std::int64_t, std::vector<double>> seeds;
  for (const ScoreRow& row : rows)
    if (row.seed) seeds[*row.seed].push_back(row.value);
  std::vector<double> means;
  for (const auto& [seed, values] : seeds)
    means.push_back(mean(values));
  return means;
}

}  // namespace

std::vector<std::pair<std::int64_t, double>> values_by_example(const std::vector<ScoreRow>& rows) {
  std::map<std::int64_t, std::vector<double>> examples;
  for (const ScoreRow& row : rows)
    if (row.example) examples[*row.example].push_back(row.value);
  std::vector<std::pair<std::int64_t, double>> values;
  for (const auto& [example, of_seeds] : examples)
    values.emplace_back(example, mean(of_seeds));
  return values;
}

ScoreSummary summarise(const Metric& metric, const std::vector<ScoreRow>& rows, std::int64_t prompts,
                       const BootstrapOptions& options) {
  ScoreSummary summary;
  summary.metric = metric.name;
  summary.count = prompts;
  summary.sd_over_seeds = standard_deviation(means_by_seed(rows));
  std::vector<double> values;
  if (metric.scope == MetricScope::seed) {
    for (const ScoreRow& row : rows)
      values.push_back(row.value);
    summary.interval = {not_a_number, not_a_number};
  } else {
    for (const auto& [example, value] : values_by_example(rows))
      values.push_back(value);
    summary.interval = bootstrap_interval({values}, options);
  }
  summary.mean = mean(values);
  return summary;
}

ScoreResult score_answers(const AnswerSet& set, const std::vector<Metric>& metrics,
                          const BootstrapOptions& options, ProgressSink& progress) {
  ScoreResult result;
  AnswerValues values;
  result.finished = score_each_answer(set, metrics, options, progress, values);
  for (std::size_t m = 0; m < metrics.size() && result.finished; ++m) {
    const std::vector<ScoreRow> rows = rows_of(set, metrics[m], values[m]);
    result.summaries.push_back(
        summarise(metrics[m], rows, static_cast<std::int64_t>(set.prompts.size()), options));
    result.rows.insert(result.rows.end(), rows.begin(), rows.end());
    result.finished = !options.stop.stop_requested();
  }
  if (!result.finished) return {{}, {}, false};
  return result;
}

}  // namespace tauscope
