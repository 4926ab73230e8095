#include "core/runs/spec_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/csv.h"
#include "core/base/files.h"
#include "core/data/data_file.h"
#include "core/runs/spec_key_builders.h"

namespace tauscope {

namespace {

namespace fs = std::filesystem;
using namespace spec_key;

bool all_digits(std::string_view digits, std::size_t most) {
  return !digits.empty() && digits.size() <= most &&
         digits.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_device(const std::string& name) {
  return name == "auto" || name == "cpu" || name == "cuda" ||
         (name.starts_with("cuda:") && all_digits(std::string_view(name).substr(5), 3));
}

bool is_cache(const std::string& name) {
  if (name == "none" || name == "full") return true;
  const std::string_view k = std::string_view(name).substr(name.starts_with("top-k:") ? 6 : 0);
  return k.size() < name.size() && all_digits(k, 7) && k.find_first_not_of('0') != k.npos;
}

/// Part of a folder's name, so nothing that a file system or a terminal minds; UTF-8 is fine.
bool is_run_name(const std::string& name) {
  return !name.empty() && name.size() <= 80 && name != "." && name != ".." &&
         name.find('/') == std::string::npos && printable_utf8(name) == name &&
         without_controls(name, false) == name;
}

bool is_something(const std::string& value) {
  return !value.empty();
}

SpecKey seed_key() {
  const std::string expected = "a whole number of at least 0";
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    if (!setting.value.is_number_integer()) throw wrong_type(setting, expected);
    if (setting.value.is_number_unsigned()) {
      spec.seed = setting.value.get<std::uint64_t>();
      return;
    }
    if (setting.value.get<std::int64_t>() < 0) throw out_of_range(setting, expected);
    spec.seed = static_cast<std::uint64_t>(setting.value.get<std::int64_t>());
  };
  return {"seed", expected, "of the data's order, of random initial weights and of sampled responses", read,
          [](const RunSpec& spec) { return Json(spec.seed); }};
}

SpecKey template_key() {
  std::string words;
  for (const std::string& name : PromptTemplate::names())
    words += name + ", ";
  const std::string expected = words + "a file, or a checkpoint's folder";
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    const std::string value = text_of(setting, expected);
    const auto& names = PromptTemplate::names();
    const bool word = std::find(names.begin(), names.end(), value) != names.end();
    spec.data.form_template = word ? value : path_of(setting).string();
  };
  return {"data.template", expected,
          "of the prompt around an instruction; records with a prompt of their own need none", read,
          [](const RunSpec& spec) { return Json(spec.data.form_template); }};
}

SpecKey parameters_key() {
  const std::string expected = "a table of numbers: { beta = 0.5 }";
  const std::string prefix = "objective.params.";
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    if (setting.value.is_object() && setting.key + "." == prefix) return;  // params = {}
    if (!setting.key.starts_with(prefix)) throw wrong_type(setting, expected);
    const double value = number_of(setting, setting.value, "a number");
    spec.objective.parameters.push_back(setting.key.substr(prefix.size()) + "=" + format_number(value));
  };
  const auto write = [](const RunSpec& spec) {
    Json table = Json::object();
    for (const std::string& parameter : spec.objective.parameters) {
      const std::size_t equals = parameter.find('=');
      table[parameter.substr(0, equals)] = std::stod(parameter.substr(equals + 1));
    }
    return table;
  };
  return {"objective.params", expected,
          "the objective's parameters; `tauscope objective --list` names them with their defaults", read,
          write};
}

SpecKey tau_key() {
  const auto read = [](RunSpec& spec, const Setting& setting) {
    const double tau = ranged(setting, setting.value, temperatures);
    spec.objective.tau = {TauSchedule::Kind::constant, tau, tau};
  };
  const auto write = [](const RunSpec& spec) {
    const TauSchedule& tau = spec.objective.tau;
    return tau.kind == TauSchedule::Kind::constant ? Json(tau.from) : Json(nullptr);
  };
  return {"objective.tau", temperatures.text(), "the temperature of both sides", read, write};
}

SpecKey tau_kind_key() {
  SpecKey key = choice<TauSchedule::Kind>(
      "objective.tau_schedule.kind", [](RunSpec& s) -> TauSchedule::Kind& { return s.objective.tau.kind; },
      {{"linear", TauSchedule::Kind::linear}, {"cosine", TauSchedule::Kind::cosine}},
      "in place of tau: { kind, from, to }, one that moves from the first to the last step");
  return key;
}

