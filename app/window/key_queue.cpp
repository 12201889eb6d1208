#include "app/window/key_queue.h"

#include <GLFW/glfw3.h>

#include <algorithm>

namespace switchyard::app {
namespace {

constexpr int kCommanding = GLFW_MOD_CONTROL | GLFW_MOD_ALT | GLFW_MOD_SUPER;

bool is_modifier(const KeyEvent& event) {
  return event.key >= GLFW_KEY_LEFT_SHIFT && event.key <= GLFW_KEY_RIGHT_SUPER;
}

// A key that does nothing to a text but type its character.
bool is_letter(const KeyEvent& event) {
  return event.key < GLFW_KEY_ESCAPE && (event.modifiers & kCommanding) == 0;
}

}  // namespace

bool asks_for(const KeyEvent& event, const Chord& chord) {
  const int wanted = (chord.ctrl ? GLFW_MOD_CONTROL : 0) | (chord.shift ? GLFW_MOD_SHIFT : 0);
  return event.character == 0 && event.action == GLFW_PRESS && event.key == static_cast<int>(chord.key) &&
         (event.modifiers & (kCommanding | GLFW_MOD_SHIFT)) == wanted;
}

void KeyQueue::push(const KeyEvent& event, bool typing) {
  if (event.character == 0 && event.action == GLFW_REPEAT) return;
  if (event.character == 0 && event.action == GLFW_PRESS && !typing) {
    std::size_t taps = 0;
    auto at = waiting_.rbegin(), last = waiting_.rend();
    for (; at != waiting_.rend() && taps < kMostTaps; ++at) {
      if (at->character != 0) continue;
      if (at->key != event.key) break;
      if (last == waiting_.rend()) last = at;
      if (at->action == GLFW_PRESS && at->modifiers == event.modifiers) ++taps;
    }
    if (taps == kMostTaps) {
      // The last of them goes on instead, and ends when this one does.
      if (last->action == GLFW_RELEASE) waiting_.erase(std::next(last).base());
      return;
    }
  }
  waiting_.push_back(event);
}

std::vector<KeyEvent> KeyQueue::take_frame(bool typing) {
  std::vector<int> changed;  // keys
  bool others = false;       // one that is no modifier
  bool edits = false;        // pressed one that does more to a text than type
  if (typing) letters_wait_ = 0;
  const bool hold = letters_wait_ > 0;
  auto at = waiting_.begin();
  for (; at != waiting_.end(); ++at) {
    if (hold && (at->character != 0 || (is_letter(*at) && at->action == GLFW_PRESS))) break;
    if (at->character != 0) {
      if (edits) break;
      continue;
    }
    if (typing && is_letter(*at)) continue;
    if (is_modifier(*at) && others) break;
    if (std::find(changed.begin(), changed.end(), at->key) != changed.end()) break;
    changed.push_back(at->key);
    if (is_modifier(*at)) continue;
    others = true;
    edits = edits || (at->action == GLFW_PRESS && !is_letter(*at));
  }
  if (hold) --letters_wait_;
  if (edits && !typing) letters_wait_ = kFramesToAField;
  std::vector<KeyEvent> frame(waiting_.begin(), at);
  waiting_.erase(waiting_.begin(), at);
  return frame;
}

}  // namespace switchyard::app
