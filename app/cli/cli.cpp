#include <fmt/format.h>

#include <exception>
#include <new>
#include <set>
#include <system_error>

#include "app/cli/commands.h"
#include "app/cli/interrupt.h"
#include "app/cli/settings.h"
#include "core/base/error.h"

namespace tauscope {

namespace {

/// Options that every command takes.
struct SharedOptions {
  bool quiet = false, json = false;
  std::string config;
};

std::string footer(const CliCommand& command) {
  std::string text = "Examples:";
  for (const std::string& line : command.examples())
    text += "\n  " + line;
  return text;
}

CLI::App* add_command(CLI::App& app, CliCommand& command, SharedOptions& shared) {
  CLI::App* sub = app.add_subcommand(command.name(), command.summary());
  sub->footer(footer(command));
  command.add_options(*sub);
  sub->add_flag("--json", shared.json, "print one JSON document on standard output")->group("Output");
  sub->add_flag("--quiet", shared.quiet, "no progress, no notes; warnings and errors remain")
      ->group("Output");
  sub->add_option("--config", shared.config, "settings from a TOML file: option names as keys")
      ->group("Output");
  // Scripts append overrides to a command line; for options that take one value the last one counts.
  for (CLI::Option* option : sub->get_options()) {
    if (option->get_items_expected_max() <= 1) option->take_last();
  }
  return sub;
}

std::set<std::string> option_names(const CLI::App& app) {
  std::set<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    for (const CLI::Option* option : sub->get_options()) {
      for (const std::string& name : option->get_lnames())
        names.insert(name);
    }
  }
  return names;
}

int report(Console& console, const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const Error& error) {
    console.error(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    console.error(
        "out of memory\n  remedy:   fewer rows at a time (--batch-size, --chunk-megabytes) or a smaller "
        "--dtype");
    return static_cast<int>(ErrorKind::exhausted);
  } catch (const std::exception& error) {
    console.error(error.what());
    return static_cast<int>(ErrorKind::failed);
  }
}

int run_parsed(CLI::App& app, const std::vector<std::unique_ptr<CliCommand>>& commands,
               const SharedOptions& shared, Console& console, const std::vector<std::string>& arguments) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  if (chosen.empty()) {
    console.write(app.help());
    return 0;
  }
  console.set_json(shared.json);
  console.set_quiet(shared.quiet);
  InterruptGuard interrupt;
  try {
    for (const auto& command : commands) {
      if (command->name() != chosen.front()->get_name()) continue;
      CommandContext context{console, interrupt.token(), {"tauscope"}};
      context.command_line.insert(context.command_line.end(), arguments.begin(), arguments.end());
      command->run(context);
    }
    console.finish();
  } catch (...) {
    const int code = report(console, std::current_exception());
    return interrupt.exit_code() != 0 ? interrupt.exit_code() : code;
  }
  return interrupt.exit_code();
}

}  // namespace

int run_cli(int argc, char** argv) {
  Console console;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() && has_window()) arguments = {"gui"};
  CLI::App app("TauScope: which divergence, at which temperature, sends what signal to which tokens?",
               "tauscope");
  app.set_version_flag("--version", std::string("tauscope ") + TAUSCOPE_VERSION);
  app.require_subcommand(0, 1);
  SharedOptions shared;
  const auto commands = make_commands();
  std::set<std::string> names;
  for (const auto& command : commands) {
    add_command(app, *command, shared);
    names.insert(command->name());
  }
  try {
    std::vector<std::string> all = arguments;
    if (!arguments.empty() && names.count(arguments.front()) != 0) {
      const auto more =
          settings_arguments(*app.get_subcommand(arguments.front()), arguments, option_names(app), names);
      all.insert(all.begin() + 1, more.begin(), more.end());
    }
    std::vector<std::string> reversed(all.rbegin(), all.rend());  // CLI11 takes them from the back
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      app.exit(error);
      return 0;
    }
    const auto chosen = app.get_subcommands();
    const std::string help =
        chosen.empty() ? "tauscope --help" : "tauscope " + chosen.front()->get_name() + " --help";
    console.error(fmt::format("{}\n  remedy:   see `{}`", error.what(), help));
    return static_cast<int>(ErrorKind::usage);
  } catch (...) {
    return report(console, std::current_exception());
  }
  return run_parsed(app, commands, shared, console, arguments);
}

}  // namespace tauscope
