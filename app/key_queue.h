// Keyboard events on their way to ImGui, which looks at the state of the keys once a frame. Frames are
// rare where software draws, so a quick tap would begin and end unseen between two of them. Here events
// wait: a frame gets at most one change of each key, and a modifier does not change behind another key.
//
// Thread safety: one thread.
#pragma once

#include <cstddef>
#include <vector>

namespace switchyard::app {

struct KeyEvent {
  int key = 0, scancode = 0, action = 0, modifiers = 0;  // as GLFW gives them
};

class KeyQueue {
 public:
  void push(const KeyEvent& event) { waiting_.push_back(event); }
  // The events for this frame, in order; the rest stay.
  std::vector<KeyEvent> take_frame();
  bool empty() const { return waiting_.empty(); }

 private:
  std::vector<KeyEvent> waiting_;
};

}  // namespace switchyard::app
