// Lets the model write a little by itself now and then, so that the generation box shows what it has
// learned before anybody asks. Ends for good once somebody generates by hand.
//
// Pure logic. Thread safety: window thread only.
#pragma once

#include "app/run/panel.h"

namespace switchyard::app {

class AutoWriter {
 public:
  // Short and rare: it must not cost the training more than a few percent.
  static constexpr std::int64_t kTokens = 160;
  static constexpr double kPauseSeconds = 15;
  static constexpr std::int64_t kFirstStep = 20;

  // Points have no text.
  static bool can_write(const RunStatus& status);
  // Once a frame, after the panels: `out` shows whether somebody pressed Generate.
  void frame(const RunStatus& status, UiState& ui, Commands& out, double now_s);
  // Now, whatever the time: for a picture.
  void write(UiState& ui, Commands& out);

 private:
  bool by_hand_ = false, was_generating_ = false;
  double ended_s_ = -1e300;
};

}  // namespace switchyard::app
