// Keys, characters and the mouse on their way to ImGui, which looks at their state once a frame. Frames are rare where
// software draws, so a quick tap, a double click or a drag would begin and end unseen between two of them. Here
// events wait in their order: a frame gets at most one change of each key and one of a mouse button; a modifier does
// not change behind another key, a button is not released in the frame that moves the mouse there, and the mouse
// does not move on in the frame that presses or turns the wheel.
//
// What waits stays short. Moves one after another are as the last of them. While no text is typed, taps of one key
// beyond a few are as one; repeats of a key that is held are ImGui's own business; clicks beyond many are let go.
// While a text is typed, all letters that wait come in one frame. Characters keep their place among the keys that
// edit and the clicks: none is lost, none overtakes a Backspace, none comes before the field that a key opens.
//
// Thread safety: one thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "app/ui/chord.h"

namespace switchyard::app {

struct KeyEvent {
  int key = 0, scancode = 0, action = 0, modifiers = 0;  // as GLFW gives them
  unsigned character = 0;  // not 0: a character that was typed, and the others mean nothing
};
// Whether it presses the chord's key with its modifiers and no others.
bool asks_for(const KeyEvent& event, const Chord& chord);

struct MouseEvent {
  enum class Kind { move, button, wheel } kind = Kind::move;
  float x = 0, y = 0;  // where the mouse is, or how far the wheel turned
  int button = 0;
  bool down = false;
  // It happened between these, seconds: a frame was drawn meanwhile, and nobody looked.
  double earliest_s = 0, latest_s = 0;
};

// One or the other.
struct InputEvent {
  KeyEvent key{};
  std::optional<MouseEvent> mouse{};
};

class InputQueue {
 public:
  // Taps of one key that wait at most, where no text is typed.
  static constexpr std::size_t kMostTaps = 4;
  // From the frame that sees a key which may open a text field to the first in which the field takes characters.
  static constexpr int kFramesToAField = 2;
  // Presses of the mouse that wait at most.
  static constexpr std::size_t kMostClicks = 8;

  // typing: whether keys are for a text field.
  void push(const KeyEvent& event, bool typing = false);
  void push(const MouseEvent& event);
  // The events for this frame, in order; the rest stay. awaited: a field is about to have the keyboard, and letters
  // wait for it whatever has it now.
  std::vector<InputEvent> take_frame(bool typing = false, bool awaited = false);
  bool empty() const { return waiting_.empty(); }

 private:
  std::vector<InputEvent> waiting_;
  std::array<bool, 8> let_go_{};  // of a button's last press
  int letters_wait_ = 0;          // frames
};

// Whether a press of a button is the second of two clicks, by when they happened: frames come too rarely to tell.
class DoubleClicks {
 public:
  static constexpr double kMostSeconds = 0.3;
  bool is_second(const MouseEvent& press);

 private:
  std::array<double, 8> last_s_{-1e9, -1e9, -1e9, -1e9, -1e9, -1e9, -1e9, -1e9};
};

}  // namespace switchyard::app
