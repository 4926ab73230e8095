// What the parts of the window share about drawing: what is folded, how wide, what was asked to be opened.
// Nothing here is part of the session; it is saved with the window's layout.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/session/engine.h"

namespace tauscope::gui {

/// What the file browser is asked for.
enum class Pick : std::uint8_t {
  teacher,
  student,
  replace_student,
  data,
  teacher_logits,
  student_logits,
  run,
  data_analysis,  ///< an analysis of the data that is open
  save_folder,    ///< where something is to be saved
  evaluation,     ///< the folder of one
  evaluated_model,
  evaluated_set,
  references,  ///< of a set; this one and the two before go into the form of an evaluation
  runs,        ///< the folder of a distillation run, or of several
  spec,        ///< of a run; goes into its form
};

struct UiState {
  // Asked for by any part, served by the shell in the same frame.
  struct Browse {
    Pick pick = Pick::teacher;
    std::size_t student = 0;  ///< of replace_student
  };
  std::optional<Browse> browse;
  struct Picked {
    Pick pick;
    std::filesystem::path path;
  };
  std::optional<Picked> picked;  ///< by the file browser, for a form
  struct SaveAs {
    std::string plot;  ///< "": the first one that is shown
    std::string ending = "pdf";
  };
  std::vector<std::string> shown_plots;   ///< on the page, as it was drawn last
  std::optional<SaveAs> save_figure;      ///< asks for the file
  std::optional<std::string> save_table;  ///< name of the table; asks for the file
  bool palette = false, export_all = false, analyse = false, shortcuts = false;
  bool focus_search = false, focus_tau = false, focus_filter = false;

  // The layout, in em, so that it survives a change of scale.
  float left = 14, right = 22, strip = 11, compare_strips = 14, jobs = 9;
  bool show_left = true, show_right = true, show_jobs = false;

  // Places.
  std::vector<Sources> recent;           ///< latest first
  std::filesystem::path browser_folder;  ///< where the file browser was last
  std::string export_folder;             ///< last used
};

}  // namespace tauscope::gui
