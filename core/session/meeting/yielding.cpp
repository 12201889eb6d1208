#include "core/session/meeting/yielding.h"

#include <sys/resource.h>
#include <unistd.h>

namespace switchyard {
namespace {

constexpr int kNiceness = 10, kLeast = 19;

void be_nice(int niceness) { (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness); }

}  // namespace

void yield_to_the_window() { be_nice(kNiceness); }
void yield_to_all() { be_nice(kLeast); }

}  // namespace switchyard
