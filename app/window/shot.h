// The steps to a picture of the window after N training steps: ask for them, wait for the look at the
// model of that very step, let the model write a few lines, draw, save.
//
// Pure logic, one call a frame. Thread safety: window thread only.
#pragma once

#include <cstdint>

#include "app/run/live.h"
#include "app/window/auto_writer.h"

namespace switchyard::app {

class Shot {
 public:
  explicit Shot(std::int64_t steps) : steps_(steps) {}

  enum class Next { wait, draw, save, failed };
  Next frame(const Live& live, UiState& ui, AutoWriter& writer, Commands& out);

 private:
  // The screen library needs a frame to size what appeared in the one before.
  static constexpr int kSettlingFrames = 3;

  enum class Stage { loading, training, writing, settling } stage_ = Stage::loading;
  std::int64_t steps_;
  int drawn_ = 0;
};

}  // namespace switchyard::app
