// A layout in a window too small for it: panels that would not be readable share a place, as tabs, so that every
// panel of a workspace can be reached in a window of any size.
//
// Pure functions. Units: pixels at scale 1.
#pragma once

#include <string>

#include "app/shell/layout/layout.h"

namespace switchyard::app {

// The room that a panel needs to say something; of rows and columns the sum, with the gaps between their parts.
viz::Point wanted_by(const Split& split);

// `split` as it is where `room` suffices. Else its rows and columns keep as many of their first parts as are
// readable, and the panels of all the others share the place of the next, with the largest of their shares. Shares
// that would give a part less than it wants give way.
Split fitted(const Split& split, viz::Point room);

// What tells one fitted layout from another with as many shares: "r-c-ps2-s4-"; empty: nothing is behind a tab.
std::string shape_of(const Split& split);

}  // namespace switchyard::app
