// A choice among the tokens (or points) of the probe: by a box in the projection, by a text that was looked for. Every
// view of a snapshot shows the chosen ones and lets the others step back; Escape takes the choice back.
//
// Thread safety: values; window thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/records.h"

namespace switchyard::app {

struct Selection {
  std::vector<std::uint8_t> chosen;  // [tokens] non-zero: in it; empty: there is no selection
  std::size_t count = 0;
  std::string of;               // what it is: "a box", "“the”"
  std::uint64_t stamp = 0;      // of the probe it was made of: probe_stamp()
  std::shared_ptr<const void> probe;  // whose tokens or points were found to be those; null: none yet

  bool active() const { return !chosen.empty(); }
  // Without a selection everything is.
  bool has(std::size_t token) const { return chosen.empty() || (token < chosen.size() && chosen[token] != 0); }
};

// Tokens (or points) of a snapshot; 0 without one.
std::size_t probe_size(const Snapshot* snapshot);
// The tokens or points of a snapshot: the same object for all snapshots of a model.
std::shared_ptr<const void> probe_of(const Snapshot* snapshot);
// Tells probes apart by what they hold, in any process: a model that comes back has its own again. 0 without one.
std::uint64_t probe_stamp(const Snapshot* snapshot);

// `chosen` [tokens]; without a single one there is no selection.
Selection select(const Snapshot& snapshot, std::vector<std::uint8_t> chosen, std::string of);
// Forgets a selection of another probe than the snapshot's.
void drop_stale(Selection& selection, const Snapshot* snapshot);

}  // namespace switchyard::app
