#include "viz/plots/sankey.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "viz/canvas/canvas_imgui.h"
#include "viz/widgets/item.h"

namespace viz {
namespace {

// A thinner ribbon is not seen, and of more than so many only the thickest are; they all take their room.
constexpr float kThinnest = 0.25f;
constexpr std::size_t kMostRibbons = 1800;  // all of 16 nodes in 8 columns
constexpr float kEqual = 0.998f;            // within rounding
constexpr float kRest = 0.34f, kLit = 0.8f, kAside = 0.07f;  // opacity of ribbons

struct Band {
  int gap, from, to;
  Ribbon ribbon;
  float lit = 0;  // share of it that is the lit part
};

struct SankeyLayout {
  std::vector<std::vector<Rect>> bars;  // by column and node
  std::vector<Band> bands;
  float title_y = 0;
  bool titles = false, names_inside = false, has_flow = false;
};

// Of thousands of weights, in four sums side by side.
double sum_of(const float* weights, std::size_t count) {
  double sums[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += drawn_amount(weights[i + lane]);
  for (; i < count; ++i) sums[0] += drawn_amount(weights[i]);
  return sums[0] + sums[1] + sums[2] + sums[3];
}

// What passes each node, as a share of its gap: the larger of what arrives and what leaves.
std::vector<std::vector<float>> node_shares(const SankeySpec& spec) {
  std::vector<std::vector<float>> shares(spec.columns.size());
  for (std::size_t c = 0; c < shares.size(); ++c) shares[c].resize(spec.columns[c].nodes.size());
  for (std::size_t g = 0; g + 1 < spec.columns.size() && g < spec.gaps.size(); ++g) {
    const std::size_t from = shares[g].size(), to = shares[g + 1].size();
    const auto weights = spec.gaps[g].weights;
    if (weights.size() < from * to) continue;
    std::vector<double> leaves(from), arrives(to);
    for (std::size_t a = 0; a < from; ++a) {
      const float* row = weights.data() + a * to;
      for (std::size_t b = 0; b < to; ++b) arrives[b] += drawn_amount(row[b]);  // no sum in it: as wide as the machine adds
      leaves[a] = sum_of(row, to);
    }
    const double total = std::accumulate(leaves.begin(), leaves.end(), 0.0);
    if (!(total > 0)) continue;
    for (std::size_t a = 0; a < from; ++a)
      shares[g][a] = std::max(shares[g][a], static_cast<float>(leaves[a] / total));
    for (std::size_t b = 0; b < to; ++b)
      shares[g + 1][b] = std::max(shares[g + 1][b], static_cast<float>(arrives[b] / total));
  }
  return shares;
}

float thickness(const Ribbon& ribbon) { return ribbon.bottom0 - ribbon.top0; }

// Which ribbons are drawn: all that are thicker than this, and of those as thick as it every so manyth. Where
// routing is even, thousands are equally thick.
struct Drawn {
  float thickness = 0;
  std::size_t every = 1;  // 0: none of them
};

Drawn drawn_bands(const std::vector<Band>& bands) {
  if (bands.size() <= kMostRibbons) return {};
  std::vector<float> all;
  for (const Band& band : bands) all.push_back(thickness(band.ribbon));
  std::nth_element(all.begin(), all.begin() + kMostRibbons, all.end(), std::greater<>());
  Drawn drawn{all[kMostRibbons] * (2 - kEqual), 0};
  const auto thicker = static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](float t) { return t > drawn.thickness; }));
  const auto equal = static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [&](float t) { return t <= drawn.thickness && t >= kEqual * drawn.thickness; }));
  if (thicker < kMostRibbons) drawn.every = (equal + kMostRibbons - thicker - 1) / (kMostRibbons - thicker);
  return drawn;
}

