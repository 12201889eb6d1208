#include "app/ui/chord.h"

#include <imgui.h>

#include <string_view>

namespace switchyard::app {
namespace {

using viz::Key;

std::string_view key_name(Key key) {
  switch (key) {
    case Key::space:
      return "Space";
    case Key::period:
      return ".";
    case Key::escape:
      return "Esc";
    case Key::enter:
      return "Enter";
    case Key::tab:
      return "Tab";
    case Key::left:
      return "←";
    case Key::right:
      return "→";
    case Key::up:
      return "↑";
    case Key::down:
      return "↓";
    case Key::home:
      return "Home";
    case Key::end:
      return "End";
    case Key::f1:
      return "F1";
    case Key::f2:
      return "F2";
    case Key::f5:
      return "F5";
    case Key::f8:
      return "F8";
    case Key::f10:
      return "F10";
    case Key::f11:
      return "F11";
    case Key::f12:
      return "F12";
    default:
      return {};
  }
}

}  // namespace

std::string chord_text(const Chord& chord) {
  std::string text;
  if (chord.ctrl) text += "Ctrl + ";
  if (chord.shift) text += "Shift + ";
  const std::string_view name = key_name(chord.key);
  return text + (name.empty() ? std::string(1, static_cast<char>(chord.key)) : std::string(name));
}

bool asked_for(const Chord& chord) {
  const ImGuiIO& io = ImGui::GetIO();
  if (io.KeyAlt || io.KeySuper || io.KeyCtrl != chord.ctrl || io.KeyShift != chord.shift) return false;
  if (io.WantTextInput && !chord.while_typing) return false;
  return viz::key_pressed(chord.key, chord.repeats);
}

}  // namespace switchyard::app
