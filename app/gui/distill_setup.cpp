#include "app/gui/distill_setup.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/gui/export_path.h"
#include "app/gui/folder_listing.h"
#include "app/gui/fonts.h"
#include "app/gui/widgets.h"
#include "core/objectives/presets.h"
#include "core/runs/read_spec.h"
#include "core/runs/spec_keys.h"

namespace tauscope::gui {

namespace {

/// What one changes from run to run; everything else is folded.
constexpr std::array frequent{"name",
                              "seed",
                              "objective.name",
                              "objective.tau",
                              "objective.ce_weight",
                              "optimizer.learning_rate",
                              "schedule.steps",
                              "schedule.epochs",
                              "batch.size"};

std::string section_of(const std::string& key) {
  const auto dot = key.find('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

const Json* member(const Json& json, const std::string& key) {
  const Json* at = &json;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('.', begin), key.size());
    if (!at->is_object()) return nullptr;
    const auto found = at->find(key.substr(begin, end - begin));
    if (found == at->end()) return nullptr;
    at = &*found;
    begin = end + 1;
  }
  return at;
}

}  // namespace

std::string DistillSetup::value_of(const std::string& key) const {
  const Json* value = resolved_.is_null() ? nullptr : member(resolved_, key);
  if (!value || value->is_null()) return "";
  return value->is_string() ? value->get<std::string>() : value->dump();
}

std::vector<std::string> DistillSetup::settings() const {
  std::vector<std::string> list;
  for (const auto& [key, value] : changed_)
    list.push_back(key + "=" + value);
  return list;
}

/// The spec is read again where its file or a field has changed; its errors are the form's.
void DistillSetup::reread() {
  std::error_code absent;
  const auto path = absolute_path(file_);
  const auto written = std::filesystem::last_write_time(path, absent);
  if (!absent && written != written_) stale_ = true;
  if (!std::exchange(stale_, false)) return;
  written_ = absent ? std::filesystem::file_time_type{} : written;
  problem_.clear();
  if (file_.empty()) {
    resolved_ = nullptr;
    return;
  }
  try {
    resolved_ = to_json(read_run_spec(path, settings()));
  } catch (const std::exception& error) {
    problem_ = error.what();
  }
}

void DistillSetup::take_picked() {
  if (!ui_.picked || ui_.picked->pick != Pick::spec) return;
  file_ = std::exchange(ui_.picked, std::nullopt)->path.string();
  changed_.clear();
  typed_.clear();
  stale_ = true;
}

void DistillSetup::draw_file(PanelContext& context) {
  heading(context, "Spec");
  ImGui::SetNextItemWidth(std::min(context.em(34), ImGui::GetContentRegionAvail().x - context.em(8)));
  if (ImGui::InputTextWithHint("##spec", "a TOML file", &file_)) stale_ = true;
  tooltip("What is trained on what, and how. `tauscope distill --keys` lists everything that it may say.");
  ImGui::SameLine();
  if (ImGui::Button("Browse…")) ui_.browse = UiState::Browse{Pick::spec, 0};
  ImGui::Spacing();
}

void DistillSetup::draw_preset(PanelContext& context) {
  const auto now = changed_.find("objective.preset");
  heading(context, "Objective as in");
  ImGui::SetNextItemWidth(context.em(18));
  const ObjectivePreset* preset = now == changed_.end() ? nullptr : find_objective_preset(now->second);
  if (!ImGui::BeginCombo("##preset", preset ? preset->title : "the settings below",
                         ImGuiComboFlags_HeightLargest))
    return;
  if (ImGui::Selectable("the settings below", preset == nullptr)) {
    changed_.erase("objective.preset");
    stale_ = true;
  }
  for (const ObjectivePreset& each : objective_presets()) {
    if (ImGui::Selectable(each.title, preset == &each)) {
      for (const char* key : {"objective.name", "objective.tau", "objective.ce_weight"})
        changed_.erase(key);
      changed_["objective.preset"] = each.name;
      typed_.clear();
      stale_ = true;
    }
    tooltip(each.facts);
  }
  ImGui::EndCombo();
}

void DistillSetup::draw_field(PanelContext& context, const std::string& key, float width) {
  const SpecKey* known = find_spec_key(key);
  if (!known) return;
  ImGui::PushID(key.c_str());
  const bool is_changed = changed_.count(key) != 0;
  auto [typed, fresh] = typed_.try_emplace(key, value_of(key));
  ImGui::SetNextItemWidth(width);
  const bool entered = ImGui::InputText("##value", &typed->second, ImGuiInputTextFlags_EnterReturnsTrue);
  const bool left = ImGui::IsItemDeactivatedAfterEdit();
  const bool active = ImGui::IsItemActive();
  tooltip(known->meaning + "\n" + known->expected);
  if (entered || left) {
    if (typed->second.empty())
      changed_.erase(key);
    else if (typed->second != value_of(key))
      changed_[key] = typed->second;
    typed_.clear();  // others may follow from it
    stale_ = true;
  } else if (!active && !is_changed) {
    typed->second = value_of(key);
  }
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  if (is_changed)
    text_coloured(context.theme.accent, key);
  else
    text_muted(context, key);
  tooltip(is_changed ? "Changed here; empty it to have the file's value again" : known->meaning);
  ImGui::PopID();
}

void DistillSetup::draw_sections(PanelContext& context) {
  if (!ImGui::TreeNode("All settings")) return;
  std::string section = "?";
  bool open = false;
  for (const SpecKey& key : spec_keys()) {
    if (const std::string of = section_of(key.key); of != section) {
      if (open) ImGui::TreePop();
      section = of;
      open = ImGui::TreeNode(section.empty() ? "run" : section.c_str());
    }
    if (open) draw_field(context, key.key, context.em(14));
  }
  if (open) ImGui::TreePop();
  ImGui::TreePop();
}

void DistillSetup::draw_start(PanelContext& context) {
  if (folder_.empty()) folder_ = free_folder("run");
  ImGui::Spacing();
  heading(context, "Folder");
  ImGui::SetNextItemWidth(std::min(context.em(34), ImGui::GetContentRegionAvail().x));
  ImGui::InputText("##folder", &folder_);
  const auto path = absolute_path(folder_);
  const bool taken = kind_of_path(path) != PathKind::missing;
  if (taken) text_coloured(context.theme.warning, "this is there already");
  const bool ready = problem_.empty() && !resolved_.is_null() && !taken && !folder_.empty();
  ImGui::BeginDisabled(!ready);
  if (ImGui::Button("Start", ImVec2(context.em(7), 0))) {
    context.out.emplace_back(StartRun{absolute_path(file_).string(), settings(), path.string()});
    folder_.clear();
  }
  ImGui::EndDisabled();
}

void DistillSetup::draw(PanelContext& context) {
  take_picked();
  reread();
  if (ImGui::BeginChild("##distill_setup")) {
    draw_file(context);
    if (file_.empty()) {
      text_muted_wrapped(context,
                         "A spec names teacher, student and data, and how to train: the demo's is "
                         "assets/demo/temperature.toml. Runs that are started elsewhere can be watched, too: "
                         "Runs, Open….");
    } else {
      if (!problem_.empty()) error_note(context, "The spec cannot be used", problem_);
      draw_preset(context);
      heading(context, "This run");
      for (const char* key : frequent)
        draw_field(context, key, context.em(10));
      draw_sections(context);
      draw_start(context);
    }
  }
  ImGui::EndChild();
}

}  // namespace tauscope::gui
