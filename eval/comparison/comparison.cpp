#include "eval/comparison/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/base/error.h"
#include "eval/statistics/sample.h"

namespace tauscope {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// One model's scores of one set: a series for each training seed.
struct Contender {
  std::string name;
  std::vector<ScoredSet> seeds;
};

template <typename T>
void add_once(std::vector<T>& list, const T& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

/// A scored set under the name it is compared by.
struct Named {
  std::string name;
  bool given = false;
  std::size_t argument = 0;
  ScoredSet scored;
};

std::string folder_name(const std::filesystem::path& folder) {
  const auto clean = folder.lexically_normal();
  return (clean.has_filename() ? clean : clean.parent_path()).filename().string();
}

std::vector<Named> named_sets(const std::vector<ScoredFolder>& folders) {
  std::vector<Named> all;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    std::set<std::string> models;
    for (ScoredSet& scored : read_scored_sets(folders[i].folder)) {
      models.insert(scored.model);
      const bool given = !folders[i].name.empty();
      all.push_back({given ? folders[i].name : scored.model, given, i, std::move(scored)});
    }
    if (!folders[i].name.empty() && models.size() > 1)
      throw Error::usage("one name for several models")
          .found(fmt::format("{} with scores of {} models as {}", folders[i].folder.string(), models.size(),
                             folders[i].name))
          .remedy("name the folders of the single models");
  }
  return all;
}

/// Cards of different runs often name the same model; their folders then tell them apart.
void tell_apart(std::vector<Named>& all) {
  std::map<std::pair<std::string, std::string>, std::size_t> first;
  bool clash = false;
  for (const Named& one : all) {
    const auto [earlier, fresh] = first.try_emplace({one.name, one.scored.set}, one.argument);
    clash = clash || (!fresh && !one.given);
  }
  if (!clash) return;
  std::map<std::pair<std::string, std::string>, std::string> taken;
  for (Named& one : all) {
    if (!one.given) one.name = folder_name(one.scored.folder);
    const auto [earlier, fresh] = taken.try_emplace({one.name, one.scored.set}, one.scored.folder.string());
    if (!fresh && !one.given)
      throw Error::usage("two folders have the same name")
          .found(fmt::format("{} and {}", earlier->second, one.scored.folder.string()))
          .remedy("name them: NAME=FOLDER; folders of one NAME are training seeds of one thing");
  }
}

/// The contenders on one set, in the order given.
std::vector<Contender> contenders_of(std::vector<Named>& all, const std::string& set) {
  std::vector<Contender> contenders;
  for (Named& one : all) {
    if (one.scored.set != set) continue;
    auto known = std::find_if(contenders.begin(), contenders.end(),
                              [&](const Contender& contender) { return contender.name == one.name; });
    if (known == contenders.end()) known = contenders.insert(contenders.end(), {one.name, {}});
    known->seeds.push_back(std::move(one.scored));
  }
  return contenders;
}

/// What on two cards must agree for their scores to be comparable.
void warn_of_protocols(const std::string& set, const std::vector<Contender>& contenders,
                       ProgressSink& progress) {
  const Contender& first = contenders.front();
  const auto differing = [&](const char* what, const auto& part) {
    for (const Contender& contender : contenders) {
      for (const ScoredSet& scored : contender.seeds) {
        if (part(scored.protocol) == part(first.seeds.front().protocol)) continue;
        progress.warning(fmt::format("{}: {} ({}) and {} differ in {}: their scores may not be comparable",
                                     set, contender.name, scored.folder.string(), first.name, what));
        return;
      }
    }
  };
  differing("their references", [](const Json& card) {
    const Json& references = card.value("references", Json());
    return references.is_object() ? references.value("sha256", Json()) : Json();
  });
  differing("their decoding", [](const Json& card) { return card.value("decoding", Json()); });
  differing("their sampling seeds", [](const Json& card) { return card.value("seeds", Json()); });
  differing("their metrics' definitions", [](const Json& card) {
    Json definitions = Json::object();
    for (const Json& metric : card.value("metrics", Json::array()))
      if (metric.is_object()) definitions[metric.value("name", "")] = metric.value("definition", Json());
    return definitions;
  });
}

/// Rows of a metric that belong to prompts, by example; empty for metrics of whole sets.
using PromptValues = std::map<std::int64_t, std::vector<ScoreRow>>;

PromptValues by_prompt(const std::vector<ScoreRow>& rows) {
  PromptValues values;
  for (const ScoreRow& row : rows)
    if (row.example) values[*row.example].push_back(row);
  return values;
}

/// One (set, metric): all contenders over the prompts they share.
class MetricComparison {
 public:
  MetricComparison(std::string set, std::string metric, const std::vector<Contender>& contenders)
      : set_(std::move(set)), metric_(std::move(metric)), contenders_(contenders) {}

