#include "core/decoding/logits_processor.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace tauscope {

namespace {

constexpr float banned = -std::numeric_limits<float>::infinity();

float largest(std::span<const float> logits) {
  float most = banned;
  for (const float logit : logits)
    if (logit > most) most = logit;
  return most;
}

}  // namespace

void LogitsProcessor::process(std::span<float> logits, std::span<const std::int32_t> history) {
  if (options_.repetition_penalty != 1) penalise(logits, history);
  if (options_.no_repeat_ngram > 0) ban_ngrams(logits, history);
  if (!options_.sample) return;
  if (options_.temperature != 1) {
    const auto temperature = static_cast<float>(options_.temperature);
    for (float& logit : logits)
      logit /= temperature;
  }
  if (options_.top_k > 0 && options_.top_k < static_cast<std::int64_t>(logits.size())) keep_top_k(logits);
  if (options_.top_p < 1) keep_top_p(logits);
}

/// Each token once, however often it was there: a positive logit is divided, a negative one multiplied.
void LogitsProcessor::penalise(std::span<float> logits, std::span<const std::int32_t> history) {
  seen_.assign(history.begin(), history.end());
  std::sort(seen_.begin(), seen_.end());
  seen_.erase(std::unique(seen_.begin(), seen_.end()), seen_.end());
  const auto penalty = static_cast<float>(options_.repetition_penalty);
  for (const std::int32_t id : seen_) {
    float& logit = logits[static_cast<std::size_t>(id)];
    logit = logit < 0 ? logit * penalty : logit / penalty;
  }
}

/// What followed the last n − 1 tokens anywhere before.
void LogitsProcessor::ban_ngrams(std::span<float> logits, std::span<const std::int32_t> history) const {
  const auto n = static_cast<std::size_t>(options_.no_repeat_ngram);
  if (history.size() + 1 < n) return;
  const auto prefix = history.last(n - 1);
  for (std::size_t first = 0; first + n <= history.size(); ++first) {
    if (std::equal(prefix.begin(), prefix.end(), history.begin() + static_cast<std::ptrdiff_t>(first)))
      logits[static_cast<std::size_t>(history[first + n - 1])] = banned;
  }
}

void LogitsProcessor::keep_top_k(std::span<float> logits) {
  sorted_.assign(logits.begin(), logits.end());
  const auto last = sorted_.begin() + options_.top_k - 1;
  std::nth_element(sorted_.begin(), last, sorted_.end(), std::greater<>());
  for (float& logit : logits)
    if (logit < *last) logit = banned;
}

/// The largest are taken until they have the mass: a heap, because few are needed of many.
void LogitsProcessor::keep_top_p(std::span<float> logits) {
  const float most = largest(logits);
  if (most == banned) return;
  double total = 0;
  heap_.clear();
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (!(logits[i] > banned)) continue;
    total += std::exp(static_cast<double>(logits[i]) - most);
    heap_.emplace_back(logits[i], -static_cast<std::int32_t>(i));  // of equals the first id first
  }
  std::make_heap(heap_.begin(), heap_.end());
  for (float& logit : logits)
    logit = banned;
  auto end = heap_.end();
  for (double mass = 0; end != heap_.begin() && mass < options_.top_p * total;) {
    std::pop_heap(heap_.begin(), end);
    --end;
    mass += std::exp(static_cast<double>(end->first) - most);
    logits[static_cast<std::size_t>(-end->second)] = end->first;
  }
}

std::optional<std::int32_t> LogitsProcessor::choose(std::span<const float> logits, double uniform) const {
  const float most = largest(logits);
  if (most == banned) return std::nullopt;
  if (!options_.sample) {
    const auto at = std::find(logits.begin(), logits.end(), most);
    return static_cast<std::int32_t>(at - logits.begin());
  }
  const auto weight = [&](float logit) {
    return logit > banned ? std::exp(static_cast<double>(logit) - most) : 0.0;
  };
  double total = 0;
  for (const float logit : logits)
    total += weight(logit);
  const double wanted = uniform * total;
  double sum = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double each = weight(logits[i]);
    if (each == 0) continue;
    sum += each;
    last = i;
    if (sum > wanted) break;
  }
  return static_cast<std::int32_t>(last);
}

}  // namespace tauscope
