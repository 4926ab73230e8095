// Evaluations by the workbench's engine: the job of `tauscope eval`, and reading its folder back.
#include <fmt/format.h>

#include "app/engine/eval_job.h"
#include "app/engine/evaluation_reader.h"
#include "app/engine/workbench_engine.h"

namespace tauscope {

void WorkbenchEngine::evaluate(const EvaluationSpec& spec, const std::filesystem::path& folder,
                               const std::function<void()>& scored, ProgressSink& progress,
                               std::stop_token stop) {
  EvalRequest request;
  request.spec = spec;
  request.out = folder;
  request.threads = options_.model.threads;
  request.command = evaluation_command(spec, folder);
  request.scored = scored;
  const EvalOutcome outcome = run_eval(request, progress, std::move(stop));
  if (outcome.counts.new_tokens > 0 && outcome.seconds > 0)
    progress.note(fmt::format("{} answers, {} new tokens, {:.0f} a second", outcome.counts.answers,
                              outcome.counts.new_tokens,
                              static_cast<double>(outcome.counts.new_tokens) / outcome.seconds));
  if (!outcome.complete) progress.note("stopped: what was done is kept, and Resume goes on with the rest");
}

std::shared_ptr<const EvaluationResult> WorkbenchEngine::read_evaluation(const std::filesystem::path& folder,
                                                                         const std::string& baseline,
                                                                         std::stop_token stop) {
  return read_evaluation_folder(folder, baseline, options_.model.threads, stop);
}

}  // namespace tauscope
