// A picture in the display's memory that is drawn into instead of the window: shown there when it is done, or read back.
//
// Thread safety: the thread of the OpenGL context, which must be current; also at the end of a surface.
#pragma once

#include "app/export/screenshot.h"
#include "core/base/result.h"

namespace switchyard::app {

class Surface {
 public:
  // failure: the display has no framebuffer objects, or none of this size.
  static Result<Surface> make(int width, int height);
  ~Surface();
  Surface(Surface&& other) noexcept;
  Surface& operator=(Surface&& other) noexcept;

  int width() const { return width_; }
  int height() const { return height_; }

  // What is drawn between these goes onto it.
  void begin() const;
  void end() const;
  // All of it onto the window, of the same size, whose buffer is not swapped yet.
  void show() const;
  Image read() const;

 private:
  Surface(int width, int height) : width_(width), height_(height) {}
  void remove();

  int width_, height_;
  unsigned texture_ = 0, framebuffer_ = 0;
};

}  // namespace switchyard::app
