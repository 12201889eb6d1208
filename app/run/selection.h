// A choice among the tokens (or points) of the probe: by a box in the projection, by a text that was looked for. Every
// view of a snapshot shows the chosen ones and lets the others step back; Escape takes the choice back.
//
// Thread safety: values; window thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/records.h"

namespace switchyard::app {

struct Selection {
  std::vector<std::uint8_t> chosen;  // [tokens] non-zero: in it; empty: there is no selection
  std::size_t count = 0;
  std::string of;               // what it is: "a box", "“the”"
  const void* probe = nullptr;  // the probe's tokens or points it was made of

  bool active() const { return !chosen.empty(); }
  // Without a selection everything is.
  bool has(std::size_t token) const { return chosen.empty() || (token < chosen.size() && chosen[token] != 0); }
};

// Tokens (or points) of a snapshot; 0 without one.
std::size_t probe_size(const Snapshot* snapshot);
// What tells one probe from another: the same for all snapshots of a model.
const void* probe_of(const Snapshot* snapshot);

// `chosen` [tokens]; without a single one there is no selection.
Selection select(const Snapshot& snapshot, std::vector<std::uint8_t> chosen, std::string of);
// Forgets a selection of a probe that is gone.
void drop_stale(Selection& selection, const Snapshot* snapshot);

}  // namespace switchyard::app
