// Pixels: what OpenGL draws without a display is what was meant, and looks like Cairo's picture of the same
// scene.
#include <cairo.h>

#include <cstdlib>
#include <cstring>
#include <random>

#include "app/gui/offscreen.h"
#include "core/base/error.h"
#include "core/figure/cairo_renderer.h"
#include "core/figure/layout.h"
#include "tests/app/gui/headless_gui.h"
#include "tests/app/gui/sample_figures.h"
#include "tests/support/catch.h"

using namespace tauscope;
using namespace tauscope::gui;

namespace {

/// Everything that draws, in the order in which it has to go.
struct Picture {
  ImGuiOwner owner;
  std::unique_ptr<Surface> surface;
  std::unique_ptr<Fonts> fonts = std::make_unique<Fonts>();
  std::unique_ptr<SceneRenderer> renderer;
  gui::Theme theme;
  float scale;

  Picture(int width, int height, float at_scale, tauscope::Theme choice = tauscope::Theme::dark)
      : surface(make_offscreen(width, height, at_scale)), scale(at_scale) {
    theme = apply_theme(choice, at_scale);
    renderer = std::make_unique<SceneRenderer>(*fonts, &surface->textures());
    fonts->update(at_scale);  // sizes of text are asked for before the first frame
    surface->fonts_changed();
  }
  ~Picture() {
    renderer.reset();
    fonts.reset();
    surface.reset();
  }

  void frame(const std::function<void(ImDrawList&)>& paint) {
    if (fonts->update(scale)) surface->fonts_changed();
    surface->begin_frame();
    ImGui::NewFrame();
    renderer->begin_frame();
    paint(*ImGui::GetBackgroundDrawList());
    ImGui::Render();
    surface->draw(*ImGui::GetDrawData(), theme.panel);
  }

  /// The third frame: by then every letter is there.
  Pixels draw(const std::function<void(ImDrawList&)>& paint) {
    for (int i = 0; i < 3; ++i)
      frame(paint);
    return surface->read();
  }
};

#define TS_NEED_EGL(variable, ...)                                                    \
  std::unique_ptr<Picture> variable;                                                  \
  try {                                                                               \
    variable = std::make_unique<Picture>(__VA_ARGS__);                                \
  } catch (const Error& error) {                                                      \
    TS_SKIP(std::string("nothing can draw without a display here: ") + error.what()); \
  }

Colour at(const Pixels& p, int x, int y) {
  return p
      .colours[static_cast<std::size_t>(y) * static_cast<std::size_t>(p.width) + static_cast<std::size_t>(x)];
}
int distance(Colour a, Colour b) {
  return std::max({std::abs(a.r - b.r), std::abs(a.g - b.g), std::abs(a.b - b.b)});
}

/// For looking at: TAUSCOPE_TEST_PICTURES names a folder.
void keep(const std::string& name, const Pixels& pixels) {
  if (const char* folder = std::getenv("TAUSCOPE_TEST_PICTURES"))
    write_png(pixels, std::filesystem::path(folder) / (name + ".png"));
}

Pixels pixels_of(const std::string& png) {
  struct Reader {
    const std::string& bytes;
    std::size_t at = 0;
  } reader{png};
  cairo_surface_t* surface = cairo_image_surface_create_from_png_stream(
      [](void* from, unsigned char* to, unsigned int length) {
        auto& r = *static_cast<Reader*>(from);
        if (r.at + length > r.bytes.size()) return CAIRO_STATUS_READ_ERROR;
        std::memcpy(to, r.bytes.data() + r.at, length);
        r.at += length;
        return CAIRO_STATUS_SUCCESS;
      },
      &reader);
  REQUIRE(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS);
  Pixels out{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  const int stride = cairo_image_surface_get_stride(surface);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      std::uint32_t v = 0;
      std::memcpy(&v, cairo_image_surface_get_data(surface) + y * stride + 4 * x, 4);
      out.colours.push_back({static_cast<std::uint8_t>(v >> 16), static_cast<std::uint8_t>(v >> 8),
                             static_cast<std::uint8_t>(v), 255});
    }
  cairo_surface_destroy(surface);
  return out;
}

/// Mean and largest difference between the mean colours of blocks, in levels.
std::pair<double, double> block_differences(const Pixels& a, const Pixels& b, int block) {
  double sum = 0, most = 0;
  int blocks = 0;
  for (int y0 = 0; y0 + block <= a.height; y0 += block)
    for (int x0 = 0; x0 + block <= a.width; x0 += block, ++blocks) {
      double red = 0, green = 0, blue = 0;
      for (int y = y0; y < y0 + block; ++y)
        for (int x = x0; x < x0 + block; ++x) {
          red += at(a, x, y).r - at(b, x, y).r;
          green += at(a, x, y).g - at(b, x, y).g;
          blue += at(a, x, y).b - at(b, x, y).b;
        }
      const double d = std::max({std::abs(red), std::abs(green), std::abs(blue)}) / (block * block);
      sum += d;
      most = std::max(most, d);
    }
  return {sum / blocks, most};
}

}  // namespace

