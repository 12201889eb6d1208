// File > Write report: the page of the run that is shown, written by a process of its own, `switchyard report
// DIR`, while the window goes on. A toast says where it is, or why there is none.
//
// Thread safety: window thread only.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "app/run/panel.h"

namespace switchyard::app {

class ReportHost {
 public:
  static constexpr double kEvery_s = 0.3;

  explicit ReportHost(std::filesystem::path program) : program_(std::move(program)) {}
  // Asks one that is at work to end.
  ~ReportHost();
  ReportHost(const ReportHost&) = delete;
  ReportHost& operator=(const ReportHost&) = delete;

  // Once a frame: takes ui.wants_report, of the run in that folder (empty: nothing is recorded).
  void serve(UiState& ui, const std::string& run_folder, double now_s);
  // When serve() has something to do though nobody wakes the window: infinity without a process.
  double next_s() const;

 private:
  void begin(UiState& ui, const std::string& run_folder, double now_s);
  void tell_of_end(UiState& ui, int status, double now_s);

  std::filesystem::path program_, page_, log_;
  pid_t process_ = -1;  // -1: none is at work
  double seen_s_ = 0;
};

}  // namespace switchyard::app
