// Which part of a frame is drawn again, without a display.
#include "app/gui/frame_changes.h"

#include <algorithm>

#include "tests/app/gui/headless_gui.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::gui;

namespace {

constexpr Colour ground{10, 10, 10, 255};

class Frames {
 public:
  Frames() : gui_(640, 480) {}

  std::vector<PixelArea> next(const std::function<void(ImDrawList&)>& paint) {
    gui_.frame([&] { paint(*ImGui::GetBackgroundDrawList()); });
    return changes.find(*ImGui::GetDrawData(), ground);
  }

  FrameChanges changes;

 private:
  test::HeadlessGui gui_;
};

bool covers(const std::vector<PixelArea>& areas, int x, int y) {
  return std::any_of(areas.begin(), areas.end(),
                     [&](const PixelArea& a) { return x >= a.x0 && x < a.x1 && y >= a.y0 && y < a.y1; });
}
std::int64_t size_of(const std::vector<PixelArea>& areas) {
  std::int64_t size = 0;
  for (const PixelArea& a : areas)
    size += a.size();
  return size;
}

std::function<void(ImDrawList&)> box_at(float x, float y, ImU32 colour = 0xff0000ff) {
  return [=](ImDrawList& out) { out.AddRectFilled({x, y}, {x + 20, y + 10}, colour); };
}

}  // namespace

TEST_CASE("the first frame is new as a whole, the same one again not at all") {
  Frames frames;
  for (int i = 0; i < 3; ++i)  // ImGui's own windows settle
    frames.next(box_at(100, 100));
  CHECK(frames.next(box_at(100, 100)).empty());
  frames.changes.forget();
  CHECK(frames.next(box_at(100, 100)) == std::vector<PixelArea>{{0, 0, 640, 480}});
  CHECK(frames.next(box_at(100, 100)).empty());
  CHECK(frames.changes.find(*ImGui::GetDrawData(), {11, 10, 10, 255}) ==
        std::vector<PixelArea>{{0, 0, 640, 480}});
}

TEST_CASE("what moves is new where it was and where it is, and little else") {
  Frames frames;
  for (int i = 0; i < 3; ++i)
    frames.next(box_at(100, 100));
  const auto areas = frames.next(box_at(500, 400));
  for (const auto& [x, y] : {std::pair(100, 100), {119, 109}, {500, 400}, {519, 409}})
    CHECK(covers(areas, x, y));
  CHECK_FALSE(covers(areas, 300, 250));
  CHECK(size_of(areas) <= 8 * FrameChanges::tile * FrameChanges::tile);
  const auto recoloured = frames.next(box_at(500, 400, 0xff00ff00));
  CHECK(covers(recoloured, 510, 405));
  CHECK_FALSE(covers(recoloured, 110, 105));
}

TEST_CASE("order and clipping count, what nobody sees does not") {
  Frames frames;
  const auto two = [](bool swapped) {
    return [=](ImDrawList& out) {
      for (const bool first : {true, false})
        out.AddRectFilled({200, 200}, {220, 220}, first != swapped ? 0xff0000ff : 0xff00ff00);
    };
  };
  for (int i = 0; i < 3; ++i)
    frames.next(two(false));
  CHECK(covers(frames.next(two(true)), 210, 210));

  const auto clipped = [](float right, float y) {
    return [=](ImDrawList& out) {
      out.PushClipRect({200, 200}, {right, 300});
      out.AddRectFilled({200, 200}, {400, 220}, 0xff0000ff);
      out.AddRectFilled({210, y}, {220, y + 10}, 0xff0000ff);  // below the clip
      out.PopClipRect();
    };
  };
  for (int i = 0; i < 2; ++i)
    frames.next(clipped(300, 400));
  CHECK(frames.next(clipped(300, 420)).empty());
  CHECK(covers(frames.next(clipped(340, 400)), 330, 210));
}

TEST_CASE("a texture with another content is drawn again") {
  Frames frames;
  const auto picture = [](ImDrawList& out) {
    out.AddImage((ImTextureID)(std::intptr_t)7, {320, 320}, {350, 350});
  };
  for (int i = 0; i < 3; ++i)
    frames.next(picture);
  CHECK(frames.next(picture).empty());
  frames.changes.texture_changed(7);
  CHECK(covers(frames.next(picture), 335, 335));
  frames.changes.texture_changed(8);
  CHECK(frames.next(picture).empty());
}

TEST_CASE("areas are few and disjoint, whatever changes") {
  Frames frames;
  const auto scattered = [](int seed) {
    return [=](ImDrawList& out) {
      for (int i = 0; i < 60; ++i) {
        const float x = static_cast<float>((seed * 131 + i * 977) % 620);
        const float y = static_cast<float>((seed * 71 + i * 613) % 460);
        out.AddRectFilled({x, y}, {x + 8, y + 8}, 0xff0000ff);
      }
    };
  };
  for (int seed = 0; seed < 20; ++seed) {
    const auto areas = frames.next(scattered(seed));
    CHECK(areas.size() <= 16);
    for (std::size_t i = 0; i < areas.size(); ++i) {
      CHECK((areas[i].x0 >= 0 && areas[i].y0 >= 0 && areas[i].x1 <= 640 && areas[i].y1 <= 480));
      for (std::size_t k = 0; k < i; ++k)
        CHECK((areas[i].x0 >= areas[k].x1 || areas[k].x0 >= areas[i].x1 || areas[i].y0 >= areas[k].y1 ||
               areas[k].y0 >= areas[i].y1));
    }
  }
}

TEST_CASE("what is kept lies in the areas, and all of it is kept") {
  Frames frames;
  for (int i = 0; i < 3; ++i)
    frames.next([](ImDrawList& out) { out.AddRectFilled({0, 0}, {640, 480}, 0xff101010); });
  const auto areas = frames.next([](ImDrawList& out) {
    out.AddRectFilled({0, 0}, {640, 480}, 0xff101010);
    out.AddRectFilled({40, 40}, {50, 50}, 0xff0000ff);
  });
  REQUIRE(size_of(areas) < 640 * 480);
  const ImDrawData& data = *ImGui::GetDrawData();
  FrameChanges::keep_only(areas, data);
  int triangles = 0;
  for (int i = 0; i < data.CmdListsCount; ++i)
    for (const ImDrawCmd& command : data.CmdLists[i]->CmdBuffer) {
      triangles += static_cast<int>(command.ElemCount / 3);
      CHECK(std::any_of(areas.begin(), areas.end(), [&](const PixelArea& a) {
        return command.ClipRect.x >= static_cast<float>(a.x0) &&
               command.ClipRect.z <= static_cast<float>(a.x1) &&
               command.ClipRect.y >= static_cast<float>(a.y0) &&
               command.ClipRect.w <= static_cast<float>(a.y1);
      }));
      CHECK(command.IdxOffset + command.ElemCount <= static_cast<unsigned>(data.CmdLists[i]->IdxBuffer.Size));
    }
  CHECK(triangles >= 3);  // of the ground, at least one
}
