#include "app/gui/layout_file.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "app/session/fields.h"

namespace tauscope::gui {

namespace {

struct Size {
  const char* name;
  float UiState::*member;
};
constexpr std::array sizes{Size{"left", &UiState::left}, Size{"right", &UiState::right},
                           Size{"strip", &UiState::strip}, Size{"compare_strips", &UiState::compare_strips},
                           Size{"jobs", &UiState::jobs}};

struct Switch {
  const char* name;
  bool UiState::*member;
};
constexpr std::array switches{Switch{"show_left", &UiState::show_left},
                              Switch{"show_right", &UiState::show_right},
                              Switch{"show_jobs", &UiState::show_jobs}};

}  // namespace

Json layout_to_json(const UiState& ui) {
  Json out = Json::object();
  for (const Size& size : sizes)
    out[size.name] = std::round(static_cast<double>(ui.*size.member) * 100) / 100;
  for (const Switch& part : switches)
    out[part.name] = ui.*part.member;
  out["browser_folder"] = ui.browser_folder.string();
  out["recent"] = Json::array();
  for (Sources sources : ui.recent) {
    FieldWriter writer;
    visit_fields(sources, writer);
    out["recent"].push_back(writer.take());
  }
  return out;
}

void layout_from_json(const Json& saved, UiState& ui) {
  if (!saved.is_object()) return;
  constexpr double least = 2, most = 400;
  for (const Size& size : sizes) {
    const auto found = saved.find(size.name);
    if (found == saved.end() || !found->is_number()) continue;
    const double value = found->get<double>();
    if (value >= least && value <= most) ui.*size.member = static_cast<float>(value);
  }
  for (const Switch& part : switches) {
    const auto found = saved.find(part.name);
    if (found != saved.end() && found->is_boolean()) ui.*part.member = found->get<bool>();
  }
  if (const auto found = saved.find("browser_folder"); found != saved.end() && found->is_string())
    ui.browser_folder = found->get<std::string>();
  const auto recent = saved.find("recent");
  if (recent == saved.end() || !recent->is_array()) return;
  ui.recent.clear();
  for (const Json& entry : *recent) {
    try {
      Sources sources;
      FieldReader reader(entry, "the window's layout");
      visit_fields(sources, reader);
      if (!sources.empty() && ui.recent.size() < 12) ui.recent.push_back(std::move(sources));
    } catch (const std::exception&) {
      continue;  // of another version: it is only a convenience
    }
  }
}

}  // namespace tauscope::gui
