#include "app/run/run_view.h"

#include <algorithm>

namespace switchyard::app {

bool Runs::begin(const RunBegin& begin) {
  RunView* const before = &shown();
  if (shown().id.empty()) shown().id = begin.run;
  const auto known =
      std::find_if(views_.begin(), views_.end(), [&](const std::unique_ptr<RunView>& view) { return view->id == begin.run; });
  if (known == views_.end()) {
    views_.push_back(std::make_unique<RunView>());
    shown().id = begin.run;
  } else {
    std::rotate(known, std::next(known), views_.end());
  }
  RunView& now = shown();
  now.model_id = begin.model_id;
  if (begin.past && now.history.empty()) {
    for (const StepRecord& record : begin.past->records) now.history.append(record);
    for (const RunEvent& event : begin.past->events) now.history.append(event);
  }
  now.history.go_on_from(begin.step);
  if (now.snapshot && now.snapshot->step > begin.step) now.snapshot = nullptr;
  trim();
  return &now != before;
}

std::vector<const History*> Runs::earlier(std::size_t most) const {
  std::vector<const History*> earlier;
  for (auto view = views_.rbegin() + 1; view != views_.rend() && earlier.size() < most; ++view)
    if (!(*view)->history.empty()) earlier.push_back(&(*view)->history);
  return earlier;
}

RunView& Runs::of(std::uint32_t model_id) {
  for (const std::unique_ptr<RunView>& view : views_)
    if (view->model_id == model_id) return *view;
  return shown();
}

void Runs::trim() {
  const auto bytes = [&] {
    std::size_t total = 0;
    for (std::size_t i = 0; i + 1 < views_.size(); ++i) total += views_[i]->history.bytes() + views_[i]->kept.bytes();
    return total;
  };
  for (std::size_t i = 0; i + 1 < views_.size() && bytes() > kBudget; ++i) views_[i]->kept.clear();
  while (views_.size() > 1 && (views_.size() > kMost || bytes() > kBudget)) views_.erase(views_.begin());
}

}  // namespace switchyard::app
