#include "core/figure/ticks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <initializer_list>

namespace tauscope {

namespace {

const std::string minus = "−";

std::string superscript(int exponent) {
  static const char* const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = exponent < 0 ? "⁻" : "";
  for (const char c : std::to_string(std::abs(exponent)))
    out += digits[c - '0'];
  return out;
}

std::string with_minus(std::string text) {
  if (!text.empty() && text[0] == '-') text.replace(0, 1, minus);
  return text;
}

/// Decides which ticks keep their labels.
class Room {
 public:
  Room(bool vertical, const Style& style, const TextMetrics& metrics)
      : vertical_(vertical), size_(style.tick_size), metrics_(metrics) {}

  double extent(const std::string& label) const {
    const TextExtent e = metrics_.measure(label, size_, false);
    return vertical_ ? e.height() : e.width;
  }
  double gap() const { return vertical_ ? 0.15 * size_ : 0.8 * size_; }

  bool fits(std::vector<Tick> ticks) const {
    std::erase_if(ticks, [](const Tick& t) { return t.label.empty(); });
    std::sort(ticks.begin(), ticks.end(), [](const Tick& a, const Tick& b) { return a.point < b.point; });
    for (std::size_t i = 0; i + 1 < ticks.size(); ++i)
      if (!apart(ticks[i], ticks[i + 1])) return false;
    return true;
  }
  bool apart(const Tick& a, const Tick& b) const {
    return std::abs(a.point - b.point) >= (extent(a.label) + extent(b.label)) / 2 + gap();
  }
  /// How many labels look right, not only fit.
  int wanted(double length) const {
    return std::max(2, static_cast<int>(length / (vertical_ ? 24 : 36)) + 1);
  }

