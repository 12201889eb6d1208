#include "app/window/system/frame_governor.h"

#include <algorithm>
#include <limits>

namespace switchyard::app {

FrameGovernor::FrameGovernor(int cores)
    : cores_(std::max(1, cores)), animate_at_s_(std::numeric_limits<double>::infinity()) {}

void FrameGovernor::input(double now_s) {
  last_input_s_ = now_s;
  settling_ = kSettlingFrames;
}

void FrameGovernor::data() { data_ = true; }

void FrameGovernor::set_focus(bool focused, bool iconified) {
  focused_ = focused;
  iconified_ = iconified;
}

void FrameGovernor::frame_done(double began_s, double cpu_s) {
  // A dear frame counts at once, a cheap one only slowly: the budget must hold for the frames that vary.
  cpu_s_ = cpu_s > cpu_s_ ? cpu_s : 0.8 * cpu_s_ + 0.2 * cpu_s;
  last_frame_s_ = began_s;
  starts_[frames_++ % starts_.size()] = began_s;
  data_ = false;
  settling_ = std::max(0, settling_ - 1);
  if (animate_at_s_ <= began_s) animate_at_s_ = std::numeric_limits<double>::infinity();
}

double FrameGovernor::interval_s(double now_s) const {
  const double shortest = 1 / kHighestRate;
  if (now_s - last_input_s_ < kActiveSeconds && !iconified_) return shortest;
  double interval = std::max(shortest, cpu_s_ / (kShare * cores_));
  if (!focused_) interval = std::max(interval, 1 / kUnfocusedRate);
  if (iconified_) interval = std::max(interval, 1 / kIconifiedRate);
  return interval;
}

double FrameGovernor::wait_s(double now_s) const {
  const double due = last_frame_s_ + interval_s(now_s);
  if (data_ || settling_ > 0) return std::clamp(due - now_s, 0.0, kLongestWait);
  return std::clamp(std::max(due, animate_at_s_) - now_s, animate_at_s_ <= now_s ? 0.0 : 1e-3, kLongestWait);
}

double FrameGovernor::rate(double now_s) const {
  const std::size_t kept = std::min(frames_, starts_.size());
  if (kept < 2) return 0;
  const double oldest = starts_[frames_ > starts_.size() ? frames_ % starts_.size() : 0];
  const double span = now_s - oldest;
  return span > 0 ? static_cast<double>(kept - 1) / span : 0;
}

}  // namespace switchyard::app
