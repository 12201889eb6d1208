#include "tests/e2e/hand.h"

#include <X11/Xlib.h>

#include <chrono>
#include <thread>

namespace switchyard::test {
namespace {

Display* as_display(void* display) { return static_cast<Display*>(display); }

Window window_on(Display* display) {
  Window root = 0, parent = 0, *children = nullptr, found = 0;
  unsigned count = 0;
  if (!XQueryTree(display, DefaultRootWindow(display), &root, &parent, &children, &count)) return 0;
  for (unsigned i = 0; i < count; ++i) {
    XWindowAttributes has{};
    if (XGetWindowAttributes(display, children[i], &has) && has.map_state == IsViewable && has.width > 600)
      found = children[i];
  }
  if (children) XFree(children);
  return found;
}

}  // namespace

Hand::Hand() : display_(XOpenDisplay(nullptr)) {
  for (int i = 0; display_ && i < 200 && window_ == 0; ++i) {
    window_ = window_on(as_display(display_));
    if (window_ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (window_ == 0) return;
  XSetInputFocus(as_display(display_), window_, RevertToNone, CurrentTime);
  XFlush(as_display(display_));
}

Hand::~Hand() {
  if (display_) XCloseDisplay(as_display(display_));
}

void Hand::point(int x, int y) {
  XWarpPointer(as_display(display_), None, window_, 0, 0, 0, 0, x, y);
  // The server tells of a move a little later than of what is sent.
  XSync(as_display(display_), False);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  x_ = x, y_ = y;
}

void Hand::button(bool down) {
  XEvent event{};
  event.xbutton.type = down ? ButtonPress : ButtonRelease;
  event.xbutton.window = window_;
  event.xbutton.root = DefaultRootWindow(as_display(display_));
  event.xbutton.x = event.xbutton.x_root = x_;
  event.xbutton.y = event.xbutton.y_root = y_;
  event.xbutton.state = down ? 0 : Button1Mask;
  event.xbutton.button = Button1;
  event.xbutton.same_screen = True;
  XSendEvent(as_display(display_), window_, True, down ? ButtonPressMask : ButtonReleaseMask, &event);
  XFlush(as_display(display_));
}

void Hand::click() {
  button(true);
  button(false);
}

void Hand::key(const char* name, bool ctrl) {
  const auto send = [&](KeySym symbol, bool down, unsigned state) {
    XEvent event{};
    event.xkey.type = down ? KeyPress : KeyRelease;
    event.xkey.window = window_;
    event.xkey.root = DefaultRootWindow(as_display(display_));
    event.xkey.state = state;
    event.xkey.keycode = XKeysymToKeycode(as_display(display_), symbol);
    event.xkey.same_screen = True;
    XSendEvent(as_display(display_), window_, True, down ? KeyPressMask : KeyReleaseMask, &event);
  };
  const KeySym control = XStringToKeysym("Control_L"), symbol = XStringToKeysym(name);
  const unsigned state = ctrl ? ControlMask : 0;
  if (ctrl) send(control, true, 0);
  send(symbol, true, state);
  send(symbol, false, state);
  if (ctrl) send(control, false, ControlMask);
  XFlush(as_display(display_));
}

}  // namespace switchyard::test
