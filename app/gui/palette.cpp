#include "app/gui/palette.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "app/gui/command_table.h"
#include "app/gui/number_text.h"
#include "app/gui/widgets.h"
#include "app/session/quantities.h"

namespace tauscope::gui {

namespace {

constexpr std::size_t most_shown = 200;

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

/// "2", "τ 2", "tau = 2.5": a temperature in the slider's range.
std::optional<double> typed_tau(std::string query) {
  for (const std::string_view word : {"τ", "tau"}) {
    if (query.rfind(word, 0) == 0) query.erase(0, word.size());
  }
  const std::size_t start = query.find_first_not_of(" =");
  if (start == std::string::npos) return std::nullopt;
  double value = 0;
  const char* end = query.data() + query.size();
  const auto [stop, error] = std::from_chars(query.data() + start, end, value);
  if (error != std::errc() || stop != end || !(value >= 0.1 && value <= 20)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<int> fuzzy_score(std::string_view pattern, std::string_view text) {
  int score = 0, run = 0;
  std::size_t at = 0;
  for (const char wanted : pattern) {
    if (wanted == ' ') {
      run = 0;
      continue;
    }
    std::size_t found = at;
    while (found < text.size() && lower(text[found]) != lower(wanted))
      ++found;
    if (found == text.size()) return std::nullopt;
    const bool word_start = found == 0 || !std::isalnum(static_cast<unsigned char>(text[found - 1]));
    run = found == at && at > 0 ? run + 1 : 0;
    score += 1 + (word_start ? 8 : 0) + 3 * run - static_cast<int>(std::min<std::size_t>(found - at, 4));
    at = found + 1;
  }
  return score;
}

std::vector<Palette::Entry> Palette::matches(const PanelContext& context) const {
  std::vector<Entry> found;
  const auto offer = [&](std::string title, std::string detail, std::string shortcut, bool can, auto run) {
    const auto score = fuzzy_score(query_, title);
    if (score) found.push_back({std::move(title), std::move(detail), std::move(shortcut), can, *score, run});
  };
  if (const auto tau = typed_tau(query_)) {
    found.push_back({fmt::format("Set τ = {}", number_text(*tau)), "", "", true, 1000,
                     [tau](PanelContext& c, UiState&) { c.out.emplace_back(SetTau{*tau}); }});
  }
  for (const Action& action : actions())
    offer(action.title, menu_title(action.menu), shortcut_text(action.shortcut), enabled(action, context),
          action.run);
  for (const std::string& plot : ui_.shown_plots) {
    if (const PlotInfo* info = find_plot(plot)) {
      offer(fmt::format("Save figure: {}…", info->title), "File", "", true,
            [plot](PanelContext&, UiState& ui) { ui.save_figure = UiState::SaveAs{plot}; });
    }
  }
  if (const auto workspace = context.session.workspace()) {
    for (std::size_t i = 0; i < workspace->students.size(); ++i) {
      offer("Show student " + workspace->students[i].name, "Explore", "", true,
            [i](PanelContext& c, UiState&) { c.out.emplace_back(SelectStudent{i}); });
    }
  }
  for (const Quantity& quantity : quantities()) {
    offer(fmt::format("Colour by {}", quantity.name), quantity.group, "", true,
          [column = quantity.column](PanelContext& c, UiState&) { c.out.emplace_back(SetColourBy{column}); });
  }
  // A data set may have many thousands of examples: they take part once there is something to look for, and
  // come behind the commands, unless it is they that are asked for.
  std::string head = query_.substr(0, 7);
  std::transform(head.begin(), head.end(), head.begin(), lower);
  const bool wants_examples = head.size() >= 2 && std::string_view("example").starts_with(head);
  const auto commands = found.size();
  if (const auto workspace = context.session.workspace(); workspace && !query_.empty()) {
    for (const ExampleTitle& example : workspace->examples) {
      offer(fmt::format("Example {}: {}", example.index, example.title), example.category, "", true,
            [index = example.index](PanelContext& c, UiState&) { c.out.emplace_back(SelectExample{index}); });
    }
  }
  const auto better = [](const Entry& a, const Entry& b) { return a.score > b.score; };
  if (wants_examples) {
    std::stable_sort(found.begin(), found.end(), better);
  } else {
    const auto examples = found.begin() + static_cast<std::ptrdiff_t>(commands);
    std::stable_sort(found.begin(), examples, better);
    std::stable_sort(examples, found.end(), better);
  }
  if (found.size() > most_shown) found.resize(most_shown);
  return found;
}

void Palette::draw_entries(PanelContext& context, const std::vector<Entry>& entries, bool moved,
                           bool accepted) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const bool chosen = static_cast<int>(i) == chosen_;
    ImGui::PushID(static_cast<int>(i));
    ImGui::BeginDisabled(!entry.enabled);
    const float width = ImGui::GetContentRegionAvail().x;
    const bool clicked = ImGui::Selectable("##entry", chosen, ImGuiSelectableFlags_DontClosePopups);
    const float right = width - text_width(entry.shortcut);
    const float detail = width - context.em(7) - text_width(entry.detail);
    ImGui::SameLine(context.em(0.5f));
    text(elide(entry.title, std::max(context.em(4), detail - context.em(1))));
    if (detail > context.em(10)) {
      ImGui::SameLine(detail);
      text_muted(context, entry.detail);
    }
    if (!entry.shortcut.empty()) {
      ImGui::SameLine(right);
      text_muted(context, entry.shortcut);
    }
    ImGui::EndDisabled();
    if (chosen && moved) ImGui::SetScrollHereY();
    if ((clicked || (chosen && accepted)) && entry.enabled) {
      entry.run(context, ui_);
      ImGui::CloseCurrentPopup();
    }
    ImGui::PopID();
  }
}

void Palette::draw(PanelContext& context) {
  constexpr const char* id = "##palette";
  if (opening_) {
    ImGui::OpenPopup(id);
    query_.clear();
    chosen_ = 0;
  }
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float width = std::min(context.em(38), display.x * 0.95f);
  ImGui::SetNextWindowPos(ImVec2((display.x - width) / 2, display.y * 0.12f));
  ImGui::SetNextWindowSize(ImVec2(width, 0));
  if (!ImGui::BeginPopup(id, ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings)) {
    opening_ = false;
    return;
  }
  if (opening_) ImGui::SetKeyboardFocusHere();
  opening_ = false;
  ImGui::SetNextItemWidth(-1);
  const bool accepted = ImGui::InputTextWithHint("##query", "Type a command, a τ, an example…", &query_,
                                                 ImGuiInputTextFlags_EnterReturnsTrue);
  if (ImGui::IsItemEdited()) chosen_ = 0;
  if (accepted) ImGui::SetKeyboardFocusHere(-1);  // Enter takes it away, also where nothing matches
  const std::vector<Entry> entries = matches(context);
  const int step = (key_pressed(Key::down, true) ? 1 : 0) - (key_pressed(Key::up, true) ? 1 : 0);
  const int last = std::max(0, static_cast<int>(entries.size()) - 1);
  chosen_ = std::clamp(chosen_ + step, 0, last);
  const float row = ImGui::GetTextLineHeightWithSpacing();
  const float rows = static_cast<float>(std::clamp<std::size_t>(entries.size(), 1, 14));
  const float height = std::min(rows * row + context.em(0.5f), display.y * 0.6f);
  if (ImGui::BeginChild("##entries", ImVec2(0, height))) {
    if (entries.empty()) text_muted(context, "Nothing is called that.");
    draw_entries(context, entries, step != 0, accepted);
  }
  ImGui::EndChild();
  if (key_pressed(Key::escape)) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

}  // namespace tauscope::gui
