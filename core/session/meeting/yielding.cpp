#include "core/session/meeting/yielding.h"

#include <sys/resource.h>
#include <unistd.h>

namespace switchyard {
namespace {

constexpr int kNiceness = 10;

}  // namespace

void yield_to_the_window() { (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness); }

}  // namespace switchyard
