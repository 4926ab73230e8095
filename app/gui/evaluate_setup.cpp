#include "app/gui/evaluate_setup.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "app/gui/export_path.h"
#include "app/gui/folder_listing.h"
#include "app/gui/widgets.h"
#include "eval/scoring/metric.h"

namespace tauscope::gui {

namespace {

constexpr std::array protocols{"greedy", "minillm"};
constexpr std::array protocol_helps{
    "The most probable token; one answer to each prompt",
    "As in MiniLLM, DistiLLM, ABKD and DSKD: sampling at temperature 1 from everything, no six tokens twice, "
    "prompts of at most 256 tokens, at most 256 new ones"};

/// "10, 20" as numbers; nothing where it is no such list.
std::optional<std::vector<std::uint64_t>> seed_list(const std::string& text) {
  std::vector<std::uint64_t> seeds;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == ',') {
      ++at;
      continue;
    }
    std::uint64_t seed = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), seed);
    if (error != std::errc()) return std::nullopt;
    seeds.push_back(seed);
    at = static_cast<std::size_t>(end - text.data());
  }
  if (seeds.empty()) return std::nullopt;
  return seeds;
}

std::string counted(std::size_t n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::string stem_of(const std::filesystem::path& path) {
  const auto clean = path.has_filename() ? path : path.parent_path();
  return clean.stem().string();
}

void whole_field(const PanelContext& context, const char* label, std::int64_t& value, std::int64_t least,
                 const char* help) {
  flow(context.em(7) + text_width(label));
  ImGui::SetNextItemWidth(context.em(6.5f));
  int shown = static_cast<int>(std::min<std::int64_t>(value, 1 << 30));
  if (ImGui::InputInt(label, &shown)) value = std::max<std::int64_t>(least, shown);
  tooltip(help);
}

void number_field(const PanelContext& context, const char* label, double& value, double low, double high,
                  const char* help) {
  flow(context.em(5) + text_width(label));
  ImGui::SetNextItemWidth(context.em(4.5f));
  double shown = value;
  if (ImGui::InputDouble(label, &shown, 0, 0, "%.4g") && shown > low && shown <= high) value = shown;
  tooltip(help);
}

}  // namespace

void EvaluateSetup::add(std::vector<Choice>& list, NamedPath item, bool chosen) {
  const bool known = std::any_of(list.begin(), list.end(),
                                 [&](const Choice& choice) { return choice.item.path == item.path; });
  if (known) return;
  if (item.name.empty()) item.name = stem_of(item.path);
  const std::string base = item.name;
  for (int n = 2; std::any_of(list.begin(), list.end(),
                              [&](const Choice& choice) { return choice.item.name == item.name; });
       ++n)
    item.name = fmt::format("{}-{}", base, n);
  list.push_back({std::move(item), chosen, ""});
}

/// What is open is what one wants to evaluate; what was evaluated is what one wants to go on with.
void EvaluateSetup::follow(const Session& session) {
  if (const auto workspace = session.workspace(); workspace && workspace->id != workspace_) {
    workspace_ = workspace->id;
    const Sources& sources = workspace->sources;
    for (const NamedPath& student : sources.students)
      add(models_, student, true);
    if (!sources.teacher.empty()) add(models_, {"", sources.teacher}, true);
    if (!sources.data.empty()) add(sets_, {"", sources.data}, sets_.empty());
    draft_.prompt_template = sources.prompt_template;
  }
  if (const auto result = session.evaluation().result; result && result->folder != read_) {
    read_ = result->folder;
    draft_ = result->spec;
    folder_ = result->folder.string();
    seeds_ = fmt::format("{}", fmt::join(draft_.seeds, ","));
    models_.clear();
    sets_.clear();
    for (const NamedPath& model : draft_.models)
      add(models_, model, true);
    for (const NamedPath& set : draft_.sets) {
      add(sets_, set, true);
      for (const NamedPath& references : draft_.references)
        if (references.name == set.name) sets_.back().references = references.path.string();
    }
  }
  if (folder_.empty()) folder_ = free_folder("evaluation");
}

void EvaluateSetup::take_picked() {
  if (!ui_.picked || ui_.picked->pick == Pick::spec) return;
  const auto [pick, path] = *std::exchange(ui_.picked, std::nullopt);
  if (pick == Pick::evaluated_model) add(models_, {"", path}, true);
  if (pick == Pick::evaluated_set) add(sets_, {"", path}, true);
  if (pick == Pick::references && asked_for_ < sets_.size()) sets_[asked_for_].references = path.string();
}

