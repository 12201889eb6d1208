// A record's model made again, for what a record has not: text it writes, routes it did not take.
//
// Pure functions of what is shown. Thread safety: window thread only.
#pragma once

#include <optional>
#include <string>

#include "app/run/panel.h"

namespace switchyard::app {

struct Waking {
  std::int64_t step = 0;  // of the checkpoint
  std::string where;      // as GoOn::where
  // In a run of its own: what lies behind that checkpoint stays as it is, and so does what another process records.
  bool as_child = false;
  std::string began_from{};  // of that child, as branch_off() takes it
};

// From the checkpoint nearest to the moment that is shown, the earlier of two as near. Nothing: the run that is
// shown has its model (one that learns beside has), or none is kept of it.
std::optional<Waking> waking_of(const PanelInput& in, const UiState& ui);

// It is asked for, and to stand still once it is there.
void wake_model(const Waking& waking, UiState& ui, Commands& out);

}  // namespace switchyard::app
