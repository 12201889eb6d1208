#include "app/cli/console/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cmath>

#include "app/cli/console/console.h"

namespace switchyard::app {
namespace {

constexpr int kWidestBar = 40, kLeastBar = 8;
constexpr double kDrawInterval_s = 0.1;
constexpr double kSmoothing = 0.9;

}  // namespace

int terminal_width(int descriptor) {
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} m {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} m", whole / 3600, whole / 60 % 60);
}

std::string count_text(double count) {
  if (count < 999.5) return fmt::format("{:.0f}", count);
  if (count < 999'500) return fmt::format("{:.3g}k", count / 1e3);
  return fmt::format("{:.3g}M", count / 1e6);
}

std::string progress_line(const ProgressState& state, int width) {
  const double done = state.steps > 0 ? static_cast<double>(state.step) / static_cast<double>(state.steps) : 0;
  std::string text = fmt::format("{:3.0f}%  step {}/{}", std::floor(100 * done), state.step, state.steps);
  if (!std::isnan(state.loss)) text += fmt::format("  loss {:.3f}", state.loss);
  if (!std::isnan(state.val_loss)) text += fmt::format("  val {:.3f}", state.val_loss);
  if (!std::isnan(state.val_accuracy)) text += fmt::format(", {:.1f} % right", 100 * state.val_accuracy);
  if (!std::isnan(state.tokens_per_s)) text += fmt::format("  {} {}/s", count_text(state.tokens_per_s), state.unit);
  if (!std::isnan(state.seconds_left)) text += fmt::format("  {} left", duration_text(state.seconds_left));
  return with_bar(done, text, width);
}

std::string with_bar(double done, const std::string& text, int width) {
  // A column stays free: some terminals wrap when the last one is written.
  const int room = width - 1 - static_cast<int>(text.size()) - 3;
  const int bar = std::min(room, kWidestBar);
  if (bar < kLeastBar) return width > 1 ? text.substr(0, static_cast<std::size_t>(width - 1)) : text;
  const int full = static_cast<int>(done * bar);
  return fmt::format("[{}{}] {}", std::string(static_cast<std::size_t>(full), '#'),
                     std::string(static_cast<std::size_t>(bar - full), '.'), text);
}

std::string_view unit_of(const Config& config) { return config.task == TaskKind::clusters ? "points" : "tokens"; }

Progress::Progress(int descriptor, std::int64_t steps, std::string_view unit, int plain_lines)
    : descriptor_(descriptor),
      terminal_(isatty(descriptor) == 1),
      every_(std::max<std::int64_t>(1, steps / plain_lines)) {
  state_.steps = steps;
  state_.unit = unit;
}

void Progress::update(const StepRecord& record) {
  state_.step = record.step;
  state_.loss = std::isnan(state_.loss) ? record.loss : kSmoothing * state_.loss + (1 - kSmoothing) * record.loss;
  if (!std::isnan(record.val_loss)) {
    state_.val_loss = record.val_loss;
    state_.val_accuracy = record.val_accuracy;
  }
  state_.tokens_per_s = record.tokens_per_s;
  // The whole run's pace, validations and probes included, rather than the last step's.
  if (record.step > 0 && record.wall_s > 0)
    state_.seconds_left =
        record.wall_s / static_cast<double>(record.step) * static_cast<double>(state_.steps - record.step);
  const bool last = record.step >= state_.steps;
  if (terminal_) {
    if (record.wall_s < next_draw_s_ && !last) return;
    next_draw_s_ = record.wall_s + kDrawInterval_s;
    inform("\r\x1b[K" + progress_line(state_, terminal_width(descriptor_)), descriptor_);
    drawn_ = true;
  } else {
    if (record.step % every_ != 0 && record.step != 1 && !last) return;
    inform(progress_line(state_, 0) + '\n', descriptor_);
  }
}

void Progress::finish() {
  if (drawn_) inform("\n", descriptor_);
  drawn_ = false;
}

}  // namespace switchyard::app
