// Opens the window (or draws without one) and runs until the user, or a script, has done.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "app/session/session.h"

namespace tauscope::gui {

struct GuiOptions {
  std::filesystem::path
      script;  ///< commands to replay; afterwards the window stays, or closes if `screenshot`
  std::filesystem::path screenshot;  ///< PNG of the window once nothing computes any more; then the end
  int width = 1440, height = 900;    ///< in screen units
  std::optional<double> scale;       ///< in place of the display's own
  std::optional<Theme> theme;        ///< in place of the session's
  bool offscreen = false;            ///< no window: an off-screen OpenGL context (scripts and screenshots)
  std::filesystem::path state_file;  ///< session restored from and saved to; empty = neither
};

/// The engine's session with its wake-up wired to the window. Returns when the window is closed. Throws Error
/// where there is no display or no usable OpenGL (naming the commands that need neither), or where a script
/// cannot be read; a script's failing commands are messages, and make it throw Error::failed at its end when
/// no person watches.
void run(Engine& engine, const Sources& sources, const GuiOptions& options, std::stop_token stop);

}  // namespace tauscope::gui
