#include "core/figure/cairo_renderer.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <numbers>

#include "core/base/error.h"
#include "core/figure/cairo_text.h"
#include "core/figure/image_metadata.h"

namespace tauscope {

namespace {

struct SurfaceEnd {
  void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); }
};
struct ContextEnd {
  void operator()(cairo_t* c) const { cairo_destroy(c); }
};
using SurfacePtr = std::unique_ptr<cairo_surface_t, SurfaceEnd>;
using ContextPtr = std::unique_ptr<cairo_t, ContextEnd>;

void require(cairo_status_t status) {
  if (status == CAIRO_STATUS_NO_MEMORY) throw Error::exhausted("", "no memory is left to draw a figure");
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error::failed("", std::string("Cairo could not draw a figure: ") + cairo_status_to_string(status));
}

/// An exception must not travel through Cairo's C code.
cairo_status_t append(void* to, const unsigned char* data, unsigned int length) {
  try {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
  } catch (...) {
    return CAIRO_STATUS_NO_MEMORY;
  }
  return CAIRO_STATUS_SUCCESS;
}

class SceneDrawer {
 public:
  explicit SceneDrawer(cairo_t* cairo) : cairo_(cairo) {}

  void draw(const Scene& scene) {
    set(scene.background);
    cairo_paint(cairo_);
    for (std::size_t i = 0; i < scene.primitives.size(); ++i) {
      const auto* line = std::get_if<Polyline>(&scene.primitives[i]);
      if (!line) {
        std::visit(*this, scene.primitives[i]);
        continue;
      }
      // Ticks and grid lines come in dozens: one path for all of a kind keeps SVG small.
      cairo_new_path(cairo_);
      add_path(line->points);
      for (; i + 1 < scene.primitives.size(); ++i) {
        const auto* next = std::get_if<Polyline>(&scene.primitives[i + 1]);
        if (!next || line->stroke.colour.a != 255 || !(next->stroke == line->stroke)) break;
        add_path(next->points);
      }
      stroke(line->stroke);
    }
  }

