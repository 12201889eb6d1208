#include "app/run/notices.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <limits>

#include "core/base/printable.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostToasts = 4, kMostLines = 2000;

double seconds_shown(Notice::Level level, const std::string& message) {
  const double reading = 0.05 * static_cast<double>(message.size());
  return (level == Notice::Level::error ? 10 : level == Notice::Level::warning ? 7 : 4) + reading;
}

std::string clock_time() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return fmt::format("{:%H:%M:%S}", local);
}

}  // namespace

Toast* put_toast(UiState& ui, Notice::Level level, std::string message, double now_s) {
  if (ui.log.size() >= kMostLines) ui.log.erase(ui.log.begin());
  const char* word = level == Notice::Level::error     ? "error    "
                     : level == Notice::Level::warning ? "warning  "
                                                       : "";
  message = printable(message);  // names of files are bytes
  ui.log.push_back(fmt::format("{}  {}{}", clock_time(), word, message));
  if (level == Notice::Level::detail) return nullptr;
  const double until = now_s + seconds_shown(level, message);
  for (Toast& toast : ui.toasts) {
    if (toast.message != message) continue;
    toast.until_s = until;
    toast.level = level;
    return &toast;
  }
  if (ui.toasts.size() >= kMostToasts) ui.toasts.erase(ui.toasts.begin());
  return &ui.toasts.emplace_back(Toast{.level = level, .message = std::move(message), .until_s = until});
}

void add_toast(UiState& ui, Notice::Level level, std::string message, double now_s) {
  put_toast(ui, level, std::move(message), now_s);
}

double expire_toasts(UiState& ui, double now_s) {
  std::erase_if(ui.toasts, [&](const Toast& toast) { return toast.until_s <= now_s; });
  double next = std::numeric_limits<double>::infinity();
  for (const Toast& toast : ui.toasts) next = std::min(next, toast.until_s);
  return next;
}

}  // namespace switchyard::app
