// Distillation runs by the workbench's engine: the jobs of `tauscope distill`.
#include "app/engine/distill_parts.h"
#include "app/engine/workbench_engine.h"
#include "core/runs/read_spec.h"

namespace tauscope {

void WorkbenchEngine::start_run(const std::filesystem::path& spec, const std::vector<std::string>& settings,
                                const std::filesystem::path& folder, ProgressSink& progress,
                                std::stop_token stop) {
  const RunSpec run = read_run_spec(spec, settings);
  check_evaluation(run, spec.string());
  std::vector<std::string> command{"tauscope", "distill", "--spec", spec.string()};
  for (const std::string& setting : settings)
    command.insert(command.end(), {"--set", setting});
  command.insert(command.end(), {"--out", folder.string()});
  progress.note(distill_text(
      run_distill(run, folder, false, {{"command", command}}, distill_parts(command), progress, stop)));
}

void WorkbenchEngine::resume_run(const std::filesystem::path& folder, ProgressSink& progress,
                                 std::stop_token stop) {
  const std::vector<std::string> command{"tauscope", "distill", "--resume", folder.string()};
  progress.note(distill_text(resume_distill(folder, distill_parts(command), progress, stop)));
}

}  // namespace tauscope
