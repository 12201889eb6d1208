// A panel drawn by itself, off the screen, for its figure and its data: as wide as asked for, as high as its
// content needs, under no mouse, without scroll bars and controls.
//
// Thread safety: the thread that owns Dear ImGui's current context, between its frames; that context and its fonts
// are as they were afterwards.
#pragma once

#include <imgui.h>

#include <optional>

#include "app/panels/panel_table.h"
#include "app/ui/panel_exports.h"

namespace switchyard::app {

// Of a panel nobody has drawn yet, for scale 1: wide enough for four plots side by side.
inline const ImVec2 kFigureSize{760, 430};
// No figure is higher, for scale 1; what is cut off is in PanelFacts::hidden. Nor lower than the other, unless
// asked for.
inline constexpr float kHighestFigure = 4000, kLowestFigure = 120;

// `in` as for the window, with exports; the fonts of its theme are those of the current context. `ui` and `out`
// take what the panel wishes (looks, a token to inspect) and what it says. Nothing where the panel handed nothing
// over.
std::optional<PanelExport> draw_off_screen(const PanelSpec& panel, const PanelInput& in, UiState& ui,
                                           Commands& out, ImVec2 size, PanelExports::Wish wish);

}  // namespace switchyard::app
