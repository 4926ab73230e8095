// One sub-command of the program: its options, its help, its work.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/cli/console.h"

namespace tauscope {

struct CommandContext {
  Console& console;
  std::stop_token stop;
  std::vector<std::string> command_line;  ///< as typed, for manifests
};

class CliCommand {
 public:
  virtual ~CliCommand() = default;
  virtual std::string name() const = 0;
  virtual std::string summary() const = 0;
  /// Two lines that work on the bundled demo; shown at the end of --help.
  virtual std::vector<std::string> examples() const = 0;
  virtual void add_options(CLI::App& app) = 0;
  /// Throws Error. Being stopped is not an error: it returns, and the caller sees the signal.
  virtual void run(CommandContext& context) = 0;
};

/// Every command of this build, in the order of the help.
std::vector<std::unique_ptr<CliCommand>> make_commands();

/// The whole program: parses, runs, reports an error once. Returns the exit code of design.md.
int run_cli(int argc, char** argv);

}  // namespace tauscope
