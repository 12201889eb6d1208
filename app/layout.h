// Where each panel goes, for a window of any size. Pure arithmetic.
#pragma once

#include <cstdint>

#include "viz/geometry.h"

namespace switchyard::app {

struct Layout {
  viz::Rect top_bar, welcome, knobs;
  viz::Rect loss, expert_load, projection, routing;
  viz::Rect tokens, generation;          // of a text
  viz::Rect accuracy, plane, confusion;  // of points
};

// Pixels. The welcome strip takes no room unless shown. Two columns of data; three where there is room. `classes` is 0
// for a text; of points it decides how tall their confusion matrix is. Panels of the other task have no extent.
Layout lay_out(float width, float height, float scale, bool welcome, std::int64_t classes = 0);

}  // namespace switchyard::app
