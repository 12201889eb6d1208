// The checkpoint of another program's that is open in the window: opened when somebody asks, shown once its heads
// are read, in the place of the one before; what its panels wish is done on threads of its own
// (core/session/viewing/checkpoint_viewer.h). The run that learns goes on.
//
// Thread safety: window thread only.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "app/run/checkpoint_shown.h"

namespace switchyard::app {

class CheckpointHost {
 public:
  // wake: from its threads.
  explicit CheckpointHost(void (*wake)()) : wake_(wake) {}

  // Once a frame, before the panels are drawn. One that cannot be opened is a toast, and the one before stays.
  void serve(UiState& ui, double now_s);
  // Whether one of its threads woke the window since it was served.
  bool has_news() const;
  // All that is read ends, and nobody waits for it: before what takes longer.
  void end_all();
  bool has_ended() const;  // all of it

 private:
  void open(UiState& ui, double now_s);
  static void show(UiState& ui);
  void let_go(std::unique_ptr<CheckpointViewer>& viewer);
  void take_wishes(UiState& ui);
  bool shows(const std::filesystem::path& path) const;

  void (*wake_)();
  std::unique_ptr<CheckpointViewer> opening_;  // its heads are being read
  std::unique_ptr<CheckpointViewer> shown_;
  std::vector<std::unique_ptr<CheckpointViewer>> leaving_;  // they end a piece of work that nobody waits for
};

}  // namespace switchyard::app
