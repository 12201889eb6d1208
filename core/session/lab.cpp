#include "core/session/lab.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/caught.h"

namespace switchyard {
namespace {

constexpr std::chrono::milliseconds kTend{
    100};  // how often a recording that is behind is looked after while all rest

}  // namespace

Result<std::shared_ptr<Link>> Lab::open(Config config, MakeTrainer make_trainer, LiveRunOptions options) {
  auto link = std::make_shared<Link>(bell_);
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return usage_error("the program is ending: no run can begin");
    if (links_.size() >= kMostRuns)
      return usage_error("four runs are live: one of them has to be closed before another can begin");
    starts_.push_back({link, std::move(config), std::move(make_trainer), std::move(options)});
    links_.push_back(link);
  }
  bell_->ring();
  return link;
}

std::vector<std::shared_ptr<Link>> Lab::links() {
  const std::lock_guard lock(mutex_);
  return links_;
}

std::vector<std::shared_ptr<Link>> Lab::stop() {
  std::vector<std::shared_ptr<Link>> links;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    links = links_;
  }
  for (const std::shared_ptr<Link>& link : links) link->send(Stop{});
  bell_->ring();
  return links;
}

void Lab::run() {
  const Result<void> ran = caught("the trainer's thread", [&]() -> Result<void> {
    while (seat_newcomers()) turn();
    return {};
  });
  seats_.clear();
  side_work_->close();
  // Nobody may wait for a run that is gone.
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const std::shared_ptr<Link>& link : std::exchange(links_, {}))
    link->publish_end(ran ? std::string() : ran.error().message);
  is_over_ = true;
}

bool Lab::seat_newcomers() {
  for (;;) {
    std::optional<Start> start;
    {
      const std::lock_guard lock(mutex_);
      if (starts_.empty()) {
        closed_ = closed_ || links_.empty();
        return !links_.empty();
      }
      start = std::move(starts_.front());
      starts_.erase(starts_.begin());
    }
    const std::shared_ptr<Link> link = start->link;
    const Result<void> seated = caught("the run cannot begin", [&]() -> Result<void> {
      auto seat = std::make_unique<Seat>();
      seat->link = link;
      seat->run = std::make_unique<LiveRun>(*link, std::move(start->config), std::move(start->make_trainer),
                                            std::move(start->options));
      seats_.push_back(std::move(seat));
      return {};
    });
    if (seated) continue;
    link->publish_end(seated.error().message);
    const std::lock_guard lock(mutex_);
    std::erase(links_, link);
  }
}

void Lab::turn() {
  bool heard = false;
  for (const auto& seat : seats_) heard = seat->run->obey() || heard;
  end_stopped();
  // What people ask for comes before training.
  if (heard) return;
  Seat* const next = next_to_train();
  if (next && next->run->train()) ++next->steps;
  bool served = false;
  for (const auto& seat : seats_) served = seat->run->serve() || served;
  // One piece, however many wait: training goes on behind each.
  served = side_work_->serve_one() || served;
  if (next || served) return;
  bool behind = false;
  for (const auto& seat : seats_) behind = seat->run->tend() || behind;
  if (behind) bell_->wait(kTend);
  else bell_->wait();
}

Result<TrainerState> Lab::state_of(const std::string& run) const {
  for (const auto& seat : seats_)
    if (seat->run && seat->run->run() == run) return seat->run->state();
  return usage_error("this run does not learn here any more");
}

Fingerprint Lab::data_of(const std::string& run) const {
  for (const auto& seat : seats_)
    if (seat->run && seat->run->run() == run) return seat->run->data();
  return {};
}

void Lab::end_stopped() {
  for (const auto& seat : seats_) {
    if (!seat->run->is_stopping()) continue;
    seat->run->finish();
    seat->run.reset();
    const std::lock_guard lock(mutex_);
    std::erase(links_, seat->link);
  }
  std::erase_if(seats_, [](const auto& seat) { return !seat->run; });
}

Lab::Seat* Lab::next_to_train() {
  // Its steps are still what they say. Of one that is compared those of another model are not.
  const auto goes_on = [](const Seat& seat) {
    return seat.trains && seat.run->can_train() && (seat.model == seat.run->model() || !seat.run->catches_up());
  };
  // Who stands level with the others from here on, where they are already under way.
  Seat* least = nullptr;
  for (const auto& seat : seats_)
    if (goes_on(*seat) && (!least || seat->steps < least->steps)) least = seat.get();
  // Where all begin together, from the one that has the least behind it.
  if (!least) {
    for (const auto& seat : seats_)
      if (seat->run->can_train() && (!least || seat->run->step() < least->run->step())) least = seat.get();
    if (least) least->trains = true, least->model = least->run->model(), least->steps = 0;
  }
  // As far from that one as its own step is.
  const auto begins_at = [&](const Seat& seat) -> std::int64_t {
    if (!least) return 0;
    return least->steps + (seat.run->catches_up() ? seat.run->step() - least->run->step() : 0);
  };
  Seat* next = nullptr;
  std::size_t behind = first_;
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    const std::size_t place = (first_ + i) % seats_.size();
    Seat& seat = *seats_[place];
    if (!goes_on(seat)) seat.steps = begins_at(seat);
    seat.trains = seat.run->can_train();
    seat.model = seat.run->model();
    if (seat.trains && (!next || seat.steps < next->steps)) next = &seat, behind = place + 1;
  }
  first_ = behind;
  return next;
}

}  // namespace switchyard