void EvaluateSetup::draw_choices(PanelContext& context, const char* title, const char* help,
                                 std::vector<Choice>& list, Pick pick) {
  ImGui::PushID(title);
  ImGui::AlignTextToFramePadding();
  heading(context, title);
  ImGui::SameLine();
  if (quiet_button(context, "Add…")) ui_.browse = UiState::Browse{pick, 0};
  tooltip(help);
  if (list.empty()) text_muted(context, "none yet");
  for (std::size_t i = 0; i < list.size(); ++i) {
    Choice& choice = list[i];
    ImGui::PushID(static_cast<int>(i));
    ImGui::Checkbox("##chosen", &choice.chosen);
    ImGui::SameLine();
    ImGui::SetNextItemWidth(context.em(9));
    ImGui::InputText("##name", &choice.item.name);
    tooltip("Its name in tables and folders");
    ImGui::SameLine();
    const bool is_set = pick == Pick::evaluated_set;
    const float button = is_set ? context.em(8) : 0;
    ImGui::AlignTextToFramePadding();
    const std::string path = choice.item.path.string();
    ImGui::PushStyleColor(ImGuiCol_Text, packed(context.theme.muted));
    ImGui::TextUnformatted(
        elide_middle(path, std::max(context.em(6), ImGui::GetContentRegionAvail().x - button)).c_str());
    ImGui::PopStyleColor();
    tooltip(path);
    if (is_set) {
      ImGui::SameLine(std::max(0.0f, ImGui::GetWindowContentRegionMax().x - context.em(7.5f)));
      if (quiet_button(context, choice.references.empty() ? "References…" : "References ✓")) {
        asked_for_ = i;
        ui_.browse = UiState::Browse{Pick::references, 0};
      }
      tooltip(choice.references.empty()
                  ? "A file of references, for data that have none (Vicuna)"
                  : choice.references + "\nA right click goes back to the data's own references");
      if (ImGui::IsItemClicked(ImGuiMouseButton_Right)) choice.references.clear();
    }
    ImGui::PopID();
  }
  ImGui::PopID();
  ImGui::Spacing();
}

void EvaluateSetup::draw_decoding(PanelContext& context) {
  heading(context, "Decoding");
  int protocol = draft_.protocol == protocols[1] ? 1 : 0;
  if (segmented(context, "protocol", protocols, protocol_helps, protocol)) {
    draft_.protocol = protocols.at(static_cast<std::size_t>(protocol));
    draft_.decoding = decoding_protocol(draft_.protocol);
  }
  DecodingOptions& decoding = draft_.decoding;
  whole_field(context, "new tokens", decoding.max_new_tokens, 1, "Length limit of an answer");
  whole_field(context, "examples", draft_.limit, 0, "The first so many of each set; 0 takes all");
  if (ImGui::TreeNode("Details")) {
    if (ImGui::Checkbox("sample", &decoding.sample) && decoding.sample) decoding.temperature = 1;
    tooltip("Off: the most probable token");
    if (decoding.sample) {
      number_field(context, "temperature", decoding.temperature, 0, 100, "Of sampling");
      number_field(context, "top-p", decoding.top_p, 0, 1,
                   "Sample from the smallest set of this much probability");
      whole_field(context, "top-k", decoding.top_k, 0, "Sample from the k most probable tokens; 0 = all");
      ImGui::NewLine();
    }
    whole_field(context, "no n-gram twice", decoding.no_repeat_ngram, 0,
                "No n tokens in a row twice, the prompt included; 0 = allowed");
    number_field(context, "repetition penalty", decoding.repetition_penalty, 0, 100, "1 = none");
    whole_field(context, "prompt length", decoding.max_prompt_length, 0,
                "Longer prompts are cut from the left; 0 = what the context leaves");
    whole_field(context, "batch", draft_.batch, 1, "Answers that are under way at a time");
    draft_.batch = std::min<std::int64_t>(draft_.batch, 4096);
    ImGui::TreePop();
  }
  if (decoding.sample) {
    ImGui::SetNextItemWidth(context.em(14));
    ImGui::InputText("seeds", &seeds_);
    tooltip("Of sampling; scores are averaged over them");
  } else {
    text_muted(context, "Without sampling every seed gives the same answers: one is made.");
  }
  ImGui::Spacing();
}

