// Routes of the run that learns here: into a folder from now on, and out of one in place of its router's choice.
// All that a click does; what comes of it is told by the run (core/session/driving/run_routes.h).
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/run/panel.h"

namespace switchyard::app {

// Of the run that learns and whose knobs are turned, whichever is shown; null: nothing learns here.
const RunStatus* leading_status(const PanelInput& in);

// Why the run that learns neither records routes nor follows any, for a person; empty: it can.
std::string why_no_routes(const PanelInput& in);

// Where they would be recorded unless somebody says otherwise: in the folder of the run that learns, or where it
// has none beside the runs.
std::string place_for_routes(const PanelInput& in);
// A path as somebody typed it. False where it is refused; a toast says why.
bool record_routes(const PanelInput& in, UiState& ui, Commands& out, const std::string& typed);
void end_recorded_routes(Commands& out);

// Of the run that learns, whichever is shown.
void follow_routes(UiState& ui, Commands& out, const std::string& folder);
void let_router_choose(Commands& out);

// The folder of the recording that is shown, where its routes can be followed and something learns here to follow
// them; empty: not so.
std::string routes_to_follow(const PanelInput& in, const UiState& ui);

}  // namespace switchyard::app
