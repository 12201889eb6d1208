#include "app/layout.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "app/panels/top_bar.h"
#include "app/panels/welcome.h"

namespace switchyard::app {
namespace {

constexpr float kGap = 10;
// Logical width from which a third column of data pays.
constexpr float kWide = 2200;

struct Share {
  viz::Rect* panel;
  float share;  // of the column's height
};

void stack(const viz::Rect& column, float gap, std::initializer_list<Share> shares) {
  const float room = column.height() - gap * static_cast<float>(shares.size() - 1);
  float y = column.y0;
  for (const Share& share : shares) {
    const bool is_last = share.panel == (shares.end() - 1)->panel;
    const float bottom = is_last ? column.y1 : std::round(y + room * share.share);
    *share.panel = {column.x0, y, column.x1, bottom};
    y = bottom + gap;
  }
}

}  // namespace

Layout lay_out(float width, float height, float scale, bool welcome, std::int64_t classes) {
  const auto px = [&](float size) { return std::round(size * scale); };
  const float gap = px(kGap);
  Layout out;
  out.top_bar = {0, 0, width, px(kTopBarHeight)};
  float top = out.top_bar.y1;
  if (welcome) {
    out.welcome = {gap, top, width - gap, top + px(kWelcomeHeight)};
    top = out.welcome.y1;
  } else {
    top += gap;
  }
  const float bottom = height - gap;
  const float knobs_width = std::clamp(std::round(width * 0.19f), px(252), px(300));
  out.knobs = {gap, top, gap + knobs_width, bottom};

  const float left = out.knobs.x1 + gap, right = width - gap;
  const bool points = classes > 0;
  if (width / scale < kWide) {
    const float middle = std::round(left + (right - left) * 0.53f);
    const viz::Rect centre{left, top, middle - gap / 2, bottom}, side{middle + gap / 2, top, right, bottom};
    if (points) {
      // A row of the matrix wants a line of text.
      const float matrix = (px(76) + px(14) * static_cast<float>(classes)) / std::max(1.0f, centre.height() - 2 * gap);
      const float confusion = std::clamp(matrix, 0.22f, 0.36f), loss = 0.27f;
      stack(centre, gap, {{&out.loss, loss}, {&out.plane, 1 - loss - confusion}, {&out.confusion, confusion}});
      const float half = std::round((out.loss.x0 + out.loss.x1) / 2);
      out.accuracy = {half + gap / 2, out.loss.y0, out.loss.x1, out.loss.y1};
      out.loss.x1 = half - gap / 2;
    } else {
      stack(centre, gap, {{&out.loss, 0.40f}, {&out.tokens, 0.36f}, {&out.generation, 0.24f}});
    }
    stack(side, gap, {{&out.expert_load, 0.38f}, {&out.projection, 0.35f}, {&out.routing, 0.27f}});
  } else {
    const float third = std::round((right - left - 2 * gap) / 3);
    const viz::Rect first{left, top, left + third, bottom};
    const viz::Rect second{first.x1 + gap, top, first.x1 + gap + third, bottom};
    const viz::Rect last{second.x1 + gap, top, right, bottom};
    if (points) {
      stack(first, gap, {{&out.loss, 0.30f}, {&out.accuracy, 0.30f}, {&out.routing, 0.40f}});
      stack(second, gap, {{&out.plane, 0.52f}, {&out.confusion, 0.48f}});
    } else {
      stack(first, gap, {{&out.loss, 0.56f}, {&out.routing, 0.44f}});
      stack(second, gap, {{&out.tokens, 0.56f}, {&out.generation, 0.44f}});
    }
    stack(last, gap, {{&out.expert_load, 0.44f}, {&out.projection, 0.56f}});
  }
  return out;
}

}  // namespace switchyard::app
