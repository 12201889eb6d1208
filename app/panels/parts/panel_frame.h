// The frame every panel sits in: a rounded ground with a hairline, a title, a muted subtitle, room for small
// controls in the title's line, and in the corner the export of its figure and its data, seen while the mouse is
// on the panel. Draws on the current ImGui child window, whose rect is the panel. What says something is part of a
// figure, the words of a combo too; what only works on the screen (chevrons, icons, arrows) is not.
//
//   panel_begin(in, "nats a character");   // cursor now at the body, padding applied
//   panel_header_combo(in, "layer", &ui.layer, names);   // optional, after the subtitle, left to right
//   ... body: ImGui::GetContentRegionAvail() is what is left ...
//   panel_end(in);
//
// Thread safety: window thread only.
#pragma once

#include <imgui.h>

#include <span>
#include <string>
#include <string_view>

#include "app/run/panel.h"
#include "app/ui/table.h"

namespace switchyard::app {

// Under the title of in.panel.
void panel_begin(const PanelInput& in, std::string_view subtitle = {});
// The mouse is on the title's words.
bool panel_title_hovered(const PanelInput& in);
// The keys pressed the title of the panel drawn last: it is to fill the window, or no longer.
bool panel_title_pressed();
// The title's line had no room for the subtitle.
bool panel_subtitle_left_out();
// A small borderless combo in the title's line. True when the choice changed. The widget is registered
// as "<title>/<label>".
bool panel_header_combo(const PanelInput& in, std::string_view label, int* current,
                        std::span<const std::string> items);
// A short muted text at the right end of the title's line (a live figure, a hint).
void panel_header_right(const PanelInput& in, std::string_view text);
// The free stretch of the title's line, in screen pixels: for controls a panel places by hand from the right
// end; what they took is then given away with panel_header_take_right().
viz::Rect panel_header_free(const PanelInput& in);
void panel_header_take_right(float width);
// The subtitle leaves this much room at the right end, from the next frame on: for what is nowhere else.
void panel_header_wants(float width);
// What combos that are still to come want of it, as far as the frame before tells: room that others leave free.
float panel_header_pending();
void panel_end(const PanelInput& in);

// A part of the body that scrolls on the screen; a figure shows all of it, however high. size 0: what is left.
// Always call panel_scroll_end().
void panel_scroll_begin(const PanelInput& in, const char* id, ImVec2 size = {0, 0});
void panel_scroll_end(const PanelInput& in);

// For a body that scrolls by itself: what it leaves out of sight, in pixels of height; below 0: what it has to spare, by
// which a figure may be lower.
void panel_hides(const PanelInput& in, float height);

// Whether the panel is drawn for a figure alone, off the screen: controls may be left out.
bool for_figure(const PanelInput& in);
// The two icons that export figure and data, for frames of another kind: `right` and `top` are the corner's.
void draw_export_corner(const PanelInput& in, float right, float top);

// Where the panel between begin and end should put the figures it shows; null: nobody asked for them.
Table* wanted_table(const PanelInput& in);

}  // namespace switchyard::app
