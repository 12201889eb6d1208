// A mouse and a keyboard on the display that DISPLAY names, as fast as asked for.
//
// Thread safety: one thread.
#pragma once

#include <string_view>

namespace switchyard::test {

class Hand {
 public:
  // Waits for the program's window, the only large one there, and gives it the focus.
  Hand();
  ~Hand();
  Hand(const Hand&) = delete;
  Hand& operator=(const Hand&) = delete;
  bool found_window() const { return window_ != 0; }

  // Pixels of the window.
  void point(int x, int y);
  void button(bool down);
  void click();
  // "Return", "Escape", "a", "1"; with Ctrl held.
  void key(const char* name, bool ctrl = false);

 private:
  void* display_ = nullptr;
  unsigned long window_ = 0;
  int x_ = 0, y_ = 0;
};

}  // namespace switchyard::test
