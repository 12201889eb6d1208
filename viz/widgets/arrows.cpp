#include "viz/widgets/arrows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace viz {
namespace {

constexpr float kHead = 9, kHeadHalf = 3.6f;  // at scale 1

float length_of(const Arrow& arrow) { return std::hypot(arrow.to.x - arrow.from.x, arrow.to.y - arrow.from.y); }

bool overlaps(const Rect& a, const Rect& b) { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1; }

void draw_arrow(Canvas& canvas, const Arrow& arrow, Colour colour, Colour ground, float thickness, float scale) {
  const float length = length_of(arrow);
  if (!(length >= 1)) return;  // NaN too
  const Point along{(arrow.to.x - arrow.from.x) / length, (arrow.to.y - arrow.from.y) / length};
  const float head = std::min(kHead * scale, 0.6f * length), half = kHeadHalf * scale * head / (kHead * scale);
  const Point neck{arrow.to.x - head * along.x, arrow.to.y - head * along.y};
  const auto tip = [&](float widened) {
    const float w = half + widened, back = head + widened, front = 1.6f * widened;
    const Point base{arrow.to.x - back * along.x, arrow.to.y - back * along.y};
    return std::array<Point, 3>{{{arrow.to.x + front * along.x, arrow.to.y + front * along.y},
                                 {base.x - w * along.y, base.y + w * along.x},
                                 {base.x + w * along.y, base.y - w * along.x}}};
  };
  // A rim in the ground's colour keeps it apart from the points it lies on.
  canvas.line(arrow.from, neck, ground, thickness + 2 * scale);
  canvas.polygon_fill(tip(1.2f * scale), ground);
  canvas.line(arrow.from, neck, colour, thickness);
  canvas.polygon_fill(tip(0), colour);
}

// Where a name may stand: beyond the tip, then beside that place, farther and farther.
bool place_name(const Rect& area, const Arrow& arrow, Point size, std::span<const Rect> taken, float scale, Rect& out) {
  const float length = length_of(arrow), gap = 4 * scale;
  const Point along{(arrow.to.x - arrow.from.x) / length, (arrow.to.y - arrow.from.y) / length};
  const float reach = gap + std::fabs(along.x) * size.x / 2 + std::fabs(along.y) * size.y / 2;
  const float half = kHeadHalf * scale;
  const Rect tip{arrow.to.x - half, arrow.to.y - half, arrow.to.x + half, arrow.to.y + half};
  bool first = true;
  Rect preferred;
  for (const float aside : {0.0f, 0.8f, -0.8f, 1.6f, -1.6f, 2.4f, -2.4f}) {
    const float shift = aside * (size.y * std::fabs(along.x) + size.x * std::fabs(along.y));
    const float x = std::clamp(arrow.to.x + reach * along.x - shift * along.y, area.x0 + size.x / 2,
                               std::max(area.x0 + size.x / 2, area.x1 - size.x / 2));
    const float y = std::clamp(arrow.to.y + reach * along.y + shift * along.x, area.y0 + size.y / 2,
                               std::max(area.y0 + size.y / 2, area.y1 - size.y / 2));
    out = {x - size.x / 2, y - size.y / 2, x + size.x / 2, y + size.y / 2};
    if (first) preferred = out;
    first = false;
    if (overlaps(out, tip)) continue;  // pushed back from the edge
    if (std::none_of(taken.begin(), taken.end(), [&](const Rect& other) { return overlaps(out, other); })) return true;
  }
  out = preferred;
  return arrow.lit;
}

}  // namespace

void draw_arrows(Canvas& canvas, const Rect& area, std::span<const Arrow> arrows, const Theme& theme, float scale) {
  const bool any_lit = std::any_of(arrows.begin(), arrows.end(), [](const Arrow& arrow) { return arrow.lit; });
  for (const bool lit : {false, true})
    for (const Arrow& arrow : arrows) {
      if (arrow.lit != lit) continue;
      const bool back = any_lit && !lit;
      draw_arrow(canvas, arrow, back ? faded(arrow.colour, 0.3f) : arrow.colour, faded(theme.panel, back ? 0.3f : 0.85f),
                 (lit ? 2.6f : 1.8f) * scale, scale);
    }
  // Whoever is lit chooses first, then whoever is longest.
  std::vector<std::size_t> order(arrows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (arrows[a].lit != arrows[b].lit) return arrows[a].lit;
    return length_of(arrows[a]) > length_of(arrows[b]);
  });
  std::vector<Rect> taken;
  for (const std::size_t i : order) {
    const Arrow& arrow = arrows[i];
    if (arrow.name.empty() || !(length_of(arrow) >= 1) || !area.contains(arrow.to)) continue;
    const Point text = canvas.text_size(arrow.name, Font::mono_small);
    Rect box;
    if (!place_name(area, arrow, {text.x + 4 * scale, text.y + 2 * scale}, taken, scale, box)) continue;
    taken.push_back(box);
    const float opacity = any_lit && !arrow.lit ? 0.4f : 1;
    canvas.rect_fill(box, faded(theme.panel, 0.8f), 3 * scale);
    canvas.text({(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2}, arrow.name, faded(theme.text, opacity), Font::mono_small,
                Align::middle, Align::middle);
  }
}

int arrow_at(std::span<const Arrow> arrows, Point mouse, float reach) {
  float best = reach;
  int found = -1;
  for (std::size_t i = 0; i < arrows.size(); ++i) {
    const float away = std::hypot(arrows[i].to.x - mouse.x, arrows[i].to.y - mouse.y);
    if (!(length_of(arrows[i]) >= 1) || !(away <= best)) continue;
    best = away;
    found = static_cast<int>(i);
  }
  return found;
}

}  // namespace viz
