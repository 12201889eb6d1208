#include "core/session/meeting/command.h"

#include <utility>

namespace switchyard {
namespace {

// True where the later one has been taken into the earlier.
bool merge(Command& earlier, Command& later) {
  if (earlier.index() != later.index()) return false;
  if (auto* set = std::get_if<SetConfig>(&later)) {
    const SetConfig& before = std::get<SetConfig>(earlier);
    set->first_revision = before.first_revision > 0 ? before.first_revision : before.revision;
    earlier = std::move(later);
    return true;
  }
  if (std::holds_alternative<Watch>(later)) {
    earlier = std::move(later);
    return true;
  }
  if (const auto* some = std::get_if<StepSome>(&later)) {
    std::get<StepSome>(earlier).steps += some->steps;
    return true;
  }
  return false;
}

}  // namespace

void enqueue(std::deque<Command>& waiting, Command command) {
  if (std::holds_alternative<Stop>(command)) return waiting.push_front(std::move(command));
  if (!waiting.empty() && merge(waiting.back(), command)) return;
  waiting.push_back(std::move(command));
}

}  // namespace switchyard