void EvaluateSetup::draw_scoring(PanelContext& context) {
  heading(context, "Metrics");
  std::vector<std::string> chosen;
  for (std::size_t at = 0; at <= draft_.metrics.size();) {
    const std::size_t end = std::min(draft_.metrics.find(',', at), draft_.metrics.size());
    if (end > at) chosen.push_back(draft_.metrics.substr(at, end - at));
    at = end + 1;
  }
  bool first = true, changed = false;
  for (const std::string& metric : metric_names()) {
    const auto place = std::find(chosen.begin(), chosen.end(), metric);
    bool on = place != chosen.end();
    const float width = text_width(metric) + ImGui::GetFrameHeight() + context.em(1);
    if (!std::exchange(first, false)) flow(width);
    if (!ImGui::Checkbox(metric.c_str(), &on)) continue;
    on ? chosen.push_back(metric) : static_cast<void>(chosen.erase(place));
    changed = true;
  }
  if (changed) draft_.metrics = fmt::format("{}", fmt::join(chosen, ","));
  ImGui::Spacing();
}

EvaluationSpec EvaluateSetup::spec() const {
  EvaluationSpec spec = draft_;
  spec.models.clear();
  spec.sets.clear();
  spec.references.clear();
  for (const Choice& model : models_)
    if (model.chosen) spec.models.push_back(model.item);
  for (const Choice& set : sets_) {
    if (!set.chosen) continue;
    spec.sets.push_back(set.item);
    if (!set.references.empty()) spec.references.push_back({set.item.name, set.references});
  }
  spec.seeds = seed_list(seeds_).value_or(std::vector<std::uint64_t>{});
  return spec;
}

std::string EvaluateSetup::problem() const {
  if (!seed_list(seeds_)) return "The seeds are no list of whole numbers, such as 10, 20, 30.";
  if (draft_.metrics.empty()) return "Choose a metric.";
  if (folder_.empty()) return "A folder for the answers is needed.";
  return evaluation_problem(spec());
}

void EvaluateSetup::draw_start(PanelContext& context) {
  heading(context, "Folder");
  ImGui::SetNextItemWidth(std::min(context.em(34), ImGui::GetContentRegionAvail().x));
  ImGui::InputText("##folder", &folder_);
  tooltip("Answers and scores lie here; an unfinished evaluation in it is gone on with");
  const auto path = absolute_path(folder_);
  const PathKind kind = folder_.empty() ? PathKind::missing : kind_of_path(path);
  if (kind == PathKind::evaluation)
    text_muted(context, "an evaluation is there: what it has already is kept");
  else if (kind != PathKind::missing)
    text_coloured(context.theme.warning, "this is there already, and is no evaluation");
  const EvaluationSpec wanted = spec();
  const std::string what_is_wrong = problem();
  const std::size_t seeds = wanted.decoding.sample ? wanted.seeds.size() : 1;
  ImGui::BeginDisabled(!what_is_wrong.empty());
  if (ImGui::Button(kind == PathKind::evaluation ? "Go on" : "Start", ImVec2(context.em(7), 0))) {
    context.out.emplace_back(RunEvaluation{wanted, path.string()});
    read_ = path;
  }
  ImGui::EndDisabled();
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  if (what_is_wrong.empty())
    text_muted(context, fmt::format("{} × {} × {}", counted(wanted.models.size(), "checkpoint"),
                                    counted(wanted.sets.size(), "set"), counted(seeds, "seed")));
  else
    text_coloured(context.theme.warning, what_is_wrong);
}

void EvaluateSetup::draw(PanelContext& context) {
  follow(context.session);
  take_picked();
  if (ImGui::BeginChild("##setup")) {
    draw_choices(context, "Checkpoints", "Another checkpoint folder", models_, Pick::evaluated_model);
    draw_choices(context, "Sets", "Another data file: Dolly, Self-Instruct, Vicuna, S-NI, UnNI and others",
                 sets_, Pick::evaluated_set);
    draw_decoding(context);
    draw_scoring(context);
    draw_start(context);
  }
  ImGui::EndChild();
}

}  // namespace tauscope::gui
