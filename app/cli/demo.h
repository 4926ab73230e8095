// The demo that comes with the program: a teacher, two students, a test set.
#pragma once

#include <optional>

#include "app/session/engine.h"

namespace tauscope {

/// Looked for in $TAUSCOPE_ASSETS/demo, then from the program's folder upwards (assets/demo of a source
/// tree), then in share/tauscope/demo beside the program's bin folder. Nothing where it is not whole.
std::optional<Sources> find_demo();

}  // namespace tauscope