SpecKey tau_end_key(const char* key, double TauSchedule::*end, const char* meaning) {
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    spec.objective.tau.*end = ranged(setting, setting.value, temperatures);
  };
  const auto write = [=](const RunSpec& spec) {
    const TauSchedule& tau = spec.objective.tau;
    return tau.kind == TauSchedule::Kind::constant ? Json(nullptr) : Json(tau.*end);
  };
  return {key, temperatures.text(), meaning, read, write};
}

SpecKey h_max_quantile_key() {
  const Range inside{0, 1, true, true};
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    spec.objective.h_max_quantile = ranged(setting, setting.value, inside);
  };
  const auto write = [](const RunSpec& spec) {
    return spec.objective.h_max_quantile ? Json(*spec.objective.h_max_quantile) : Json(nullptr);
  };
  return {"objective.h_max_quantile", inside.text(),
          "eopd: h_max is this quantile of the teacher's entropies in the batch, in place of a fixed number",
          read, write};
}

SpecKey betas_key() {
  const std::string expected = "two numbers of at least 0 and below 1: [0.9, 0.999]";
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    if (!setting.value.is_array() || setting.value.size() != 2) throw wrong_type(setting, expected);
    for (std::size_t i = 0; i < 2; ++i) {
      const double beta = number_of(setting, setting.value[i], expected);
      if (!below_1.holds(beta)) throw out_of_range(setting, expected);
      spec.optimizer.betas[i] = beta;
    }
  };
  return {"optimizer.betas", expected, "AdamW's decay of the mean and of the mean square of gradients", read,
          [](const RunSpec& spec) { return Json(spec.optimizer.betas); }};
}

SpecKey epochs_key() {
  SpecKey key = number(
      "schedule.epochs", [](RunSpec& s) -> double& { return s.schedule.epochs; }, {0, 1e6, true},
      "in place of steps: how often the data is read");
  key.write = [](const RunSpec& spec) {
    return spec.schedule.steps > 0 ? Json(nullptr) : Json(spec.schedule.epochs);
  };
  return key;
}

SpecKey probe_tau_key() {
  constexpr std::size_t most = 64;
  const std::string expected = fmt::format("a list of 1 to {} temperatures from 0.01 to 1000", most);
  const auto read = [=](RunSpec& spec, const Setting& setting) {
    if (!setting.value.is_array()) throw wrong_type(setting, expected);
    if (setting.value.empty() || setting.value.size() > most) throw out_of_range(setting, expected);
    std::vector<double> taus;
    for (const Json& element : setting.value) {
      taus.push_back(number_of(setting, element, expected));
      if (!temperatures.holds(taus.back())) throw out_of_range(setting, expected);
    }
    spec.probe.tau = taus;
  };
  return {"probe.tau", expected, "temperatures of the probe", read,
          [](const RunSpec& spec) { return Json(spec.probe.tau); }};
}
std::vector<SpecKey> run_keys() {
  return {text("name", TS_MEMBER(std::string, name), is_run_name,
               "a name of at most 80 bytes without '/' and control characters",
               "of the run, in its folder's name"),
          seed_key(),
          text("device", TS_MEMBER(std::string, device), is_device, "auto, cpu, cuda or cuda:i",
               "where models are; auto takes a GPU if there is one"),
          text(
              "dtype", TS_MEMBER(std::string, dtype),
              [](const std::string& name) { return name == "float32" || name == "bfloat16"; },
              "float32 or bfloat16", "of the student's passes; master weights are float32"),
          path("teacher.path", TS_MEMBER(fs::path, teacher.path), "a folder",
               "the teacher's checkpoint; may be absent for `ce`"),
          text("teacher.cache", TS_MEMBER(std::string, teacher.cache), is_cache, "none, full or top-k:K",
               "keep the teacher's logits on disk, all of them or the K largest and the rest's mass"),
          path("student.path", TS_MEMBER(fs::path, student.path), "a folder", "the checkpoint to start from"),
          path("student.init", TS_MEMBER(fs::path, student.init), "a config.json",
               "in place of path: random weights from the seed"),
          flag("student.gradient_checkpointing", TS_MEMBER(bool, student.gradient_checkpointing),
               "compute layers twice rather than keep them: less memory, more time")};
}

