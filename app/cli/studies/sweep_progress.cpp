#include "app/cli/studies/sweep_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "app/cli/console/console.h"
#include "app/cli/console/progress.h"

namespace switchyard::app {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kDrawInterval{100}, kLineInterval{10'000};
constexpr double kLeastGuess_s = 2;  // of a shorter time nobody can tell how long the rest takes

}  // namespace

std::string sweep_line(const SweepProgressState& state, int width) {
  std::string text = fmt::format("{:3.0f}%  ", std::floor(100 * state.done));
  if (state.rungs > 1) text += fmt::format("rung {}/{}  ", state.rung + 1, state.rungs);
  text += fmt::format("{} of {} runs", state.ended, state.runs);
  if (state.at_work > 1) text += fmt::format(", {} at work", state.at_work);
  // What is cut where a line is short stands last.
  if (!std::isnan(state.seconds_left)) text += fmt::format("  {} left", duration_text(state.seconds_left));
  if (!state.name.empty()) text += "  " + state.name;
  if (!state.name.empty() && !std::isnan(state.loss)) text += fmt::format("  loss {:.3f}", state.loss);
  return with_bar(state.done, text, width);
}

SweepProgress::SweepProgress(int descriptor, std::int64_t steps, std::size_t rungs)
    : descriptor_(descriptor), terminal_(isatty(descriptor) == 1), all_(steps) {
  state_.rungs = rungs;
}

void SweepProgress::begin_rung(std::size_t rung, std::int64_t runs, std::int64_t ended, std::int64_t before,
                               std::int64_t steps) {
  rungs_before_ += state_.runs * (steps_ - before_);
  state_.rung = rung, state_.runs = runs, state_.ended = ended;
  before_ = before, steps_ = steps;
  at_.clear();
}

void SweepProgress::step(const std::string& run, std::int64_t step, double loss) {
  const auto known = at_.find(run);
  made_ += known == at_.end() ? 1 : std::max<std::int64_t>(step - known->second, 0);
  at_[run] = step;
  state_.name = run;
  state_.loss = loss;
  draw();
}

void SweepProgress::end(const std::string& run) {
  at_.erase(run);
  ++state_.ended;
  draw();
}

void SweepProgress::draw() {
  state_.at_work = static_cast<std::int64_t>(at_.size());
  std::int64_t done = rungs_before_ + state_.ended * (steps_ - before_);
  for (const auto& [run, step] : at_) done += std::max<std::int64_t>(step - before_, 0);
  state_.done = all_ > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(all_), 0.0, 1.0) : 0;
  const Clock::time_point now = Clock::now();
  const double took_s = std::chrono::duration<double>(now - began_).count();
  if (made_ > 0 && took_s > kLeastGuess_s)
    state_.seconds_left =
        took_s / static_cast<double>(made_) * static_cast<double>(std::max<std::int64_t>(all_ - done, 0));
  if (now < next_draw_) return;
  next_draw_ = now + (terminal_ ? kDrawInterval : kLineInterval);
  if (!terminal_) {
    inform(sweep_line(state_, 0) + '\n', descriptor_);
    return;
  }
  inform("\r\x1b[K" + sweep_line(state_, terminal_width(descriptor_)), descriptor_);
  drawn_ = true;
}

void SweepProgress::finish() {
  if (drawn_) inform("\n", descriptor_);
  drawn_ = false;
}

}  // namespace switchyard::app
