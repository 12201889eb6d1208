// The operating system's window with an OpenGL 3.2 context and Dear ImGui in it. Knows nothing of models.
//
// Thread safety: main thread only, except wake(). One window a process.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/export/screenshot.h"
#include "app/window/system/damage.h"
#include "app/window/system/input_queue.h"
#include "app/window/system/surface.h"
#include "core/base/result.h"

struct GLFWwindow;

namespace switchyard::app {

struct WindowOptions {
  std::string title = "Switchyard";
  int width = 1280, height = 720;  // pixels
  bool fit_screen = true;          // no larger than the largest screen; a picture may be
};

struct Extent {
  int width = 0, height = 0;
};
// The part of `wanted` that some screen has, each side by itself; all of it where no screen is known.
Extent fitted(Extent wanted, std::span<const Extent> screens);

class Window {
 public:
  // usage: there is no display, or its OpenGL is older than 3.2; the message says what to do instead.
  static Result<std::unique_ptr<Window>> open(const WindowOptions& options);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // Sleeps until an event or a wake(), at most timeout_s; then dispatches what came.
  void wait_events(double timeout_s);
  // Ends the sleep of wait_events(). Any thread.
  static void wake();

  bool should_close() const;
  void hide();
  bool focused() const;
  bool iconified() const;
  // What the display asks the interface to be enlarged by, 1 on an ordinary one.
  float content_scale() const;
  void size(int& width, int& height) const;
  // True where a processor draws instead of a GPU (llvmpipe and its kin).
  bool draws_in_software() const { return software_; }
  const std::string& renderer() const { return renderer_; }

  // Around the building of a frame.
  // Without the mouse: as if it were nowhere, for a picture that nobody points at. text_is_awaited: a field of text is
  // about to have the keyboard, and what is typed waits for it.
  void begin_frame(bool with_mouse = true, bool text_is_awaited = false);
  void end_frame();
  // Redraws the frame just ended into memory: independent of what covers the window.
  Result<Image> picture();
  // What is on the screen, where it is kept: the same as picture(), after whatever was drawn before.
  Result<Image> shown() const;
  // After the font atlas was built anew, between frames.
  void upload_fonts();

  // Called from wait_events().
  std::function<void()> on_input;                         // key, mouse
  std::function<void(const KeyEvent&)> on_key;            // at once, while it still waits for its frame
  std::function<void()> on_refresh;                       // resized, uncovered
  std::function<void(std::vector<std::string>)> on_drop;  // paths

 private:
  using KeyCallback = void (*)(GLFWwindow*, int, int, int, int);
  using CharCallback = void (*)(GLFWwindow*, unsigned);

  explicit Window(GLFWwindow* window);
  void install_callbacks();
  void take(const KeyEvent& event);
  void take(MouseEvent event);
  void take_position(double x, double y);
  // The input of a frame: keys before the back end's frame begins, the mouse after it, which asks the system for it.
  void feed_keys(const std::vector<InputEvent>& events);
  void feed_mouse(const std::vector<InputEvent>& events, bool with_mouse);
  bool keep_surface(int width, int height);
  GLFWwindow* window_;
  InputQueue input_;
  DoubleClicks double_clicks_;
  std::array<bool, 5> buttons_{}, buttons_shown_{};  // down, as far as events came and as far as frames have them
  bool mouse_inside_ = false;
  float mouse_x_, mouse_y_;  // as frames have it
  double wait_began_s_ = 0, wait_ended_s_ = 0;
  KeyCallback feed_key_ = nullptr;
  CharCallback feed_character_ = nullptr;
  bool software_ = false, can_keep_ = true;
  std::optional<Surface> surface_;  // as it is on the screen
  Damage damage_;
  bool present_again_ = false;
  std::string renderer_;
};

}  // namespace switchyard::app