  /// False if some contender was not scored by it.
  bool load(ProgressSink& progress) {
    std::size_t most = 0;
    bool first = true;
    for (const Contender& contender : contenders_) {
      for (const ScoredSet& scored : contender.seeds) {
        const auto* rows = scored.values_of(metric_);
        if (rows == nullptr) return false;
        const PromptValues values = by_prompt(*rows);
        most = std::max(most, values.size());
        if (first)
          for (const auto& [example, unused] : values)
            common_.push_back(example);
        std::erase_if(common_, [&](std::int64_t example) { return values.count(example) == 0; });
        first = false;
      }
    }
    if (common_.empty() && most > 0)
      throw Error::bad_input(set_, "the scores have no prompt in common")
          .field(metric_)
          .remedy("score the answers to the same prompts");
    if (common_.size() < most)
      progress.warning(
          fmt::format("{}, {}: some models have scores of {} prompts, all of them of {}; compared are these",
                      set_, metric_, most, common_.size()));
    return true;
  }

  std::vector<ComparedRow> rows(const std::string& baseline, const BootstrapOptions& options) const {
    const auto base = std::find_if(contenders_.begin(), contenders_.end(),
                                   [&](const Contender& contender) { return contender.name == baseline; });
    std::vector<ComparedRow> rows;
    for (const Contender& contender : contenders_) {
      rows.push_back(row_of(contender, options));
      ComparedRow& row = rows.back();
      row.baseline = contender.name == baseline;
      if (row.baseline || base == contenders_.end()) continue;
      if (common_.empty()) {
        row.difference.delta = row.mean - mean_of_seeds(*base);
        continue;
      }
      const bool paired = contender.seeds.size() == base->seeds.size();
      row.difference = compare_paired(series(contender), series(*base), paired, options);
      row.tested = true;
    }
    return rows;
  }

 private:
  ComparedRow row_of(const Contender& contender, const BootstrapOptions& options) const {
    ComparedRow row;
    row.set = set_;
    row.model = contender.name;
    row.metric = metric_;
    row.training_seeds = static_cast<std::int64_t>(contender.seeds.size());
    row.count = static_cast<std::int64_t>(common_.size());
    row.mean = mean_of_seeds(contender);
    row.interval = common_.empty() ? Interval{not_a_number, not_a_number}
                                   : bootstrap_interval(series(contender), options);
    row.sd_over_seeds = standard_deviation(contender.seeds.size() > 1 ? means_of_training_seeds(contender)
                                                                      : means_of_sampling_seeds(contender));
    return row;
  }

  /// The prompts' values, sampling seeds averaged, for each training seed.
  SeedValues series(const Contender& contender) const {
    SeedValues all;
    for (const ScoredSet& scored : contender.seeds) {
      const PromptValues values = by_prompt(*scored.values_of(metric_));
      std::vector<double>& one = all.emplace_back();
      for (const std::int64_t example : common_)
        one.push_back(values_by_example(values.at(example)).front().second);
    }
    return all;
  }

  std::vector<double> means_of_training_seeds(const Contender& contender) const {
    std::vector<double> means;
    if (common_.empty()) {
      for (const ScoredSet& scored : contender.seeds) {
        std::vector<double> values;
        for (const ScoreRow& row : *scored.values_of(metric_))
          values.push_back(row.value);
        means.push_back(mean(values));
      }
      return means;
    }
    for (const std::vector<double>& one : series(contender))
      means.push_back(mean(one));
    return means;
  }

  double mean_of_seeds(const Contender& contender) const { return mean(means_of_training_seeds(contender)); }

