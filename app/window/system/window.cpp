#include "app/window/system/window.h"

#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <GLFW/glfw3.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/window/system/icon.h"
#include "app/window/system/x_errors.h"
#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

std::string last_glfw_error() {
  const char* text = nullptr;
  glfwGetError(&text);
  return text ? text : "no reason given";
}

Window* self(GLFWwindow* window) { return static_cast<Window*>(glfwGetWindowUserPointer(window)); }
void report_input(GLFWwindow* window) {
  if (self(window)->on_input) self(window)->on_input();
}
void report_refresh(GLFWwindow* window) {
  if (self(window)->on_refresh) self(window)->on_refresh();
}

void clear(int width, int height) {
  const ImVec4 ground = ImGui::GetStyle().Colors[ImGuiCol_WindowBg];
  glViewport(0, 0, width, height);
  glClearColor(ground.x, ground.y, ground.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
}

std::vector<Extent> screens() {
  int count = 0;
  GLFWmonitor** monitors = glfwGetMonitors(&count);
  std::vector<Extent> found;
  for (int i = 0; i < count; ++i)
    if (const GLFWvidmode* mode = glfwGetVideoMode(monitors[i])) found.push_back({mode->width, mode->height});
  return found;
}

}  // namespace

Extent fitted(Extent wanted, std::span<const Extent> screens) {
  Extent most{0, 0};
  for (const Extent& screen : screens)
    most = {std::max(most.width, screen.width), std::max(most.height, screen.height)};
  return {most.width > 0 ? std::min(wanted.width, most.width) : wanted.width,
          most.height > 0 ? std::min(wanted.height, most.height) : wanted.height};
}

Result<std::unique_ptr<Window>> Window::open(const WindowOptions& options) {
  if (!glfwInit())
    return usage_error(
        fmt::format("there is no display to open a window on ({}). Train without one: "
                    "switchyard --headless --steps 500 --out DIR",
                    last_glfw_error()));
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "switchyard");
  glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "switchyard");
#ifdef GLFW_WAYLAND_APP_ID
  glfwWindowHintString(GLFW_WAYLAND_APP_ID, "switchyard");
#endif
  Extent size{options.width, options.height};
  if (options.fit_screen) size = fitted(size, screens());
  GLFWwindow* window = glfwCreateWindow(size.width, size.height, options.title.c_str(), nullptr, nullptr);
  if (!window) {
    const std::string reason = last_glfw_error();
    glfwTerminate();
    return usage_error(
        fmt::format("the window needs OpenGL 3.2 or newer and this display does not offer it ({}). "
                    "Software OpenGL often does: LIBGL_ALWAYS_SOFTWARE=1 switchyard; or train without "
                    "a window: switchyard --headless --steps 500 --out DIR",
                    reason));
  }
  take_x_errors();
  set_icon(window);
  // Small, but never so small that the transport leaves the window.
  glfwSetWindowSizeLimits(window, 960, 600, GLFW_DONT_CARE, GLFW_DONT_CARE);
  return std::unique_ptr<Window>(new Window(window));
}

Window::Window(GLFWwindow* window) : window_(window), mouse_x_(-FLT_MAX), mouse_y_(-FLT_MAX) {
  glfwMakeContextCurrent(window_);
  // The frame governor sets the pace; waiting for the display on top of it would only stall input.
  glfwSwapInterval(0);
  if (const auto* name = reinterpret_cast<const char*>(glGetString(GL_RENDERER))) renderer_ = name;
  for (const char* software : {"llvmpipe", "softpipe", "swrast", "Software"})
    software_ = software_ || renderer_.find(software) != std::string::npos;

  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;  // preferences.h keeps what the window remembers
  io.LogFilename = nullptr;
  io.ConfigWindowsMoveFromTitleBarOnly = true;
  glfwSetWindowUserPointer(window_, this);
  install_callbacks();  // first: ImGui's own callbacks go on to these
  ImGui_ImplGlfw_InitForOpenGL(window_, true);
  feed_key_ = glfwSetKeyCallback(window_, [](GLFWwindow* w, int key, int scancode, int action, int modifiers) {
    self(w)->take({key, scancode, action, modifiers});
  });
  feed_character_ = glfwSetCharCallback(
      window_, [](GLFWwindow* w, unsigned character) { self(w)->take({.character = character}); });
  // Of the mouse ImGui's own are not called at all: feed_mouse() takes their place.
  glfwSetMouseButtonCallback(window_, [](GLFWwindow* w, int button, int action, int) {
    self(w)->take({.kind = MouseEvent::Kind::button, .button = button, .down = action == GLFW_PRESS});
  });
  glfwSetScrollCallback(window_, [](GLFWwindow* w, double x, double y) {
    self(w)->take({.kind = MouseEvent::Kind::wheel, .x = static_cast<float>(x), .y = static_cast<float>(y)});
  });
  glfwSetCursorPosCallback(window_, [](GLFWwindow* w, double x, double y) { self(w)->take_position(x, y); });
  ImGui_ImplOpenGL3_Init("#version 150");
  viz::activate_with_enter();  // Space plays and pauses
}

