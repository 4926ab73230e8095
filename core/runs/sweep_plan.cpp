#include "core/runs/sweep_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/base/csv.h"
#include "core/base/message.h"
#include "core/runs/nearest.h"
#include "core/runs/read_spec.h"
#include "core/runs/spec_keys.h"
#include "kernels/objective.h"

namespace tauscope {

namespace {

const std::string prefix = "sweep.";
constexpr std::size_t most_cells = 10000;

/// One list of [sweep].
struct Axis {
  std::string key;
  Setting setting;  ///< the list
};

Axis axis_of(const Setting& setting) {
  Axis axis{setting.key.substr(prefix.size()), setting};
  if (find_spec_key(axis.key) == nullptr || axis.key == "name") {
    std::vector<std::string> names;
    for (const SpecKey& key : spec_keys())
      names.push_back(key.key);
    const std::string near = nearest_name(axis.key, names);
    throw setting_error(setting, "is no key that can be swept")
        .expected(near.empty() ? "a key of the spec, such as \"objective.tau\"" : "perhaps \"" + near + "\"")
        .remedy("`tauscope distill --keys` lists every key");
  }
  if (!setting.value.is_array() || setting.value.empty())
    throw setting_error(setting, "has no list of values")
        .found(described_setting(setting.value))
        .expected("a list such as [1, 2, 4]");
  for (std::size_t i = 0; i < setting.value.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (setting.value[i] == setting.value[j])
        throw setting_error(setting, "a value stands twice").found(setting.value[i].dump());
  return axis;
}

/// Every cell's place in each of the lists.
std::vector<std::vector<std::size_t>> product(const std::vector<Axis>& axes, const std::string& file) {
  std::vector<std::vector<std::size_t>> places{{}};
  for (const Axis& axis : axes) {
    std::vector<std::vector<std::size_t>> longer;
    for (const auto& place : places)
      for (std::size_t i = 0; i < axis.setting.value.size(); ++i) {
        longer.push_back(place);
        longer.back().push_back(i);
      }
    places = std::move(longer);
    if (places.size() > most_cells)
      throw Error(ErrorKind::usage, file, "the sweep has too many cells")
          .field("sweep")
          .expected(fmt::format("at most {}", most_cells));
  }
  return places;
}

std::string short_text(const Json& value) {
  std::string text = value.is_string()         ? value.get<std::string>()
                     : value.is_number_float() ? format_number(value.get<double>())
                                               : value.dump();
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

/// "rkl@2": what is minimised, and at which temperature if it has one.
std::string objective_text(const RunSpec& spec) {
  const auto& objective = spec.objective;
  std::string text = objective.preset.empty() ? objective.name : objective.preset;
  if (!find_kernel_objective(objective.name)->needs.tau) return text;
  text += "@" + format_number(objective.tau.from);
  if (objective.tau.kind != TauSchedule::Kind::constant) text += "-" + format_number(objective.tau.to);
  return text;
}

bool says_objective(const std::string& key) {
  return key == "objective.name" || key == "objective.preset" || key.starts_with("objective.tau");
}

std::string last_part(const std::string& key) {
  return key.substr(key.rfind('.') + 1);
}

/// What tells a cell's group from others: the objective where it is swept, then the other keys.
std::string group_of(const RunSpec& spec, const std::vector<Axis>& axes,
                     const std::vector<std::size_t>& place) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : " ") + part; };
  const bool names_objective =
      std::any_of(axes.begin(), axes.end(), [](const Axis& axis) { return says_objective(axis.key); });
  if (names_objective) add(objective_text(spec));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (says_objective(axes[i].key) || axes[i].key == "seed") continue;
    add(last_part(axes[i].key) + "=" + short_text(axes[i].setting.value[place[i]]));
  }
  return shown(text.empty() ? spec.name : text, 60);
}

bool has_tau(const RunSpec& spec) {
  return find_kernel_objective(spec.objective.name)->needs.tau;
}

class Planner {
 public:
  Planner(std::vector<Setting> base, std::string file) : base_(std::move(base)), file_(std::move(file)) {
    for (const Setting& setting : base_) {
      if (!setting.key.starts_with(prefix)) continue;
      if (setting.key == prefix + "baseline")
        baseline_ = setting;
      else
        axes_.push_back(axis_of(setting));
    }
    if (axes_.empty())
      throw Error(ErrorKind::usage, file_, "there is nothing to sweep")
          .field("sweep")
          .expected("[sweep] with lists, such as \"objective.tau\" = [1, 2, 4]");
    std::stable_partition(axes_.begin(), axes_.end(), [](const Axis& axis) { return axis.key != "seed"; });
  }

