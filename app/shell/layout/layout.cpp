#include "app/shell/layout/layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/panels/timeline/timeline_panel.h"

namespace switchyard::app {
namespace {

// How far a split can be pressed together.
viz::Point least_of(const Split& split, const Ground& ground) {
  if (split.kind == Split::Kind::panel) return ground.least;
  if (split.kind == Split::Kind::stack) return {ground.least.x, ground.least.y + ground.tabs};
  viz::Point least{0, 0};
  const bool is_row = split.kind == Split::Kind::row;
  for (const Split& part : split.parts) {
    const viz::Point of_part = least_of(part, ground);
    const float gap = &part == &split.parts.front() ? 0 : ground.gap;
    least.x = is_row ? least.x + gap + of_part.x : std::max(least.x, of_part.x);
    least.y = is_row ? std::max(least.y, of_part.y) : least.y + gap + of_part.y;
  }
  return least;
}

float along(const Split& parent, viz::Point size) { return parent.kind == Split::Kind::row ? size.x : size.y; }

std::vector<float> extents(const Split& split, const Ground& ground, float room) {
  std::vector<float> shares, least;
  for (const Split& part : split.parts) {
    shares.push_back(part.share);
    least.push_back(along(split, least_of(part, ground)));
  }
  return shared_out(room, shares, least);
}

viz::Rect part_rect(const Split& parent, const viz::Rect& area, float from, float to) {
  return parent.kind == Split::Kind::row ? viz::Rect{from, area.y0, to, area.y1} : viz::Rect{area.x0, from, area.x1, to};
}

// Visits every divider, panel and stack, parents before their parts; of a stack not its parts.
template <class AnySplit, class OnPanel, class OnDivider>
void walk(AnySplit& split, const viz::Rect& area, const Ground& ground, OnPanel& on_panel, OnDivider& on_divider) {
  if (split.kind == Split::Kind::panel || split.kind == Split::Kind::stack) return on_panel(split, area);
  const bool is_row = split.kind == Split::Kind::row;
  const float begin = is_row ? area.x0 : area.y0, end = is_row ? area.x1 : area.y1;
  const float room = end - begin - ground.gap * static_cast<float>(split.parts.size() - 1);
  const std::vector<float> sizes = extents(split, ground, room);
  std::vector<viz::Rect> rects;
  float at = begin;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const bool is_last = i + 1 == sizes.size();
    const float to = is_last ? end : std::round(at + sizes[i]);
    rects.push_back(part_rect(split, area, at, to));
    if (!is_last) on_divider(split, i, sizes, Divider{part_rect(split, area, to, to + ground.gap), is_row});
    at = to + ground.gap;
  }
  for (std::size_t i = 0; i < rects.size(); ++i) walk(split.parts[i], rects[i], ground, on_panel, on_divider);
}

}  // namespace

Shell lay_out_shell(float width, float height, float scale, bool welcome, bool knobs, bool timeline, bool recent,
                    float runs_height) {
  const auto px = [&](float size) { return std::round(size * scale); };
  const bool tight = height < px(kTightWindow);
  const float gap = px(tight ? kTightGap : kGap);
  Shell out;
  out.gap = gap;
  out.top_bar = {0, 0, width, px(tight ? kTightTopBarHeight : kTopBarHeight)};
  float top = out.top_bar.y1;
  if (welcome) {
    out.welcome = {gap, top, width - gap, top + px(kWelcomeHeight + (recent && !tight ? kRecentHeight : 0))};
    top = out.welcome.y1;
  } else {
    top += gap;
  }
  float bottom = height - gap, left = gap;
  if (timeline) {
    const bool low = height < px(kLowWindow);
    out.timeline = {gap, bottom - px(low ? kLowTimelineHeight : kTimelineHeight), width - gap, bottom};
    bottom = out.timeline.y0 - gap;
  }
  if (runs_height > 0) {
    // Its buttons have room above and below them already.
    out.runs = {gap, bottom - px(runs_height), width - gap, bottom};
    if (tight) out.runs = {gap, out.runs.y0 + gap, width - gap, bottom + gap};
    bottom = out.runs.y0 - px(tight ? 0 : 4);
  }
  if (knobs) {
    const float knobs_width = std::clamp(std::round(width * 0.19f), px(252), px(300));
    out.knobs = {left, top, left + knobs_width, bottom};
    left = out.knobs.x1 + gap;
  }
  out.panels = {left, top, width - gap, bottom};
  return out;
}

void bring_to_front(Split& split, std::span<const std::string> ids) {
  for (Split& part : split.parts) bring_to_front(part, ids);
  if (split.kind != Split::Kind::stack) return;
  for (const std::string& id : ids) {
    const auto named =
        std::find_if(split.parts.begin(), split.parts.end(), [&](const Split& one) { return one.panel == id; });
    if (named == split.parts.end()) continue;
    split.front = static_cast<std::size_t>(named - split.parts.begin());
    return;
  }
}

