#include "core/runs/read_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/csv.h"
#include "core/base/message.h"
#include "core/objectives/choice.h"
#include "core/objectives/presets.h"
#include "core/runs/nearest.h"
#include "core/runs/spec_keys.h"

namespace tauscope {

namespace {

const std::string see_keys = "`tauscope distill --keys` lists every key";

bool is_sweep_key(const std::string& key) {
  return key == "sweep" || key.starts_with("sweep.");
}

/// An error about a key that is not one: what stands there, or what is near.
Error unknown_key(const Setting& setting) {
  const auto below = [](const std::string& longer, const std::string& shorter) {
    return longer.starts_with(shorter + ".");
  };
  std::vector<std::string> names;
  for (const SpecKey& key : spec_keys()) {
    if (below(key.key, setting.key))
      return setting_error(setting, "is a table")
          .found(described_setting(setting.value))
          .expected(
              fmt::format("[{}] with keys such as {}", setting.key, key.key.substr(setting.key.size() + 1)));
    if (below(setting.key, key.key))
      return setting_error(setting, key.key + " is no table").found("a table").expected(key.expected);
    names.push_back(key.key);
  }
  const std::string near = nearest_name(setting.key, names);
  Error error = setting_error(setting, "there is no such key").remedy(see_keys);
  return near.empty() ? error : std::move(error).expected("perhaps " + near);
}

/// A [section] without a key.
bool is_empty_section(const Setting& setting) {
  const auto& keys = spec_keys();
  return setting.value.is_object() && std::any_of(keys.begin(), keys.end(), [&](const SpecKey& key) {
           return key.key.starts_with(setting.key + ".");
         });
}

/// The settings that count, one of each key.
class Given {
 public:
  Given(const std::vector<Setting>& settings, std::string file) : file_(std::move(file)) {
    for (const Setting& setting : settings) {
      if (is_sweep_key(setting.key) || is_empty_section(setting)) continue;
      if (find_spec_key(setting.key) == nullptr) throw unknown_key(setting);
      const auto [known, fresh] = all_.emplace(setting.key, setting);
      if (!fresh && setting.rank >= known->second.rank) known->second = setting;
    }
  }

  const std::string& file() const { return file_; }
  bool has(const std::string& key) const { return all_.contains(key); }
  const Setting* find(const std::string& key) const {
    const auto known = all_.find(key);
    return known == all_.end() ? nullptr : &known->second;
  }
  /// -1 where it was not given.
  int rank(const std::string& key) const { return has(key) ? all_.at(key).rank : -1; }
  void drop(const std::string& key) { all_.erase(key); }
  std::vector<std::string> keys_below(const std::string& prefix) const {
    std::vector<std::string> keys;
    for (const auto& [key, setting] : all_)
      if (key.starts_with(prefix)) keys.push_back(key);
    return keys;
  }

  /// Of two keys that say the same thing in two ways.
  void one_of(const std::string& first, const std::string& second) {
    if (!has(first) || !has(second)) return;
    if (rank(first) != rank(second)) {
      drop(rank(first) < rank(second) ? first : second);
      return;
    }
    const Setting& one = all_.at(second);
    throw setting_error(one, "contradicts " + first)
        .found(fmt::format("{} at {}, {} at {}", first, all_.at(first).place, second, one.place))
        .expected("one of the two")
        .remedy("leave out one of them");
  }

  /// `key` makes sense only with something that `decider` decides, and it does not.
  void without_effect(const std::string& key, const std::string& decider, const std::string& needs) {
    if (rank(key) < 0) return;
    if (rank(decider) > rank(key)) {
      drop(key);
      return;
    }
    throw setting_error(all_.at(key), "has no effect here")
        .found(described_setting(all_.at(key).value))
        .expected(needs)
        .remedy("leave it out, or change " + decider);
  }

  Error missing(const std::string& key, const std::string& problem) const {
    return Error(ErrorKind::usage, file_, problem).field(key).expected(find_spec_key(key)->expected);
  }
  /// About a key that need not have been given.
  Error about(const std::string& key, const std::string& problem) const {
    const Setting* setting = find(key);
    return setting != nullptr ? setting_error(*setting, problem)
                              : Error(ErrorKind::usage, file_, problem).field(key);
  }

