// Several processes that train one model, begun from the window, which is none of them: `switchyard --headless
// --ranks N --out DIR`. Its run is followed as soon as it is recorded, and outlives the window. And the check that
// they do what one does, `switchyard --self-check`, which ends with it.
//
// Thread safety: window thread only.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "app/run/panel.h"

namespace switchyard::app {

class RanksHost {
 public:
  static constexpr double kEvery_s = 0.3;

  // program: as StudyHost's.
  explicit RanksHost(std::filesystem::path program) : program_(std::move(program)) {}
  // Processes that train go on; a check is asked to end.
  ~RanksHost();
  RanksHost(const RanksHost&) = delete;
  RanksHost& operator=(const RanksHost&) = delete;

  // Once a frame: takes what is wanted of ui.ranks; a new run lies in `runs`, what is said beside that directory.
  void serve(UiState& ui, const std::filesystem::path& runs, double now_s);
  // When serve() has something to do though nobody wakes the window: infinity without a process.
  double next_s() const;
  // They train on when this window has ended.
  bool at_work() const { return process_ >= 0; }

 private:
  void begin(UiState& ui, const RanksWish& wish, const std::filesystem::path& runs, double now_s);
  void begin_check(UiState& ui, const std::filesystem::path& runs, double now_s);
  void tell_of_end(UiState& ui, int status, double now_s);
  void read_check(UiState& ui, bool has_ended);

  std::filesystem::path program_, folder_, log_, check_log_;
  pid_t process_ = -1, check_ = -1;  // -1: none is at work
  bool is_shown_ = false;            // the window follows the run
  bool asked_to_end_ = false;
  double seen_s_ = 0;
};

}  // namespace switchyard::app
