// Monospaced text where every token has a colour behind it: a passage coloured by expert. Wraps at the width,
// scrolls within its rectangle, draws only the lines in sight.
#pragma once

#include <span>
#include <string_view>

#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace viz {

struct StripToken {
  std::string_view text{};  // UTF-8; a token that is only a newline ends the line, a space shows a faint mark
  Colour background = 0;    // drawn with the spec's opacity; 0: none
  bool emphasised = false;  // outlined, at full opacity
  bool faint = false;       // text in the dim colour (a prompt, a dropped token)
};

struct TextStripSpec {
  const char* id = "text";
  ImVec2 size{0, 0};  // 0: what is left of the region
  std::span<const StripToken> tokens{};
  float opacity = 0.45f;    // of the backgrounds
  bool follow_end = false;  // keep the last line in sight as text grows, unless scrolled up
  bool show_marks = true;   // faint marks for spaces and newlines
  int highlighted = -1;     // token outlined
  bool scroll_bar = true;   // where the text is higher than its rectangle
  std::string_view empty_text = "no text yet";
};

struct TextStripResult {
  int hovered = -1;  // token under the mouse
  int clicked = -1;
  float hidden_height = 0;  // pixels of the text that its rectangle does not show; below 0: that it leaves free
  Rect token_area{};  // of the hovered token (its first line), for placing a tooltip
};

TextStripResult text_strip(const TextStripSpec& spec, const Theme& theme, float scale);

}  // namespace viz
