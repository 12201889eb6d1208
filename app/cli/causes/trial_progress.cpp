#include "app/cli/causes/trial_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "app/cli/console/progress.h"
#include "core/base/records.h"

namespace switchyard::app {
namespace {

constexpr std::chrono::milliseconds kTrialInterval{100}, kPlainTrialInterval{10'000};
constexpr double kFirstTrialGuess_s = 2;  // of a shorter time nobody can tell how long the rest takes

}  // namespace

std::string trial_line(std::int64_t done, std::int64_t planned, double seconds_left, int width) {
  const double share =
      planned > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(planned), 0.0, 1.0) : 0;
  std::string text = fmt::format("{:3.0f}%  trial {}/{}", std::floor(100 * share), done, planned);
  if (!std::isnan(seconds_left)) text += fmt::format("  {} left", duration_text(seconds_left));
  return with_bar(share, text, width);
}

TrialProgress::TrialProgress(int descriptor, TrialLine line)
    : descriptor_(descriptor),
      line_(line),
      terminal_(isatty(descriptor) == 1),
      start_(Clock::now()),
      next_(terminal_ ? start_ : start_ + kPlainTrialInterval) {}

TrialsTold TrialProgress::told() {
  return [this](std::int64_t done, std::int64_t planned) { return update(done, planned); };
}

bool TrialProgress::update(std::int64_t done, std::int64_t planned) {
  if (EndSignals::asked_to_end()) return false;
  const Clock::time_point now = Clock::now();
  if (now < next_) return true;
  next_ = now + (terminal_ ? kTrialInterval : kPlainTrialInterval);
  const double passed = std::chrono::duration<double>(now - start_).count();
  const double left = passed < kFirstTrialGuess_s || done == 0
                          ? kMissing
                          : passed / static_cast<double>(done) * static_cast<double>(planned - done);
  if (terminal_) {
    inform("\r\x1b[K" + line_(done, planned, left, terminal_width(descriptor_)), descriptor_);
    drawn_ = true;
  } else {
    inform(line_(done, planned, left, 0) + '\n', descriptor_);
  }
  return true;
}

void TrialProgress::finish() {
  if (drawn_) inform("\r\x1b[K", descriptor_);
  drawn_ = false;
}

}  // namespace switchyard::app
