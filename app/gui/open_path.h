// From a chosen path to the command that opens it.
#pragma once

#include <filesystem>

#include "app/gui/ui_state.h"
#include "app/session/command.h"

namespace tauscope::gui {

Command command_for(const UiState::Browse& what, const std::filesystem::path& path, const Sources& now);

/// The bundled demo: found beside the program (build/release/tauscope) or in the working folder. Empty
/// sources where it is not there.
Sources bundled_demo();

/// "teacher · 2 students · test.jsonl": a set of sources in one line.
std::string sources_text(const Sources& sources);

/// Puts what is open at the front of the list; at most 12, each once.
void remember(std::vector<Sources>& recent, Sources sources);

}  // namespace tauscope::gui
