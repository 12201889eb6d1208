// What becomes of a layer's choices: its dispatch plan, within capacity where there is one. A shard that lies on
// several ranks is judged as one, by what all of them chose. Collective where context.shard_ranks is set. Thread
// safety: pure but for that.
#pragma once

#include "core/model/functions/dispatch.h"
#include "core/model/routing/router.h"

namespace switchyard {

// `rule.groups` is set; context.draws name the layer.
c10::intrusive_ptr<DispatchPlan> dispatch_within_capacity(const Routing& routing, std::int64_t experts,
                                                          const RoutingContext& context, const CapacityRule& rule);

}  // namespace switchyard
