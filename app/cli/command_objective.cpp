#include <fmt/format.h>

#include "app/cli/commands.h"
#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/diagnostics/analysis_spec.h"
#include "core/diagnostics/kernel_choice.h"
#include "core/objectives/choice.h"
#include "core/objectives/objective_file.h"
#include "core/objectives/presets.h"

namespace tauscope {

namespace {

Json number_or_null(double x) {
  return std::isfinite(x) ? Json(x) : Json(nullptr);
}

Json objective_json(const Objective& objective) {
  Json parameters = Json::array();
  for (const ObjectiveParameter& p : objective.parameters) {
    parameters.push_back({{"name", p.name},
                          {"default", p.fallback},
                          {"low", p.low},
                          {"high", p.high},
                          {"low_open", p.low_open},
                          {"high_open", p.high_open},
                          {"whole", p.whole},
                          {"help", p.help}});
  }
  return {{"name", objective.text.name},        {"title", objective.text.title},
          {"formula", objective.text.formula},  {"gradient", objective.text.gradient},
          {"help", objective.text.help},        {"parameters", parameters},
          {"teacher", objective.needs.teacher}, {"target", objective.needs.target},
          {"tau", objective.needs.tau}};
}

Json preset_json(const ObjectivePreset& preset) {
  Json parameters = Json::object();
  for (const PresetParameter& p : preset.parameters)
    if (p.name != nullptr) parameters[p.name] = p.value;
  return {{"name", preset.name},
          {"title", preset.title},
          {"objective", preset.objective},
          {"parameters", parameters},
          {"tau", preset.tau ? Json(*preset.tau) : Json(nullptr)},
          {"tau_scaling", preset.tau_scaling == TauScaling::squared ? "squared" : "none"},
          {"weight", preset.weight},
          {"ce_weight", preset.ce_weight},
          {"facts", preset.facts}};
}

std::string parameter_line(const ObjectiveParameter& p) {
  return fmt::format("      {} = {} in {}{}, {}{}: {}", p.name, format_number(p.fallback),
                     p.low_open ? "(" : "[", format_number(p.low), format_number(p.high),
                     p.high_open ? ")" : "]", p.help);
}

class ObjectiveCommand final : public CliCommand {
 public:
  std::string name() const override { return "objective"; }
  std::string summary() const override {
    return "loss and gradient of one objective for logits files, or of what another code base computes";
  }
  std::vector<std::string> examples() const override {
    return {
        "tauscope objective --list",
        "for m in teacher student-llama; do tauscope logits --model assets/demo/$m --text 'Name three "
        "colours.' --out $m.safetensors; done\n"
        "  tauscope objective --name jsd --param beta=0.3 --tau 2 --teacher-logits teacher.safetensors \\\n"
        "      --student-logits student-llama.safetensors --out jsd.safetensors"};
  }

  void add_options(CLI::App& app) override {
    const std::string what = "What is computed";
    app.add_flag("--list", list_, "say what the objectives and presets are, and end")->group(what);
    app.add_option("--name", choice_.name, "the objective: " + kernel_objective_names())->group(what);
    app.add_option("--param", choice_.parameters, "a parameter of it, name=value; may be repeated")
        ->allow_extra_args(false)
        ->group(what);
    app.add_option("--preset", choice_.preset,
                   "instead of --name: what another code base computes, its weights included (see --list)")
        ->group(what);
    app.add_option("--tau", tau_, "temperature of both sides (default: the preset's, else 1)")->group(what);
    app.add_option("--tau-scaling", tau_scaling_,
                   "squared: the loss times tau^2 (default); none: the plain divergence")
        ->check(CLI::IsMember({"squared", "none"}))
        ->group(what);
    app.add_option("--ce-weight", ce_weight_,
                   "W: (1 - W) times the objective + W times the label's cross entropy")
        ->group(what);
    add_file_options(app);
    const std::string machine = "Machine";
    app.add_option("--variant", variant_, "force one kernel variant (see `tauscope variants`)")
        ->group(machine);
    app.add_option("--device", device_, "auto, cpu, cuda or cuda:i; auto is the CPU")
        ->capture_default_str()
        ->group(machine);
    app.add_option("--threads", threads_, "threads; 0 = as many as the machine has")
        ->check(CLI::NonNegativeNumber)
        ->group(machine);
  }

  void run(CommandContext& context) override {
    if (list_) return list(context.console);
    const ObjectiveFileRequest request = make_request(context);
    const ObjectiveFileResult result = write_objective_file(request, context.console, context.stop);
    if (!result.finished) return;
    const ObjectiveReport& report = result.report;
    context.console.result(
        fmt::format("{}: loss ({}), grad ({}, {}) of {}; {} positions scored, mean loss {}",
                    request.out.string(), result.rows, result.rows, result.vocab,
                    describe_objective(request.spec), report.scored, format_number(result.mean_loss)));
    context.console.document(
        name(), {{"out", request.out.string()},
                 {"objective", request.spec.objective->text.name},
                 {"parameters", parameters_json(request.spec)},
                 {"tau", request.spec.tau},
                 {"tau_scaling", request.spec.tau_scaling == TauScaling::squared ? "squared" : "none"},
                 {"weight", request.spec.weight},
                 {"ce_weight", request.spec.ce_weight},
                 {"variant", report.kernel.variant},
                 {"target", report.kernel.target},
                 {"rows", result.rows},
                 {"vocab", result.vocab},
                 {"scored", report.scored},
                 {"infinite", report.infinite},
                 {"undefined_gradients", report.undefined},
                 {"invalid", report.invalid},
                 {"mean_loss", number_or_null(result.mean_loss)}});
  }

