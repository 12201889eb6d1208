// Colours and fonts of the window, dark and light, and the colours that tell categories apart.
// Colour is spent on data; everything else is ground, panel, hairline, text and one accent.
//
// Thread safety: a Theme is a plain value; apply_style and the functions that take ImGui's style belong
// to the window's thread.
#pragma once

#include <cstddef>

#include "viz/base/geometry.h"

namespace viz {

// Fonts by the part they play. A null one falls back to ImGui's current font. Owned by ImGui's atlas.
struct Fonts {
  ImFont* body = nullptr;
  ImFont* bold = nullptr;
  ImFont* mono = nullptr;        // numbers in text, token strips
  ImFont* small = nullptr;       // notes, legends, axis titles
  ImFont* mono_small = nullptr;  // tick labels, values on bars
};

struct Tap;

struct Theme {
  bool is_dark = true;
  Colour ground = 0;        // the window behind the panels
  Colour panel = 0;         // panels: plots are drawn on this
  Colour raised = 0;        // buttons, inputs, tooltips, slider tracks
  Colour raised_hover = 0;  // the same under the mouse
  Colour hairline = 0;      // borders and separators
  Colour grid = 0;          // plot grid: fainter than a hairline
  Colour text = 0;
  Colour text_dim = 0;  // labels, units, ticks
  Colour accent = 0;    // the one accent: active controls, sliders, focus
  Colour accent_hover = 0;
  Colour accent_text = 0;  // text on an accent fill
  Colour good = 0, warn = 0, bad = 0;
  Fonts fonts;
  // Not a colour, but every widget is given its theme: where what is drawn is written down as well (drawing.h). Not
  // owned; null: nowhere.
  const Tap* tap = nullptr;
};

Theme dark();
Theme light();

// Colour of category i (an expert, a domain): the same in every panel for ever. There are 64; beyond
// that they repeat, so a label must carry the identity. The first 16 differ by theme where needed to keep
// a contrast of at least 3:1 against the theme's panel.
constexpr std::size_t category_colour_count = 64;
constexpr std::size_t categories_by_colour_alone = 16;  // past this many, hatches help
Colour category_colour(const Theme& theme, std::size_t i);

// Colours for curves that are not categories (train, validation, ...): none is close to an early
// category's. Repeats after 6.
constexpr std::size_t curve_colour_count = 6;
Colour curve_colour(const Theme& theme, std::size_t i);

// Black or white, whichever is easier to read on `background` (taken as opaque).
Colour text_on(Colour background);

// WCAG 2 relative luminance in [0, 1] and contrast ratio in [1, 21]; alpha is ignored.
double relative_luminance(Colour c);
double contrast(Colour a, Colour b);

// Sets every ImGui style colour, and sizes for `scale` (1 = 96 dpi). Call again when either changes: it
// starts from ImGui's defaults, so calls do not compound.
void apply_style(const Theme& theme, float scale);

}  // namespace viz
