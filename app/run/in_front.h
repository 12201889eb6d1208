// Which of the panels that share a place, as tabs, stand in front: those that were asked for, in each workspace
// for itself. What a tour asks for holds while it runs.
//
// Thread safety: window thread only.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "app/run/ui_state.h"

namespace switchyard::app {

// A panel is wanted, by id: where it stands behind another, it comes to the front. In the workspace that is shown.
void bring_to_front(UiState& ui, std::string_view panel);
void bring_to_front(UiState& ui, Workspace workspace, std::string_view panel);
// The ids that were asked for in the workspace that is shown, the newest first.
std::vector<std::string> asked_to_front(const UiState& ui);

// The tour asks, once at each of its stops, the first of `panels` the least; it does so in Train. False: at
// this stop it has asked already, and what somebody chose since stays.
bool tour_asks_to_front(UiState& ui, std::initializer_list<std::string_view> panels);
// What it asked for goes with it.
void forget_tour(UiState& ui);

}  // namespace switchyard::app
