// Small parts that every panel is made of.
#pragma once

#include <imgui.h>

#include <span>
#include <string>
#include <string_view>

#include "app/gui/panel.h"

namespace tauscope::gui {

ImU32 packed(Colour colour);
ImVec4 vec4(Colour colour);
/// Black or white, whichever reads better on `fill`.
Colour readable_ink(Colour fill);
/// The colour of the i-th student, as in the plots.
Colour student_colour(const Theme& theme, std::size_t student);

/// Explains the item before it when the cursor rests on it; also on disabled items.
void tooltip(std::string_view text);
/// A pending tooltip or a spinner needs frames without events; cleared by reading.
bool take_frame_request();
void request_frame();

/// screen_text() of each line; what draws text here does it by itself.
std::string screen_lines(std::string_view bytes);
void text(std::string_view text);
void text_wrapped(std::string_view text);
void text_coloured(Colour colour, std::string_view text);
void text_muted(const PanelContext& context, std::string_view text);
void text_muted_wrapped(const PanelContext& context, std::string_view text);
/// One line, cut to `width` with an ellipsis; the whole text is the tooltip where it was cut.
void text_elided(std::string_view text, float width);
std::string elide(std::string_view text, float width);
/// Cut in the middle: names that differ at their ends stay apart.
std::string elide_middle(std::string_view text, float width);
float text_width(std::string_view text);

/// A button that is only its text until the cursor is over it.
bool quiet_button(const PanelContext& context, const char* label);

/// A small caption over a group of controls.
void heading(const PanelContext& context, std::string_view text);

/// Buttons side by side of which one is chosen; true when another one was. `helps` may be empty.
bool segmented(const PanelContext& context, const char* id, std::span<const char* const> labels,
               std::span<const char* const> helps, int& chosen);
/// A button that stays lit while `on`; true when it was pressed.
bool toggle_button(const PanelContext& context, const char* label, bool on);
float segmented_width(std::span<const char* const> labels);

/// The next item follows on the line if `width` fits there, else starts a new one.
void flow(float width);

/// A turning arc of a line's height.
void spinner(const PanelContext& context);

/// Work that goes on, in place of what it will show.
void loading_note(const PanelContext& context, std::string_view text);
/// Something that went wrong, in place, with its remedy; wrapped to the width that is left.
void error_note(const PanelContext& context, std::string_view title, std::string_view text);
/// What to do where there is nothing to show; centred.
void empty_note(const PanelContext& context, std::string_view text);

/// A bar between two areas that is dragged; `size` is that of the area before it (after it where `inverted`).
/// A double click brings `standard` back. All in pixels.
void splitter(const char* id, bool vertical, float thickness, float length, float& size, float low,
              float high, bool inverted, float standard);

}  // namespace tauscope::gui
