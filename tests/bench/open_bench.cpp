// How soon a recorded run stands in the window, and what looking back through it costs. Run by hand, from
// build/release/bin, with a display:
//
//   open_bench DIR [WORKSPACE ...]
//
// Opens DIR as `switchyard open DIR` does, its pages dropped from the cache: seconds from the start of the program to the
// first frame, to the frame that shows the run, to all of it in memory. Then 40 frames of looking back in each workspace,
// every one at another step: CPU of the window's thread, and with the threads that draw for it. Memory at each point.
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/terminal.h"
#include "app/cli/words/cli.h"
#include "app/run/timeline.h"
#include "app/window/application.h"
#include "app/window/system/thread_cpu.h"
#include "app/window/system/window.h"
#include "core/base/random.h"
#include "core/train/interface/engine_loader.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}
double now() { return seconds_of(CLOCK_MONOTONIC); }

double peak_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Of this folder's files alone: others' pages are none of ours to drop.
void drop_pages(const fs::path& folder) {
  std::error_code code;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, code)) {
    const int descriptor = ::open(entry.path().c_str(), O_RDONLY);
    if (descriptor < 0) continue;
    ::fdatasync(descriptor);
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    ::close(descriptor);
  }
}

class Walk {
 public:
  static constexpr int kFrames = 40;

  Walk(double began, std::vector<Workspace> workspaces) : began_(began), workspaces_(std::move(workspaces)) {}

  void frame(const Live& live, UiState& ui) {
    const double at = now();
    // What the last frame showed is on the screen by now.
    const RunView& run = live.run();
    if (!first_) first_ = tell("first frame", at);
    else if (!shown_ && was_there_) shown_ = tell("the run is shown", at);
    else if (shown_ && !all_ && is_all_told(run, at)) all_ = tell("all of it is there", at);
    was_there_ = run.history.size() > 0 && run.snapshot;
    if (all_) look_back(run, ui);
    if (shown_) longest_gap_ = std::max(longest_gap_, last_ > 0 && !all_ ? at - last_ : 0);
    last_ = at;
    Window::wake();
  }

 private:
  std::optional<double> tell(const char* what, double at) {
    std::printf("%-22s %6.2f s   %4.0f MB now, %4.0f MB at most\n", what, at - began_,
                resident_bytes() / (1 << 20), peak_mb());
    return at;
  }

  // Told to the end: nothing has come for a second.
  bool is_all_told(const RunView& run, double at) {
    const std::size_t told = run.history.size() + run.kept.size();
    if (told != told_) told_ = told, changed_ = at;
    return at > changed_ + 1;
  }

  void look_back(const RunView& run, UiState& ui) {
    const double mine = seconds_of(CLOCK_THREAD_CPUTIME_ID), drawn = drawing_.seconds(now());
    if (frames_ > 1) mine_ms_.push_back(1e3 * (mine - mine_)), drawn_ms_.push_back(1e3 * (drawn - drawn_));
    if (frames_ > kFrames) {
      const auto print = [](const char* what, std::vector<double>& ms) {
        std::sort(ms.begin(), ms.end());
        std::printf("  %s: median %.1f ms, 95th %.1f, longest %.1f", what, ms[ms.size() / 2],
                    ms[ms.size() * 95 / 100], ms.back());
        ms.clear();
      };
      std::printf("%-10s", std::string(spec_of(ui.arranging.workspace).name).c_str());
      print("window's thread", mine_ms_), print("and drawing", drawn_ms_);
      std::printf("\n");
      frames_ = 0;
      ++at_;
    }
    if (at_ == workspaces_.size()) {
      if (!ui.wants_quit)
        std::printf(
            "longest time between two frames while it was read %.0f ms; %zu steps, %zu looks; %.0f MB at most\n",
            1e3 * longest_gap_, run.history.size(), run.kept.size(), peak_mb());
      ui.wants_quit = true;
      return;
    }
    ui.arranging.workspace = workspaces_[at_];
    const double last = run.kept[run.kept.size() - 1].x;
    show_at(ui.timeline, run.kept, last * random_.uniform(), false);
    ++frames_;
    mine_ = seconds_of(CLOCK_THREAD_CPUTIME_ID), drawn_ = drawing_.seconds(now());
  }

  double began_;
  std::vector<Workspace> workspaces_;
  std::optional<double> first_, shown_, all_;
  bool was_there_ = false;
  std::size_t told_ = 0, at_ = 0;
  double changed_ = 0, last_ = 0, longest_gap_ = 0;
  int frames_ = 0;
  double mine_ = 0, drawn_ = 0;
  std::vector<double> mine_ms_, drawn_ms_;
  DrawingCpu drawing_;
  RandomStream random_{1, "open bench"};
};

int measure(int argc, char** argv) {
  const double began = now();
  std::vector<const char*> words = {"switchyard", "open", argv[1], "--size", "1920x1080"};
  const auto options = parse_options(static_cast<int>(words.size()), words.data());
  if (!options) return std::fprintf(stderr, "%s\n", options.error().message.c_str()), 2;
  std::vector<Workspace> all;
  for (const WorkspaceSpec& spec : workspaces())
    if (argc == 2 || std::find(argv + 2, argv + argc, spec.name) != argv + argc) all.push_back(spec.id);
  Walk walk(began, std::move(all));
  const auto ended =
      run_window(*options, make_engine_trainer,
                 [&](const Live& live, UiState& ui, std::vector<Command>&) { walk.frame(live, ui); });
  if (!ended) return std::fprintf(stderr, "%s\n", ended.error().message.c_str()), 1;
  return 0;
}

}  // namespace
}  // namespace switchyard::app

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "open_bench DIR [WORKSPACE ...]\n"), 2;
  switchyard::prepare_process();  // as main() does: memory given back every frame comes again as pages to be cleared
  switchyard::app::drop_pages(argv[1]);
  return switchyard::app::measure(argc, argv);
}