  std::vector<double> means_of_sampling_seeds(const Contender& contender) const {
    const std::set<std::int64_t> common(common_.begin(), common_.end());
    std::map<std::int64_t, std::vector<double>> seeds;
    for (const ScoreRow& row : *contender.seeds.front().values_of(metric_))
      if (row.seed && (common.empty() || (row.example && common.count(*row.example) != 0)))
        seeds[*row.seed].push_back(row.value);
    std::vector<double> means;
    for (const auto& [seed, values] : seeds)
      means.push_back(mean(values));
    return means;
  }

  std::string set_, metric_;
  const std::vector<Contender>& contenders_;
  std::vector<std::int64_t> common_;
};

std::vector<std::string> metrics_of(const std::vector<Contender>& contenders,
                                    const std::vector<std::string>& wanted) {
  if (!wanted.empty()) return wanted;
  std::vector<std::string> metrics;
  for (const Contender& contender : contenders)
    for (const ScoredSet& scored : contender.seeds)
      for (const std::string& metric : scored.metrics)
        add_once(metrics, metric);
  return metrics;
}

void correct(ComparisonTable& table) {
  std::vector<double> p;
  for (const ComparedRow& row : table.rows)
    p.push_back(row.tested ? row.difference.p : not_a_number);
  const std::vector<double> corrected = holm(p);
  for (std::size_t i = 0; i < corrected.size(); ++i) {
    ComparedRow& row = table.rows[i];
    table.tests += row.tested;
    row.p_holm = corrected[i];
    row.within_noise = row.tested && !(corrected[i] < 1 - table.level);
  }
}

}  // namespace

ComparisonTable compare_scores(const std::vector<ScoredFolder>& folders, const std::string& baseline,
                               const std::vector<std::string>& metrics, const BootstrapOptions& options,
                               ProgressSink& progress, LeastModels least) {
  std::vector<Named> all = named_sets(folders);
  tell_apart(all);
  std::vector<std::string> sets, names;
  for (const Named& one : all) {
    add_once(sets, one.scored.set);
    add_once(names, one.name);
  }
  if (names.size() < (least == LeastModels::one ? 1 : 2))
    throw Error::usage("there is one model alone to compare")
        .found(names.empty() ? "none" : names.front())
        .expected("two or more, under different names");
  ComparisonTable table;
  table.baseline = baseline.empty() ? names.front() : baseline;
  table.level = options.level;
  table.resamples = options.resamples;
  if (std::find(names.begin(), names.end(), table.baseline) == names.end())
    throw Error::usage("--baseline: no such model")
        .found(table.baseline)
        .expected(fmt::format("one of {}", fmt::join(names, ", ")));
  std::size_t done = 0;
  for (const std::string& set : sets) {
    const std::vector<Contender> contenders = contenders_of(all, set);
    progress.progress("sets compared", static_cast<std::int64_t>(done++),
                      static_cast<std::int64_t>(sets.size()));
    warn_of_protocols(set, contenders, progress);
    for (const std::string& metric : metrics_of(contenders, metrics)) {
      MetricComparison comparison(set, metric, contenders);
      if (!comparison.load(progress)) {
        progress.warning(fmt::format("{}: not every model was scored by {}; it is left out", set, metric));
        continue;
      }
      for (ComparedRow& row : comparison.rows(table.baseline, options))
        table.rows.push_back(std::move(row));
      if (options.stop.stop_requested()) return {table.baseline, table.level, table.resamples, 0, {}, false};
    }
  }
  if (table.rows.empty())
    throw Error::usage("nothing can be compared").expected("a metric that every model was scored by");
  correct(table);
  return table;
}

std::vector<std::string> noise_warnings(const ComparisonTable& table) {
  std::vector<std::string> warnings;
  for (const ComparedRow& row : table.rows) {
    if (!row.within_noise) continue;
    const double half = (row.difference.interval.high - row.difference.interval.low) / 2;
    warnings.push_back(fmt::format(
        "{} on {}, {}: {:+.2f} against {} is within noise: over {} prompts the {:g}% interval is ±{:.2f}",
        row.model, row.set, row.metric, row.difference.delta, table.baseline, row.count, 100 * table.level,
        half));
  }
  return warnings;
}

}  // namespace tauscope