std::vector<SpecKey> data_keys() {
  using Policy = RunSpec::Policy;
  return {
      path("data.train", TS_MEMBER(fs::path, data.train), "a file", "what is trained on"),
      path("data.validation", TS_MEMBER(fs::path, data.validation), "a file",
           "what is evaluated on: its loss, and answers to its prompts"),
      template_key(),
      integer("data.max_length", TS_MEMBER(std::int64_t, data.max_length), 2, huge,
              "tokens of prompt and response; examples with a longer response are left out"),
      integer("data.max_prompt_length", TS_MEMBER(std::int64_t, data.max_prompt_length), 1, huge,
              "tokens of a prompt; longer ones lose their start"),
      integer("data.limit", TS_MEMBER(std::int64_t, data.limit), 0, huge, "examples that are used; 0 = all"),
      flag("data.shuffle", TS_MEMBER(bool, data.shuffle),
           "false: records in file order, consecutive records form a batch"),
      choice<Policy>("data.policy", TS_MEMBER(Policy, data.policy),
                     {{"fixed", Policy::fixed}, {"seqkd", Policy::seqkd}, {"on-policy", Policy::on_policy}},
                     "whose responses are trained on: the file's, the teacher's, the student's own"),
      number("data.student_share", TS_MEMBER(double, data.student_share), share,
             "on-policy: share of batches whose responses the student samples"),
      number("sampling.temperature", TS_MEMBER(double, sampling.temperature), above_0,
             "of sampled responses (seqkd, on-policy)"),
      number("sampling.top_p", TS_MEMBER(double, sampling.top_p), {0, 1, true},
             "sample among the smallest set of that much probability"),
      integer("sampling.top_k", TS_MEMBER(std::int64_t, sampling.top_k), 0, huge,
              "sample among the k most probable tokens; 0 = all"),
      integer("sampling.max_new_tokens", TS_MEMBER(std::int64_t, sampling.max_new_tokens), 1, huge,
              "longest sampled response")};
}

std::vector<SpecKey> objective_keys() {
  using Average = RunSpec::Average;
  return {text("objective.name", TS_MEMBER(std::string, objective.name), is_something,
               "an objective of `tauscope objective --list`", "what is minimised"),
          text("objective.preset", TS_MEMBER(std::string, objective.preset), is_something,
               "a preset of `tauscope objective --list`",
               "in place of name: what a code base computes, with its parameters, tau, scaling and "
               "ce_weight, which "
               "keys of this table override"),
          parameters_key(),
          tau_key(),
          tau_kind_key(),
          tau_end_key("objective.tau_schedule.from", &TauSchedule::from, "at the first step"),
          tau_end_key("objective.tau_schedule.to", &TauSchedule::to, "at the last step"),
          choice<TauScaling>("objective.tau_scaling", TS_MEMBER(TauScaling, objective.tau_scaling),
                             {{"squared", TauScaling::squared}, {"none", TauScaling::none}},
                             "squared: the divergence times tau^2"),
          number("objective.ce_weight", TS_MEMBER(double, objective.ce_weight), below_1,
                 "loss = (1 - ce_weight) divergence + ce_weight cross entropy"),
          choice<Average>("objective.average", TS_MEMBER(Average, objective.average),
                          {{"token", Average::token}, {"example", Average::example}},
                          "token: over all scored tokens of a step; example: within each example first"),
          h_max_quantile_key()};
}

std::vector<SpecKey> optimizer_keys() {
  using Decay = RunSpec::Decay;
  return {number("optimizer.learning_rate", TS_MEMBER(double, optimizer.learning_rate), above_0,
                 "of AdamW, at its largest"),
          betas_key(),
          number("optimizer.epsilon", TS_MEMBER(double, optimizer.epsilon), above_0, "of AdamW"),
          number("optimizer.weight_decay", TS_MEMBER(double, optimizer.weight_decay), at_least_0,
                 "decoupled, on parameters of two or more dimensions"),
          number("optimizer.clip_norm", TS_MEMBER(double, optimizer.clip_norm), at_least_0,
                 "largest norm of the gradient of all parameters; 0 = off"),
          choice<Decay>("schedule.kind", TS_MEMBER(Decay, schedule.kind),
                        {{"cosine", Decay::cosine}, {"linear", Decay::linear}, {"constant", Decay::constant}},
                        "of the learning rate after warm-up"),
          integer("schedule.warmup_steps", TS_MEMBER(std::int64_t, schedule.warmup_steps), 0, huge,
                  "step s of these has the learning rate times s / warmup_steps"),
          integer("schedule.steps", TS_MEMBER(std::int64_t, schedule.steps), 0, huge,
                  "of the run; 0 = as many as epochs make"),
          epochs_key(),
          number("schedule.min_learning_rate", TS_MEMBER(double, schedule.min_learning_rate), at_least_0,
                 "that cosine and linear fall to"),
          integer("batch.size", TS_MEMBER(std::int64_t, batch.size), 1, 1 << 20, "examples of one pass"),
          integer("batch.accumulation", TS_MEMBER(std::int64_t, batch.accumulation), 1, 1 << 20,
                  "passes of one step"),
          flag("batch.halve_on_exhaustion", TS_MEMBER(bool, batch.halve_on_exhaustion),
               "out of memory: half the size and twice the accumulation, which is the same mathematics")};
}

