#include "app/session/evaluation_view.h"

#include <algorithm>

#include "eval/metrics/rouge.h"

namespace tauscope {

namespace {

template <typename List, typename Value>
std::optional<std::size_t> place_of(const List& list, const Value& value) {
  const auto found = std::find(list.begin(), list.end(), value);
  if (found == list.end()) return std::nullopt;
  return static_cast<std::size_t>(found - list.begin());
}

}  // namespace

ShownSet shown_set(const Session& session) {
  ShownSet shown;
  const auto evaluation = session.evaluation();
  if (!evaluation.result) {
    shown.note = evaluation.state == Session::Loading::failed    ? evaluation.error
                 : evaluation.state == Session::Loading::loading ? "reading …"
                 : evaluation.job                                ? "no answers yet"
                                  : "No evaluation is open: set one up, or open an earlier one.";
    return shown;
  }
  shown.result = evaluation.result;
  const EvaluationPick& pick = session.view().evaluation;
  for (const EvaluatedSet& set : shown.result->sets)
    if (!shown.set || set.name == pick.set) shown.set = &set;
  if (!shown.set) {
    shown.note = "no answers yet";
    return shown;
  }
  const EvaluatedSet& set = *shown.set;
  if (!set.metrics.empty()) shown.metric = place_of(set.metrics, pick.metric).value_or(0);
  shown.baseline = place_of(set.models, shown.result->baseline);
  shown.seed = place_of(set.seeds, pick.seed).value_or(0);
  const auto chosen = std::find_if(set.prompts.begin(), set.prompts.end(), [&](const auto& prompt) {
    return prompt.example == session.view().answer;
  });
  if (chosen != set.prompts.end())
    shown.prompt = static_cast<std::size_t>(chosen - set.prompts.begin());
  else if (!set.prompts.empty())
    shown.prompt = 0;
  return shown;
}

ComparedAnswers compared_answers(const Session& session) {
  constexpr const char* missing =
      "No evaluation that is open has answers of both students to this data. Evaluate them (Ctrl+3), or open "
      "an earlier evaluation.";
  namespace fs = std::filesystem;
  const auto same = [](const fs::path& a, const fs::path& b) {
    std::error_code error;
    return !a.empty() &&
           fs::absolute(a, error).lexically_normal() == fs::absolute(b, error).lexically_normal();
  };
  ComparedAnswers compared{shown_set(session), {}};
  ShownSet& shown = compared.shown;
  const Sources& sources = session.sources();
  shown.set = nullptr;
  if (!shown.result) return shown.note = missing, compared;
  const EvaluationSpec& spec = shown.result->spec;
  for (const NamedPath& set : spec.sets)
    for (const EvaluatedSet& answered : shown.result->sets)
      if (same(set.path, sources.data) && set.name == answered.name) shown.set = &answered;
  if (!shown.set) return shown.note = missing, compared;
  for (const std::size_t student : {session.view().compare_a, session.view().compare_b})
    for (const NamedPath& model : spec.models)
      if (student < sources.students.size() && same(model.path, sources.students[student].path))
        if (const auto place = place_of(shown.set->models, model.name)) compared.models.push_back(*place);
  shown.prompt.reset();
  for (std::size_t p = 0; p < shown.set->prompts.size(); ++p)
    if (shown.set->prompts[p].example == session.view().example) shown.prompt = p;
  if (compared.models.size() != 2)
    shown.note = missing;
  else if (!shown.prompt)
    shown.note = "The evaluation has no answers to this example.";
  else
    return compared;
  compared.models.clear();
  return compared;
}

std::vector<std::string> table_metrics(const EvaluationResult& result) {
  std::vector<std::string> metrics;
  for (const ComparedRow& row : result.table.rows)
    if (!place_of(metrics, row.metric)) metrics.push_back(row.metric);
  return metrics;
}

std::string shown_table_metric(const Session& session, const EvaluationResult& result) {
  const auto metrics = table_metrics(result);
  if (metrics.empty()) return "";
  return metrics[place_of(metrics, session.view().evaluation.metric).value_or(0)];
}

CommonWords common_words(const std::vector<std::string>& references, const std::string& answer) {
  CommonWords best;
  const RougeTokens of_answer = rouge_tokens(answer, true);
  for (std::size_t r = 0; r < references.size(); ++r) {
    const RougeTokens of_reference = rouge_tokens(references[r], true);
    const RougePair pair(of_reference, of_answer);
    const double f1 = pair.rouge_l().f1;
    if (r > 0 && !(f1 > best.f1)) continue;
    best = {r, f1, {}, {}};
    for (const auto& [in_reference, in_answer] : pair.common_words()) {
      best.in_reference.push_back(of_reference.spans[in_reference]);
      best.in_answer.push_back(of_answer.spans[in_answer]);
    }
  }
  return best;
}

}  // namespace tauscope
