#include "eval/scoring/metric.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/base/error.h"

namespace tauscope {
namespace {

constexpr const char* rouge_rules =
    "by the rules of the rouge_score package: lower case, words are runs of a-z and 0-9{}; F1, the largest "
    "over "
    "the references, 0 where a side has no words; times 100";
constexpr const char* stemmed = ", longer than 3 characters stemmed (NLTK's Porter stemmer)";
constexpr std::string_view pass_at = "pass@";
constexpr int most_answers = 100000;

Metric rouge(MetricKind kind, const char* name, const char* what, bool stem) {
  return {kind, MetricScope::answer, name,
          fmt::format("{}, {}", what, fmt::format(fmt::runtime(rouge_rules), stem ? stemmed : "")), 0};
}

Metric distinct(int n) {
  return {MetricKind::distinct, MetricScope::seed, fmt::format("distinct-{}", n),
          fmt::format(
              "different {} over all of them, in all answers of a seed (Li et al. 2016); words as ROUGE's, "
              "not stemmed; in [0, 1]",
              n == 1 ? "words" : fmt::format("{}-grams", n)),
          n};
}

const std::vector<Metric>& named() {
  static const std::vector<Metric> all{
      rouge(MetricKind::rouge_l, "rouge-l", "ROUGE-L, the longest common subsequence", true),
      rouge(MetricKind::rouge_l_nostem, "rouge-l-nostem", "ROUGE-L, the longest common subsequence", false),
      rouge(MetricKind::rouge_1, "rouge-1", "ROUGE-1, common words", true),
      rouge(MetricKind::rouge_2, "rouge-2", "ROUGE-2, common pairs of neighbouring words", true),
      {MetricKind::exact_match, MetricScope::answer, "exact-match",
       "100 where the answer equals a reference, both normalised as by SQuAD's script (lower case, no ASCII "
       "punctuation, no a, an, the, single blanks), else 0",
       0},
      distinct(1),
      distinct(2),
      {MetricKind::self_bleu, MetricScope::sibling, "self-bleu",
       "BLEU-4 of an answer with all other answers of its seed as references (Zhu et al. 2018), as "
       "sacreBLEU's "
       "sentence_bleu: tokenizer 13a, case kept, smoothing exp, effective order; in [0, 100], lower is more "
       "diverse",
       0},
      {MetricKind::length, MetricScope::answer, "length", "words of the answer between white space", 0},
  };
  return all;
}

std::optional<Metric> pass_at_metric(const std::string& name) {
  if (!name.starts_with(pass_at)) return std::nullopt;
  int k = 0;
  const char* end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + pass_at.size(), end, k);
  if (read.ec != std::errc() || read.ptr != end || k < 1 || k > most_answers) return std::nullopt;
  return Metric{
      MetricKind::pass_at, MetricScope::prompt, fmt::format("{}{}", pass_at, k),
      fmt::format("chance in percent that one of {} answers is an exact match at least, the unbiased "
                  "estimate from all answers to the prompt (Chen et al. 2021)",
                  k),
      k};
}

Metric metric_of(const std::string& name) {
  for (const Metric& metric : named())
    if (metric.name == name) return metric;
  if (const auto metric = pass_at_metric(name)) return *metric;
  std::string known;
  for (const std::string& one : metric_names())
    known += one + ", ";
  throw Error::usage("--metric: unknown metric")
      .found("'" + name + "'")
      .expected("some of " + known + "pass@K");
}

}  // namespace

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const Metric& metric : named())
      out.push_back(metric.name);
    return out;
  }();
  return names;
}

std::vector<Metric> parse_metrics(const std::string& list) {
  std::vector<Metric> metrics;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    Metric metric = metric_of(list.substr(at, comma - at));
    at = comma + 1;
    const bool there = std::any_of(metrics.begin(), metrics.end(),
                                   [&](const Metric& other) { return other.name == metric.name; });
    if (!there) metrics.push_back(std::move(metric));
  }
  return metrics;
}

}  // namespace tauscope
