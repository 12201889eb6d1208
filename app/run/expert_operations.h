// What can be done to one expert of the model that learns, as menus and the palette offer it.
// Thread safety: window thread only.
#pragma once

#include <string>
#include <vector>

#include "app/run/panel.h"
#include "core/operate/operation.h"

namespace switchyard::app {

struct OfferedOperation {
  std::string title;   // "Clone"
  std::string detail;  // one sentence more
  Operation operation;
  std::string among{};  // "Merge with": it is one of several that differ in another expert, `title` its name
};

// What they are held against 200 steps later: KnobEdits::against_shadow.
inline constexpr const char* kAgainstShadow = "Compare with an untouched copy";
inline constexpr const char* kAgainstShadowDetail =
    "A copy of the model without the operation learns beside it on the same batches; 200 steps later its loss and "
    "load say what the operation did. Half as fast until then. Off: against the trend before.";

// On expert `expert` of the look's layer `layer`. Where layers share a router it is done in all of them.
std::vector<OfferedOperation> operations_on(const PanelInput& in, std::size_t layer, int expert);
// On the model as a whole: a dense one gets experts, all experts are split. Those that its settings allow.
std::vector<OfferedOperation> operations_on_model(const PanelInput& in);
// Why nothing can be done to the model that is shown, for a person; empty: something can.
std::string why_not_operate(const PanelInput& in, const KnobEdits& edits);
// The same of the model as a whole, with experts or without.
std::string why_not_remodel(const PanelInput& in, const KnobEdits& edits);

}  // namespace switchyard::app