  SweepPlan plan() {
    SweepPlan plan;
    for (const Axis& axis : axes_)
      plan.keys.push_back(axis.key);
    const bool seeded = axes_.back().key == "seed";
    std::map<std::string, std::string> known;  // by hash: the cell's name
    std::set<std::string> folders;
    for (const auto& place : product(axes_, file_)) {
      SweepCell cell;
      cell.spec = spec_at(place);
      if (!known.emplace(spec_hash(cell.spec), "").second) continue;
      cell.group = group_of(cell.spec, axes_, place);
      cell.name = cell.group + (seeded ? fmt::format(" seed {}", cell.spec.seed) : "");
      cell.spec.name = cell.name;
      cell.folder = folder_of(cell.name, folders);
      plan.cells.push_back(std::move(cell));
    }
    require_distinct(plan);
    plan.baseline = baseline_of(plan);
    return plan;
  }

 private:
  RunSpec spec_at(const std::vector<std::size_t>& place) const {
    const auto resolved = [&](bool with_tau) {
      std::vector<Setting> settings = base_;
      for (std::size_t i = 0; i < axes_.size(); ++i) {
        if (!with_tau && axes_[i].key.starts_with("objective.tau")) continue;
        Setting value = axes_[i].setting;
        value.key = axes_[i].key;
        value.value = axes_[i].setting.value[place[i]];
        value.rank = 2;
        settings.push_back(std::move(value));
      }
      return resolve_spec(settings, file_);
    };
    // An objective without a temperature is one cell, whichever temperatures the others get.
    const RunSpec plain = resolved(false);
    return has_tau(plain) ? resolved(true) : plain;
  }

  static std::string folder_of(const std::string& name, std::set<std::string>& taken) {
    std::string folder;
    for (const char c : name) {
      const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         std::string_view("@.+=-_").find(c) != std::string_view::npos;
      folder += plain ? c : '_';
    }
    std::string own = folder;
    for (int number = 2; !taken.insert(own).second; ++number)
      own = fmt::format("{}-{}", folder, number);
    return own;
  }

  void require_distinct(const SweepPlan& plan) const {
    std::set<std::string> names;
    for (const SweepCell& cell : plan.cells)
      if (!names.insert(cell.name).second)
        throw Error(ErrorKind::usage, file_, "two cells of the sweep have one name")
            .field("sweep")
            .found(cell.name)
            .remedy("sweep over values whose texts differ");
  }

  std::string baseline_of(const SweepPlan& plan) const {
    const auto groups = plan.groups();
    if (!baseline_) return groups.front();
    const std::string name = baseline_->value.is_string() ? baseline_->value.get<std::string>() : "";
    if (std::find(groups.begin(), groups.end(), name) != groups.end()) return name;
    throw setting_error(*baseline_, "is no group of cells")
        .found(described_setting(baseline_->value))
        .expected(fmt::format("one of {}", fmt::join(groups, ", ")));
  }

  std::vector<Setting> base_;
  std::string file_;
  std::vector<Axis> axes_;
  std::optional<Setting> baseline_;
};

}  // namespace

std::vector<std::string> SweepPlan::groups() const {
  std::vector<std::string> groups;
  for (const SweepCell& cell : cells)
    if (std::find(groups.begin(), groups.end(), cell.group) == groups.end()) groups.push_back(cell.group);
  return groups;
}

bool SweepPlan::compares_objectives() const {
  return std::all_of(keys.begin(), keys.end(),
                     [](const std::string& key) { return key == "seed" || key.starts_with("objective."); });
}

SweepPlan read_sweep(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  std::vector<Setting> settings = read_settings(file);
  for (const std::string& text : overrides) {
    for (Setting& setting : parse_override(text)) {
      // A list of [sweep] is replaced as a whole.
      std::erase_if(settings, [&](const Setting& old) {
        return setting.key.starts_with(prefix) && old.key == setting.key;
      });
      settings.push_back(std::move(setting));
    }
  }
  return Planner(std::move(settings), file.string()).plan();
}

}  // namespace tauscope
