#include "app/cli/studies/study_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/cli/console/console.h"
#include "app/cli/console/progress.h"

namespace switchyard::app {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kTerminalInterval{100}, kPlainInterval{10'000};
constexpr double kKeptOfLoss = 0.9;
constexpr double kFirstGuess_s = 2;  // of a shorter time nobody can tell how long the rest takes

double share_done(const StudyProgressState& state) {
  const double of_run = state.steps > 0 ? static_cast<double>(state.step) / static_cast<double>(state.steps) : 0;
  return state.runs > 0
             ? std::clamp((static_cast<double>(state.run - 1) + of_run) / static_cast<double>(state.runs), 0.0,
                          1.0)
             : 0;
}

}  // namespace

std::string study_line(const StudyProgressState& state, int width) {
  const double done = share_done(state);
  std::string text = fmt::format("{:3.0f}%  run {}/{}  {}  step {}/{}", std::floor(100 * done), state.run,
                                 state.runs, state.name, state.step, state.steps);
  if (!std::isnan(state.loss)) text += fmt::format("  loss {:.3f}", state.loss);
  if (!std::isnan(state.seconds_left)) text += fmt::format("  {} left", duration_text(state.seconds_left));
  return with_bar(done, text, width);
}

StudyProgress::StudyProgress(int descriptor, std::int64_t runs, std::int64_t steps)
    : descriptor_(descriptor), terminal_(isatty(descriptor) == 1) {
  state_.runs = runs;
  state_.steps = steps;
}

void StudyProgress::begin_run(std::int64_t run, std::string name, std::int64_t step) {
  learned_ += state_.step - from_;
  state_.run = run;
  state_.name = std::move(name);
  state_.step = from_ = step;
  state_.loss = kMissing;
}

void StudyProgress::update(const StepRecord& record) {
  // One that went on from a checkpoint began behind 0.
  if (state_.step == 0 && record.step > 1) from_ = record.step - 1;
  state_.step = record.step;
  state_.loss =
      std::isnan(state_.loss) ? record.loss : kKeptOfLoss * state_.loss + (1 - kKeptOfLoss) * record.loss;
  const Clock::time_point now = Clock::now();
  const std::int64_t made = learned_ + state_.step - from_;
  const double took_s = std::chrono::duration<double>(now - began_).count();
  const std::int64_t left = (state_.runs - state_.run + 1) * state_.steps - state_.step;
  if (made > 0 && took_s > kFirstGuess_s)
    state_.seconds_left =
        took_s / static_cast<double>(made) * static_cast<double>(std::max<std::int64_t>(left, 0));
  if (now < next_draw_ && record.step < state_.steps) return;
  if (!terminal_ && now < next_draw_) return;
  next_draw_ = now + (terminal_ ? kTerminalInterval : kPlainInterval);
  if (!terminal_) {
    inform(study_line(state_, 0) + '\n', descriptor_);
    return;
  }
  inform("\r\x1b[K" + study_line(state_, terminal_width(descriptor_)), descriptor_);
  drawn_ = true;
}

void StudyProgress::finish() {
  if (drawn_) inform("\n", descriptor_);
  drawn_ = false;
}

}  // namespace switchyard::app
