// The runs of the window as a family, and what begins from the one that is shown.
//
// Thread safety: window thread only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/run/panel.h"

namespace switchyard::app {

struct FamilyMember {
  const RunView* run = nullptr;
  int depth = 0;  // of the run it began from, and one more
};
// In the order the window came to know them, children behind the run they began from.
std::vector<FamilyMember> family(const PanelInput& in);

// Its model is brought back and goes on, from its newest checkpoint.
void go_on_with_shown(const PanelInput& in, UiState& ui, Commands& out);
// What a fork of the run that is shown does, for a tooltip: what begins, what becomes of this run and of the one
// that learns here. `at`: "this step".
std::string says_fork(const PanelInput& in, std::string_view at);
inline constexpr std::string_view kForksAtShown = "the newest checkpoint up to the moment that is shown";
// A run of its own begins at the newest checkpoint up to the moment that is shown; a toast says where there is
// none.
void fork_shown(const PanelInput& in, UiState& ui, Commands& out);

}  // namespace switchyard::app