void add_bands(const SankeySpec& spec, float per_share, SankeyLayout& at) {
  for (std::size_t g = 0; g + 1 < at.bars.size() && g < spec.gaps.size(); ++g) {
    const std::vector<Rect>&left = at.bars[g], &right = at.bars[g + 1];
    const auto weights = spec.gaps[g].weights, part = spec.gaps[g].part;
    if (weights.size() < left.size() * right.size()) continue;
    const double total = sum_of(weights.data(), left.size() * right.size());
    if (!(total > 0)) continue;
    std::vector<float> leave(left.size()), arrive(right.size());  // where the next ribbon starts and ends
    for (std::size_t a = 0; a < left.size(); ++a) leave[a] = left[a].y0;
    for (std::size_t b = 0; b < right.size(); ++b) arrive[b] = right[b].y0;
    for (std::size_t a = 0; a < left.size(); ++a)
      for (std::size_t b = 0; b < right.size(); ++b) {
        const std::size_t i = a * right.size() + b;
        const float weight = drawn_amount(weights[i]);
        if (!(weight > 0)) continue;
        const float height = static_cast<float>(weight / total) * per_share;
        at.has_flow = at.has_flow || height > 0;
        if (height >= kThinnest) {
          const Ribbon ribbon{left[a].x1, leave[a], leave[a] + height, right[b].x0, arrive[b], arrive[b] + height};
          const float lit = i < part.size() ? std::min(drawn_amount(part[i]) / weight, 1.0f) : 0.0f;
          at.bands.push_back({static_cast<int>(g), static_cast<int>(a), static_cast<int>(b), ribbon, lit});
        }
        leave[a] += height;
        arrive[b] += height;
      }
  }
}

SankeyLayout layout_sankey(Canvas& canvas, const Rect& rect, const SankeySpec& spec, float scale) {
  SankeyLayout at;
  const std::size_t columns = spec.columns.size();
  if (columns == 0) return at;
  const Point digit = canvas.text_size("0", Font::small);
  Rect area = rect;
  for (const SankeyColumn& column : spec.columns) at.titles = at.titles || !column.title.empty();
  at.titles = at.titles && rect.height() > 6 * digit.y;
  at.title_y = rect.y0;
  if (at.titles) area.y0 += digit.y + 6 * scale;

  const std::vector<std::vector<float>> shares = node_shares(spec);
  std::size_t most = 1;
  float tallest = 0, widest = 0;
  for (std::size_t c = 0; c < columns; ++c) {
    most = std::max(most, shares[c].size());
    float sum = 0;
    for (const float share : shares[c]) sum += share;
    tallest = std::max(tallest, sum);
    for (const SankeyNode& node : spec.columns[c].nodes)
      widest = std::max(widest, canvas.text_size(node.label, Font::mono_small).x);
  }
  // Space between nodes, but never more than a quarter of the height.
  const float between = std::min(5 * scale, 0.25f * area.height() / static_cast<float>(most));
  const float per_share = tallest > 0 ? (area.height() - between * static_cast<float>(most - 1)) / tallest : 0;

  // Bars hold their names where the ribbons keep at least twice as much room.
  const float slot = area.width() / static_cast<float>(columns);
  float bar = widest + 8 * scale;
  at.names_inside = widest > 0 && slot > 2.6f * bar;
  if (!at.names_inside) bar = std::min(8 * scale, slot / 3);
  for (std::size_t c = 0; c < columns; ++c) {
    const float share = columns > 1 ? static_cast<float>(c) / static_cast<float>(columns - 1) : 0.5f;
    const float x = std::round(area.x0 + share * (area.width() - bar));
    float used = between * static_cast<float>(std::max<std::size_t>(shares[c].size(), 1) - 1);
    for (const float s : shares[c]) used += s * per_share;
    float y = area.y0 + (area.height() - used) / 2;
    std::vector<Rect>& bars = at.bars.emplace_back();
    for (const float s : shares[c]) {
      bars.push_back({x, y, std::round(x + bar), y + s * per_share});
      y += s * per_share + between;
    }
  }
  add_bands(spec, per_share, at);
  return at;
}

Colour node_colour(const SankeySpec& spec, const Theme& theme, std::size_t column, std::size_t node) {
  const Colour own = spec.columns[column].nodes[node].colour;
  return own != 0 ? own : category_colour(theme, node);
}

