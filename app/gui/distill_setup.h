// The form of a distillation run: a spec file, the settings that one changes most, and all others folded.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "app/gui/panel.h"
#include "app/gui/ui_state.h"
#include "core/base/json.h"

namespace tauscope::gui {

class DistillSetup {
 public:
  explicit DistillSetup(UiState& ui) : ui_(ui) {}
  void draw(PanelContext& context);

 private:
  void take_picked();
  void reread();
  void draw_file(PanelContext& context);
  void draw_preset(PanelContext& context);
  void draw_field(PanelContext& context, const std::string& key, float width);
  void draw_sections(PanelContext& context);
  void draw_start(PanelContext& context);
  std::vector<std::string> settings() const;
  /// The resolved value of a key as one would type it.
  std::string value_of(const std::string& key) const;

  UiState& ui_;
  std::string file_, folder_;
  std::map<std::string, std::string> changed_;  ///< by key: what is stronger than the file
  std::map<std::string, std::string> typed_;    ///< what is being typed
  Json resolved_ = nullptr;                     ///< of the file with the changes; null where it has errors
  std::string problem_;
  std::filesystem::file_time_type written_{};  ///< of the file when it was read
  bool stale_ = true;
};

}  // namespace tauscope::gui
