// How far a recording has been read, in a terminal: a bar that is drawn over itself; elsewhere a line now and then
// of what takes long. Only informs. Thread safety: one thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace switchyard::app {

class ReadingBar {
 public:
  // what: "reading"
  ReadingBar(int descriptor, std::string_view what);
  ~ReadingBar();
  ReadingBar(const ReadingBar&) = delete;
  ReadingBar& operator=(const ReadingBar&) = delete;

  // share: 0 to 1
  void update(double share);

 private:
  using Clock = std::chrono::steady_clock;
  int descriptor_;
  std::string what_;
  bool terminal_, drawn_ = false;
  Clock::time_point next_;
};

}  // namespace switchyard::app