// The height of a ribbon's edges at a pixel column inside it.
bool contains(const Ribbon& r, Point p) {
  if (p.x < r.x0 || p.x >= r.x1) return false;
  const float t = (p.x - r.x0) / (r.x1 - r.x0);
  float low = 0, high = 1;
  for (int i = 0; i < 20; ++i) {  // `along` rises
    const float middle = (low + high) / 2;
    (flow_point(middle).along < t ? low : high) = middle;
  }
  const float rise = flow_point(low).across;
  return p.y >= r.top0 + (r.top1 - r.top0) * rise && p.y < r.bottom0 + (r.bottom1 - r.bottom0) * rise;
}

SankeyResult under(const SankeyLayout& at, Point p, float scale) {
  SankeyResult result;
  for (std::size_t c = 0; c < at.bars.size(); ++c)
    for (std::size_t n = 0; n < at.bars[c].size(); ++n) {
      const Rect& bar = at.bars[c][n];
      // A slim bar can be hit beside it.
      const float reach = std::max(0.0f, (12 * scale - bar.width()) / 2);
      if (bar.height() > 0 && Rect{bar.x0 - reach, bar.y0, bar.x1 + reach, bar.y1}.contains(p)) {
        result.column = static_cast<int>(c);
        result.node = static_cast<int>(n);
        return result;
      }
    }
  for (auto band = at.bands.rbegin(); band != at.bands.rend(); ++band) {  // the topmost first
    if (!contains(band->ribbon, p)) continue;
    result.gap = band->gap, result.from = band->from, result.to = band->to;
    return result;
  }
  return result;
}

// What stands out: by the mouse, else as the caller says.
struct Light {
  int column = -1, node = -1;
  int gap = -1, from = -1, to = -1;
  bool any() const { return node >= 0 || gap >= 0; }
  bool on_node(int c, int n) const {
    if (gap >= 0) return (c == gap && n == from) || (c == gap + 1 && n == to);
    return n == node && (column < 0 || c == column);
  }
  bool on_band(const Band& band) const {
    if (gap >= 0) return band.gap == gap && band.from == from && band.to == to;
    return node >= 0 && (on_node(band.gap, band.from) || on_node(band.gap + 1, band.to));
  }
};

Ribbon lit_part(const Band& band) {
  Ribbon part = band.ribbon;
  part.bottom0 = part.top0 + (part.bottom0 - part.top0) * band.lit;
  part.bottom1 = part.top1 + (part.bottom1 - part.top1) * band.lit;
  return part;
}

