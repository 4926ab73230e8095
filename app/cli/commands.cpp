#include "app/cli/commands.h"

namespace tauscope {

std::vector<std::unique_ptr<CliCommand>> make_commands() {
  std::vector<std::unique_ptr<CliCommand>> commands;
  commands.push_back(make_gui_command());
  commands.push_back(make_analyze_command());
  commands.push_back(make_objective_command());
  commands.push_back(make_inspect_command());
  commands.push_back(make_tokenize_command());
  commands.push_back(make_logits_command());
  commands.push_back(make_generate_command());
  commands.push_back(make_eval_command());
  commands.push_back(make_score_command());
  commands.push_back(make_distill_command());
  commands.push_back(make_sweep_command());
  commands.push_back(make_compare_command());
  commands.push_back(make_export_command());
  commands.push_back(make_bench_command());
  commands.push_back(make_variants_command());
  commands.push_back(make_env_command());
  commands.push_back(make_completion_command());
  return commands;
}

}  // namespace tauscope
