#include "app/window/beside/study_shelf.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

namespace switchyard::app {

bool StudyShelf::serve(StudiesPrompt& prompt, const std::filesystem::path& studies, double now_s) {
  if (std::exchange(is_open_, prompt.is_open) != prompt.is_open) {
    reading_.let_go();
    next_s_ = 0;
    if (!prompt.is_open) prompt.listed = nullptr;
  }
  if (!prompt.is_open) return false;
  auto made = reading_.take();
  if (made) {
    prompt.listed = std::make_shared<const std::vector<ListedStudy>>(std::move(made->studies));
    next_s_ = now_s + std::max(kEvery_s, made->took_s / kShare);
  }
  if (!reading_.is_under_way() && now_s >= next_s_)
    reading_.begin(
        [studies](const std::atomic<bool>& cancel) -> Result<Listing> {
          const auto began = std::chrono::steady_clock::now();
          Listing listing{list_studies(studies, [&] { return cancel.load(); }), 0};
          listing.took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
          return listing;
        },
        wake_);
  return made.has_value();
}

double StudyShelf::next_s() const {
  return is_open_ && !reading_.is_under_way() ? next_s_ : std::numeric_limits<double>::infinity();
}

}  // namespace switchyard::app
