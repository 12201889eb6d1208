#include "app/cli/reading_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>

#include "app/cli/console/console.h"
#include "app/cli/console/progress.h"

namespace switchyard::app {
namespace {

constexpr std::chrono::milliseconds kBarInterval{100}, kPlainBarInterval{10'000};

}  // namespace

ReadingBar::ReadingBar(int descriptor, std::string_view what)
    : descriptor_(descriptor),
      what_(what),
      terminal_(isatty(descriptor) == 1),
      next_(Clock::now() + (terminal_ ? kBarInterval : kPlainBarInterval)) {}

ReadingBar::~ReadingBar() {
  if (drawn_) inform("\r\x1b[K", descriptor_);
}

void ReadingBar::update(double share) {
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + (terminal_ ? kBarInterval : kPlainBarInterval);
  const std::string text = fmt::format("{:3.0f}%  {}", std::floor(100 * share), what_);
  if (terminal_) inform("\r\x1b[K" + with_bar(share, text, terminal_width(descriptor_)), descriptor_);
  else inform(text + '\n', descriptor_);
  drawn_ = terminal_;
}

}  // namespace switchyard::app
