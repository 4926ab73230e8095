// Numbers as the window shows them.
#pragma once

#include <string>

namespace tauscope::gui {

/// Up to `digits` significant digits with a true minus sign; "–" for a value that does not exist, "∞" for
/// infinity.
std::string number_text(double value, int digits = 4);

}  // namespace tauscope::gui
