#include "app/run/run_view.h"

#include <algorithm>

#include "app/run/arriving.h"
#include "app/run/words/run_label.h"

namespace switchyard::app {

std::string RunView::label(const RunStatus& its_status) const {
  return called.empty() ? run_label(its_status.run_folder, id) : called;
}

std::size_t RunView::bytes() const {
  return history.bytes() + kept.bytes() + insight.bytes() + tsne.bytes() + happened.bytes();
}

void RunView::leave_screen() {
  insight = {};
  happened = {};
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

RunView* Runs::find(const std::string& id) {
  for (const std::unique_ptr<RunView>& view : views_)
    if (view->id == id) return view.get();
  return nullptr;
}

RunView& Runs::live() {
  RunView* const view = find(live_);
  return view ? *view : shown();
}

RunView& Runs::known(const std::string& id) {
  if (RunView* const view = find(id)) return *view;
  // The first of a window takes the place of the one that is nothing yet.
  if (views_.size() == 1 && shown().id.empty()) {
    shown().id = id;
    shown().place = ++places_;
    return shown();
  }
  auto made = make();
  made->id = id;
  made->place = ++places_;
  views_.insert(views_.end() - 1, std::move(made));
  return **(views_.end() - 2);
}

void Runs::take_begin(RunView& view, const RunBegin& begin) {
  view.model_id = begin.model_id;
  view.parent = begin.parent;
  if (begin.past && view.history.empty()) {
    for (const StepRecord& record : begin.past->records) view.history.append(record);
    for (const RunEvent& event : begin.past->events) view.history.append(event);
  }
  view.history.go_on_from(begin.step);
  if (view.snapshot && view.snapshot->step > begin.step) view.snapshot = nullptr;
}

RunView& Runs::open(const RunBegin& begin) {
  RunView& view = known(begin.run);
  if (begin.run != live_) take_begin(view, begin);
  return view;
}

bool Runs::begin(const RunBegin& begin, Standing& here, bool stays) {
  RunView* const before = &shown();
  const bool is_new = !before->id.empty() && !find(begin.run);
  RunView& now = known(begin.run);
  live_ = begin.run;
  now.beside.reset();  // it was, until it was dropped
  take_begin(now, begin);
  if (stays && &now != before) {
    trim();
    return false;
  }
  const auto at = std::find_if(views_.begin(), views_.end(), [&](const auto& view) { return view.get() == &now; });
  std::rotate(at, std::next(at), views_.end());

  const bool moves = &now != before;
  if (moves) {
    Standing there = std::exchange(now.standing, {});
    if (is_new) {
      there = taken_along(here, before->snapshot.get());
      there.selection = {};
      there.arriving.step = -1;  // whoever begins a run wants to see it learn
    }
    if (there.timeline.shown && there.timeline.shown->step > begin.step) follow(there.timeline);
    before->standing = std::exchange(here, std::move(there));
    before->leave_screen();
    before->stood_in = true;
  }
  now.stood_in = true;
  trim();
  return moves;
}

bool Runs::show(const std::string& id, Standing& here) {
  const auto at = std::find_if(views_.begin(), views_.end(), [&](const auto& view) { return view->id == id; });
  if (at == views_.end() || at->get() == &shown()) return false;
  RunView& before = shown();
  Standing there = (*at)->stood_in ? std::exchange((*at)->standing, {}) : taken_along(here, before.snapshot.get());
  before.standing = std::exchange(here, std::move(there));
  before.stood_in = (*at)->stood_in = true;
  before.leave_screen();
  std::rotate(at, std::next(at), views_.end());
  trim();
  return true;
}

bool Runs::close(const std::string& id, Standing& here) {
  if (is_live(id) || views_.size() < 2) return false;
  const bool was_shown = shown().id == id;
  if (was_shown && (live_.empty() || !show(live_, here))) show(std::string((*(views_.end() - 2))->id), here);
  std::erase_if(views_, [&](const auto& view) { return view->id == id; });
  return was_shown;
}

std::vector<const RunView*> Runs::others(std::size_t most) const {
  std::vector<const RunView*> others;
  for (auto view = views_.rbegin() + 1; view != views_.rend() && others.size() < most; ++view)
    if (!(*view)->history.empty() || (*view)->id == live_ || (*view)->beside) others.push_back(view->get());
  return others;
}

RunView* Runs::find_model(std::uint32_t model_id) {
  for (const std::unique_ptr<RunView>& view : views_)
    if (view->model_id == model_id) return view.get();
  return nullptr;
}

RunView& Runs::of(std::uint32_t model_id) {
  RunView* const view = find_model(model_id);
  return view ? *view : live();
}

void Runs::trim() {
  const auto bytes = [&] {
    std::size_t total = 0;
    for (std::size_t i = 0; i + 1 < views_.size(); ++i) total += views_[i]->bytes();
    return total;
  };
  const auto may_go = [&](std::size_t i) { return views_[i]->id != live_ && !views_[i]->beside; };
  for (std::size_t i = 0; i + 1 < views_.size() && bytes() > kBudget; ++i)
    if (may_go(i)) views_[i]->forget_looks();
  for (std::size_t i = 0; i + 1 < views_.size() && (views_.size() > kMost || bytes() > kBudget);)
    if (may_go(i)) views_.erase(views_.begin() + static_cast<std::ptrdiff_t>(i));
    else ++i;
}

}  // namespace switchyard::app
