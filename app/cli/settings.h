// Option values that do not come from the command line: environment and configuration files.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace tauscope {

/// Settings outside the command line, in falling precedence: the environment (TAUSCOPE_<OPTION>, capitals, -
/// as _), the run file named by --config, the user file ($XDG_CONFIG_HOME/tauscope/config.toml). Returns
/// arguments to append to `given` for those options of `command` that neither `given` nor a stronger source
/// sets.
///
/// A file's keys are option names without dashes in front (tau-scaling or tau_scaling), at top level or in a
/// table named like the command. A top-level key must be an option of some command (`known_options`), so that
/// one file can serve several; anything else is an Error::bad_input with file and line. Lists become
/// comma-separated or repeated values, as the option takes them.
std::vector<std::string> settings_arguments(const CLI::App& command, const std::vector<std::string>& given,
                                            const std::set<std::string>& known_options,
                                            const std::set<std::string>& known_commands);

/// $XDG_CONFIG_HOME/tauscope/config.toml or ~/.config/tauscope/config.toml.
std::filesystem::path user_settings_file();

}  // namespace tauscope
