// One factory a command; app/cli/commands.cpp lists them.
#pragma once

#include "app/cli/command.h"

namespace tauscope {

std::unique_ptr<CliCommand> make_gui_command();
std::unique_ptr<CliCommand> make_analyze_command();
std::unique_ptr<CliCommand> make_objective_command();
std::unique_ptr<CliCommand> make_tokenize_command();
std::unique_ptr<CliCommand> make_logits_command();
std::unique_ptr<CliCommand> make_inspect_command();
std::unique_ptr<CliCommand> make_generate_command();
std::unique_ptr<CliCommand> make_eval_command();
std::unique_ptr<CliCommand> make_score_command();
std::unique_ptr<CliCommand> make_distill_command();
std::unique_ptr<CliCommand> make_sweep_command();
std::unique_ptr<CliCommand> make_compare_command();
std::unique_ptr<CliCommand> make_export_command();
std::unique_ptr<CliCommand> make_bench_command();
std::unique_ptr<CliCommand> make_variants_command();
std::unique_ptr<CliCommand> make_env_command();
std::unique_ptr<CliCommand> make_completion_command();

/// Whether this build can open windows: `tauscope` alone is `tauscope gui` then.
bool has_window();

}  // namespace tauscope
