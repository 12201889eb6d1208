// Where one stands in a run: the moment looked at, what of it is shown, what is chosen in it. Of the run on the
// screen UiState holds these; of any other they are put away with the run (run_view.h) and come back with it.
//
// Thread safety: values; window thread only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/run/ui_state.h"

namespace switchyard::app {

struct Standing {
  Timeline timeline;  // playing: never
  Selection selection;
  std::map<std::string, viz::PlotState>
      zooms;  // by plot; one that is not here fits. Hidden curves are nobody's but the window's
  int pinned_expert = -1, card_expert = -1;  // -1: none
  int token = -1;                            // looked into
  Arriving arriving{};
};

// What of it outlives the window: what is chosen in a run, and in which probe.
struct ChosenIn {
  std::uint64_t probe = 0;           // probe_stamp()
  std::vector<std::uint8_t> chosen;  // as in Selection
  std::string of;
  int pinned_expert = -1, card_expert = -1;

  bool empty() const { return chosen.empty() && pinned_expert < 0 && card_expert < 0; }
  bool operator==(const ChosenIn&) const = default;
};
// `look` at the probe it is chosen in.
ChosenIn chosen_in(const Standing& standing, const Snapshot& look);
// Nothing where the look is at another probe.
void choose_again(UiState& ui, const ChosenIn& chosen, const Snapshot& look);

// What `ui` holds of the run on the screen.
Standing standing_in(const UiState& ui);
// From here on `ui` stands there.
void stand(UiState& ui, Standing standing);

}  // namespace switchyard::app
