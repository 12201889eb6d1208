// Where each panel goes, for a window of any size. Pure arithmetic.
#pragma once

#include "viz/geometry.h"

namespace switchyard::app {

struct Layout {
  viz::Rect top_bar, welcome, knobs;
  viz::Rect loss, tokens, generation, expert_load, projection, routing;
};

// Pixels. The welcome strip takes no room unless shown. Two columns of data; three where there is room.
Layout lay_out(float width, float height, float scale, bool welcome);

}  // namespace switchyard::app
