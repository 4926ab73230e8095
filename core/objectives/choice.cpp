#include "core/objectives/choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "core/base/csv.h"
#include "core/base/error.h"
#include "core/objectives/presets.h"

namespace tauscope {

namespace {

std::string range_text(const ObjectiveParameter& p) {
  return fmt::format("{} {}{}, {}{}", p.whole ? "a whole number in" : "a number in", p.low_open ? "(" : "[",
                     format_number(p.low), format_number(p.high), p.high_open ? ")" : "]");
}

std::string names_of(std::span<const ObjectiveParameter> parameters) {
  std::string names;
  for (const ObjectiveParameter& p : parameters)
    names.append(names.empty() ? "" : ", ").append(p.name);
  return names;
}

double parse_value(const std::string& text, const std::string& option) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || stop != end)
    throw Error::usage(option + ": not a number").found("'" + text + "'").expected("a number, such as 0.5");
  return value;
}

/// Place of a parameter among the objective's.
std::size_t place_of(const Objective& objective, const std::string& name, const std::string& option) {
  for (std::size_t i = 0; i < objective.parameters.size(); ++i)
    if (name == objective.parameters[i].name) return i;
  const std::string objective_name = objective.text.name;
  throw Error::usage(option + ": the objective " + objective_name + " has no such parameter")
      .found(name)
      .expected(objective.parameters.empty() ? objective_name + " takes none"
                                             : names_of(objective.parameters));
}

struct Assignment {
  std::string name, option;
  double value;
};

Assignment parse_assignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error::usage("--param: not a parameter with its value")
        .found("'" + text + "'")
        .expected("name=value");
  const std::string name = text.substr(0, equals), option = "--param " + name;
  return {name, option, parse_value(text.substr(equals + 1), option)};
}

const Objective& objective_named(const std::string& name) {
  const Objective* objective = find_kernel_objective(name);
  if (objective != nullptr) return *objective;
  throw Error::usage("--name: there is no such objective")
      .found("'" + name + "'")
      .expected("one of " + kernel_objective_names())
      .remedy(find_objective_preset(name) ? "`--preset " + name + "` is a code base's convention"
                                          : "`tauscope objective --list` says what each of them is");
}

const ObjectivePreset* preset_named(const std::string& name) {
  if (name.empty()) return nullptr;
  const ObjectivePreset* preset = find_objective_preset(name);
  if (preset != nullptr) return preset;
  throw Error::usage("--preset: there is none of that name")
      .found("'" + name + "'")
      .expected("one of " + objective_preset_names());
}

/// The preset's objective; jsd at an end of its range where the code base has its own case for that.
const Objective* objective_of(const ObjectivePreset& preset, std::vector<Assignment>& given) {
  for (auto at = given.begin(); preset.jsd_ends && at != given.end(); ++at) {
    if (at->name != "beta" || (at->value != 0 && at->value != 1)) continue;
    const char* name = at->value == 0 ? "fkl" : "rkl";
    given.erase(at);
    return find_kernel_objective(name);
  }
  return find_kernel_objective(preset.objective);
}

void set_parameters(ObjectiveSpec& spec, const ObjectivePreset* preset,
                    const std::vector<Assignment>& given) {
  const Objective& objective = *spec.objective;
  spec.parameters = default_parameters(objective);
  if (preset != nullptr && std::string_view(preset->objective) == objective.text.name) {
    for (const PresetParameter& p : preset->parameters)
      if (p.name != nullptr) spec.parameters[place_of(objective, p.name, preset->name)] = p.value;
  }
  std::set<std::string> seen;
  for (const Assignment& a : given) {
    const std::size_t place = place_of(objective, a.name, "--param");
    if (!seen.insert(a.name).second) throw Error::usage(a.option + ": given twice");
    if (!objective.parameters[place].allows(a.value)) {
      throw Error::usage(a.option + ": out of range")
          .found(format_number(a.value))
          .expected(range_text(objective.parameters[place]));
    }
    spec.parameters[place] = a.value;
  }
}

void set_weights(ObjectiveSpec& spec, const ObjectivePreset* preset, const std::optional<double>& ce_weight) {
  if (preset != nullptr) {
    spec.weight = preset->weight;
    spec.ce_weight = preset->ce_weight;
  }
  if (!ce_weight) return;
  if (!(*ce_weight >= 0 && *ce_weight < 1)) {
    throw Error::usage("--ce-weight: out of range")
        .found(format_number(*ce_weight))
        .expected("a number in [0, 1); the label's cross entropy alone is `--name ce`");
  }
  spec.weight = 1 - *ce_weight;
  spec.ce_weight = *ce_weight;
}

}  // namespace

std::vector<std::string> split_parameters(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

ObjectiveSpec resolve_objective(const ObjectiveChoice& choice) {
  const ObjectivePreset* preset = preset_named(choice.preset);
  if (preset != nullptr && !choice.name.empty() && choice.name != preset->objective) {
    throw Error::usage("--name and --preset name different objectives")
        .found(choice.name + " and " + preset->objective)
        .remedy("leave out --name: a preset says which objective it is");
  }
  if (preset == nullptr && choice.name.empty()) {
    throw Error::usage("--name or --preset is missing")
        .expected("--name with one of " + kernel_objective_names())
        .remedy("`tauscope objective --list` says what each of them is");
  }
  std::vector<Assignment> given;
  for (const std::string& text : choice.parameters)
    given.push_back(parse_assignment(text));
  ObjectiveSpec spec;
  spec.objective = preset != nullptr ? objective_of(*preset, given) : &objective_named(choice.name);
  set_parameters(spec, preset, given);
  if (preset != nullptr) {
    spec.tau = preset->tau.value_or(1.0);
    spec.tau_scaling = preset->tau_scaling;
  }
  spec.tau = choice.tau.value_or(spec.tau);
  if (!(spec.tau >= 0.01 && spec.tau <= 1000)) {
    throw Error::usage("--tau: out of range")
        .found(format_number(spec.tau))
        .expected("a number from 0.01 to 1000");
  }
  spec.tau_scaling = choice.tau_scaling.value_or(spec.tau_scaling);
  set_weights(spec, preset, choice.ce_weight);
  return spec;
}

std::string parameter_text(const ObjectiveSpec& spec) {
  std::string text;
  for (std::size_t i = 0; i < spec.parameters.size(); ++i) {
    text += fmt::format("{}{}={}", i == 0 ? "" : " ", spec.objective->parameters[i].name,
                        format_number(spec.parameters[i]));
  }
  return text;
}

std::string describe_objective(const ObjectiveSpec& spec) {
  std::string text = spec.objective->text.name;
  if (const std::string parameters = parameter_text(spec); !parameters.empty())
    text += " (" + parameters + ")";
  if (spec.objective->needs.tau) {
    text += fmt::format(" at τ = {}, {}", format_number(spec.tau),
                        spec.tau_scaling == TauScaling::squared ? "times τ²" : "no τ²");
  }
  if (spec.weight != 1 || spec.ce_weight != 0) {
    text += fmt::format("; {} of it", format_number(spec.weight));
    if (spec.ce_weight != 0)
      text += fmt::format(" and {} of the label's cross entropy", format_number(spec.ce_weight));
  }
  return text;
}

}  // namespace tauscope
