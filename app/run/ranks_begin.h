// Beginning several processes that train one model with the settings of the run that is shown: what that wants of
// the window. How they are started and followed: app/window/beside/ranks_host.h.
//
// Thread safety: window thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "app/run/panel.h"

namespace switchyard::app {

// 2, 4, 8, those of them that can train `config` (core/config/ranks_fit.h) and that `cores` can run. Of fewer than
// two cores as of two: to see how it goes. Empty: none can.
std::vector<std::int64_t> processes_that_fit(const Config& config, std::int64_t cores);

// Why the settings that are shown cannot be trained so now; empty: they can.
std::string why_no_ranks(const PanelInput& in, const UiState& ui);
// What learns here pauses meanwhile: they want the same cores.
void begin_ranks(const PanelInput& in, UiState& ui, Commands& out, std::int64_t processes);

}  // namespace switchyard::app