  void operator()(const Polyline& line) {
    cairo_new_path(cairo_);
    add_path(line.points);
    stroke(line.stroke);
  }
  void operator()(const Polygon& polygon) {
    if (polygon.points.empty()) return;
    cairo_new_path(cairo_);
    add_path(polygon.points);
    cairo_close_path(cairo_);
    set(polygon.fill);
    cairo_fill(cairo_);
  }
  void operator()(const Box& box) {
    cairo_rectangle(cairo_, box.rect.x, box.rect.y, box.rect.width, box.rect.height);
    set(box.fill);
    cairo_fill(cairo_);
  }
  void operator()(const Markers& markers) {
    set(markers.colour);
    for (const Point p : markers.points)
      marker(markers.shape, p, markers.size / 2);
    if (markers.shape == Marker::cross) {
      cairo_set_dash(cairo_, nullptr, 0, 0);
      cairo_set_line_width(cairo_, markers.size / 4);
      cairo_stroke(cairo_);
    } else {
      cairo_fill(cairo_);
    }
  }
  void operator()(const Text& text) {
    if (text.text.empty()) return;
    PangoLayout* layout = pango_.line(text.text, text.size, text.bold);
    PangoRectangle logical;
    pango_layout_get_extents(layout, nullptr, &logical);
    const double width = static_cast<double>(logical.width) / PANGO_SCALE;
    const double height = static_cast<double>(logical.height) / PANGO_SCALE;
    const double ascent = static_cast<double>(pango_layout_get_baseline(layout)) / PANGO_SCALE;
    const double dx = text.horizontal == HorizontalAlign::left    ? 0
                      : text.horizontal == HorizontalAlign::right ? 1
                                                                  : 0.5;
    double up = 0;
    if (text.vertical == VerticalAlign::middle) up = height / 2;
    if (text.vertical == VerticalAlign::baseline) up = ascent;
    if (text.vertical == VerticalAlign::bottom) up = height;
    cairo_save(cairo_);
    set(text.colour);
    cairo_translate(cairo_, text.at.x, text.at.y);
    cairo_rotate(cairo_, -text.rotation * std::numbers::pi / 180);
    cairo_move_to(cairo_, -dx * width, ascent - up);
    pango_cairo_show_layout_line(cairo_, pango_layout_get_line_readonly(layout, 0));
    cairo_restore(cairo_);
  }
  void operator()(const Image& image) {
    if (!image.pixels || image.width < 1 || image.height < 1) return;
    const SurfacePtr pixels = surface_of(image);
    cairo_save(cairo_);
    cairo_rectangle(cairo_, image.rect.x, image.rect.y, image.rect.width, image.rect.height);
    cairo_clip(cairo_);
    cairo_translate(cairo_, image.rect.x, image.rect.y);
    cairo_scale(cairo_, image.rect.width / image.width, image.rect.height / image.height);
    cairo_set_source_surface(cairo_, pixels.get(), 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo_), CAIRO_FILTER_NEAREST);
    cairo_pattern_set_extend(cairo_get_source(cairo_), CAIRO_EXTEND_PAD);
    cairo_paint(cairo_);
    cairo_restore(cairo_);
  }
  void operator()(const ClipBegin& clip) {
    cairo_save(cairo_);
    cairo_rectangle(cairo_, clip.rect.x, clip.rect.y, clip.rect.width, clip.rect.height);
    cairo_clip(cairo_);
  }
  void operator()(const ClipEnd&) { cairo_restore(cairo_); }

 private:
  void set(Colour c) { cairo_set_source_rgba(cairo_, c.r / 255.0, c.g / 255.0, c.b / 255.0, c.a / 255.0); }

  void add_path(const std::vector<Point>& points) {
    cairo_new_sub_path(cairo_);
    for (const Point p : points)
      cairo_line_to(cairo_, p.x, p.y);
    if (points.size() > 2 && points.front() == points.back()) cairo_close_path(cairo_);
  }

  void stroke(const Stroke& stroke) {
    set(stroke.colour);
    cairo_set_line_width(cairo_, stroke.width);
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(cairo_, stroke.dash.data(), static_cast<int>(stroke.dash.size()), 0);
    cairo_stroke(cairo_);
  }

  void marker(Marker shape, Point p, double r) {
    cairo_new_sub_path(cairo_);
    switch (shape) {
      case Marker::none:
        return;
      case Marker::circle:
        cairo_arc(cairo_, p.x, p.y, r, 0, 2 * std::numbers::pi);
        break;
      case Marker::square:
        cairo_rectangle(cairo_, p.x - 0.85 * r, p.y - 0.85 * r, 1.7 * r, 1.7 * r);
        return;
      case Marker::triangle:
        polygon({{p.x, p.y - 1.15 * r}, {p.x + r, p.y + 0.75 * r}, {p.x - r, p.y + 0.75 * r}});
        break;
      case Marker::down_triangle:
        polygon({{p.x, p.y + 1.15 * r}, {p.x + r, p.y - 0.75 * r}, {p.x - r, p.y - 0.75 * r}});
        break;
      case Marker::diamond:
        polygon({{p.x, p.y - 1.2 * r}, {p.x + 1.2 * r, p.y}, {p.x, p.y + 1.2 * r}, {p.x - 1.2 * r, p.y}});
        break;
      case Marker::cross:
        cairo_move_to(cairo_, p.x - r, p.y - r);
        cairo_line_to(cairo_, p.x + r, p.y + r);
        cairo_move_to(cairo_, p.x - r, p.y + r);
        cairo_line_to(cairo_, p.x + r, p.y - r);
        return;
    }
    cairo_close_path(cairo_);
  }
  void polygon(std::initializer_list<Point> points) {
    for (const Point p : points)
      cairo_line_to(cairo_, p.x, p.y);
  }

  /// Opaque pictures go without an alpha channel: PDF would add a mask of the same size.
  static SurfacePtr surface_of(const Image& image) {
    bool opaque = true;
    for (const Colour& c : *image.pixels)
      opaque = opaque && c.a == 255;
    SurfacePtr surface(cairo_image_surface_create(opaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32,
                                                  image.width, image.height));
    require(cairo_surface_status(surface.get()));
    unsigned char* rows = cairo_image_surface_get_data(surface.get());
    const int stride = cairo_image_surface_get_stride(surface.get());
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) {
        const Colour c = (*image.pixels)[static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                                         static_cast<std::size_t>(x)];
        const auto premultiplied = [&](std::uint8_t v) {
          return static_cast<std::uint32_t>((v * c.a + 127) / 255);
        };
        const std::uint32_t pixel = static_cast<std::uint32_t>(c.a) << 24 | premultiplied(c.r) << 16 |
                                    premultiplied(c.g) << 8 | premultiplied(c.b);
        std::memcpy(rows + static_cast<std::ptrdiff_t>(y) * stride + 4 * static_cast<std::ptrdiff_t>(x),
                    &pixel, 4);
      }
    cairo_surface_mark_dirty(surface.get());
    return surface;
  }

  cairo_t* cairo_;
  detail::PangoSetup pango_;
};

