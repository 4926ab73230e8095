// The window's layout as JSON.
#pragma once

#include "app/gui/ui_state.h"
#include "core/base/json.h"

namespace tauscope::gui {

Json layout_to_json(const UiState& ui);
/// Takes what it knows and what is in range; the rest stays as it is.
void layout_from_json(const Json& saved, UiState& ui);

}  // namespace tauscope::gui
