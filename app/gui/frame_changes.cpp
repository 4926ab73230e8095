#include "app/gui/frame_changes.h"

#include <imgui.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace tauscope::gui {

namespace {

constexpr int most_cuts = 4;  ///< one after another: at most 2^4 areas, each of which costs drawing commands

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t x = (a ^ std::rotl(b, 32)) * 0x9e3779b97f4a7c15u;
  return (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9u;
}

std::uint64_t hash_of(const ImDrawVert& v) {
  static_assert(sizeof v == 20);
  std::uint64_t words[3] = {};
  std::memcpy(words, &v, sizeof v);
  return mixed(mixed(words[0], words[1]), words[2]);
}

std::uintptr_t name_of(ImTextureID texture) {
  return (std::uintptr_t)texture;  // an integer or a pointer, as ImGui's version has it
}

/// What a command may touch, in whole pixels as ImGui's OpenGL renderer rounds it.
PixelArea clip_of(const ImDrawCmd& command, const ImDrawData& data) {
  const float left = command.ClipRect.x - data.DisplayPos.x, top = command.ClipRect.y - data.DisplayPos.y,
              right = command.ClipRect.z - data.DisplayPos.x, bottom = command.ClipRect.w - data.DisplayPos.y;
  if (right <= left || bottom <= top) return {};
  const int height = static_cast<int>(data.DisplaySize.y);
  PixelArea clip;
  clip.x0 = static_cast<int>(left);
  clip.x1 = clip.x0 + static_cast<int>(right - left);
  clip.y1 = height - static_cast<int>(static_cast<float>(height) - bottom);  // its rows count from below
  clip.y0 = clip.y1 - static_cast<int>(bottom - top);
  return clip;
}

PixelArea common(const PixelArea& a, const PixelArea& b) {
  return {std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)};
}
PixelArea around(const PixelArea& a, const PixelArea& b) {
  return {std::min(a.x0, b.x0), std::min(a.y0, b.y0), std::max(a.x1, b.x1), std::max(a.y1, b.y1)};
}

int pixel(float x) {
  return static_cast<int>(std::clamp(x, -1e6f, 1e6f));
}

/// All pixels that a triangle can reach.
PixelArea reach(const ImDrawVert& a, const ImDrawVert& b, const ImDrawVert& c, ImVec2 origin) {
  const auto [left, right] = std::minmax({a.pos.x, b.pos.x, c.pos.x});
  const auto [top, bottom] = std::minmax({a.pos.y, b.pos.y, c.pos.y});
  return {pixel(std::floor(left - origin.x)), pixel(std::floor(top - origin.y)),
          pixel(std::ceil(right - origin.x)) + 1, pixel(std::ceil(bottom - origin.y)) + 1};
}

/// Calls visit(first index, area) for every triangle of a command that may be seen.
template <class Visit>
void for_each_triangle(const ImDrawList& list, const ImDrawCmd& command, const PixelArea& clip, ImVec2 origin,
                       const Visit& visit) {
  const ImDrawVert* vertices = list.VtxBuffer.Data + command.VtxOffset;
  const ImDrawIdx* indices = list.IdxBuffer.Data;
  for (unsigned i = command.IdxOffset; i + 3 <= command.IdxOffset + command.ElemCount; i += 3) {
    const PixelArea area =
        common(clip, reach(vertices[indices[i]], vertices[indices[i + 1]], vertices[indices[i + 2]], origin));
    if (!area.empty()) visit(i, area);
  }
}

/// Covers new tiles with disjoint rectangles: a rectangle that holds many old ones is cut in two where that
/// saves the most.
class Cover {
 public:
  Cover(const std::vector<char>& is_new, int columns) : is_new_(is_new), columns_(columns) {}

  void add(PixelArea tiles, int cuts) {
    tiles = shrunk(tiles);
    if (tiles.empty()) return;
    PixelArea best_low, best_high = tiles;
    for (int x = tiles.x0 + 1; x < tiles.x1; ++x)
      consider(shrunk({tiles.x0, tiles.y0, x, tiles.y1}), shrunk({x, tiles.y0, tiles.x1, tiles.y1}), best_low,
               best_high);
    for (int y = tiles.y0 + 1; y < tiles.y1; ++y)
      consider(shrunk({tiles.x0, tiles.y0, tiles.x1, y}), shrunk({tiles.x0, y, tiles.x1, tiles.y1}), best_low,
               best_high);
    const std::int64_t saved = tiles.size() - best_low.size() - best_high.size();
    if (cuts == 0 || saved < worth_a_cut) {
      areas.push_back(tiles);
      return;
    }
    add(best_low, cuts - 1);
    add(best_high, cuts - 1);
  }

  std::vector<PixelArea> areas;  ///< in tiles

 private:
  static constexpr std::int64_t worth_a_cut = 4;  ///< tiles

  static void consider(const PixelArea& low, const PixelArea& high, PixelArea& best_low,
                       PixelArea& best_high) {
    if (low.size() + high.size() < best_low.size() + best_high.size()) best_low = low, best_high = high;
  }

  /// The smallest rectangle with the same new tiles.
  PixelArea shrunk(const PixelArea& box) const {
    PixelArea out{box.x1, box.y1, box.x0, box.y0};
    for (int y = box.y0; y < box.y1; ++y)
      for (int x = box.x0; x < box.x1; ++x)
        if (is_new_[static_cast<std::size_t>(y * columns_ + x)]) out = around(out, {x, y, x + 1, y + 1});
    return out.empty() ? PixelArea{} : out;
  }

