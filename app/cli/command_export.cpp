#include <fmt/format.h>

#include "app/cli/commands.h"
#include "core/base/error.h"
#include "core/report/export.h"

namespace tauscope {

namespace {

class ExportCommand final : public CliCommand {
 public:
  std::string name() const override { return "export"; }
  std::string summary() const override {
    return "draw the figures of an earlier analysis again, and copy its tables";
  }
  std::vector<std::string> examples() const override {
    return {"tauscope export demo-report --format pdf --out paper-figures",
            "tauscope export demo-report --format all --out demo-copy"};
  }
  void add_options(CLI::App& app) override {
    app.add_option("run", run_, "the folder of an analysis")->required();
    app.add_option("--format", format_, "png, svg, pdf, csv or all")
        ->check(CLI::IsMember({"png", "svg", "pdf", "csv", "all"}))
        ->capture_default_str();
    app.add_option("--out", out_, "folder to write to")->required();
  }

  void run(CommandContext& context) override {
    const auto files =
        export_directory(run_, parse_export_formats(format_), out_, context.console, context.stop);
    context.console.result(fmt::format("{} files written to {}", files.size(), out_));
    context.console.document(name(), {{"out", out_}, {"files", files}});
  }

 private:
  std::string run_, format_ = "all", out_;
};

}  // namespace

std::unique_ptr<CliCommand> make_export_command() {
  return std::make_unique<ExportCommand>();
}

}  // namespace tauscope
