#include "app/window/system/surface.h"

#include <GLFW/glfw3.h>

#include <cstring>
#include <utility>

namespace switchyard::app {
namespace {

// OpenGL's framebuffer objects are above what the system's header declares.
struct FramebufferCalls {
  void (*generate)(GLsizei, GLuint*) = nullptr;
  void (*remove)(GLsizei, const GLuint*) = nullptr;
  void (*bind)(GLenum, GLuint) = nullptr;
  void (*attach)(GLenum, GLenum, GLenum, GLuint, GLint) = nullptr;
  GLenum (*status)(GLenum) = nullptr;
  void (*blit)(GLint, GLint, GLint, GLint, GLint, GLint, GLint, GLint, GLbitfield, GLenum) = nullptr;

  FramebufferCalls() {
    load(generate, "glGenFramebuffers");
    load(remove, "glDeleteFramebuffers");
    load(bind, "glBindFramebuffer");
    load(attach, "glFramebufferTexture2D");
    load(status, "glCheckFramebufferStatus");
    load(blit, "glBlitFramebuffer");
  }
  bool complete() const { return generate && remove && bind && attach && status && blit; }

 private:
  template <class Function>
  static void load(Function& function, const char* name) {
    function = reinterpret_cast<Function>(glfwGetProcAddress(name));
  }
};
constexpr GLenum kFramebuffer = 0x8D40, kReadFramebuffer = 0x8CA8, kDrawFramebuffer = 0x8CA9, kColourAttachment = 0x8CE0,
                 kFramebufferComplete = 0x8CD5;

const FramebufferCalls& calls() {
  static const FramebufferCalls found;
  return found;
}

}  // namespace

Result<Surface> Surface::make(int width, int height) {
  if (!calls().complete()) return failure("no framebuffer objects");
  if (width <= 0 || height <= 0) return failure("it has no size");
  Surface made(width, height);
  glGenTextures(1, &made.texture_);
  glBindTexture(GL_TEXTURE_2D, made.texture_);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB, width, height, 0, GL_RGB, GL_UNSIGNED_BYTE, nullptr);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  calls().generate(1, &made.framebuffer_);
  made.begin();
  calls().attach(kFramebuffer, kColourAttachment, GL_TEXTURE_2D, made.texture_, 0);
  const bool ready = calls().status(kFramebuffer) == kFramebufferComplete;
  made.end();
  if (!ready) return failure("the display refuses a framebuffer of its size");
  return made;
}

Surface::~Surface() { remove(); }

Surface::Surface(Surface&& other) noexcept
    : width_(other.width_), height_(other.height_), texture_(std::exchange(other.texture_, 0)),
      framebuffer_(std::exchange(other.framebuffer_, 0)) {}

Surface& Surface::operator=(Surface&& other) noexcept {
  if (this == &other) return *this;
  remove();
  width_ = other.width_, height_ = other.height_;
  texture_ = std::exchange(other.texture_, 0), framebuffer_ = std::exchange(other.framebuffer_, 0);
  return *this;
}

void Surface::remove() {
  if (framebuffer_) calls().remove(1, &framebuffer_);
  if (texture_) glDeleteTextures(1, &texture_);
  framebuffer_ = texture_ = 0;
}

void Surface::begin() const { calls().bind(kFramebuffer, framebuffer_); }
void Surface::end() const { calls().bind(kFramebuffer, 0); }

void Surface::show() const {
  calls().bind(kReadFramebuffer, framebuffer_);
  calls().bind(kDrawFramebuffer, 0);
  calls().blit(0, 0, width_, height_, 0, 0, width_, height_, GL_COLOR_BUFFER_BIT, GL_NEAREST);
  end();
}

Image Surface::read() const {
  Image image;
  image.width = width_, image.height = height_;
  const std::size_t row = 3 * static_cast<std::size_t>(width_), rows = static_cast<std::size_t>(height_);
  std::vector<std::uint8_t> upside_down(row * rows);
  begin();
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, width_, height_, GL_RGB, GL_UNSIGNED_BYTE, upside_down.data());
  end();
  image.rgb.resize(upside_down.size());
  for (std::size_t y = 0; y < rows; ++y) std::memcpy(image.rgb.data() + y * row, upside_down.data() + (rows - 1 - y) * row, row);
  return image;
}

}  // namespace switchyard::app
