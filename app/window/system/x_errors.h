// Xlib's errors, which by default end the process where it stands: a request the server refused is said once and
// the window goes on; a server that is gone takes the window with it, but first whoever asked saves what there is.
// Does nothing under Wayland, where the library tells of it like of any closed window.
//
// Thread safety: window thread only.
#pragma once

#include <functional>

namespace switchyard::app {

// After the window was made: making one resets the handlers.
void take_x_errors();
// Called on the thread that noticed, within Xlib: it must call nothing of the window and should not return; the
// process ends with exit code 1 if it does. Empty: nobody.
void on_display_lost(std::function<void()> lost);

}  // namespace switchyard::app
