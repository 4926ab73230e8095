#include "eval/scoring/answer_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/base/error.h"
#include "core/base/message.h"

namespace tauscope {
namespace {

/// Things of one kind that are warned of together.
struct Counted {
  std::int64_t count = 0;
  std::string first;
  void add(const std::string& place) {
    if (count++ == 0) first = place;
  }
  void warn(ProgressSink& progress, std::string_view one, std::string_view many,
            std::string_view meaning) const {
    if (count > 0)
      progress.warning(fmt::format("{} {} (first: {}){}", count, count == 1 ? one : many, first, meaning));
  }
};

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
}

/// Finds the reference of one prediction after another.
class Joiner {
 public:
  Joiner(const std::vector<Prediction>& predictions, const ReferenceFile& file) : file_(file) {
    const auto& references = file.references;
    const auto all = [](const auto& list, auto has) { return std::all_of(list.begin(), list.end(), has); };
    const auto has_id = [](const auto& one) { return !one.question_id.empty(); };
    const auto has_example = [](const auto& one) { return one.example.has_value(); };
    if (all(predictions, has_id) && all(references, has_id)) {
      rule_ = "question_id";
      for (std::size_t i = 0; i < references.size(); ++i)
        by_key_.emplace(references[i].question_id, i);
    } else if (all(predictions, has_example) && all(references, has_example)) {
      rule_ = "example";
      for (std::size_t i = 0; i < references.size(); ++i)
        by_key_.emplace(std::to_string(*references[i].example), i);
    } else {
      rule_ = "order";
      check_counts(predictions);
    }
  }

  const std::string& rule() const { return rule_; }

  std::size_t reference_of(const Prediction& prediction) {
    if (rule_ == "order") return next_[prediction.seed]++;
    const std::string key = rule_ == "example" ? std::to_string(*prediction.example) : prediction.question_id;
    const auto found = by_key_.find(key);
    if (found == by_key_.end())
      throw Error::bad_input(prediction.place, "an answer has no reference")
          .field(rule_)
          .found(in_quotes(key))
          .expected(fmt::format("one of the {} of {}", file_.references.size(), files_name()))
          .remedy("score against the file that the prompts came from");
    return found->second;
  }

 private:
  std::string files_name() const {
    const std::string& place = file_.references.front().place;
    return place.substr(0, place.rfind(':'));
  }

  void check_counts(const std::vector<Prediction>& predictions) {
    std::map<std::optional<std::int64_t>, std::int64_t> counts;
    for (const Prediction& prediction : predictions)
      ++counts[prediction.seed];
    for (const auto& [seed, count] : counts) {
      if (count == static_cast<std::int64_t>(file_.references.size())) continue;
      const std::string& place = predictions.front().place;
      throw Error::bad_input(place.substr(0, place.rfind(':')),
                             "predictions and references do not match in number")
          .found(fmt::format("{} predictions{}, {} references in {}", count,
                             seed ? fmt::format(" of seed {}", *seed) : "", file_.references.size(),
                             files_name()))
          .expected(
              "as many of one as of the other, or an `example` (or question_id) in both files to join by");
    }
  }

  const ReferenceFile& file_;
  std::string rule_;
  std::unordered_map<std::string, std::size_t> by_key_;
  std::map<std::optional<std::int64_t>, std::size_t> next_;
};

/// Builds the set prompt by prompt.
class SetBuilder {
 public:
  void add(std::int64_t example, const std::vector<std::string>& references, const std::string& category,
           Prediction& prediction) {
    auto& [prompt, places] = prompts_[example];
    if (prompt.answers.empty()) {
      prompt.example = example;
      prompt.references = references;
      prompt.category = category.empty() ? prediction.category : category;
    }
    const auto [earlier, fresh] = places.try_emplace(prediction.seed, prediction.place);
    if (!fresh)
      throw Error::bad_input(prediction.place, "an example is answered twice")
          .field("example")
          .found(fmt::format("{}{}, as at {}", example,
                             prediction.seed ? fmt::format(" under seed {}", *prediction.seed) : "",
                             earlier->second))
          .expected("one answer to each example under each seed")
          .remedy("give repeated answers a `seed` that tells them apart");
    if (is_blank(prediction.text)) empty_answers_.add(prediction.place);
    prompt.answers.push_back({prediction.seed, std::move(prediction.text)});
  }