void Window::install_callbacks() {
  glfwSetCursorEnterCallback(window_, [](GLFWwindow* w, int entered) {
    Window& here = *self(w);
    here.mouse_inside_ = entered == GLFW_TRUE;
    const auto& down = here.buttons_;
    if (here.mouse_inside_) {
      double x = 0, y = 0;
      glfwGetCursorPos(w, &x, &y);
      here.take_position(x, y);
    } else if (std::find(down.begin(), down.end(), true) == down.end()) {
      here.take_position(-FLT_MAX, -FLT_MAX);  // a drag goes on outside
    } else {
      report_input(w);
    }
  });
  glfwSetWindowFocusCallback(window_, [](GLFWwindow* w, int) { report_input(w); });
  glfwSetWindowRefreshCallback(window_, [](GLFWwindow* w) {
    self(w)->present_again_ = true;
    report_refresh(w);
  });
  glfwSetFramebufferSizeCallback(window_, [](GLFWwindow* w, int, int) { report_input(w); });
  glfwSetWindowContentScaleCallback(window_, [](GLFWwindow* w, float, float) { report_refresh(w); });
  glfwSetDropCallback(window_, [](GLFWwindow* w, int count, const char** paths) {
    report_input(w);
    if (self(w)->on_drop) self(w)->on_drop({paths, paths + count});
  });
}

Window::~Window() {
  surface_.reset();
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
  glfwDestroyWindow(window_);
  glfwTerminate();
}

void Window::wait_events(double timeout_s) {
  wait_began_s_ = glfwGetTime();
  if (timeout_s > 0) glfwWaitEventsTimeout(timeout_s);
  else glfwPollEvents();
  wait_ended_s_ = glfwGetTime();
}

void Window::wake() { glfwPostEmptyEvent(); }

bool Window::should_close() const { return glfwWindowShouldClose(window_); }
void Window::hide() { glfwHideWindow(window_); }
bool Window::focused() const { return glfwGetWindowAttrib(window_, GLFW_FOCUSED); }
bool Window::iconified() const { return glfwGetWindowAttrib(window_, GLFW_ICONIFIED); }

float Window::content_scale() const {
  float x = 1, y = 1;
  glfwGetWindowContentScale(window_, &x, &y);
  return x > 0 ? x : 1;
}

void Window::size(int& width, int& height) const { glfwGetWindowSize(window_, &width, &height); }

void Window::take(const KeyEvent& event) {
  input_.push(event, ImGui::GetIO().WantTextInput);
  if (on_key) on_key(event);
  report_input(window_);
}

void Window::take(MouseEvent event) {
  constexpr double kAtOnce = 2e-3;
  event.latest_s = glfwGetTime();
  // What is told as the wait begins had come while nobody waited.
  event.earliest_s = event.latest_s - wait_began_s_ < kAtOnce ? wait_ended_s_ : event.latest_s;
  if (event.kind == MouseEvent::Kind::button) {
    if (event.button < 0 || event.button >= static_cast<int>(buttons_.size())) return;
    buttons_[static_cast<std::size_t>(event.button)] = event.down;
  }
  input_.push(event);
  // Let go outside of the window, after a drag.
  const bool held = std::find(buttons_.begin(), buttons_.end(), true) != buttons_.end();
  if (event.kind == MouseEvent::Kind::button && !held && !mouse_inside_)
    input_.push(MouseEvent{.x = -FLT_MAX, .y = -FLT_MAX});
  report_input(window_);
}

void Window::take_position(double x, double y) {
  take(MouseEvent{.x = static_cast<float>(x), .y = static_cast<float>(y)});
}

void Window::feed_keys(const std::vector<InputEvent>& events) {
  for (const auto& [key, mouse] : events) {
    if (mouse) continue;
    if (key.character != 0) feed_character_(window_, key.character);
    else feed_key_(window_, key.key, key.scancode, key.action, key.modifiers);
  }
}

