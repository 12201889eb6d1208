#include "app/window/system/input_queue.h"

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

// What a frame has already, and whether it takes one more.
class Frame {
 public:
  explicit Frame(bool typing, bool holds_letters) : typing_(typing), holds_letters_(holds_letters) {}

  bool takes(const MouseEvent& event) {
    switch (event.kind) {
      case MouseEvent::Kind::move:
        if (clicked_ || wheeled_) return false;
        moved_ = true;
        return true;
      case MouseEvent::Kind::button:
        if (clicked_ || wheeled_ || pressed_ || (moved_ && !event.down)) return false;
        clicked_ = others_ = true;
        return true;
      case MouseEvent::Kind::wheel:
        if (clicked_) return false;
        wheeled_ = others_ = true;
        return true;
    }
    return true;
  }

  bool takes(const KeyEvent& event) {
    const bool character = event.character != 0, press = !character && event.action == GLFW_PRESS;
    if (holds_letters_ && (character || (press && is_letter(event)))) return false;
    if (clicked_ && (character || (press && !is_modifier(event)))) return false;
    if (character) {
      if (edits_) return false;
      pressed_ = true;
      return true;
    }
    if (typing_ && is_letter(event)) {
      pressed_ = pressed_ || press;
      return true;
    }
    if (is_modifier(event) && others_) return false;
    if (std::find(changed_.begin(), changed_.end(), event.key) != changed_.end()) return false;
    changed_.push_back(event.key);
    if (is_modifier(event)) return true;
    others_ = true;
    pressed_ = pressed_ || press;
    edits_ = edits_ || (press && !is_letter(event));
    return true;
  }

  // A key was pressed that does more to a text than type.
  bool edits() const { return edits_; }

 private:
  bool typing_, holds_letters_;
  std::vector<int> changed_;  // keys
  bool others_ = false;       // something that is no modifier
  bool edits_ = false, pressed_ = false;
  bool moved_ = false, clicked_ = false, wheeled_ = false;
};

}  // namespace

bool asks_for(const KeyEvent& event, const Chord& chord) {
  const int wanted = (chord.ctrl ? GLFW_MOD_CONTROL : 0) | (chord.shift ? GLFW_MOD_SHIFT : 0);
  return event.character == 0 && event.action == GLFW_PRESS && event.key == static_cast<int>(chord.key) &&
         (event.modifiers & (kCommanding | GLFW_MOD_SHIFT)) == wanted;
}

void InputQueue::push(const KeyEvent& event, bool typing) {
  if (event.character == 0 && event.action == GLFW_REPEAT) return;
  if (event.character == 0 && event.action == GLFW_PRESS && !typing) {
    std::size_t taps = 0;
    auto at = waiting_.rbegin(), last = waiting_.rend();
    for (; at != waiting_.rend() && taps < kMostTaps; ++at) {
      if (at->mouse) {
        if (at->mouse->kind == MouseEvent::Kind::button) break;
        continue;
      }
      if (at->key.character != 0) continue;
      if (at->key.key != event.key) break;
      if (last == waiting_.rend()) last = at;
      if (at->key.action == GLFW_PRESS && at->key.modifiers == event.modifiers) ++taps;
    }
    if (taps == kMostTaps) {
      // The last of them goes on instead, and ends when this one does.
      if (last->key.action == GLFW_RELEASE) waiting_.erase(std::next(last).base());
      return;
    }
  }
  waiting_.push_back({.key = event});
}

void InputQueue::push(const MouseEvent& event) {
  if (event.kind == MouseEvent::Kind::move && !waiting_.empty()) {
    InputEvent& last = waiting_.back();
    if (last.mouse && last.mouse->kind == MouseEvent::Kind::move) {
      last.mouse = event;
      return;
    }
  }
  if (event.kind == MouseEvent::Kind::button) {
    if (event.button < 0 || event.button >= static_cast<int>(let_go_.size())) return;
    bool& let_go = let_go_[static_cast<std::size_t>(event.button)];
    if (event.down)
      let_go = std::count_if(waiting_.begin(), waiting_.end(), [](const InputEvent& waits) {
                 return waits.mouse && waits.mouse->kind == MouseEvent::Kind::button && waits.mouse->down;
               }) >= static_cast<std::ptrdiff_t>(kMostClicks);
    if (let_go) return;
  }
  waiting_.push_back({.mouse = event});
}

std::vector<InputEvent> InputQueue::take_frame(bool typing, bool awaited) {
  if (typing && !awaited) letters_wait_ = 0;
  Frame frame(typing, awaited || letters_wait_ > 0);
  auto at = waiting_.begin();
  while (at != waiting_.end() && (at->mouse ? frame.takes(*at->mouse) : frame.takes(at->key))) ++at;
  if (letters_wait_ > 0) --letters_wait_;
  if (frame.edits() && !typing) letters_wait_ = kFramesToAField;
  std::vector<InputEvent> taken(waiting_.begin(), at);
  waiting_.erase(waiting_.begin(), at);
  return taken;
}

bool DoubleClicks::is_second(const MouseEvent& press) {
  double& last = last_s_[static_cast<std::size_t>(press.button)];
  const bool second = press.earliest_s - last < kMostSeconds;
  last = press.latest_s;
  return second;
}

}  // namespace switchyard::app