  AnswerSet finish(ProgressSink& progress) {
    AnswerSet set;
    for (auto& [example, entry] : prompts_) {
      AnsweredPrompt& prompt = entry.first;
      std::sort(prompt.answers.begin(), prompt.answers.end(),
                [](const Answer& a, const Answer& b) { return a.seed < b.seed; });
      for (const Answer& answer : prompt.answers)
        if (answer.seed) seeds_[*answer.seed] += 1;
      set.answers += static_cast<std::int64_t>(prompt.answers.size());
      set.prompts.push_back(std::move(prompt));
    }
    for (const auto& [seed, count] : seeds_)
      set.seeds.push_back(seed);
    Counted incomplete;
    for (const AnsweredPrompt& prompt : set.prompts)
      if (prompt.answers.size() < set.seeds.size()) incomplete.add(fmt::format("example {}", prompt.example));
    incomplete.warn(progress, "prompt lacks some seeds", "prompts lack some seeds",
                    ": the mean of a prompt is over the seeds it has");
    empty_answers_.warn(progress, "answer is empty", "answers are empty", "");
    set.incomplete = incomplete.count;
    set.empty_answers = empty_answers_.count;
    return set;
  }

 private:
  using Places = std::map<std::optional<std::int64_t>, std::string>;
  std::map<std::int64_t, std::pair<AnsweredPrompt, Places>> prompts_;
  std::map<std::int64_t, std::int64_t> seeds_;
  Counted empty_answers_;
};

void count_empty(const std::vector<std::string>& outputs, const std::string& place, Counted& empty) {
  for (const std::string& output : outputs)
    if (is_blank(output)) empty.add(place);
}

void warn_of_empty(const Counted& empty, std::int64_t all, AnswerSet& set, ProgressSink& progress) {
  if (empty.count == all)
    throw Error::bad_input(empty.first, "no example can be scored")
        .found(fmt::format("{} references, all of them empty", all))
        .expected("references with text");
  set.empty_references = empty.count;
  empty.warn(progress, "reference is empty", "references are empty",
             ": nothing scores against an empty reference");
}

AnswerSet join_own(std::vector<Prediction>& predictions, ProgressSink& progress) {
  SetBuilder builder;
  Counted empty;
  std::int64_t all = 0;
  std::map<std::optional<std::int64_t>, std::int64_t> next;
  for (Prediction& prediction : predictions) {
    if (prediction.outputs.empty())
      throw Error::bad_input(prediction.place, "a prediction carries no reference")
          .field("output")
          .expected("a string or an array of strings")
          .remedy("give a file of references with --references");
    count_empty(prediction.outputs, prediction.place, empty);
    all += static_cast<std::int64_t>(prediction.outputs.size());
    const std::int64_t example = prediction.example ? *prediction.example : next[prediction.seed]++;
    const std::vector<std::string> outputs = std::move(prediction.outputs);
    builder.add(example, outputs, "", prediction);
  }
  AnswerSet set = builder.finish(progress);
  set.joined_by = "own";
  warn_of_empty(empty, all, set, progress);
  return set;
}

}  // namespace

AnswerSet join_answers(std::vector<Prediction> predictions, const std::optional<ReferenceFile>& references,
                       ProgressSink& progress) {
  if (!references) return join_own(predictions, progress);
  const auto& all = references->references;
  Joiner joiner(predictions, *references);
  SetBuilder builder;
  Counted empty, unanswered;
  std::vector<bool> used(all.size());
  std::int64_t outputs = 0;
  for (Prediction& prediction : predictions) {
    const std::size_t at = joiner.reference_of(prediction);
    const Reference& reference = all[at];
    if (!used[at]) {
      used[at] = true;
      count_empty(reference.outputs, reference.place, empty);
      outputs += static_cast<std::int64_t>(reference.outputs.size());
    }
    const auto by_place = static_cast<std::int64_t>(at);
    const std::int64_t example =
        prediction.example ? *prediction.example : reference.example.value_or(by_place);
    builder.add(example, reference.outputs, reference.category, prediction);
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!used[i]) unanswered.add(all[i].place);
  AnswerSet set = builder.finish(progress);
  set.joined_by = joiner.rule();
  set.unanswered = unanswered.count;
  unanswered.warn(progress, "reference has no answer", "references have no answer", ": they are left out");
  warn_of_empty(empty, outputs, set, progress);
  return set;
}

}  // namespace tauscope
