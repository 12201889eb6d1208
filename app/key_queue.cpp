#include "app/key_queue.h"

#include <GLFW/glfw3.h>

#include <algorithm>

namespace switchyard::app {
namespace {

bool is_modifier(const KeyEvent& event) {
  return event.key >= GLFW_KEY_LEFT_SHIFT && event.key <= GLFW_KEY_RIGHT_SUPER;
}

}  // namespace

std::vector<KeyEvent> KeyQueue::take_frame() {
  std::vector<KeyEvent> frame;
  for (const KeyEvent& event : waiting_) {
    const bool changed =
        event.action != GLFW_REPEAT &&
        std::any_of(frame.begin(), frame.end(), [&](const KeyEvent& e) { return e.key == event.key; });
    const bool behind = is_modifier(event) &&
                        std::any_of(frame.begin(), frame.end(), [](const KeyEvent& e) { return !is_modifier(e); });
    if (changed || behind) break;
    frame.push_back(event);
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(frame.size()));
  return frame;
}

}  // namespace switchyard::app
