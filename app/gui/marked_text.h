// Running text with some of its bytes underlined.
#pragma once

#include <span>
#include <string_view>

#include "app/gui/widgets.h"
#include "eval/metrics/rouge_tokens.h"

namespace tauscope::gui {

/// Wrapped to the width that is left, with line ends kept. `marked`: rising, not overlapping stretches of the
/// text that are underlined in `line`.
void marked_text(const PanelContext& context, std::string_view text, std::span<const TextSpan> marked,
                 Colour line);

}  // namespace tauscope::gui
