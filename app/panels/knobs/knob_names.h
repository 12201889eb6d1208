// Sentences of the configuration in the words of the window: they name knobs by their keys, as files and options do.
//
// Pure. Thread safety: none needed.
#pragma once

#include <string>
#include <string_view>

namespace switchyard::app {

// "gate = hash: see capacity_factor" as "Gate = hash: see Capacity factor". A key that is a plain word too ("noise",
// "experts") is one only where a value follows it.
std::string with_names(std::string_view sentence);

}  // namespace switchyard::app
