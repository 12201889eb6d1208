// Whether a piece of work goes on. Thread safety: a type.
#pragma once

#include <functional>

namespace switchyard {

// Asked every tenth of a second or more often; false: it ends there, as interrupted. Null: it goes on.
using GoesOn = std::function<bool()>;

}  // namespace switchyard