void draw_on(cairo_surface_t* surface, const Scene& scene, double scale) {
  require(cairo_surface_status(surface));
  const ContextPtr cairo(cairo_create(surface));
  cairo_scale(cairo.get(), scale, scale);
  SceneDrawer(cairo.get()).draw(scene);
  require(cairo_status(cairo.get()));
}

std::string render_png(const Scene& scene, double dots_per_inch) {
  const double scale = dots_per_inch / 72;
  const SurfacePtr surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(scene.size.width * scale - 1e-6)),
      static_cast<int>(std::ceil(scene.size.height * scale - 1e-6))));
  draw_on(surface.get(), scene, scale);
  std::string bytes;
  require(cairo_surface_write_to_png_stream(surface.get(), append, &bytes));
  return detail::with_png_metadata(std::move(bytes), scene, dots_per_inch);
}

std::string render_svg(const Scene& scene) {
  std::string bytes;
  const SurfacePtr surface(
      cairo_svg_surface_create_for_stream(append, &bytes, scene.size.width, scene.size.height));
  require(cairo_surface_status(surface.get()));
  cairo_svg_surface_set_document_unit(surface.get(), CAIRO_SVG_UNIT_PT);
  draw_on(surface.get(), scene, 1);
  cairo_surface_finish(surface.get());
  require(cairo_surface_status(surface.get()));
  return detail::with_svg_metadata(detail::with_short_coordinates(detail::with_stable_ids(bytes)), scene);
}

std::string render_pdf(const Scene& scene) {
  std::string bytes;
  const SurfacePtr surface(
      cairo_pdf_surface_create_for_stream(append, &bytes, scene.size.width, scene.size.height));
  require(cairo_surface_status(surface.get()));
  cairo_pdf_surface_restrict_to_version(surface.get(),
                                        CAIRO_PDF_VERSION_1_5);  // what LaTeX embeds without a warning
  const auto set = [&](cairo_pdf_metadata_t what, const std::string& text) {
    if (!text.empty())
      cairo_pdf_surface_set_metadata(surface.get(), what, detail::metadata_text(text).c_str());
  };
  set(CAIRO_PDF_METADATA_TITLE, scene.title);
  set(CAIRO_PDF_METADATA_SUBJECT, scene.description);
  set(CAIRO_PDF_METADATA_KEYWORDS, scene.provenance);
  set(CAIRO_PDF_METADATA_CREATOR, "TauScope " TAUSCOPE_VERSION);
  set(CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");  // the same bytes each time
  set(CAIRO_PDF_METADATA_MOD_DATE, "2000-01-01T00:00:00Z");
  draw_on(surface.get(), scene, 1);
  cairo_surface_finish(surface.get());
  require(cairo_surface_status(surface.get()));
  return bytes;
}

}  // namespace

std::string_view extension_of(ImageFormat format) {
  return format == ImageFormat::png ? "png" : format == ImageFormat::svg ? "svg" : "pdf";
}

std::string render(const Scene& scene, ImageFormat format, double dots_per_inch) {
  switch (format) {
    case ImageFormat::png:
      return render_png(scene, dots_per_inch);
    case ImageFormat::svg:
      return render_svg(scene);
    case ImageFormat::pdf:
      return render_pdf(scene);
  }
  return {};
}

}  // namespace tauscope
