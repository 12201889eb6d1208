// Ranks agree whether something went well: what failed on one has failed on all, so that none goes on alone.
// Collective. Thread safety: the trainer's thread.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/model/ranks/mesh.h"

namespace switchyard {

// `own`, or where another rank failed that one's error, named. Without ranks: `own`.
Result<void> agreed(const Layout& layout, const Result<void>& own);
// usage, naming what two ranks have: `own`, in a few words, is not the same on all ranks. `what`: "the data".
Result<void> same_on_all(const Layout& layout, const std::string& what, const std::string& own);

}  // namespace switchyard