std::vector<float> shared_out(float room, std::span<const float> shares, std::span<const float> least) {
  const std::size_t count = shares.size();
  std::vector<float> out(count);
  // Who would be too small gets its least; what is left is shared by the others, who may then be too small.
  std::vector<bool> pinned(count, false);
  const bool crowded = std::accumulate(least.begin(), least.end(), 0.0f) > room;
  for (bool again = true; again;) {
    again = false;
    float free = room, of_others = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (pinned[i]) free -= least[i];
      else of_others += shares[i];
    }
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = pinned[i] ? least[i] : of_others > 0 ? free * shares[i] / of_others : 0;
      if (!crowded && !pinned[i] && out[i] < least[i]) pinned[i] = again = true;
    }
  }
  return out;
}

std::vector<std::string_view> panels_of(const Split& split) {
  if (split.kind == Split::Kind::panel) return {split.panel};
  std::vector<std::string_view> out;
  for (const Split& part : split.parts) {
    const auto below = panels_of(part);
    out.insert(out.end(), below.begin(), below.end());
  }
  return out;
}

Ground ground_of(const Shell& shell, float scale) {
  Ground ground;
  ground.area = shell.panels;
  ground.gap = shell.gap;
  ground.tabs = std::round(kTabsHeight * scale);
  ground.least = {std::round(ground.least.x * scale), std::round(ground.least.y * scale)};
  return ground;
}

Arrangement arrange(const Split& split, const Ground& ground) {
  Arrangement out;
  const auto on_panel = [&](const Split& leaf, const viz::Rect& rect) {
    if (leaf.kind == Split::Kind::panel) return (void)out.panels.push_back({leaf.panel, rect});
    const float below = std::min(rect.y1, rect.y0 + ground.tabs);
    const std::size_t front = std::min(leaf.front, leaf.parts.size() - 1);
    out.tabs.push_back({{rect.x0, rect.y0, rect.x1, below}, panels_of(leaf), front});
    out.panels.push_back({leaf.parts[front].panel, {rect.x0, below, rect.x1, rect.y1}});
  };
  const auto on_divider = [&](const Split&, std::size_t, const std::vector<float>&, const Divider& divider) {
    out.dividers.push_back(divider);
  };
  walk(split, ground.area, ground, on_panel, on_divider);
  return out;
}

namespace {

// Whose divider it is: behind which of its parts, and how large they are on the screen.
template <class AnySplit>
struct Owned {
  AnySplit* owner = nullptr;
  std::size_t before = 0;
  std::vector<float> sizes{};
};
template <class AnySplit>
Owned<AnySplit> owner_of(AnySplit& split, const Ground& ground, std::size_t divider) {
  Owned<AnySplit> out;
  std::size_t index = 0;
  const auto on_panel = [](const Split&, const viz::Rect&) {};
  const auto on_divider = [&](AnySplit& parent, std::size_t part, const std::vector<float>& extent,
                              const Divider&) {
    if (index++ == divider) out = {&parent, part, extent};
  };
  walk(split, ground.area, ground, on_panel, on_divider);
  return out;
}

}  // namespace

void reset_divider(Split& split, const Split& standard, const Ground& ground, std::size_t divider) {
  const auto now = owner_of(split, ground, divider);
  const auto first = owner_of(standard, ground, divider);
  if (!now.owner || !first.owner) return;
  const std::size_t at = now.before;
  const float both = now.sizes[at] + now.sizes[at + 1], before = first.owner->parts[at].share;
  move_divider(split, ground, divider,
               both * before / (before + first.owner->parts[at + 1].share) - now.sizes[at]);
}

void move_divider(Split& split, const Ground& ground, std::size_t divider, float by) {
  auto [owner, before, sizes] = owner_of(split, ground, divider);
  if (!owner) return;

  const float both = sizes[before] + sizes[before + 1];
  const float low = along(*owner, least_of(owner->parts[before], ground));
  const float high = both - along(*owner, least_of(owner->parts[before + 1], ground));
  if (high < low) return;  // no room for either
  sizes[before] = std::clamp(sizes[before] + by, low, high);
  sizes[before + 1] = both - sizes[before];
  float room = 0;
  for (const float size : sizes) room += size;
  for (std::size_t i = 0; i < sizes.size(); ++i) owner->parts[i].share = sizes[i] / room;
}

std::vector<float> shares_of(const Split& split) {
  std::vector<float> out;
  if (split.kind == Split::Kind::stack) return out;  // its parts have all of it, one at a time
  for (const Split& part : split.parts) {
    out.push_back(part.share);
    const std::vector<float> below = shares_of(part);
    out.insert(out.end(), below.begin(), below.end());
  }
  return out;
}

namespace {

void take_shares(Split& split, std::span<const float>& shares) {
  if (split.kind == Split::Kind::stack) return;
  for (Split& part : split.parts) {
    part.share = shares.front();
    shares = shares.subspan(1);
    take_shares(part, shares);
  }
}

}  // namespace

bool set_shares(Split& split, std::span<const float> shares) {
  if (shares.size() != shares_of(split).size()) return false;
  if (!std::all_of(shares.begin(), shares.end(), [](float s) { return std::isfinite(s) && s > 0; })) return false;
  take_shares(split, shares);
  return true;
}

}  // namespace switchyard::app
