#include "app/window/beside/study_shelf.h"

#include <algorithm>
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
    prompt.listed = std::make_shared<const std::vector<ListedStudy>>(std::move(*made));
    next_s_ = now_s + std::max(kEvery_s, reading_.rest_s());
  }
  if (!reading_.is_under_way() && now_s >= next_s_)
    reading_.begin(
        [studies](const std::atomic<bool>& cancel) {
          return list_studies(studies, [&] { return cancel.load(); });
        },
        wake_);
  return made.has_value();
}

double StudyShelf::next_s() const {
  return is_open_ && !reading_.is_under_way() ? next_s_ : std::numeric_limits<double>::infinity();
}

}  // namespace switchyard::app