void draw(Canvas& canvas, const Rect& rect, const SankeyLayout& at, const SankeySpec& spec, const SankeyResult& hovered,
          const Theme& theme, float scale) {
  canvas.push_clip(rect);
  if (!at.has_flow) {
    canvas.text({(rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2},
                ellipsized(canvas, spec.empty_text, rect.width(), Font::small), theme.text_dim, Font::small,
                Align::middle, Align::middle);
    return canvas.pop_clip();
  }
  Light light{hovered.column, hovered.node, hovered.gap, hovered.from, hovered.to};
  if (!light.any()) light = {spec.lit_column, spec.lit_node, -1, -1, -1};
  bool has_part = false;
  for (const Band& band : at.bands) has_part = has_part || band.lit > 0;

  const Drawn drawn = drawn_bands(at.bands);
  const auto colour_of = [&](const Band& band) {
    return node_colour(spec, theme, static_cast<std::size_t>(band.gap), static_cast<std::size_t>(band.from));
  };
  std::size_t equals = 0;
  const auto is_drawn = [&](const Band& band) {
    const float thick = thickness(band.ribbon);
    if (thick > drawn.thickness) return true;
    return drawn.every > 0 && thick >= kEqual * drawn.thickness && equals++ % drawn.every == 0;
  };
  // Those that stand out lie on top, and are always drawn.
  for (const bool lit : {false, true})
    for (const Band& band : at.bands) {
      if (light.on_band(band) != lit || (!lit && !is_drawn(band))) continue;
      const bool aside = has_part || (light.any() && !lit);
      canvas.ribbon_fill(band.ribbon, faded(colour_of(band), aside ? kAside : lit ? kLit : kRest));
    }
  if (has_part)
    for (const Band& band : at.bands) {
      const Ribbon part = lit_part(band);
      if (thickness(part) >= kThinnest) canvas.ribbon_fill(part, faded(colour_of(band), kLit));
    }

  const float hairline = std::max(1.0f, std::floor(scale));
  const float line = canvas.text_size("0", Font::mono_small).y;
  for (std::size_t c = 0; c < at.bars.size(); ++c) {
    if (at.titles && !spec.columns[c].title.empty()) {
      const bool first = c == 0 && at.bars.size() > 1, last = c + 1 == at.bars.size() && at.bars.size() > 1;
      const float x = first                ? rect.x0
                      : last               ? rect.x1
                      : at.bars[c].empty() ? rect.x0
                                           : (at.bars[c][0].x0 + at.bars[c][0].x1) / 2;
      const float room = rect.width() / static_cast<float>(at.bars.size()) - 4 * scale;
      canvas.text({x, at.title_y}, ellipsized(canvas, spec.columns[c].title, room, Font::small), theme.text_dim,
                  Font::small,
                  first  ? Align::start
                  : last ? Align::end
                         : Align::middle);
    }
    for (std::size_t n = 0; n < at.bars[c].size(); ++n) {
      Rect bar = at.bars[c][n];
      if (bar.height() <= 0) continue;
      bar.y1 = std::max(bar.y1, bar.y0 + hairline);
      const bool lit = light.any() && light.on_node(static_cast<int>(c), static_cast<int>(n));
      const Colour own = node_colour(spec, theme, c, n);
      const float rounding = bar.height() > 5 * scale ? 2 * scale : 0;
      const Colour shown = light.any() && !lit && !has_part ? mixed(theme.panel, own, 0.55f) : own;
      canvas.rect_fill(bar, shown, rounding);
      if (lit) canvas.rect_outline(bar, theme.text, hairline, rounding);
      const std::string_view label = spec.columns[c].nodes[n].label;
      if (label.empty()) continue;
      const float middle = (bar.y0 + bar.y1) / 2;
      if (at.names_inside && bar.height() >= 0.8f * line) {
        canvas.text({(bar.x0 + bar.x1) / 2, middle}, label, text_on(shown), Font::mono_small, Align::middle,
                    Align::middle);
      } else if (lit) {  // beside its bar, on its own ground
        const bool leftwards = c + 1 == at.bars.size();
        const float width = canvas.text_size(label, Font::mono_small).x;
        const float x0 = leftwards ? bar.x0 - width - 8 * scale : bar.x1 + 3 * scale;
        const float y = std::clamp(middle, rect.y0 + line / 2, std::max(rect.y0 + line / 2, rect.y1 - line / 2));
        canvas.rect_fill({x0, y - line / 2 - scale, x0 + width + 5 * scale, y + line / 2 + scale},
                         faded(theme.panel, 0.85f), 3 * scale);
        canvas.text({x0 + 2.5f * scale, y}, label, theme.text, Font::mono_small, Align::start, Align::middle);
      }
    }
  }
  canvas.pop_clip();
}

}  // namespace

void draw_sankey(Canvas& canvas, const Rect& rect, const SankeySpec& spec, const SankeyResult& hovered,
                 const Theme& theme, float scale) {
  draw(canvas, rect, layout_sankey(canvas, rect, spec, scale), spec, hovered, theme, scale);
}

SankeyResult sankey(const SankeySpec& spec, const Theme& theme, float scale) {
  const Item item = place_item(spec.id, spec.size, false);
  if (!item.visible) return {};
  CanvasImGui canvas(ImGui::GetWindowDrawList(), theme);
  const SankeyLayout at = layout_sankey(canvas, item.rect, spec, scale);
  SankeyResult result;
  if (item.hovered) {
    result = under(at, item.mouse, scale);
    result.clicked = (result.node >= 0 || result.gap >= 0) && ImGui::IsMouseClicked(ImGuiMouseButton_Left);
  }
  draw(canvas, item.rect, at, spec, result, theme, scale);
  return result;
}

}  // namespace viz