void Window::feed_mouse(const std::vector<InputEvent>& events, bool with_mouse) {
  ImGuiIO& io = ImGui::GetIO();
  io.MouseDoubleClickTime = static_cast<float>(DoubleClicks::kMostSeconds);
  for (const auto& [key, mouse] : events) {
    if (!mouse) continue;
    switch (mouse->kind) {
      case MouseEvent::Kind::move:
        mouse_x_ = mouse->x, mouse_y_ = mouse->y;
        break;
      case MouseEvent::Kind::button:
        buttons_shown_[static_cast<std::size_t>(mouse->button)] = mouse->down;
        if (mouse->down) io.MouseDoubleClickTime = double_clicks_.is_second(*mouse) ? FLT_MAX : 0;
        break;
      case MouseEvent::Kind::wheel:
        if (with_mouse) viz::feed_mouse_wheel(mouse->y, mouse->x);
        break;
    }
  }
  if (!with_mouse) return viz::feed_mouse_position(-FLT_MAX, -FLT_MAX);
  viz::feed_mouse_position(mouse_x_, mouse_y_);
  for (std::size_t i = 0; i < buttons_shown_.size(); ++i)
    viz::feed_mouse_button(static_cast<int>(i), buttons_shown_[i]);
}

void Window::begin_frame(bool with_mouse, bool text_is_awaited) {
  const std::vector<InputEvent> events = input_.take_frame(ImGui::GetIO().WantTextInput, text_is_awaited);
  if (!input_.empty() && on_input) on_input();  // the rest wants a frame too
  feed_keys(events);
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  feed_mouse(events, with_mouse);
  ImGui::NewFrame();
}

// Where a processor draws, only what differs from the last frame is drawn, onto a surface that keeps the rest.
void Window::end_frame() {
  ImGui::Render();
  ImDrawData* const frame = ImGui::GetDrawData();
  snap_clips(*frame);
  int width = 0, height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  if (width <= 0 || height <= 0) return;
  if (!keep_surface(width, height)) {
    clear(width, height);
    ImGui_ImplOpenGL3_RenderDrawData(frame);
    glfwSwapBuffers(window_);
    return;
  }
  const std::vector<Damage::Area>& areas = damage_.take(*frame);
  if (!areas.empty()) {
    surface_->begin();
    glEnable(GL_SCISSOR_TEST);
    for (const Damage::Area& area : areas) {
      const ImVec2 scale = frame->FramebufferScale, origin = frame->DisplayPos;
      const int x0 = static_cast<int>(std::floor((area.x0 - origin.x) * scale.x)), x1 = static_cast<int>(std::ceil((area.x1 - origin.x) * scale.x));
      const int y0 = static_cast<int>(std::floor((area.y0 - origin.y) * scale.y)), y1 = static_cast<int>(std::ceil((area.y1 - origin.y) * scale.y));
      glScissor(x0, height - y1, x1 - x0, y1 - y0);
      clear(width, height);
    }
    glDisable(GL_SCISSOR_TEST);
    {
      std::optional<Damage::Cut> cut;
      if (!damage_.is_whole()) cut.emplace(*frame, areas);
      ImGui_ImplOpenGL3_RenderDrawData(frame);
    }
    surface_->end();
  } else if (!std::exchange(present_again_, false)) {
    return;  // it is on the screen
  }
  present_again_ = false;
  surface_->show();
  glfwSwapBuffers(window_);
}

bool Window::keep_surface(int width, int height) {
  if (!software_ || !can_keep_) return false;
  if (surface_ && surface_->width() == width && surface_->height() == height) return true;
  damage_.forget();
  surface_.reset();
  auto made = Surface::make(width, height);
  if (made) surface_.emplace(std::move(*made));
  return can_keep_ = static_cast<bool>(made);
}

Result<Image> Window::picture() {
  ImDrawData* const frame = ImGui::GetDrawData();
  if (!frame) return failure("the window's picture cannot be read: nothing is drawn yet");
  int width = 0, height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  const auto surface = Surface::make(width, height);
  if (!surface) return failure("the window's picture cannot be read: " + surface.error().message);
  surface->begin();
  clear(width, height);
  ImGui_ImplOpenGL3_RenderDrawData(frame);
  surface->end();
  return surface->read();
}

Result<Image> Window::shown() const {
  if (!surface_) return failure("nothing of the window is kept");
  return surface_->read();
}

void Window::upload_fonts() {
  damage_.forget();
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
}

}  // namespace switchyard::app
