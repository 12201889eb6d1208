// How far something is that is done in the background: a bar, and words at its right.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/ui/skin.h"

namespace switchyard::app {

inline constexpr float kProgressLine = 24;  // its height at scale 1, that of a choice

// The words stand in the middle of the line, the bar fills what they leave. Registered as "progress".
void progress_line(const Skin& skin, double share, const std::string& words, float width);

}  // namespace switchyard::app
