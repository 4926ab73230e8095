// A window of our own to choose a checkpoint folder, a data file, a logits file, an analysis or a folder to
// save in: with the mouse, or with the keyboard alone (typing filters, arrows choose, Enter opens, Backspace
// goes up, Ctrl+L edits the path).
#pragma once

#include <imgui.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/gui/folder_listing.h"
#include "app/gui/panel.h"
#include "app/gui/ui_state.h"

namespace tauscope::gui {

class FileBrowser {
 public:
  explicit FileBrowser(UiState& ui) : ui_(ui) {}
  void open(UiState::Browse what, const Sources& sources);
  /// Asks for a folder, beginning with the one that `beside` lies in, or would. take_folder() has the answer.
  void open_to_save(const std::filesystem::path& beside);
  std::optional<std::filesystem::path> take_folder() { return std::exchange(folder_, std::nullopt); }
  /// Where it is drawn from inside another pop-up it lies above that one. False where it is not open.
  bool draw(PanelContext& context);

 private:
  struct Place {
    std::string name;
    std::filesystem::path path;
  };
  void begin(UiState::Browse what);
  bool saves() const { return what_.pick == Pick::save_folder; }
  void footer_buttons(PanelContext& context, const char* accept, const std::filesystem::path& target,
                      bool possible, const std::string& help);
  void go(const std::filesystem::path& folder);
  void choose(PanelContext& context, const std::filesystem::path& path);
  void activate(PanelContext& context, const FolderEntry& entry);
  void draw_path(PanelContext& context);
  void draw_places(PanelContext& context, const ImVec2& size);
  void draw_entries(PanelContext& context, const ImVec2& size);
  enum class RowClick { none, once, twice };
  RowClick draw_row(PanelContext& context, const FolderEntry& entry, bool chosen);
  void draw_footer(PanelContext& context);
  void keyboard(bool filter_was_empty);
  void take_path(PanelContext& context, const std::string& typed);
  /// What is typed into the filter is a path: nothing is filtered by it.
  bool filter_is_path() const { return !filter_.empty() && (filter_[0] == '/' || filter_[0] == '~'); }
  std::vector<const FolderEntry*> shown() const;
  bool wanted(PathKind kind) const;
  std::vector<Place> places() const;

  UiState& ui_;
  UiState::Browse what_;
  std::optional<std::filesystem::path> folder_;  ///< that was chosen to save in
  FolderListing listing_;
  std::vector<Place> places_;
  std::string path_, filter_;
  std::filesystem::path described_;  ///< what description_ is about
  std::string description_;
  int chosen_ = 0;
  bool opening_ = false, scroll_ = false, all_files_ = false;
  bool focus_filter_ = false;  ///< so that arrows and Enter go on from what the mouse did
  bool path_active_ = false;   ///< the path's field has the keyboard
};

}  // namespace tauscope::gui