 private:
  void add_file_options(CLI::App& app) {
    const std::string group = "Files";
    app.add_option("--teacher-logits", teacher_,
                   "safetensors file with `logits` [N, V], and `targets` and `mask` [N] where there are any")
        ->group(group);
    app.add_option("--student-logits", student_, "the same for the student")->group(group);
    app.add_option("--vocab", vocab_, "logits files of different vocabularies: error, or intersect")
        ->check(CLI::IsMember({"error", "intersect"}))
        ->group(group);
    app.add_option("--out", out_, "safetensors file: loss [N], grad [N, V], float32")->group(group);
    app.add_flag("--force", force_, "replace the file if it exists")->group(group);
  }

  static void list(Console& console) {
    Json objectives = Json::array(), presets = Json::array();
    console.result("Objectives; p of the teacher and q of the student, both softened by τ:");
    for (const Objective& objective : kernel_objectives()) {
      objectives.push_back(objective_json(objective));
      const ObjectiveNeeds& needs = objective.needs;
      console.result(fmt::format("  {:<10} {}: {}{}{}{}", objective.text.name, objective.text.title,
                                 objective.text.formula, needs.target ? " [needs targets]" : "",
                                 needs.teacher ? "" : " [no teacher]",
                                 needs.tau ? "" : " [τ has no effect]"));
      for (const ObjectiveParameter& p : objective.parameters)
        console.result(parameter_line(p));
    }
    console.result("");
    console.result("Presets, what other code bases compute:");
    for (const ObjectivePreset& preset : objective_presets()) {
      presets.push_back(preset_json(preset));
      ObjectiveChoice choice;
      choice.preset = preset.name;
      std::string what = describe_objective(resolve_objective(choice));
      if (!preset.tau) what.replace(what.find("τ = 1"), 6, "τ = --tau");
      console.result(fmt::format("  {:<22} {}: {}", preset.name, preset.title, what));
      console.result(fmt::format("      {}", preset.facts));
    }
    console.document("objective", {{"objectives", objectives}, {"presets", presets}});
  }

  static Json parameters_json(const ObjectiveSpec& spec) {
    Json parameters = Json::object();
    for (std::size_t i = 0; i < spec.parameters.size(); ++i)
      parameters[spec.objective->parameters[i].name] = spec.parameters[i];
    return parameters;
  }

  ObjectiveFileRequest make_request(const CommandContext& context) const {
    ObjectiveChoice choice = choice_;
    if (!tau_.empty()) choice.tau = parse_number(tau_, "--tau");
    if (!tau_scaling_.empty()) choice.tau_scaling = parse_tau_scaling(tau_scaling_);
    if (!ce_weight_.empty()) choice.ce_weight = parse_number(ce_weight_, "--ce-weight");
    ObjectiveFileRequest request;
    request.spec = resolve_objective(choice);
    note_overrides(choice, context.console);
    const auto need = [](bool there, const char* option) {
      if (!there)
        throw Error::usage(std::string(option) + " is missing").remedy("see `tauscope objective --help`");
    };
    need(!teacher_.empty() || !request.spec.objective->needs.teacher, "--teacher-logits");
    need(!student_.empty(), "--student-logits");
    need(!out_.empty(), "--out");
    request.teacher = teacher_;
    request.student = student_;
    request.out = out_;
    request.force = force_;
    request.vocabulary = vocab_ == "intersect" ? VocabularyRule::intersect : VocabularyRule::must_agree;
    const KernelChoice kernel = choose_kernel(variant_, "exact", device_);
    request.variant = kernel.variant;
    request.device = kernel.device;
    request.threads = threads_;
    for (const std::string& word : context.command_line)
      request.command += (request.command.empty() ? "" : " ") + word;
    return request;
  }

  static double parse_number(const std::string& text, const std::string& option) {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value)) return value;
    throw Error::usage(option + ": not a number").found("'" + text + "'").expected("one number, such as 2");
  }

  /// A preset that is not taken as it is no longer computes what its code base does.
  static void note_overrides(const ObjectiveChoice& choice, Console& console) {
    const ObjectivePreset* preset = find_objective_preset(choice.preset);
    if (preset == nullptr) return;
    const auto note = [&](const std::string& what) {
      console.note(fmt::format("{} is not {}'s: {}", what, preset->name, preset->title));
    };
    if (choice.tau && preset->tau && *choice.tau != *preset->tau) note("this τ");
    if (choice.tau_scaling && *choice.tau_scaling != preset->tau_scaling) note("this τ scaling");
    if (choice.ce_weight) note("this weight of the cross entropy");
  }

  ObjectiveChoice choice_;
  bool list_ = false, force_ = false;
  int threads_ = 0;
  std::string tau_, tau_scaling_, ce_weight_, teacher_, student_, vocab_ = "error", out_, variant_,
                                                                  device_ = "auto";
};

}  // namespace

std::unique_ptr<CliCommand> make_objective_command() {
  return std::make_unique<ObjectiveCommand>();
}

}  // namespace tauscope
