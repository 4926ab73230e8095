// The tables of an evaluation.
#include <algorithm>
#include <array>
#include <map>

#include "app/session/evaluation_view.h"
#include "app/session/table_cells.h"
#include "eval/statistics/sample.h"

namespace tauscope::detail {

namespace {

std::string first_words(const std::string& text, std::size_t most) {
  std::string line;
  for (const char c : text.substr(0, 4 * most))
    line += c == '\n' || c == '\t' || c == '\r' ? ' ' : c;
  std::size_t end = std::min(line.size(), most);
  while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80)
    ++end;  // not within a character
  return line.substr(0, end) + (end < text.size() ? "…" : "");
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// Lines that come back in many prompts are of the template: what names a prompt is the first one that does
/// not.
class PromptTitles {
 public:
  explicit PromptTitles(const EvaluatedSet& set) : prompts_(set.prompts.size()) {
    for (const auto& prompt : set.prompts)
      for (const std::string_view line : lines_of(prompt.text))
        ++counts_[line];
  }
  std::string of(const EvaluatedSet::Prompt& prompt) const {
    for (const std::string_view line : lines_of(prompt.text))
      if (counts_.at(line) <= std::max<std::size_t>(1, prompts_ / 10))
        return first_words(std::string(line), 60);
    return first_words(prompt.text, 60);
  }

 private:
  std::size_t prompts_;
  std::map<std::string_view, std::size_t> counts_;
};

std::string verdict(const ComparedRow& row) {
  if (row.baseline) return "baseline";
  if (!row.tested) return "";
  if (row.within_noise) return "within noise";
  return row.difference.delta > 0 ? "higher" : "lower";
}

}  // namespace

ViewTable evaluation_scores_table(const Session& session) {
  ViewTable table;
  table.columns = {words("set"),
                   words("metric"),
                   words("model"),
                   {"mean", "over prompts; a prompt's value is the mean over its seeds"},
                   {"95% low", "bootstrap over prompts"},
                   {"95% high", "bootstrap over prompts"},
                   {"delta", "against the baseline, over the same prompts"},
                   {"delta low", "95% interval, paired bootstrap"},
                   {"delta high", "95% interval, paired bootstrap"},
                   {"p (Holm)", "paired bootstrap, two-sided, corrected for all tests of this table"},
                   words("verdict", "within noise: the corrected p is not below 0.05"),
                   {"p", "paired bootstrap, two-sided"},
                   {"p (t)", "paired t-test over prompts"},
                   {"effect", "Cohen's d of the paired differences"},
                   words("win / tie / loss", "prompts where the model is above, at or below the baseline"),
                   {"sd over seeds", "of the seeds' own means"},
                   {"prompts", "that every model answered"}};
  const ShownSet shown = shown_set(session);
  table.note = shown.note;
  if (!shown.result) return table;
  const ComparisonTable& compared = shown.result->table;
  if (compared.rows.empty()) {
    table.note = "nothing is scored yet";
    return table;
  }
  if (compared.tests > 0)
    table.note = fmt::format("against {}; Holm's correction over {} {}", shown.result->baseline,
                             compared.tests, compared.tests == 1 ? "test" : "tests");
  if (!shown.result->complete) table.note += table.note.empty() ? "unfinished" : "; unfinished";
  for (const ComparedRow& row : compared.rows) {
    const PairedComparison& difference = row.difference;
    const auto tested = [&](double value) { return row.tested ? number(value) : nothing(); };
    table.rows.push_back(
        {text(row.set), text(row.metric), text(row.model), number(row.mean), number(row.interval.low),
         number(row.interval.high), row.baseline ? nothing() : number(difference.delta),
         tested(difference.interval.low), tested(difference.interval.high), tested(row.p_holm),
         text(verdict(row)), tested(difference.p), tested(difference.p_ttest), tested(difference.effect_size),
         text(row.tested ? fmt::format("{} / {} / {}", difference.wins, difference.ties, difference.losses)
                         : ""),
         number(row.sd_over_seeds), whole(row.count)});
  }
  return table;
}

ViewTable evaluation_answers_table(const Session& session) {
  ViewTable table;
  table.columns = {{"example", "number of the record in its file"}, words("prompt")};
  const ShownSet shown = shown_set(session);
  table.note = shown.note;
  if (!shown.set) return table;
  const EvaluatedSet& set = *shown.set;
  const std::string metric = shown.metric_name();
  for (const std::string& model : set.models)
    if (shown.metric) table.columns.push_back({model, metric + ", mean over the seeds"});
  const bool differences = shown.metric && shown.baseline && set.models.size() > 1;
  for (std::size_t m = 0; differences && m < set.models.size(); ++m)
    if (m != *shown.baseline)
      table.columns.push_back({set.models.size() == 2 ? "delta" : "delta " + set.models[m],
                               set.models[m] + " minus " + set.models[*shown.baseline]});
  table.columns.push_back(words("category"));
  table.note = shown.metric ? set.name + ", " + metric : set.name + ": answers without references";
  const PromptTitles titles(set);
  for (std::size_t p = 0; p < set.prompts.size(); ++p) {
    const auto& prompt = set.prompts[p];
    std::vector<ViewTable::Cell> row{whole(prompt.example), text(titles.of(prompt))};
    for (std::size_t m = 0; shown.metric && m < set.models.size(); ++m)
      row.push_back(number(set.value(*shown.metric, m, p)));
    for (std::size_t m = 0; differences && m < set.models.size(); ++m)
      if (m != *shown.baseline)
        row.push_back(number(set.value(*shown.metric, m, p) - set.value(*shown.metric, *shown.baseline, p)));
    row.push_back(text(prompt.category));
    table.rows.push_back(std::move(row));
  }
  return table;
}

ViewTable evaluation_categories_table(const Session& session) {
  ViewTable table;
  table.columns = {words("category"), {"prompts", "of this category"}};
  const ShownSet shown = shown_set(session);
  table.note = shown.note;
  if (!shown.set) return table;
  const EvaluatedSet& set = *shown.set;
  if (!shown.metric) {
    table.note = "this set has no scores";
    return table;
  }
  for (const std::string& model : set.models)
    table.columns.push_back({model, shown.metric_name() + ", mean over the category's prompts"});
  std::map<std::string, std::vector<std::size_t>> categories;
  for (std::size_t p = 0; p < set.prompts.size(); ++p)
    categories[set.prompts[p].category].push_back(p);
  table.note = fmt::format("{}, {}; no test: the differences of small categories are mostly noise", set.name,
                           shown.metric_name());
  if (categories.size() == 1 && categories.begin()->first.empty()) {
    table.note = set.name + " has no categories";
    return table;
  }
  for (const auto& [category, prompts] : categories) {
    std::vector<ViewTable::Cell> row{text(category.empty() ? "(none)" : category),
                                     whole(static_cast<std::int64_t>(prompts.size()))};
    for (std::size_t m = 0; m < set.models.size(); ++m) {
      std::vector<double> values;
      for (const std::size_t p : prompts)
        if (const double value = set.value(*shown.metric, m, p); std::isfinite(value))
          values.push_back(value);
      row.push_back(number(mean(values)));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace tauscope::detail
