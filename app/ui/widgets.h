// Switchyard's own controls: thin over Dear ImGui, drawn in our style. Each registers its label
// (registry.h) so that tests click by name. Labels follow ImGui's "##" rule for identity.
//
// Thread safety: window thread only.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/ui/focus.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"

namespace switchyard::app {

enum class ButtonLook { plain, primary, quiet };
enum class Icon { none, play, pause, step, reset, close, chevron_down, chevron_right, chevron_left, picture, table };

// Drawn shapes, as no font has them all. `box` is the square it fills.
void draw_icon(ImDrawList* list, Icon icon, ImVec2 centre, float size, viz::Colour colour);

struct ButtonSpec {
  std::string_view label{};
  ButtonLook look = ButtonLook::plain;
  Icon icon = Icon::none;
  ImVec2 size{0, 0};  // 0: as the label needs
  bool enabled = true;
  std::string_view name{};  // in the registry; empty: the label
};
ImVec2 button_size(const Skin& skin, const ButtonSpec& spec);
bool button(const Skin& skin, const ButtonSpec& spec);
inline bool button(const Skin& skin, std::string_view label, ButtonLook look = ButtonLook::plain) {
  return button(skin, ButtonSpec{.label = label, .look = look});
}

// An invisible item that a click, or Enter and Space while Tab stands on it, press. As focus_stop() right behind
// it.
struct Pressed {
  bool pressed = false, focused = false;
};
Pressed press_area(std::string_view id, ImVec2 size);

// A small rounded label: what a change costs.
ImVec2 badge_size(const Skin& skin, std::string_view text);
void draw_badge(const Skin& skin, ImVec2 at, std::string_view text, viz::Colour ground, viz::Colour colour);

// What happened to a slider in this frame. `position` is 0 to 1 and meaningful while changed.
struct SliderEvent {
  bool began = false, changed = false, ended = false;
  bool wants_typing = false;  // Ctrl-click, or Enter on the focused slider
  bool hovered = false;
  float position = 0;
  // By the arrow keys: so many steps, and that no more follow for now.
  int turned = 0;
  bool let_go = false;
};
// A slim track with a round grab over the width given; `shown` is where the grab sits.
SliderEvent slider(const Skin& skin, std::string_view label, float width, float shown, bool lit = true,
                   std::string_view text = {});

// A choice among names; true when it changed. width 0: as the longest name needs.
bool combo(const Skin& skin, std::string_view label, int* current, std::span<const std::string_view> items,
           float width = 0);

// The next or the one before, by the arrow keys; true when it changed.
bool turned_choice(const FocusKeys& keys, int* current, std::size_t count);

// A choice among few names, side by side; true when it changed. Each is registered as "label/name".
float segmented_width(const Skin& skin, std::span<const std::string_view> items);
bool segmented(const Skin& skin, std::string_view label, int* current, std::span<const std::string_view> items);

// A switch; true when it flipped.
bool toggle(const Skin& skin, std::string_view label, bool* value);

// Whether a line of text asked for the keyboard since the answer was taken last. It has it two frames later.
bool text_field_asks();
bool take_text_field_asks();
// A line of text; true when it was completed (Enter, or left after a change).
bool text_input(const Skin& skin, std::string_view label, std::string* value, float width,
                std::string_view hint = {}, bool take_focus = false);

// The same, where what is typed is worked on while it is: `put` takes its place (the caret behind it), Tab is told
// and leaves the keyboard where it is.
struct LineEdit {
  std::optional<std::string> put;
  bool tab = false;
};
bool text_input(const Skin& skin, std::string_view label, std::string* value, float width, std::string_view hint,
                bool take_focus, LineEdit& edit);

// The mouse has rested on the last item for a moment: time for its tooltip. `id` tells items of a window
// apart. The pause keeps tooltips out of the way of a mouse that only passes.
bool mouse_rests(std::string_view id);
// The same of a rectangle of the window that holds several items.
bool mouse_rests_in(std::string_view id, ImVec2 min, ImVec2 max);

// A popup below or beside what opens it, through whose entries the arrow keys go. Where it is open
// end_menu_popup() follows.
bool begin_menu_popup(const char* id);
void end_menu_popup();

// Text in as many lines as it needs. wrap_x: where they end, in the window; 0: at its edge.
void wrapped_text(ImFont* font, viz::Colour colour, std::string_view text, float wrap_x = 0);

// A framed, wrapped tooltip for the last item. `title` in bold, then lines.
void tooltip(const Skin& skin, std::string_view title, std::string_view body, std::string_view footer = {});

}  // namespace switchyard::app
