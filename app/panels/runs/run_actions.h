// What can be done with the runs that are selected in the table. Each says why it cannot be done, where it cannot.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/panels/runs/run_lines.h"
#include "app/run/panel.h"

namespace switchyard::app {

inline constexpr std::size_t kMostOpened = 8;  // at once

// Of the selected rows. Empty: it can be done.
std::string why_not_open(const RunOrder& selected);
std::string why_not_compare(const RunOrder& selected);
std::string why_not_delete(const RunListing& listing, const RunOrder& selected);

// They are shown in this window.
void open_runs(const RunListing& listing, const RunOrder& selected, UiState& ui);
// They alone are compared; one alone, with the run that is shown.
void compare_runs(const PanelInput& in, const RunListing& listing, const RunOrder& selected, UiState& ui);
void copy_paths(const PanelInput& in, const RunListing& listing, const RunOrder& selected, UiState& ui);

// "Move 3 runs to the trash? ... 1 that learns stays."
std::string delete_question(const RunListing& listing, const RunOrder& selected);
// To the trash, children before the runs they began from. Those that learn stay.
void delete_runs(const RunListing& listing, const RunOrder& selected, UiState& ui, Commands& out);

}  // namespace switchyard::app
