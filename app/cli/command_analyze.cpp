#include <fmt/format.h>

#include "app/cli/commands.h"
#include "app/cli/model_options.h"
#include "app/cli/summary_text.h"
#include "app/engine/analyze_job.h"
#include "core/base/error.h"

namespace tauscope {

namespace {

/// Nothing for "none". The CSV of what is drawn always comes with a figure.
std::optional<FigureFormats> parse_figures(const std::string& text) {
  if (text == "none") return std::nullopt;
  FigureFormats formats{false, false, false, true};
  for (const std::string& format : CLI::detail::split(text, ',')) {
    bool* known = format == "png"   ? &formats.png
                  : format == "svg" ? &formats.svg
                  : format == "pdf" ? &formats.pdf
                                    : nullptr;
    if (known == nullptr)
      throw Error::usage("--figures: unknown format '" + format + "'; known: png, svg, pdf, none");
    *known = true;
  }
  return formats;
}

class AnalyzeCommand final : public CliCommand {
 public:
  std::string name() const override { return "analyze"; }
  std::string summary() const override {
    return "per-token forward-KL and reverse-KL statistics over temperatures, with figures and a report";
  }
  std::vector<std::string> examples() const override {
    return {
        "tauscope analyze --teacher assets/demo/teacher --student assets/demo/student-llama \\\n"
        "      --data assets/demo/data/test.jsonl --limit 50 --out demo-analysis",
        "tauscope analyze --teacher assets/demo/teacher --student a=assets/demo/student-llama --student "
        "b=assets/demo/student-gpt2 \\\n"
        "      --data assets/demo/data/test.jsonl --tau-grid 0.25:16:log:13 --dominant top-k:10 --out "
        "demo-grid"};
  }

  void add_options(CLI::App& app) override {
    add_source_options(app);
    add_spec_options(app);
    add_output_options(app);
    add_machine_options(app);
  }

  void run(CommandContext& context) override {
    const AnalyzeRequest request = make_request(context);
    const AnalyzeOutcome outcome = run_analyze(request, context.console, context.stop);
    context.console.result(summary_text(outcome, request.out));
    context.console.document(name(), {{"out", request.out.string()},
                                      {"status", outcome.manifest.complete ? "complete" : "partial"},
                                      {"manifest", read_json_file(request.out / "manifest.json")}});
  }

 private:
  void add_source_options(CLI::App& app) {
    const std::string group = "Input: checkpoints and data, or logits files";
    app.add_option("--teacher", teacher_, "teacher's Hugging Face folder")->group(group);
    app.add_option("--student", students_, "student's folder, [NAME=]DIR; may be repeated")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--data", data_, "instruction data: JSON lines or a JSON array")->group(group);
    app.add_option("--limit", limit_, "at most so many examples; 0 = all")
        ->check(CLI::NonNegativeNumber)
        ->group(group);
    app.add_option(
           "--template", template_,
           "prompt template: a name (alpaca, none, chatml, llama2, llama3, mistral, zephyr), a file, or a "
           "checkpoint's folder for its own chat template")
        ->group(group);
    app.add_option("--max-length", max_length_,
                   "longest sequence in tokens, cut from the left of the prompt; 0 = the models' context")
        ->check(CLI::NonNegativeNumber)
        ->group(group);
    app.add_option(
           "--too-long", too_long_,
           "an example whose response does not fit (it is never cut): skip it, counted, or end with an error")
        ->check(CLI::IsMember({"skip", "error"}))
        ->capture_default_str()
        ->group(group);
    app.add_flag("--no-eos", no_eos_, "do not add and score the end-of-sequence token")->group(group);
    app.add_option("--teacher-logits", teacher_logits_, "safetensors file with the teacher's logits")
        ->group(group);
    app.add_option("--student-logits", student_logits_,
                   "the same for a student, [NAME=]FILE; may be repeated")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--vocab", vocab_, "logits files of different vocabularies: error, or intersect")
        ->check(CLI::IsMember({"error", "intersect"}))
        ->group(group);
  }

  void add_spec_options(CLI::App& app) {
    const std::string group = "What is computed";
    auto* list =
        app.add_option("--tau", tau_, "temperatures, comma-separated (default 0.5,1,2,4,8)")->group(group);
    app.add_option("--tau-grid", tau_grid_,
                   "temperatures as lo:hi:log:n or lo:hi:linear:n, both ends included")
        ->excludes(list)
        ->group(group);
    app.add_option("--tau-scaling", tau_scaling_,
                   "gradients of tau^2 times the divergence, or of the divergence")
        ->check(CLI::IsMember({"squared", "none"}))
        ->capture_default_str()
        ->group(group);
    app.add_option("--dominant", dominant_, "dominant tokens: nucleus:M, top-k:K or threshold:E, at tau = 1")
        ->capture_default_str()
        ->group(group);
    app.add_option("--mode", mode_, "exact: errors at 1e-5; fast: at 1e-4")
        ->check(CLI::IsMember({"exact", "fast"}))
        ->capture_default_str()
        ->group(group);
    app.add_option("--variant", variant_, "force one kernel variant (see `tauscope variants`)")->group(group);
    app.add_option("--average", average_, "what a mean weighs equally: token or example")
        ->check(CLI::IsMember({"token", "example"}))
        ->capture_default_str()
        ->group(group);
  }

