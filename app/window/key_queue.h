// Keyboard events on their way to ImGui, which looks at the state of the keys once a frame. Frames are
// rare where software draws, so a quick tap would begin and end unseen between two of them. Here events
// wait: a frame gets at most one change of each key, and a modifier does not change behind another key.
//
// What waits stays short. While no text is typed, taps of one key beyond a few are as one; repeats of a key that
// is held are ImGui's own business. While a text is typed, all letters that wait come in one frame. Characters
// keep their place among the keys that edit: none is lost, none overtakes a Backspace, none comes before the field
// that a key opens.
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <vector>

#include "app/ui/chord.h"

namespace switchyard::app {

struct KeyEvent {
  int key = 0, scancode = 0, action = 0, modifiers = 0;  // as GLFW gives them
  unsigned character = 0;  // not 0: a character that was typed, and the others mean nothing
};
// Whether it presses the chord's key with its modifiers and no others.
bool asks_for(const KeyEvent& event, const Chord& chord);

class KeyQueue {
 public:
  // Taps of one key that wait at most, where no text is typed.
  static constexpr std::size_t kMostTaps = 4;
  // From the frame that sees a key which may open a text field to the first in which the field takes characters.
  static constexpr int kFramesToAField = 2;

  // typing: whether keys are for a text field.
  void push(const KeyEvent& event, bool typing = false);
  // The events for this frame, in order; the rest stay.
  std::vector<KeyEvent> take_frame(bool typing = false);
  bool empty() const { return waiting_.empty(); }

 private:
  std::vector<KeyEvent> waiting_;
  int letters_wait_ = 0;  // frames
};

}  // namespace switchyard::app
