#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "eval/scoring/score_job.h"

namespace tauscope {
namespace {

std::string number(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.2f}", value);
}

std::string interval_text(const Interval& interval) {
  return std::isnan(interval.low) ? "-" : fmt::format("[{:.2f}, {:.2f}]", interval.low, interval.high);
}

std::string short_hash(const Json& file) {
  return file.at("path").get<std::string>() + ", sha256 " +
         file.at("sha256").get<std::string>().substr(0, 12);
}

}  // namespace

std::string score_text(const ScoreOutcome& outcome) {
  const Json &card = outcome.protocol, &counts = card.at("counts");
  const auto seeds = card.at("seeds").get<std::vector<std::int64_t>>();
  std::string text =
      fmt::format("{} on {}: {} answers to {} prompts", outcome.model, outcome.set,
                  counts.at("answers").get<std::int64_t>(), counts.at("prompts").get<std::int64_t>());
  if (!seeds.empty()) text += fmt::format(", seed{} {}", seeds.size() > 1 ? "s" : "", fmt::join(seeds, " "));
  const Json& interval = card.at("interval");
  text +=
      fmt::format("\n{:<16}{:>10}  {:<20}{:>14}\n", "metric", "mean",
                  fmt::format("{:g}% interval", 100 * interval.at("level").get<double>()), "sd over seeds");
  for (const ScoreSummary& summary : outcome.result.summaries) {
    const bool share = summary.metric.starts_with("distinct");
    text += fmt::format(
        "{:<16}{:>10}  {:<20}{:>14}\n", summary.metric,
        share ? fmt::format("{:.4f}", summary.mean) : number(summary.mean), interval_text(summary.interval),
        share && !std::isnan(summary.sd_over_seeds) ? fmt::format("{:.4f}", summary.sd_over_seeds)
                                                    : number(summary.sd_over_seeds));
  }
  text +=
      fmt::format("\nmean {}; interval: {}, {}, {} resamples, seed {}\n", card.at("mean").get<std::string>(),
                  interval.at("kind").get<std::string>(), interval.at("what").get<std::string>(),
                  interval.at("resamples").get<int>(), interval.at("seed").get<std::uint64_t>());
  for (const Json& metric : card.at("metrics"))
    text += fmt::format("{}: {}\n", metric.at("name").get<std::string>(),
                        metric.at("definition").get<std::string>());
  for (const Json& file : card.at("predictions"))
    text += fmt::format("predictions: {}\n", short_hash(file));
  const Json& references = card.at("references");
  text += references.is_null() ? std::string("references: those that the predictions carry")
                               : fmt::format("references: {} ({}, joined by {})", short_hash(references),
                                             references.at("form").get<std::string>(),
                                             card.at("joined_by").get<std::string>());
  return text;
}

}  // namespace tauscope
