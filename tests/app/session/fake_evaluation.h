// An evaluation that nobody ran: answers and scores that are easy to foresee.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <memory>

#include "app/session/evaluation.h"

namespace tauscope::test {

inline EvaluationSpec some_evaluation() {
  EvaluationSpec spec;
  spec.models = {{"a", "/models/a"}, {"b", "/models/b"}, {"teacher", "/models/teacher"}};
  spec.sets = {{"dolly", "/data/dolly.jsonl"}, {"vicuna", "/data/vicuna.jsonl"}};
  spec.protocol = "minillm";
  spec.decoding = decoding_protocol(spec.protocol);
  spec.seeds = {10, 20};
  spec.metrics = "rouge-l,length";
  return spec;
}

/// The score of a prompt: different for every model, prompt and metric.
inline double made_up_score(std::size_t metric, std::size_t model, std::size_t prompt) {
  return 10 + 3 * static_cast<double>(model) + static_cast<double>(prompt) +
         100 * static_cast<double>(metric);
}

/// The first `done` of the cells (models by sets) have been scored.
inline std::shared_ptr<const EvaluationResult> made_up_evaluation(const EvaluationSpec& spec,
                                                                  std::size_t done,
                                                                  const std::filesystem::path& folder,
                                                                  const std::string& baseline,
                                                                  std::uint64_t id) {
  auto result = std::make_shared<EvaluationResult>();
  result->id = id;
  result->folder = folder;
  result->spec = spec;
  result->complete = done == spec.models.size() * spec.sets.size();
  constexpr std::size_t prompts = 8;
  const std::vector<std::string> metrics{"rouge-l", "length"};
  for (std::size_t s = 0; s < spec.sets.size(); ++s) {
    EvaluatedSet set;
    set.name = spec.sets[s].name;
    set.metrics = metrics;
    for (const std::uint64_t seed : spec.seeds)
      set.seeds.push_back(static_cast<std::int64_t>(seed));
    for (std::size_t m = 0; m < spec.models.size(); ++m)
      if (m * spec.sets.size() + s < done) set.models.push_back(spec.models[m].name);
    if (set.models.empty()) continue;
    for (std::size_t p = 0; p < prompts; ++p)
      set.prompts.push_back({static_cast<std::int64_t>(2 * p),
                             p % 2 == 0 ? "open_qa" : "brainstorming",
                             fmt::format("Below is an instruction.\n\nName thing number {} of the list.", p),
                             {fmt::format("The thing number {} is a running lamp.", p), "A lamp."}});
    for (std::size_t m = 0; m < set.models.size(); ++m)
      for (std::size_t p = 0; p < prompts; ++p)
        for (std::size_t seed = 0; seed < set.seeds.size(); ++seed)
          set.answers.push_back(fmt::format("Model {} says: the thing {} runs like a lamp, seed {}.",
                                            set.models[m], p, set.seeds[seed]));
    set.answered.assign(set.answers.size(), 1);
    for (std::size_t metric = 0; metric < metrics.size(); ++metric)
      for (std::size_t m = 0; m < set.models.size(); ++m)
        for (std::size_t p = 0; p < prompts; ++p)
          set.values.push_back(made_up_score(metric, m, p));
    result->sets.push_back(std::move(set));
  }
  if (result->sets.empty()) return result;
  const auto& models = result->sets.front().models;
  const auto base = std::find(models.begin(), models.end(), baseline);
  const std::size_t base_at = base == models.end() ? 0 : static_cast<std::size_t>(base - models.begin());
  result->baseline = result->table.baseline = models[base_at];
  for (const EvaluatedSet& set : result->sets) {
    for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
      for (std::size_t m = 0; m < set.models.size(); ++m) {
        ComparedRow row;
        row.set = set.name;
        row.model = set.models[m];
        row.metric = metrics[metric];
        row.mean = made_up_score(metric, m, 0) + 3.5;
        row.interval = {row.mean - 2, row.mean + 2};
        row.count = prompts;
        row.baseline = m == base_at;
        row.tested = !row.baseline && base_at < set.models.size();
        row.difference.delta = 3 * (static_cast<double>(m) - static_cast<double>(base_at));
        row.difference.interval = {row.difference.delta - 1, row.difference.delta + 1};
        row.difference.p = row.p_holm = 0.04;
        row.within_noise = row.tested && m == 1;
        result->table.tests += row.tested;
        result->table.rows.push_back(std::move(row));
      }
    }
  }
  return result;
}

}  // namespace tauscope::test