 private:
  std::string file_;
  std::map<std::string, Setting> all_;
};

/// Steps of 0, which leave it to epochs, are no value.
void drop_zero_steps(Given& given) {
  const Setting* steps = given.find("schedule.steps");
  if (steps != nullptr && steps->value == Json(0)) given.drop("schedule.steps");
}

/// A resolved spec has both: the preset, and the name of its objective.
void settle_preset(Given& given) {
  const Setting *name = given.find("objective.name"), *preset = given.find("objective.preset");
  if (name == nullptr || preset == nullptr) return;
  const bool texts = name->value.is_string() && preset->value.is_string();
  const ObjectivePreset* known = texts ? find_objective_preset(preset->value.get<std::string>()) : nullptr;
  if (known != nullptr && name->rank == preset->rank && name->value.get<std::string>() == known->objective)
    given.drop("objective.name");
  else
    given.one_of("objective.name", "objective.preset");
}

void settle_alternatives(Given& given) {
  if (given.has("schedule.epochs")) drop_zero_steps(given);
  given.one_of("schedule.steps", "schedule.epochs");
  given.one_of("student.path", "student.init");
  settle_preset(given);
  const std::string schedule = "objective.tau_schedule.";
  for (const std::string& key : given.keys_below(schedule))
    given.one_of("objective.tau", key);
  const auto parts = given.keys_below(schedule);
  if (parts.empty()) return;
  for (const char* part : {"kind", "from", "to"})
    if (!given.has(schedule + part))
      throw given.about(parts.front(), "a schedule of tau is not whole")
          .found(fmt::format("no {}", part))
          .expected("{ kind = \"linear\", from = 4.0, to = 1.0 }, or cosine");
}

RunSpec read_members(const Given& given) {
  RunSpec spec;
  for (const SpecKey& key : spec_keys()) {
    if (const Setting* setting = given.find(key.key)) key.read(spec, *setting);
    if (key.key != "objective.params") continue;
    for (const std::string& parameter : given.keys_below("objective.params."))
      key.read(spec, *given.find(parameter));
  }
  return spec;
}

const Objective& objective_of(const Given& given, const RunSpec& spec) {
  const auto& asked = spec.objective;
  if (given.has("objective.preset")) {
    if (const ObjectivePreset* preset = find_objective_preset(asked.preset))
      return *find_kernel_objective(preset->objective);
    std::vector<std::string> names;
    for (const ObjectivePreset& preset : objective_presets())
      names.emplace_back(preset.name);
    const std::string near = nearest_name(asked.preset, names);
    throw given.about("objective.preset", "there is no such preset")
        .found(in_quotes(asked.preset))
        .expected(near.empty() ? "one of " + objective_preset_names() : "perhaps " + near)
        .remedy("`tauscope objective --list` says what each of them is");
  }
  if (const Objective* objective = find_kernel_objective(asked.name)) return *objective;
  throw given.about("objective.name", "there is no such objective")
      .found(in_quotes(asked.name))
      .expected("one of " + kernel_objective_names())
      .remedy(find_objective_preset(asked.name)
                  ? "preset = \"" + asked.name + "\" is a code base's convention"
                  : "`tauscope objective --list` says what each of them is");
}

bool has_parameter(const Objective& objective, const std::string& name) {
  return std::any_of(objective.parameters.begin(), objective.parameters.end(),
                     [&](const ObjectiveParameter& p) { return name == p.name; });
}

/// A parameter of another objective, from a source that is weaker than the one that chose this objective, has
/// no effect; so a sweep over objectives can give each its own.
void drop_foreign_parameters(Given& given, const Objective& objective) {
  const int chosen = std::max(given.rank("objective.name"), given.rank("objective.preset"));
  const std::string prefix = "objective.params.";
  for (const std::string& key : given.keys_below(prefix)) {
    const std::string name = key.substr(prefix.size());
    if (has_parameter(objective, name) || given.rank(key) >= chosen) continue;
    const auto all = kernel_objectives();
    if (std::any_of(all.begin(), all.end(), [&](const Objective& one) { return has_parameter(one, name); }))
      given.drop(key);
  }
}

/// "--param beta: out of range" is about a key of a table here.
std::string without_option(const std::string& problem) {
  const std::size_t colon = problem.find(": ");
  return problem.starts_with("--") && colon != problem.npos ? problem.substr(colon + 2) : problem;
}

ObjectiveSpec resolved(const RunSpec& spec, const Given& given) {
  ObjectiveChoice choice;
  if (given.has("objective.preset"))
    choice.preset = spec.objective.preset;
  else
    choice.name = spec.objective.name;
  choice.parameters = spec.objective.parameters;
  if (given.has("objective.tau")) choice.tau = spec.objective.tau.from;
  if (given.has("objective.tau_scaling")) choice.tau_scaling = spec.objective.tau_scaling;
  if (given.has("objective.ce_weight")) choice.ce_weight = spec.objective.ce_weight;
  try {
    return resolve_objective(choice);
  } catch (const Error& error) {
    const auto parameters = given.keys_below("objective.params.");
    std::string about = parameters.empty() ? "objective.name" : parameters.front();
    for (const std::string& key : parameters)
      if (error.problem().starts_with("--param " + key.substr(17) + ":") ||
          error.found_value() == key.substr(17))
        about = key;
    throw given.about(about, without_option(error.problem()))
        .found(error.found_value())
        .expected(error.expected_value())
        .remedy(error.remedy_text());
  }
}

void settle_objective(Given& given, RunSpec& spec) {
  const Objective& objective = objective_of(given, spec);
  drop_foreign_parameters(given, objective);
  const std::string chooser = given.has("objective.preset") ? "objective.preset" : "objective.name";
  const bool eopd = std::string_view(objective.text.name) == "eopd";
  if (!eopd) given.without_effect("objective.h_max_quantile", chooser, "the objective eopd");
  if (eopd) given.one_of("objective.h_max_quantile", "objective.params.h_max");
  const bool moves = !given.keys_below("objective.tau_schedule.").empty();
  if (!objective.needs.tau) {
    const std::string needs = "an objective that has a temperature";
    if (given.has("objective.tau") && spec.objective.tau.from != 1)
      given.without_effect("objective.tau", chooser, needs);
    for (const std::string& key : given.keys_below("objective.tau_schedule."))
      given.without_effect(key, chooser, needs);
  }
  if (std::string_view(objective.text.name) == "ce" && spec.objective.ce_weight != 0)
    given.without_effect("objective.ce_weight", chooser, "an objective other than the cross entropy itself");

  spec = read_members(given);  // without what was dropped
  const ObjectiveSpec resolved_spec = resolved(spec, given);
  auto& asked = spec.objective;
  asked.name = resolved_spec.objective->text.name;
  // A preset's case of its own (forward KL at an end of JSD's range) is no longer the preset.
  if (!asked.preset.empty() && asked.name != find_objective_preset(asked.preset)->objective)
    asked.preset = "";
  asked.parameters.clear();
  for (std::size_t i = 0; i < resolved_spec.parameters.size(); ++i) {
    const char* name = resolved_spec.objective->parameters[i].name;
    if (asked.h_max_quantile && std::string_view(name) == "h_max") continue;
    asked.parameters.push_back(std::string(name) + "=" + format_number(resolved_spec.parameters[i]));
  }
  if (!moves || !objective.needs.tau) {
    const double tau = objective.needs.tau ? resolved_spec.tau : 1;
    asked.tau = {TauSchedule::Kind::constant, tau, tau};
  }
  asked.tau_scaling = resolved_spec.tau_scaling;
  asked.ce_weight = asked.name == "ce" ? 0 : resolved_spec.ce_weight;
}

/// Settings that another one leaves without effect; a value that is the default anyway does no harm.
void settle_policy(Given& given, RunSpec& spec) {
  const RunSpec plain;
  using Policy = RunSpec::Policy;
  if (spec.data.policy != Policy::on_policy && spec.data.student_share != plain.data.student_share)
    given.without_effect("data.student_share", "data.policy", "policy = \"on-policy\"");
  if (spec.data.policy == Policy::fixed) {
    for (const std::string& key : given.keys_below("sampling.")) {
      const SpecKey* known = find_spec_key(key);
      if (known->write(spec) != known->write(plain))
        given.without_effect(key, "data.policy", "policy = \"seqkd\" or \"on-policy\"");
    }
  }
  if (spec.data.policy == Policy::on_policy && spec.teacher.cache != "none")
    given.without_effect("teacher.cache", "data.policy",
                         "responses that stay the same: policy = \"fixed\" or \"seqkd\"");
}

void require_parts(const Given& given, const RunSpec& spec) {
  if (spec.data.train.empty()) throw given.missing("data.train", "there is nothing to train on");
  if (spec.student.path.empty() && spec.student.init.empty())
    throw given.missing("student.path", "there is no student")
        .remedy("path = \"DIR\" to start from a checkpoint, or init = \"config.json\" for random weights");
  if (!spec.teacher.path.empty()) return;
  const Objective& objective = *find_kernel_objective(spec.objective.name);
  if (objective.needs.teacher)
    throw given.missing("teacher.path", fmt::format("the objective {} needs a teacher", spec.objective.name));
  if (spec.data.policy == RunSpec::Policy::seqkd)
    throw given.missing("teacher.path", "the policy seqkd trains on a teacher's responses");
  if (spec.teacher.cache != "none")
    throw given.about("teacher.cache", "there is no teacher whose logits could be kept");
}

void check_numbers(const Given& given, const RunSpec& spec) {
  const auto& schedule = spec.schedule;
  if (schedule.steps > 0 && schedule.warmup_steps > schedule.steps)
    throw given.about("schedule.warmup_steps", "is longer than the run")
        .found(std::to_string(schedule.warmup_steps))
        .expected(fmt::format("at most the {} steps of the run", schedule.steps));
  if (schedule.min_learning_rate > spec.optimizer.learning_rate)
    throw given.about("schedule.min_learning_rate", "is larger than optimizer.learning_rate")
        .found(format_number(schedule.min_learning_rate))
        .expected("at most " + format_number(spec.optimizer.learning_rate));
  const bool both = given.has("data.max_length") && given.has("data.max_prompt_length");
  if (both && spec.data.max_prompt_length >= spec.data.max_length)
    throw given.about("data.max_prompt_length", "leaves no token for a response")
        .found(std::to_string(spec.data.max_prompt_length))
        .expected(fmt::format("less than max_length, {}", spec.data.max_length));
}

void check_validation(const Given& given, const RunSpec& spec) {
  if (spec.evaluation.patience > 0 && spec.evaluation.every == 0)
    throw given.about("evaluation.patience", "counts evaluations, and there is only the one at the end")
        .expected("every = N beside it");
  if (!spec.data.validation.empty()) return;
  for (const char* key : {"evaluation.every", "evaluation.patience"}) {
    if (find_spec_key(key)->write(spec) == Json(0)) continue;
    throw given.about(key, "there is no file to evaluate on")
        .expected("[data] validation = \"FILE\" beside it");
  }
}

}  // namespace

RunSpec resolve_spec(const std::vector<Setting>& settings, const std::string& file) {
  Given given(settings, file);
  settle_alternatives(given);
  RunSpec spec = read_members(given);
  settle_policy(given, spec);
  settle_objective(given, spec);
  require_parts(given, spec);
  check_numbers(given, spec);
  check_validation(given, spec);
  return spec;
}

RunSpec read_run_spec(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  std::vector<Setting> settings = read_settings(file);
  for (const std::string& text : overrides)
    for (Setting& setting : parse_override(text))
      settings.push_back(std::move(setting));
  return resolve_spec(settings, file.string());
}

RunSpec spec_from_json(const Json& json, const std::string& file) {
  return resolve_spec(settings_from_json(json, file), file);
}

}  // namespace tauscope