  const std::vector<char>& is_new_;
  int columns_;
};

}  // namespace

void FrameChanges::add(const ImDrawList& list, const ImDrawData& data, std::vector<std::uint64_t>& tiles) {
  vertices_.resize(static_cast<std::size_t>(list.VtxBuffer.Size));
  std::transform(list.VtxBuffer.begin(), list.VtxBuffer.end(), vertices_.begin(), hash_of);
  for (const ImDrawCmd& command : list.CmdBuffer) {
    const PixelArea clip = common(clip_of(command, data), {0, 0, width_, height_});
    if (clip.empty()) continue;
    const std::uintptr_t texture = name_of(command.GetTexID());
    const auto version = versions_.find(texture);
    const std::uint64_t state =
        mixed(mixed(texture, version == versions_.end() ? 0 : version->second),
              mixed(static_cast<std::uint64_t>(clip.x0) << 32 | static_cast<std::uint32_t>(clip.y0),
                    static_cast<std::uint64_t>(clip.x1) << 32 | static_cast<std::uint32_t>(clip.y1)));
    const std::uint64_t* vertices = vertices_.data() + command.VtxOffset;
    for_each_triangle(list, command, clip, data.DisplayPos, [&](unsigned i, const PixelArea& area) {
      const ImDrawIdx* corner = list.IdxBuffer.Data + i;
      const std::uint64_t hash =
          mixed(mixed(state, vertices[corner[0]]), mixed(vertices[corner[1]], vertices[corner[2]]));
      for (int y = area.y0 / tile; y <= (area.y1 - 1) / tile; ++y)
        for (int x = area.x0 / tile; x <= (area.x1 - 1) / tile; ++x) {
          std::uint64_t& t = tiles[static_cast<std::size_t>(y * columns_ + x)];
          t = mixed(t, hash);
        }
    });
  }
}

std::vector<PixelArea> FrameChanges::find(const ImDrawData& data, Colour background) {
  const int width = static_cast<int>(data.DisplaySize.x * data.FramebufferScale.x),
            height = static_cast<int>(data.DisplaySize.y * data.FramebufferScale.y);
  const PixelArea whole{0, 0, width, height};
  if (whole.empty()) return {};
  if (data.FramebufferScale.x != 1 || data.FramebufferScale.y != 1) {
    forget();  // its clipping is in other units
    return {whole};
  }
  const bool known = !tiles_.empty() && width == width_ && height == height_ && background == background_;
  width_ = width, height_ = height, background_ = background;
  columns_ = (width + tile - 1) / tile;
  const int rows = (height + tile - 1) / tile;
  std::vector<std::uint64_t> tiles(static_cast<std::size_t>(columns_ * rows), 1);
  for (int i = 0; i < data.CmdListsCount; ++i)
    add(*data.CmdLists[i], data, tiles);
  tiles_.swap(tiles);
  if (!known) return {whole};

  std::vector<char> is_new(tiles_.size());
  for (std::size_t i = 0; i < tiles_.size(); ++i)
    is_new[i] = tiles_[i] != tiles[i];
  Cover cover(is_new, columns_);
  cover.add({0, 0, columns_, rows}, most_cuts);
  for (PixelArea& a : cover.areas)
    a = common(whole, {a.x0 * tile, a.y0 * tile, a.x1 * tile, a.y1 * tile});
  return cover.areas;
}

void FrameChanges::keep_only(const std::vector<PixelArea>& areas, const ImDrawData& data) {
  const float height = data.DisplaySize.y;
  if (areas.size() == 1 && areas[0].x0 == 0 && areas[0].y0 == 0 &&
      areas[0].size() == std::int64_t(data.DisplaySize.x * data.FramebufferScale.x) *
                             std::int64_t(height * data.FramebufferScale.y))
    return;
  ImVector<ImDrawCmd> commands;
  ImVector<ImDrawIdx> indices;
  for (int i = 0; i < data.CmdListsCount; ++i) {
    ImDrawList& list = *data.CmdLists[i];
    commands.resize(0);
    indices.resize(0);
    for (const ImDrawCmd& command : list.CmdBuffer) {
      const PixelArea clip = clip_of(command, data);
      for (const PixelArea& area : areas) {
        const PixelArea part = common(clip, area);
        if (part.empty()) continue;
        ImDrawCmd kept = command;
        kept.IdxOffset = static_cast<unsigned>(indices.Size);
        for_each_triangle(list, command, part, data.DisplayPos, [&](unsigned first, const PixelArea&) {
          for (unsigned k = first; k < first + 3; ++k)
            indices.push_back(list.IdxBuffer[static_cast<int>(k)]);
        });
        kept.ElemCount = static_cast<unsigned>(indices.Size) - kept.IdxOffset;
        kept.ClipRect = {
            static_cast<float>(part.x0) + data.DisplayPos.x, static_cast<float>(part.y0) + data.DisplayPos.y,
            static_cast<float>(part.x1) + data.DisplayPos.x, static_cast<float>(part.y1) + data.DisplayPos.y};
        if (kept.ElemCount > 0) commands.push_back(kept);
      }
    }
    list.CmdBuffer.swap(commands);
    list.IdxBuffer.swap(indices);
  }
}

}  // namespace tauscope::gui
