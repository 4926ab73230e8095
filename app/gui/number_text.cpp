#include "app/gui/number_text.h"

#include <fmt/format.h>

#include <cmath>

namespace tauscope::gui {

std::string number_text(double value, int digits) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  std::string text = fmt::format("{:.{}g}", std::abs(value), digits);
  return value < 0 ? "−" + text : text;
}

}  // namespace tauscope::gui