TEST_CASE("primitives end up at their pixels", "[gui]") {
  TS_NEED_EGL(picture, 200, 120, 1.f);
  Scene scene;
  scene.size = {200, 120};
  scene.add(Box{{10, 10, 30, 20}, {255, 0, 0, 255}});
  scene.add(ClipBegin{{100, 0, 10, 120}});
  scene.add(Box{{90, 40, 60, 10}, {0, 255, 0, 255}});
  scene.add(ClipEnd{});
  // An L that a fill of its convex hull would get wrong.
  scene.add(Polygon{{{10, 60}, {20, 60}, {20, 90}, {50, 90}, {50, 100}, {10, 100}}, {0, 0, 255, 255}});
  scene.add(Polyline{{{60.2, 10}, {60.2, 110}}, {{255, 255, 255, 255}, 1, {}}});
  scene.add(Image{{120, 60, 40, 40},
                  2,
                  1,
                  std::make_shared<const std::vector<Colour>>(
                      std::vector<Colour>{{200, 100, 50, 255}, {50, 100, 200, 255}})});
  const Pixels p = picture->draw([&](ImDrawList& out) { picture->renderer->draw(scene, out, 0, 0); });
  const Colour ground = picture->theme.panel;
  REQUIRE(p.width == 200);
  REQUIRE(p.height == 120);
  CHECK(distance(at(p, 10, 10), {255, 0, 0}) <= 2);
  CHECK(distance(at(p, 39, 29), {255, 0, 0}) <= 2);
  CHECK(distance(at(p, 40, 30), ground) <= 2);
  CHECK(distance(at(p, 9, 9), ground) <= 2);
  CHECK(distance(at(p, 105, 45), {0, 255, 0}) <= 2);
  CHECK(distance(at(p, 95, 45), ground) <= 2);   // clipped
  CHECK(distance(at(p, 120, 45), ground) <= 2);  // clipped
  CHECK(distance(at(p, 15, 70), {0, 0, 255}) <= 2);
  CHECK(distance(at(p, 40, 95), {0, 0, 255}) <= 2);
  CHECK(distance(at(p, 40, 70), ground) <= 2);  // inside the hull, outside the L
  // One sharp pixel column, not two grey ones.
  int white = 0;
  for (int x = 55; x < 66; ++x)
    white += distance(at(p, x, 50), ground) > 8;
  CHECK(white == 1);
  CHECK(distance(at(p, 125, 80), {200, 100, 50}) <= 2);
  CHECK(distance(at(p, 155, 80), {50, 100, 200}) <= 2);
  CHECK(distance(at(p, 139, 80), {200, 100, 50}) <= 2);  // no smoothing between pixels
  CHECK(distance(at(p, 140, 80), {50, 100, 200}) <= 2);
}

TEST_CASE("text is drawn, level and turned", "[gui]") {
  TS_NEED_EGL(picture, 200, 200, 1.f);
  const auto inked = [&](double rotation) {
    Scene scene;
    scene.size = {200, 200};
    Text text{{100, 100}, "Hill 日本 τ", 13, {255, 255, 255, 255}};
    text.rotation = rotation;
    scene.add(std::move(text));
    const Pixels p = picture->draw([&](ImDrawList& out) { picture->renderer->draw(scene, out, 0, 0); });
    keep("text-" + std::to_string(static_cast<int>(rotation)), p);
    int x0 = 200, y0 = 200, x1 = 0, y1 = 0;
    double ink = 0;
    for (int y = 0; y < 200; ++y)
      for (int x = 0; x < 200; ++x)
        if (const int d = distance(at(p, x, y), picture->theme.panel); d > 20) {
          ink += d;
          x0 = std::min(x0, x), x1 = std::max(x1, x + 1), y0 = std::min(y0, y), y1 = std::max(y1, y + 1);
        }
    const Rect box{x0 + 0.0, y0 + 0.0, x1 - x0 + 0.0, y1 - y0 + 0.0};
    return std::pair(box, ink);
  };
  const auto [level, level_ink] = inked(0);
  const auto [turned, turned_ink] = inked(90);
  CHECK(level.width > 50);
  CHECK(level.x >= 99);
  CHECK(level.bottom() <= 105);  // on its baseline
  // Turned counter-clockwise about the same point: the same letters pixel for pixel, upwards.
  CHECK(turned.height == Approx(level.width).margin(2));
  CHECK(turned.width == Approx(level.height).margin(2));
  CHECK(turned.bottom() <= 101);
  CHECK(turned_ink == Approx(level_ink).epsilon(0.02));
}

