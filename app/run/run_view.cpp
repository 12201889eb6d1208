#include "app/run/run_view.h"

#include <algorithm>

namespace switchyard::app {

std::size_t RunView::bytes() const { return history.bytes() + kept.bytes() + insight.bytes() + tsne.bytes(); }

void RunView::leave_screen() {
  insight = {};
  tsne.rest();
}

void RunView::forget_looks() {
  kept.clear();
  tsne.clear();
  follow(standing.timeline);
}

Runs::Runs(std::function<void()> wake, int tsne_iterations)
    : wake_(std::move(wake)), tsne_iterations_(tsne_iterations) {
  views_.push_back(make());
}

bool Runs::begin(const RunBegin& begin, Standing& here) {
  RunView* const before = &shown();
  bool is_new = before->id.empty();
  if (is_new) before->id = begin.run;
  const auto known =
      std::find_if(views_.begin(), views_.end(), [&](const std::unique_ptr<RunView>& view) { return view->id == begin.run; });
  if (known == views_.end()) {
    views_.push_back(make());
    shown().id = begin.run;
    is_new = true;
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

  Standing there = std::exchange(now.standing, {});
  bool moves = &now != before;
  if (is_new) {
    // An expert of the same number is looked at in the new run too.
    there.pinned_expert = here.pinned_expert;
    there.card_expert = here.card_expert;
    if (auto left = remembered.extract(begin.run); !left.empty()) {
      there = std::move(left.mapped());
      moves = true;
    }
  }
  if (there.timeline.shown && there.timeline.shown->step > begin.step) follow(there.timeline);
  if (moves) std::swap(here, there);
  if (&now != before) {
    before->standing = std::move(there);
    before->leave_screen();
  }
  trim();
  return moves;
}

std::vector<const RunView*> Runs::others(std::size_t most) const {
  std::vector<const RunView*> others;
  for (auto view = views_.rbegin() + 1; view != views_.rend() && others.size() < most; ++view)
    if (!(*view)->history.empty()) others.push_back(view->get());
  return others;
}

RunView& Runs::of(std::uint32_t model_id) {
  for (const std::unique_ptr<RunView>& view : views_)
    if (view->model_id == model_id) return *view;
  return shown();
}

void Runs::trim() {
  const auto bytes = [&] {
    std::size_t total = 0;
    for (std::size_t i = 0; i + 1 < views_.size(); ++i) total += views_[i]->bytes();
    return total;
  };
  for (std::size_t i = 0; i + 1 < views_.size() && bytes() > kBudget; ++i) views_[i]->forget_looks();
  while (views_.size() > 1 && (views_.size() > kMost || bytes() > kBudget)) views_.erase(views_.begin());
}

}  // namespace switchyard::app
