// What an edit leaves of a layer's choices when its experts compute: who does, with what weight (layer_edit.h).
// Thread safety: pure function.
#pragma once

#include "core/model/functions/dispatch.h"
#include "core/model/routing/router.h"

namespace switchyard {

struct Contributions {
  at::Tensor weights;  // as Experts::forward wants them for `plan`
  c10::intrusive_ptr<DispatchPlan> plan;
};

// `plan`: within capacity, by the choices. A weight that is left is the same to the bit, and has its gradient.
Contributions contributions_under(const LayerEdit& edit, const Routing& routing,
                                  const c10::intrusive_ptr<DispatchPlan>& plan);

}  // namespace switchyard