  void add_output_options(CLI::App& app) {
    const std::string group = "Results";
    app.add_option("--out", out_, "folder for tables, figures, report and manifest")
        ->required()
        ->group(group);
    app.add_flag("--force", force_, "replace an analysis that is already there")->group(group);
    app.add_option("--tokens", tokens_, "the per-token table: csv, csv.gz or none")
        ->check(CLI::IsMember({"csv", "csv.gz", "none"}))
        ->capture_default_str()
        ->group(group);
    app.add_option("--figures", figures_, "formats of the figures, comma-separated: png,svg,pdf, or none")
        ->capture_default_str()
        ->group(group);
    app.add_option("--keep-logits", keep_logits_, "keep the logits of the first N examples, or all")
        ->group(group);
    app.add_option("--keep-dtype", keep_dtype_, "type of kept logits")
        ->check(CLI::IsMember({"float16", "bfloat16", "float32"}))
        ->capture_default_str()
        ->group(group);
  }

  void add_machine_options(CLI::App& app) {
    const std::string group = "Machine";
    model_.add_to(app);
    app.add_option("--batch-tokens", batch_tokens_, "tokens per forward pass")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 30))
        ->capture_default_str()
        ->group(group);
    app.add_option("--chunk-megabytes", chunk_megabytes_, "logits held in memory at a time")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
        ->capture_default_str()
        ->group(group);
  }

  void check_sources() const {
    const bool folders = !teacher_.empty() || !students_.empty() || !data_.empty();
    const bool files = !teacher_logits_.empty() || !student_logits_.empty();
    if (folders && files) {
      throw Error::usage(
          "checkpoints (--teacher, --student, --data) and logits files (--teacher-logits, "
          "--student-logits) cannot be mixed in one analysis");
    }
    const auto need = [](bool there, const char* option) {
      if (!there)
        throw Error::usage(std::string(option) + " is missing").remedy("see `tauscope analyze --help`");
    };
    if (files) {
      need(!teacher_logits_.empty(), "--teacher-logits");
      need(!student_logits_.empty(), "--student-logits");
    } else {
      need(!teacher_.empty(), "--teacher (or --teacher-logits)");
      need(!students_.empty(), "--student");
      need(!data_.empty(), "--data");
    }
  }

  AnalyzeRequest make_request(const CommandContext& context) const {
    check_sources();
    AnalyzeRequest request;
    request.teacher = teacher_;
    for (const std::string& text : students_)
      request.students.push_back(parse_student(text));
    name_students(request.students);
    request.data = data_;
    request.data_options.prompt_template = template_;
    request.data_options.limit = limit_;
    request.sequence.add_eos = !no_eos_;
    request.sequence.max_length = max_length_;
    request.model = model_.parsed();
    request.sequence.too_long = too_long_ == "skip" ? TooLong::skip : TooLong::error;
    request.batch_tokens = batch_tokens_;
    request.teacher_logits = teacher_logits_;
    for (const std::string& text : student_logits_)
      request.student_logits.push_back(parse_student(text));
    name_students(request.student_logits);
    request.vocab_intersect = vocab_ == "intersect";

    AnalysisSpec& spec = request.spec;
    if (!tau_.empty()) spec.taus = parse_tau_list(tau_);
    if (!tau_grid_.empty()) spec.taus = parse_tau_grid(tau_grid_);
    spec.tau_scaling = parse_tau_scaling(tau_scaling_);
    spec.dominant = parse_dominant(dominant_);
    spec.mode = parse_analysis_mode(mode_);
    spec.variant = variant_;
    spec.threads = request.model.threads;
    spec.tokens = parse_tokens_format(tokens_);
    spec.average = parse_average(average_);
    if (!keep_logits_.empty()) spec.keep_logits = parse_keep_logits(keep_logits_);
    spec.keep_dtype = parse_keep_dtype(keep_dtype_);
    check_spec(spec);

    request.out = out_;
    request.force = force_;
    request.figures = parse_figures(figures_);
    request.chunk_bytes = chunk_megabytes_ << 20;
    request.command = context.command_line;
    return request;
  }

  std::string teacher_, data_, template_ = "alpaca", teacher_logits_, vocab_ = "error", too_long_ = "skip";
  std::vector<std::string> students_, student_logits_;
  std::int64_t limit_ = 0, max_length_ = 0, batch_tokens_ = 2048, chunk_megabytes_ = 256;
  bool no_eos_ = false, force_ = false;
  std::string tau_, tau_grid_, tau_scaling_ = "squared", dominant_ = "nucleus:0.9", mode_ = "exact", variant_;
  std::string average_ = "token", out_, tokens_ = "csv", figures_ = "png,svg,pdf", keep_logits_;
  std::string keep_dtype_ = "float16";
  ModelCliOptions model_;
};

}  // namespace

std::unique_ptr<CliCommand> make_analyze_command() {
  return std::make_unique<AnalyzeCommand>();
}

}  // namespace tauscope
