#include "app/window/system/x_errors.h"

#include <X11/Xlib.h>
#include <unistd.h>

#include <utility>

#include "app/cli/console/console.h"
#include "app/cli/terminal.h"

namespace switchyard::app {
namespace {

std::function<void()> when_lost;

int refused(Display* display, XErrorEvent* error) {
  static bool said = false;
  if (std::exchange(said, true)) return 0;
  char text[200] = "";
  XGetErrorText(display, error->error_code, text, sizeof text);
  inform("switchyard: the X server refused a request ({}, code {}.{}); the window goes on\n",
         static_cast<const char*>(text), static_cast<int>(error->request_code),
         static_cast<int>(error->minor_code));
  return 0;
}

int lost(Display*) {
  if (when_lost) when_lost();
  ::_exit(report_error(failure("the display is gone (its X server has ended)")));
}

}  // namespace

void take_x_errors() {
  XSetErrorHandler(refused);
  XSetIOErrorHandler(lost);
}

void on_display_lost(std::function<void()> call) { when_lost = std::move(call); }

}  // namespace switchyard::app