std::vector<SpecKey> watching_keys() {
  return {integer("evaluation.every", TS_MEMBER(std::int64_t, evaluation.every), 0, huge,
                  "steps between evaluations on the validation file; 0 = at the end only"),
          text("evaluation.metric", TS_MEMBER(std::string, evaluation.metric), is_something,
               "metrics of `tauscope score`, separated by commas", "of greedy answers"),
          integer("evaluation.limit", TS_MEMBER(std::int64_t, evaluation.limit), 0, huge,
                  "prompts that are answered; 0 = all"),
          integer("evaluation.max_new_tokens", TS_MEMBER(std::int64_t, evaluation.max_new_tokens), 1, huge,
                  "longest answer"),
          integer("evaluation.patience", TS_MEMBER(std::int64_t, evaluation.patience), 0, huge,
                  "evaluations without a better validation loss after which the run stops; 0 = never"),
          integer("probe.every", TS_MEMBER(std::int64_t, probe.every), 0, huge,
                  "steps between diagnostics of the gradients on fixed training examples; 0 = never"),
          probe_tau_key(),
          integer("probe.limit", TS_MEMBER(std::int64_t, probe.limit), 1, huge, "examples of the probe"),
          integer("checkpoint.every", TS_MEMBER(std::int64_t, checkpoint.every), 0, huge,
                  "steps between checkpoints, from which a run can go on; 0 = at the end only"),
          integer("checkpoint.keep_last", TS_MEMBER(std::int64_t, checkpoint.keep_last), 1, huge,
                  "how many are kept"),
          flag("checkpoint.keep_best", TS_MEMBER(bool, checkpoint.keep_best),
               "keep the one with the lowest validation loss too")};
}

std::string default_text(const SpecKey& key) {
  const Json value = key.write(RunSpec{});
  return value.is_null() ? "(none)" : value.is_object() ? "{}" : value.dump();
}

}  // namespace

const std::vector<SpecKey>& spec_keys() {
  static const std::vector<SpecKey> all = [] {
    std::vector<SpecKey> keys;
    for (auto part : {run_keys(), data_keys(), objective_keys(), optimizer_keys(), watching_keys()})
      keys.insert(keys.end(), part.begin(), part.end());
    return keys;
  }();
  return all;
}

const SpecKey* find_spec_key(std::string_view key) {
  if (key.starts_with("objective.params.")) key = "objective.params";
  for (const SpecKey& one : spec_keys())
    if (one.key == key) return &one;
  return nullptr;
}

std::string spec_key_text() {
  std::string text, section = "-";
  for (const SpecKey& key : spec_keys()) {
    const std::size_t dot = key.key.find('.');
    const std::string own = dot == std::string::npos ? "" : key.key.substr(0, dot);
    if (own != section && !own.empty()) text += fmt::format("\n[{}]\n", own);
    section = own;
    const std::string name = own.empty() ? key.key : key.key.substr(dot + 1);
    text += fmt::format("{} = {}\n    {}\n    {}\n", name, default_text(key), key.meaning, key.expected);
  }
  return text;
}

Json to_json(const RunSpec& spec) {
  Json all = Json::object();
  for (const SpecKey& key : spec_keys()) {
    std::string pointer = "/" + key.key;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    all[Json::json_pointer(pointer)] = key.write(spec);
  }
  return all;
}

std::string spec_hash(const RunSpec& spec) {
  return sha256(to_json(spec).dump());
}

}  // namespace tauscope
