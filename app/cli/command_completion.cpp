#include <fmt/format.h>

#include "app/cli/commands.h"
#include "core/base/error.h"

namespace tauscope {

namespace {

/// What a shell needs to know of one command.
struct CommandWords {
  std::string name, summary;
  std::vector<std::string> options;
};

std::vector<CommandWords> describe_commands() {
  std::vector<CommandWords> list;
  for (const auto& command : make_commands()) {
    CLI::App app;
    command->add_options(app);
    CommandWords words{command->name(), command->summary(), {"--help", "--json", "--quiet", "--config"}};
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        if (name != "help") words.options.push_back("--" + name);
      }
    }
    list.push_back(std::move(words));
  }
  return list;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string bash_script(const std::vector<CommandWords>& commands) {
  std::vector<std::string> names;
  std::string cases;
  for (const CommandWords& command : commands) {
    names.push_back(command.name);
    cases += fmt::format("    {}) words=\"{}\" ;;\n", command.name, joined(command.options));
  }
  return fmt::format(
      "# bash completion for tauscope; to use it: source <(tauscope completion bash)\n"
      "_tauscope() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} words=\"{}\"\n"
      "  if [ \"$COMP_CWORD\" -gt 1 ]; then\n"
      "    case ${{COMP_WORDS[1]}} in\n{}"
      "    *) words=\"\" ;;\n"
      "    esac\n"
      "    if [[ $current != -* ]]; then COMPREPLY=($(compgen -f -- \"$current\")); return; fi\n"
      "  fi\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}}\n"
      "complete -o filenames -F _tauscope tauscope\n",
      joined(names), cases);
}

std::string zsh_script(const std::vector<CommandWords>& commands) {
  std::string names, cases;
  for (const CommandWords& command : commands) {
    names += fmt::format("    '{}:{}'\n", command.name, command.summary);
    cases += fmt::format("    {}) compadd -- {} ;;\n", command.name, joined(command.options));
  }
  return fmt::format(
      "#compdef tauscope\n"
      "# zsh completion; save as _tauscope in a folder of $fpath\n"
      "_tauscope() {{\n"
      "  local -a names=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then _describe command names; return; fi\n"
      "  if [[ $words[CURRENT] != -* ]]; then _files; return; fi\n"
      "  case $words[2] in\n{}  esac\n"
      "}}\n"
      "compdef _tauscope tauscope\n",
      names, cases);
}

std::string fish_script(const std::vector<CommandWords>& commands) {
  std::string text = "# fish completion; save as ~/.config/fish/completions/tauscope.fish\n";
  for (const CommandWords& command : commands) {
    text += fmt::format("complete -c tauscope -n __fish_use_subcommand -a {} -d '{}'\n", command.name,
                        command.summary);
    for (const std::string& option : command.options) {
      text += fmt::format("complete -c tauscope -n '__fish_seen_subcommand_from {}' -l {}\n", command.name,
                          option.substr(2));
    }
  }
  return text;
}

class CompletionCommand final : public CliCommand {
 public:
  std::string name() const override { return "completion"; }
  std::string summary() const override { return "print a completion script for a shell"; }
  std::vector<std::string> examples() const override {
    return {"source <(tauscope completion bash)",
            "tauscope completion fish > ~/.config/fish/completions/tauscope.fish"};
  }
  void add_options(CLI::App& app) override {
    app.add_option("shell", shell_, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }

  void run(CommandContext& context) override {
    const auto commands = describe_commands();
    const std::string script = shell_ == "bash"  ? bash_script(commands)
                               : shell_ == "zsh" ? zsh_script(commands)
                                                 : fish_script(commands);
    if (!context.console.json()) context.console.write(script);
    context.console.document(name(), {{"shell", shell_}, {"script", script}});
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<CliCommand> make_completion_command() {
  return std::make_unique<CompletionCommand>();
}

}  // namespace tauscope
