// Colours and the palettes of every figure, chosen for colour-blind readers and for grey printing.
#pragma once

#include <cstdint>
#include <span>

namespace tauscope {

struct Colour {
  std::uint8_t r = 0, g = 0, b = 0, a = 255;
  bool operator==(const Colour&) const = default;
};

enum class ColourMap { cividis, viridis };

/// `t` from 0 to 1, clamped; neighbours are interpolated.
Colour sample(ColourMap map, double t);

/// Okabe and Ito's colours in the order in which series use them.
std::span<const Colour> series_palette(bool dark);

Colour mix(Colour from, Colour to, double t);

inline Colour with_alpha(Colour colour, double alpha) {
  colour.a = static_cast<std::uint8_t>(alpha * 255 + 0.5);
  return colour;
}

}  // namespace tauscope
