// What F1 says of the panel under the mouse: THE table of explanations, an entry for each row of panel_table, and
// one for the knobs.
//
// Thread safety: the table is immutable.
#pragma once

#include <span>
#include <string_view>

namespace switchyard::app {

struct Explanation {
  std::string_view panel;  // its id in the table of panels; "knobs"
  std::string_view shows, reading, healthy,
      attempt;  // what it shows, how to read it, what healthy looks like, one thing to try
};

std::span<const Explanation> explanations();
// nullptr if there is none.
const Explanation* explanation_of(std::string_view panel);

}  // namespace switchyard::app
