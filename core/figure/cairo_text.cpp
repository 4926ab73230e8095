#include "core/figure/cairo_text.h"

#include "core/base/error.h"
#include "core/figure/cairo_renderer.h"

namespace tauscope {

namespace detail {

PangoSetup::PangoSetup() : map_(pango_cairo_font_map_new()) {
  if (!map_) throw Error::failed("", "Pango was built without Cairo").remedy("install libpangocairo-1.0-0");
  pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map_.get()), 72);
  context_.reset(pango_font_map_create_context(map_.get()));
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context_.get(), options);
  cairo_font_options_destroy(options);
  pango_context_set_round_glyph_positions(context_.get(), FALSE);
  pango_context_set_base_dir(context_.get(), PANGO_DIRECTION_LTR);
  pango_context_set_language(context_.get(), pango_language_from_string("en"));  // not the user's locale
  layout_.reset(pango_layout_new(context_.get()));
  pango_layout_set_single_paragraph_mode(layout_.get(), TRUE);
  pango_layout_set_auto_dir(layout_.get(), FALSE);
}

PangoLayout* PangoSetup::line(std::string_view text, double size, bool bold) const {
  PangoFontDescription* font = pango_font_description_new();
  pango_font_description_set_family(font, "DejaVu Sans, sans-serif");
  pango_font_description_set_size(font, static_cast<int>(size * PANGO_SCALE + 0.5));
  pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description(layout_.get(), font);
  pango_font_description_free(font);
  pango_layout_set_text(layout_.get(), text.data(), static_cast<int>(text.size()));
  return layout_.get();
}

}  // namespace detail

struct PangoTextMetrics::Impl {
  detail::PangoSetup pango;
};

PangoTextMetrics::PangoTextMetrics() : impl_(std::make_unique<Impl>()) {}
PangoTextMetrics::~PangoTextMetrics() = default;

TextExtent PangoTextMetrics::measure(std::string_view text, double size, bool bold) const {
  if (text.empty()) return {};
  PangoLayout* layout = impl_->pango.line(text, size, bold);
  PangoRectangle logical;
  pango_layout_get_extents(layout, nullptr, &logical);
  const double baseline = static_cast<double>(pango_layout_get_baseline(layout)) / PANGO_SCALE;
  return {static_cast<double>(logical.width) / PANGO_SCALE, baseline,
          static_cast<double>(logical.height) / PANGO_SCALE - baseline};
}

}  // namespace tauscope
