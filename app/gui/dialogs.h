// Questions that a command asks before it can be given: where to save, how much to analyse.
#pragma once

#include <string>

#include "app/gui/file_browser.h"
#include "app/gui/panel.h"
#include "app/gui/ui_state.h"

namespace tauscope::gui {

class Dialogs {
 public:
  explicit Dialogs(UiState& ui) : ui_(ui), browser_(ui) {}
  /// Opens what was asked for in `ui` and draws what is open.
  void draw(PanelContext& context);

 private:
  void open_asked(PanelContext& context);
  void save_figure(PanelContext& context);
  void save_table(PanelContext& context);
  void export_all(PanelContext& context);
  void analyse(PanelContext& context);
  void shortcuts(PanelContext& context);
  /// A path that can be typed and a line about what is there already; true when Enter was pressed in it.
  bool path_field(PanelContext& context, const char* label, bool folder);
  /// Cancel and the button that does it; true when it is to be done.
  bool decide(PanelContext& context, const char* accept, bool entered, bool possible);
  void set_ending(const char* ending);

  UiState& ui_;
  FileBrowser browser_;    ///< for the folder of what is saved
  bool browsing_ = false;  ///< it is open: the keys are its own
  std::string name_, path_;
  int format_ = 0, limit_ = 0;
  bool appearing_ = false;
};

}  // namespace tauscope::gui
