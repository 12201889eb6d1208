// How long the window takes to answer while it trains: a press or a move of the mouse, until the pixels are there. Run by
// hand, from build/release/bin, on a display of its own:
//
//   tests/support/on_display.sh 1280x720 build/release/bin/answer_bench [N]
//
// Starts the program beside it at 1280x720, lets it train, then N times (50) each: the mouse moves from one tab to another,
// which lights up; File is pressed and its menu lies open; pressed again, and it is gone. Milliseconds until the first pixel of
// the answer, by reading the screen. Then, paused, so that nothing else is drawn: the mouse moves from one bar of Expert
// load to another and the tokens of that expert light up in another panel; with the CPU of the threads that draw.
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/keysym.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
void rest(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "%s\n", why);
  std::exit(1);
}

// CPU seconds of the window's thread and of those that draw for it.
double drawing_cpu(pid_t program) {
  double sum = 0;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(program) + "/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    const bool draws = name.starts_with("llvmpipe") || task.path().filename() == std::to_string(program);
    double ns = 0;
    if (draws && std::ifstream(task.path() / "schedstat") >> ns) sum += 1e-9 * ns;
  }
  return sum;
}

struct Box {
  int x, y, width, height;
};

class Eyes {
 public:
  Eyes() : display_(XOpenDisplay(nullptr)) {
    if (!display_) give_up("there is no display");
  }
  std::vector<unsigned long> pixels(Box box) {
    XImage* const image = XGetImage(display_, root(), box.x, box.y, static_cast<unsigned>(box.width), static_cast<unsigned>(box.height), AllPlanes, ZPixmap);
    if (!image) give_up("the screen cannot be read");
    std::vector<unsigned long> all;
    for (int y = 0; y < box.height; ++y)
      for (int x = 0; x < box.width; ++x) all.push_back(XGetPixel(image, x, y));
    XDestroyImage(image);
    return all;
  }
  void point(int x, int y) {
    XWarpPointer(display_, None, root(), 0, 0, 0, 0, x, y);
    XFlush(display_);
  }
  void press(Window window, int x, int y) {
    XEvent event{};
    event.xbutton = {.type = ButtonPress, .serial = 0, .send_event = True, .display = display_, .window = window, .root = root(), .subwindow = None,
                     .time = CurrentTime, .x = x, .y = y, .x_root = x, .y_root = y, .state = 0, .button = Button1, .same_screen = True};
    XSendEvent(display_, window, True, ButtonPressMask, &event);
    event.type = ButtonRelease;
    event.xbutton.state = Button1Mask;
    XSendEvent(display_, window, True, ButtonReleaseMask, &event);
    XFlush(display_);
  }
  void press_key(Window window, KeySym key) {
    XEvent event{};
    event.xkey = {.type = KeyPress, .serial = 0, .send_event = True, .display = display_, .window = window, .root = root(), .subwindow = None,
                  .time = CurrentTime, .x = 1, .y = 1, .x_root = 1, .y_root = 1, .state = 0, .keycode = XKeysymToKeycode(display_, key), .same_screen = True};
    XSendEvent(display_, window, True, KeyPressMask, &event);
    event.type = KeyRelease;
    XSendEvent(display_, window, True, KeyReleaseMask, &event);
    XFlush(display_);
  }
  Window program() {
    Window parent = 0, top = 0, *children = nullptr;
    unsigned count = 0;
    if (!XQueryTree(display_, root(), &top, &parent, &children, &count)) return 0;
    Window found = 0;
    for (unsigned i = 0; i < count; ++i) {
      XWindowAttributes has{};
      if (XGetWindowAttributes(display_, children[i], &has) && has.map_state == IsViewable && has.width > 600) found = children[i];
    }
    if (children) XFree(children);
    return found;
  }

 private:
  Window root() const { return DefaultRootWindow(display_); }
  Display* display_;
};

void print(const char* what, std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  std::printf("%-12s median %5.0f ms, 95th %5.0f, longest %5.0f\n", what, ms[ms.size() / 2], ms[ms.size() * 95 / 100], ms.back());
}

}  // namespace

int main(int argc, char** argv) {
  const int times = argc > 1 ? std::atoi(argv[1]) : 50;
  const fs::path home = fs::temp_directory_path() / ("answer_bench-" + std::to_string(::getpid()));
  fs::create_directories(home);
  const std::string program = fs::canonical("/proc/self/exe").parent_path() / "switchyard", out = home / "run";
  const pid_t child = ::fork();
  if (child == 0) {
    for (const char* name : {"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"}) setenv(name, home.c_str(), 1);
    ::execl(program.c_str(), "switchyard", "--out", out.c_str(), "--size", "1280x720", "--workspace", "train", static_cast<char*>(nullptr));
    ::_exit(1);
  }
  Eyes screen;
  Window window = 0;
  for (int i = 0; i < 600 && !window; ++i) rest(0.1), window = screen.program();
  if (!window) give_up("no window");
  screen.point(1270, 710);
  rest(10);
  screen.press_key(window, XK_Escape);  // a first start shows its tour
  rest(5);
  // Until what was there has changed.
  const auto answer = [&](Box box, const std::function<void()>& act) {
    const auto before = screen.pixels(box);
    const double began = now();
    act();
    while (screen.pixels(box) == before)
      if (now() > began + 5) return 5000.0;
    return 1e3 * (now() - began);
  };
  std::vector<double> hovers, opened, closed;
  // Nothing else changes how tabs look.
  for (int i = 0; i < times; ++i) {
    const int x = 608 + (i % 2) * 84;  // Routing, Specialization
    hovers.push_back(answer({x - 30, 20, 60, 16}, [&] { screen.point(x, 27); }));
    rest(0.5);
  }
  screen.point(110, 27);
  rest(1);
  for (int i = 0; i < times; ++i) {
    opened.push_back(answer({105, 60, 60, 60}, [&] { screen.press(window, 110, 27); }));
    rest(0.5);
    closed.push_back(answer({105, 60, 60, 60}, [&] { screen.press(window, 110, 27); }));
    rest(0.5);
  }
  print("hover", hovers);
  print("menu opens", opened);
  print("menu closes", closed);
  screen.point(312, 27);
  rest(0.5);
  screen.press(window, 312, 27);
  rest(2);
  std::vector<double> bars;
  const double cpu = drawing_cpu(child);
  for (int i = 0; i < times; ++i) {
    bars.push_back(answer({284, 345, 480, 90}, [&] { screen.point(i % 2 ? 866 : 1075, 185); }));
    rest(0.5);
  }
  print("paused: bars", bars);
  std::printf("%.1f ms of CPU each, in all frames until it stands\n", 1e3 * (drawing_cpu(child) - cpu) / times);
  ::kill(child, SIGTERM);
  ::waitpid(child, nullptr, 0);
  std::error_code code;
  fs::remove_all(home, code);
  return 0;
}
