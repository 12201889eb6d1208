#include "app/shell/layout/fitting.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "app/panels/panel_table.h"

namespace switchyard::app {
namespace {

constexpr float kEnough = 1e6f;  // room for anything

float extent_along(bool is_row, viz::Point size) { return is_row ? size.x : size.y; }

// The width that suffices: what lies side by side in it can share a place.
float narrowest(const Split& split) {
  float width = split.kind == Split::Kind::panel ? wanted_by(split).x : 0;
  for (const Split& part : split.parts) width = std::max(width, narrowest(part));
  return width;
}

// The panels of the parts from `first` on, in one place.
Split stacked(const Split& split, std::size_t first) {
  float share = 0;
  std::vector<Split> panels;
  for (std::size_t i = first; i < split.parts.size(); ++i) {
    share = std::max(share, split.parts[i].share);
    for (const std::string_view id : panels_of(split.parts[i])) panels.push_back(panel(1, id));
  }
  for (Split& one : panels) one.share = 1 / static_cast<float>(panels.size());
  return stack(share, std::move(panels));
}

}  // namespace

viz::Point wanted_by(const Split& split) {
  if (split.kind == Split::Kind::panel) {
    const PanelSpec* const known = find_panel(split.panel);
    const PanelRoom room = known ? known->wants : kWantsAsMost;
    return {room.width, room.height};
  }
  viz::Point out{0, 0};
  for (const Split& part : split.parts) {
    const viz::Point one = wanted_by(part);
    const float gap = &part == &split.parts.front() ? 0 : kGap;
    out.x = split.kind == Split::Kind::row ? out.x + gap + one.x : std::max(out.x, one.x);
    out.y = split.kind == Split::Kind::column ? out.y + gap + one.y : std::max(out.y, one.y);
  }
  if (split.kind == Split::Kind::stack) out.y += kTabsHeight;
  return out;
}

Split fitted(const Split& split, viz::Point room) {
  if (split.kind == Split::Kind::panel || split.kind == Split::Kind::stack) return split;
  const bool is_row = split.kind == Split::Kind::row;
  const std::size_t all = split.parts.size();
  // As high as it has to be in this width, where it may have tabs.
  const auto wants = [&](const Split& part) {
    return is_row ? narrowest(part) : wanted_by(fitted(part, {room.x, kEnough})).y;
  };
  std::size_t kept = all;
  for (;; --kept) {
    float wanted = kept < all ? wants(stacked(split, kept)) : -kGap;
    for (std::size_t i = 0; i < kept; ++i) wanted += kGap + wants(split.parts[i]);
    if (kept == 0 || wanted <= extent_along(is_row, room)) break;
  }
  Split out = split;
  out.parts.resize(kept);
  if (kept < all) out.parts.push_back(stacked(split, kept));
  if (kept == 0) return stack(split.share, std::move(out.parts.front().parts));
  std::vector<float> shares, least;
  for (const Split& part : out.parts) {
    shares.push_back(part.share);
    least.push_back(wants(part));
  }
  const float free = extent_along(is_row, room) - kGap * static_cast<float>(out.parts.size() - 1);
  const std::vector<float> own = shared_out(free, shares, least);
  const float all_shares = std::accumulate(shares.begin(), shares.end(), 0.0f);
  for (std::size_t i = 0; i < own.size(); ++i) {
    Split& part = out.parts[i];
    part = fitted(part, is_row ? viz::Point{own[i], room.y} : viz::Point{room.x, own[i]});
  }
  // Where the shares give all of them enough they stay as they are.
  bool suffice = true;
  for (std::size_t i = 0; i < own.size(); ++i) suffice = suffice && free * shares[i] / all_shares >= least[i];
  for (std::size_t i = 0; i < own.size() && !suffice; ++i) out.parts[i].share = own[i] / free * all_shares;
  return out;
}

std::string shape_of(const Split& split) {
  const auto walk = [](const auto& self, const Split& one) -> std::string {
    if (one.kind == Split::Kind::panel) return "p";
    if (one.kind == Split::Kind::stack) return fmt::format("s{}", one.parts.size());
    std::string text = one.kind == Split::Kind::row ? "r-" : "c-";
    for (const Split& part : one.parts) text += self(self, part);
    return text + "-";
  };
  const std::string text = walk(walk, split);
  return text.find('s') == std::string::npos ? std::string() : text;
}

}  // namespace switchyard::app
