// Where things go in a window of any size. The shell is fixed: a bar on top, knobs at the left, the timeline
// below. What is left holds the panels of a workspace: nested rows and columns whose dividers can be moved.
//
// Arithmetic alone, though it takes the height of the timeline from its panel. Units: pixels
// of the window, but for shares; a Ground's own gap and least are for scale 1, ground_of() scales them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "viz/base/geometry.h"

namespace switchyard::app {

// Heights at scale 1.
inline constexpr float kLowWindow = 560;    // below this height, at scale 1, the timeline is one line
inline constexpr float kTightWindow = 460;  // below this one bars and gaps are as thin as they can be
inline constexpr float kTopBarHeight = 52, kTightTopBarHeight = 42, kWelcomeHeight = 40, kRecentHeight = 46;
inline constexpr float kGap = 10, kTightGap = 6;
inline constexpr float kTabsHeight = 24;

struct Shell {
  viz::Rect top_bar, welcome, knobs, runs, timeline;
  viz::Rect panels;  // the rest
  float gap = kGap;  // between them
};
// The strip of presets, the knobs, the runs (of this height at scale 1) and the timeline take no room unless asked
// for. recent: of the presets' strip, with a line of recent runs, which a tight window has no room for.
Shell lay_out_shell(float width, float height, float scale, bool welcome, bool knobs, bool timeline, bool recent = false,
                    float runs_height = 0);

// A panel, a row or column of further splits with dividers between them, or panels that share a place as tabs.
struct Split {
  enum class Kind { panel, row, column, stack };
  Kind kind = Kind::panel;
  std::string_view panel{};  // id in the table of panels
  float share = 1;           // of the parent's extent along the parent's direction
  std::vector<Split> parts{};
  std::size_t front = 0;  // of a stack: the part that is seen
};
inline Split panel(float share, std::string_view id) { return {Split::Kind::panel, id, share, {}}; }
inline Split row(float share, std::vector<Split> parts) { return {Split::Kind::row, {}, share, std::move(parts)}; }
inline Split column(float share, std::vector<Split> parts) { return {Split::Kind::column, {}, share, std::move(parts)}; }
// Of panels alone.
inline Split stack(float share, std::vector<Split> parts) {
  return {Split::Kind::stack, {}, share, std::move(parts)};
}

struct Placed {
  std::string_view panel;
  viz::Rect rect;
};
struct Divider {
  viz::Rect rect;         // the gap it fills
  bool vertical = false;  // a line from top to bottom, moved in x
};
// Above the one of a stack that is seen.
struct Tabs {
  viz::Rect rect;
  std::vector<std::string_view> panels;
  std::size_t front = 0;
};
struct Arrangement {
  std::vector<Placed> panels;  // that are seen
  std::vector<Divider> dividers;
  std::vector<Tabs> tabs{};
};

// The ids in it, in order, those behind a tab too.
std::vector<std::string_view> panels_of(const Split& split);
// In every stack the panel that `ids` names first comes to the front; one that they don't name stays as it is.
void bring_to_front(Split& split, std::span<const std::string> ids);

// Extents of parts side by side in `room`: by share, but none below its least while there is room for all.
std::vector<float> shared_out(float room, std::span<const float> shares, std::span<const float> least);

// What a split is laid into. No part gets smaller than `least` while there is room for all.
struct Ground {
  viz::Rect area;
  float gap = 10;
  viz::Point least{200, 84};  // of a panel
  float tabs = kTabsHeight;
};
Ground ground_of(const Shell& shell, float scale);

// Panels and tabs fill the area without overlap, in the order of the split; every gap between two is a divider.
Arrangement arrange(const Split& split, const Ground& ground);

// Moves a divider of arrange() by `by` pixels, as far as its two neighbours can give. The shares of the split it
// belongs to become what is on the screen, so that nothing else moves.
void move_divider(Split& split, const Ground& ground, std::size_t divider, float by);

// Puts a divider back between its two neighbours where `standard`, a split of the same parts, has it.
void reset_divider(Split& split, const Split& standard, const Ground& ground, std::size_t divider);

// Every share but the root's and those in a stack, parents before their parts; and back. False, and nothing is
// changed, where the count differs or a share is not a positive number.
std::vector<float> shares_of(const Split& split);
bool set_shares(Split& split, std::span<const float> shares);

}  // namespace switchyard::app
