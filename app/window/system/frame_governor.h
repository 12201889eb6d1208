// Decides when the window draws. Drawing competes with training for the same cores, most of all where
// software draws (tens of milliseconds of CPU a frame), so a frame has to be worth its cost:
//  - nothing new and no input: no frame;
//  - for kActiveSeconds after input: as soon as there is something to show, up to kHighestRate;
//  - otherwise new data is shown as often as keeps the CPU of drawing within kShare of the cores;
//  - a window without focus draws at most kUnfocusedRate, an iconified one kIconifiedRate.
//
// Pure logic over times the caller passes in (seconds, monotonic). Thread safety: none needed, one owner.
#pragma once

#include <array>
#include <cstddef>

namespace switchyard::app {

class FrameGovernor {
 public:
  static constexpr double kShare = 0.08;
  static constexpr double kActiveSeconds = 2;
  static constexpr double kHighestRate = 60;
  static constexpr double kUnfocusedRate = 4;
  static constexpr double kIconifiedRate = 1;
  static constexpr double kLongestWait = 1;
  // Frames drawn after the last input even if nothing else happens: the screen library needs one to
  // notice what the mouse is over and one to show it.
  static constexpr int kSettlingFrames = 3;

  // `cores` the process may use; the share is of all of them.
  explicit FrameGovernor(int cores);

  void input(double now_s);
  // Something to show arrived: a record, a snapshot, an exposed window.
  void data();
  // Something on the screen changes by itself at this time (a toast leaves, a cursor blinks); each
  // frame says so anew. Infinity: nothing does.
  void animate_at(double time_s) { animate_at_s_ = time_s; }
  void set_focus(bool focused, bool iconified);
  // A frame that began at `began_s` and took `cpu_s` of CPU on all threads that draw is on the screen.
  void frame_done(double began_s, double cpu_s);

  // Seconds to wait for events before asking again; 0: draw now.
  double wait_s(double now_s) const;

  double cpu_per_frame_s() const { return cpu_s_; }
  // Frames a second over the last few.
  double rate(double now_s) const;

 private:
  double interval_s(double now_s) const;

  int cores_;
  bool focused_ = true, iconified_ = false;
  bool data_ = true;  // the first frame
  int settling_ = 0;
  double last_input_s_ = -1e300;
  double last_frame_s_ = -1e300;
  double animate_at_s_;
  double cpu_s_ = 0;                // smoothed
  std::array<double, 8> starts_{};  // ring of the last frames' times
  std::size_t frames_ = 0;
};

}  // namespace switchyard::app