TEST_CASE("the window's figures look like Cairo's", "[gui]") {
  int number = 0;
  for (const tauscope::Theme choice : {tauscope::Theme::dark, tauscope::Theme::light})
    for (const float scale : {1.f, 2.f}) {
      TS_NEED_EGL(picture, 640, 360, scale, choice);
      number = 0;
      for (const Figure& figure : tauscope::test::sample_figures()) {
        const Scene scene = layout(figure, {640.0 * scale, 360.0 * scale}, picture->renderer->metrics(),
                                   picture->theme.figure);
        const Pixels ours =
            picture->draw([&](ImDrawList& out) { picture->renderer->draw(scene, out, 0, 0); });
        const std::string name = std::string(choice == tauscope::Theme::dark ? "dark" : "light") + "-" +
                                 std::to_string(static_cast<int>(scale)) + "-" + std::to_string(number++);
        keep(name + "-window", ours);
        const Pixels theirs = pixels_of(render(scene, ImageFormat::png, 72));
        keep(name + "-cairo", theirs);
        CAPTURE(name);
        REQUIRE(theirs.width == ours.width);
        REQUIRE(theirs.height == ours.height);
        // Letters and edges differ by fractions of a pixel; nothing is missing, elsewhere or of another
        // colour.
        const auto [mean, most] = block_differences(ours, theirs, static_cast<int>(8 * scale));
        CHECK(mean < 1.5);
        CHECK(most < 45);
      }
    }
}

TEST_CASE("frames that draw only what changed give the same pixels as whole ones", "[gui]") {
  TS_NEED_EGL(picture, 333, 250, 1.f);
  std::mt19937 random(7);
  const auto below = [&](int n) { return static_cast<float>(random() % static_cast<unsigned>(n)); };
  struct Thing {
    float x, y, width, height;
    ImU32 colour;
    int kind;
  };
  std::vector<Thing> things(40);
  const auto renew = [&](Thing& t) {
    t = {below(330),
         below(250),
         2 + below(80),
         2 + below(60),
         IM_COL32(below(256), below(256), below(256), 60 + below(196)),
         static_cast<int>(below(5))};
    if (below(4) == 0) t.colour |= IM_COL32_A_MASK;
  };
  for (Thing& t : things)
    renew(t);
  const auto paint = [&](ImDrawList& out) {
    for (const Thing& t : things) {
      const ImVec2 from{t.x + 0.3f, t.y}, to{t.x + t.width, t.y + t.height};
      switch (t.kind) {
        case 0:
          out.AddRectFilled(from, to, t.colour);
          break;
        case 1:
          out.AddLine(from, to, t.colour, 1.5f);
          break;
        case 2:
          out.AddText(from, t.colour, "Hill τ 0.7");
          break;
        case 3:
          out.AddCircleFilled(from, t.width / 2, t.colour);
          break;
        default:
          out.PushClipRect({t.x + 0.6f, t.y + 0.2f}, to, true);
          out.AddCircleFilled(from, t.width, t.colour);
          out.PopClipRect();
      }
    }
  };
  int different = 0;
  for (int frame = 0; frame < 80; ++frame) {
    for (int change = static_cast<int>(below(3)); change > 0; --change)
      renew(things[static_cast<std::size_t>(below(40))]);
    const auto pixels = [&] {
      picture->frame(paint);
      return picture->surface->read().colours;
    };
    const auto changed_only = pixels();
    picture->surface->draw_anew();
    different += changed_only != pixels();
  }
  CHECK(different == 0);
}
