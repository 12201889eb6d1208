// What is pressed: buttons, areas of one's own drawing, switches; and the badge that tells what a change costs.
//
// Thread safety: window thread only.
#pragma once

#include <string_view>

#include "app/ui/icons.h"
#include "app/ui/skin.h"

namespace switchyard::app {

enum class ButtonLook { plain, primary, quiet };

struct ButtonSpec {
  std::string_view label{};
  ButtonLook look = ButtonLook::plain;
  Icon icon = Icon::none;
  ImVec2 size{0, 0};  // 0: as the label needs
  bool enabled = true;
  std::string_view name{};  // in the registry; empty: the label
};
// What it is drawn with. One that is not enabled has no accent and is the same under the mouse, but its label can
// be read as any other's: at 4.5:1 at least.
struct ButtonColours {
  viz::Colour ground = 0;  // 0: none
  viz::Colour ink = 0;
};
ButtonColours button_colours(const viz::Theme& theme, ButtonLook look, bool enabled, bool hovered, bool held);
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

// A switch; true when it flipped.
bool toggle(const Skin& skin, std::string_view label, bool* value);

}  // namespace switchyard::app
