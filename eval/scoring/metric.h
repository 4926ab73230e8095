// The metrics by name: what `--metric` takes, and what each one means, word for word in every protocol card.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tauscope {

/// What one value of a metric belongs to.
enum class MetricScope : std::uint8_t {
  answer,   ///< each answer against its references
  sibling,  ///< each answer against the other answers of its seed
  prompt,   ///< all answers to one prompt
  seed,     ///< all answers of one seed together: no value per prompt, so no interval over prompts
};

enum class MetricKind : std::uint8_t {
  rouge_l,
  rouge_l_nostem,
  rouge_1,
  rouge_2,
  exact_match,
  length,
  self_bleu,
  pass_at,
  distinct,
};

struct Metric {
  MetricKind kind = MetricKind::rouge_l;
  MetricScope scope = MetricScope::answer;
  std::string name;
  std::string definition;
  int n = 0;  ///< of distinct-n, pass@n
};

/// rouge-l, rouge-l-nostem, rouge-1, rouge-2, exact-match, distinct-1, distinct-2, self-bleu, length; and
/// pass@K for any K >= 1.
const std::vector<std::string>& metric_names();

/// "rouge-l,length" and so on, each once, in the order given. Throws Error::usage on names that are not
/// known.
std::vector<Metric> parse_metrics(const std::string& list);

}  // namespace tauscope
