// How far a run is, in a terminal: one line that is drawn over itself, or plain lines now and then where
// the output is a file or a pipe. Only informs (app/cli/console/console.h).
//
// Thread safety: one thread.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/records.h"
#include "core/config/config.h"

namespace switchyard::app {

struct ProgressState {
  std::int64_t step = 0, steps = 0;
  double loss = kMissing, val_loss = kMissing;  // nats a token; missing: not shown
  double tokens_per_s = kMissing;
  double seconds_left = kMissing;
  double val_accuracy = kMissing;
  std::string_view unit = "tokens";  // of tokens_per_s
};
// "[######....]  60%  step 300/500  loss 1.873  val 1.902, 43.1 % right  31.2k tokens/s  12 s left", with a bar as wide as
// fits into `width` columns; width 0: no bar.
std::string progress_line(const ProgressState& state, int width);
// The text with such a bar before it, cut to the width; `done`: 0 to 1.
std::string with_bar(double done, const std::string& text, int width);
int terminal_width(int descriptor);
// What a run counts its data in: "tokens", or "points".
std::string_view unit_of(const Config& config);
// "8 s", "3 m 20 s", "2 h 05 m".
std::string duration_text(double seconds);
// "940", "31.2k", "1.85M".
std::string count_text(double count);

class Progress {
 public:
  // Where `descriptor` is no terminal, about `plain_lines` lines are written over the whole run. `unit`: what a
  // rate counts.
  Progress(int descriptor, std::int64_t steps, std::string_view unit = "tokens", int plain_lines = 20);
  void update(const StepRecord& record);
  // Ends the line that is being drawn over, so that other text can follow.
  void finish();

 private:
  int descriptor_;
  bool terminal_;
  std::int64_t every_;
  ProgressState state_;
  double next_draw_s_ = 0;  // of training time
  bool drawn_ = false;
};

}  // namespace switchyard::app