 private:
  bool vertical_;
  double size_;
  const TextMetrics& metrics_;
};

double next_nice(double step) {
  const double decade = std::pow(10.0, std::floor(std::log10(step) + 1e-9));
  const double lead = step / decade;
  return lead < 1.5 ? 2 * decade : lead < 3.5 ? 5 * decade : 10 * decade;
}

/// The largest 1-2-5 number that is not above `step`.
double nice_below(double step) {
  const double decade = std::pow(10.0, std::floor(std::log10(step)));
  const double lead = step / decade;
  return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * decade;
}

std::vector<Tick> multiples(const AxisMap& map, double step) {
  std::vector<Tick> out;
  const double slack = 1e-9 * step;
  for (double k = std::ceil((map.low() - slack) / step); k * step <= map.high() + slack && out.size() < 200;
       ++k) {
    const double value = k == 0 ? 0 : k * step;
    if (map.drawable(value)) out.push_back({value, map.point(value), ""});
  }
  double largest = 0;
  for (const Tick& tick : out)
    largest = std::max(largest, std::abs(tick.value));
  for (Tick& tick : out)
    tick.label = tick_label(tick.value, step, largest);
  return out;
}

std::vector<Tick> linear_ticks(const AxisMap& map, const Room& room) {
  double step = nice_below((map.high() - map.low()) / room.wanted(map.length()));
  std::vector<Tick> ticks;
  for (int attempt = 0; attempt < 40; ++attempt, step = next_nice(step)) {
    ticks = multiples(map, step);
    if (static_cast<int>(ticks.size()) <= room.wanted(map.length()) && room.fits(ticks)) return ticks;
  }
  return ticks;
}

using Labelled = std::function<bool(int exponent, int lead)>;

std::vector<Tick> log_ticks_with(const AxisMap& map, int first, int last, bool between,
                                 const Labelled& labelled) {
  const bool plain = map.low() >= 0.9e-3 && map.high() <= 1.1e4;
  std::vector<Tick> out;
  for (int exponent = first; exponent <= last; ++exponent)
    for (int lead = 1; lead <= (between ? 9 : 1); ++lead) {
      const double value = lead * std::pow(10.0, exponent);
      if (value < map.low() * (1 - 1e-9) || value > map.high() * (1 + 1e-9)) continue;
      std::string label;
      if (labelled(exponent, lead))
        label = plain ? with_minus(fmt::format("{:.6g}", value)) : power_label(value);
      out.push_back({value, map.point(value), std::move(label)});
    }
  return out;
}

std::size_t count_labels(const std::vector<Tick>& ticks) {
  return static_cast<std::size_t>(
      std::count_if(ticks.begin(), ticks.end(), [](const Tick& t) { return !t.label.empty(); }));
}

std::vector<Tick> log_ticks(const AxisMap& map, const Room& room) {
  const int first = static_cast<int>(std::floor(std::log10(map.low()) - 1e-9));
  const int last = static_cast<int>(std::ceil(std::log10(map.high()) + 1e-9));
  const double decade = map.length() / std::log10(map.high() / map.low());  // in points
  const bool between = decade >= 14;
  const auto good = [&](const std::vector<Tick>& ticks, std::size_t least) {
    return count_labels(ticks) >= least &&
           static_cast<int>(count_labels(ticks)) <= room.wanted(map.length()) + 2 && room.fits(ticks);
  };
  if (std::log10(map.high() / map.low()) < 2.5)
    for (const std::initializer_list<int>& leads :
         {std::initializer_list<int>{1, 2, 3, 4, 5, 6, 8}, {1, 2, 5}, {1, 3}}) {
      const auto ticks = log_ticks_with(map, first, last, true, [&](int, int lead) {
        return std::find(leads.begin(), leads.end(), lead) != leads.end();
      });
      if (good(ticks, 2)) return ticks;
    }
  for (const int stride : {1, 2, 3, 4, 5, 10, 20, 50, 100, 200}) {
    const auto ticks = log_ticks_with(map, first, last, between, [&](int exponent, int lead) {
      return lead == 1 && exponent % stride == 0;
    });
    if (good(ticks, 2)) return ticks;
  }
  return linear_ticks(map, room);  // a narrow range between two decades
}

/// Labels of 1 and of the ends are kept before others, then those of whole octaves.
int importance(double value, bool end) {
  const double octave = value > 0 ? std::log2(value) : 0.5;
  const bool whole = std::abs(octave - std::round(octave)) < 1e-9;  // a grid's values carry rounding errors
  if (whole && std::round(octave) == 0) return 0;
  return end ? 1 : whole ? 2 : 3;
}

/// Names in a row: every k-th, with the smallest k whose labels do not touch, and the last one.
void keep_every(std::vector<Tick>& ticks, const Room& room) {
  for (std::size_t stride = 1; stride <= ticks.size(); ++stride) {
    std::vector<Tick> kept = ticks;
    const std::size_t last = kept.size() - 1;
    for (std::size_t i = 0; i < last; ++i)
      if (i % stride != 0 || !room.apart(kept[i], kept[last])) kept[i].label.clear();
    if (stride < ticks.size() && !room.fits(kept)) continue;
    ticks = std::move(kept);
    return;
  }
}

std::vector<Tick> offered_ticks(const Axis& axis, const AxisMap& map, const Room& room) {
  std::vector<Tick> ticks;
  const double low = std::min(map.low(), map.high()), high = std::max(map.low(), map.high());
  for (std::size_t i = 0; i < axis.ticks.size(); ++i) {
    const double value = axis.ticks[i];
    if (!map.drawable(value) || value < low || value > high) continue;
    ticks.push_back({value, map.point(value),
                     axis.tick_labels.empty() ? with_minus(fmt::format("{:.4g}", value))
                                              : drawable_text(axis.tick_labels[i])});
  }
  if (axis.turned) {
    keep_every(ticks, room);
    return ticks;
  }
  const auto rank = [&](std::size_t i) {
    return importance(ticks[i].value, i == 0 || i + 1 == ticks.size());
  };
  std::vector<std::size_t> order(ticks.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  std::vector<std::size_t> kept;
  for (const std::size_t i : order) {
    const bool free =
        std::all_of(kept.begin(), kept.end(), [&](std::size_t k) { return room.apart(ticks[i], ticks[k]); });
    if (free)
      kept.push_back(i);
    else
      ticks[i].label.clear();
  }
  // Where some had to go and whole octaves suffice, an odd value between them would only confuse.
  const auto octaves = std::count_if(kept.begin(), kept.end(), [&](std::size_t k) { return rank(k) < 3; });
  if (axis.tick_labels.empty() && kept.size() < ticks.size() && octaves >= 3)
    for (const std::size_t k : kept)
      if (rank(k) == 3) ticks[k].label.clear();
  return ticks;
}

}  // namespace

std::string power_label(double value) {
  int exponent = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
  const double lead = std::abs(value) / std::pow(10.0, exponent);
  const std::string power = "10" + superscript(exponent);
  const std::string sign = value < 0 ? minus : "";
  const std::string digits = fmt::format("{:.6g}", lead);
  return digits == "1" ? sign + power : sign + digits + "×" + power;
}

std::string tick_label(double value, double step, double largest) {
  if (value == 0) return "0";
  const bool power = largest >= 1e5 || largest < 0.9e-2;
  const int exponent = power ? static_cast<int>(std::floor(std::log10(largest) + 1e-9)) : 0;
  const double unit = std::pow(10.0, exponent);
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step / unit) - 1e-9)), 0, 15);
  const std::string digits = with_minus(fmt::format("{:.{}f}", value / unit, decimals));
  if (!power) return digits;
  return digits == "1" ? "10" + superscript(exponent) : digits + "×10" + superscript(exponent);
}

std::vector<Tick> choose_ticks(const Axis& axis, const AxisMap& map, bool vertical, const Style& style,
                               const TextMetrics& metrics) {
  const Room room(vertical || axis.turned, style, metrics);
  if (!axis.ticks.empty()) return offered_ticks(axis, map, room);
  std::vector<Tick> ticks = axis.scale == Scale::log ? log_ticks(map, room) : linear_ticks(map, room);
  if (!room.fits(ticks))  // no room for two numbers: keep the first
    for (std::size_t i = 1; i < ticks.size(); ++i)
      ticks[i].label.clear();
  return ticks;
}

}  // namespace tauscope
