#include "viz/widgets/legend.h"

namespace viz {
namespace {

constexpr float kMark = 14, kMarkGap = 6, kBetween = 14, kValueGap = 5;

float item_width(Canvas& canvas, const LegendItem& item, float scale) {
  float width = (item.dot ? 8 : kMark) * scale + kMarkGap * scale + canvas.text_size(item.label, Font::small).x;
  if (!item.value.empty()) width += kValueGap * scale + canvas.text_size(item.value, Font::mono_small).x;
  return width;
}

}  // namespace

float legend_line_height(Canvas& canvas, float scale) {
  return std::max(canvas.text_size("0", Font::small).y, canvas.text_size("0", Font::mono_small).y) + 6 * scale;
}

LegendLayout layout_legend(Canvas& canvas, const Rect& line, const std::vector<LegendItem>& items, int max_lines,
                           float reserved, float scale) {
  LegendLayout out;
  if (items.empty() || max_lines < 1) return out;
  const float height = legend_line_height(canvas, scale);
  const float room_for_more = canvas.text_size("+00 more", Font::small).x + kBetween * scale;
  int row = 0;
  float x = line.x0;
  bool full = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const float wanted = item_width(canvas, items[i], scale);
    const auto end_of_row = [&] {
      const bool last_row = row == max_lines - 1, last_item = i + 1 == items.size();
      return line.x1 - (row == 0 ? reserved : 0) - (last_row && !last_item ? room_for_more : 0);
    };
    if (!full && x > line.x0 && x + wanted > end_of_row()) {
      if (row + 1 < max_lines) {
        ++row;
        x = line.x0;
      } else {
        full = true;
      }
    }
    if (full || end_of_row() - x < 30 * scale) {
      full = true;
      out.boxes.push_back({});
      ++out.left_out;
      continue;
    }
    const float width = std::min(wanted, end_of_row() - x);
    const float y = line.y0 + static_cast<float>(row) * height;
    out.boxes.push_back({x, y, x + width, y + height});
    x += width + kBetween * scale;
  }
  out.height = static_cast<float>(row + 1) * height;
  const float y = line.y0 + static_cast<float>(row) * height;
  out.more = {x, y, std::max(x, line.x1 - (row == 0 ? reserved : 0)), y + height};
  return out;
}

void draw_legend(Canvas& canvas, const LegendLayout& layout, const std::vector<LegendItem>& items, int hovered,
                 const Theme& theme, float scale) {
  for (std::size_t i = 0; i < items.size() && i < layout.boxes.size(); ++i) {
    const LegendItem& item = items[i];
    const Rect& box = layout.boxes[i];
    if (box.width() <= 0) continue;
    const float middle = (box.y0 + box.y1) / 2;
    const bool lit = item.strong || static_cast<int>(i) == hovered;
    const Colour mark = faded(item.colour, item.hidden ? 0.25f : 1);
    float x = box.x0;
    if (item.dot) {
      canvas.circle_fill({x + 4 * scale, middle}, (lit ? 4.5f : 3.5f) * scale, mark);
      x += 8 * scale;
    } else if (item.style != LineStyle::solid) {
      const Point ends[] = {{x, middle}, {x + kMark * scale, middle}};
      styled_polyline(canvas, ends, mark, 2 * scale, Stroke::smooth, item.style, scale);
      x += kMark * scale;
    } else {
      canvas.rect_fill({x, middle - scale, x + kMark * scale, middle + scale}, mark);
      x += kMark * scale;
    }
    x += kMarkGap * scale;
    const float value_width =
        item.value.empty() ? 0 : canvas.text_size(item.value, Font::mono_small).x + kValueGap * scale;
    const std::string label = ellipsized(canvas, item.label, box.x1 - x - value_width, Font::small);
    const Colour ink = item.hidden ? faded(theme.text_dim, 0.5f) : lit ? theme.text : theme.text_dim;
    canvas.text({x, middle}, label, ink, Font::small, Align::start, Align::middle);
    x += canvas.text_size(label, Font::small).x;
    if (!item.value.empty() && x + value_width <= box.x1 + 0.5f) {
      canvas.text({x + kValueGap * scale, middle}, item.value, item.hidden ? ink : theme.text, Font::mono_small,
                  Align::start, Align::middle);
    }
  }
  if (layout.left_out > 0) {
    std::string more = std::to_string(layout.left_out) + " more";
    more = ellipsized(canvas, more.insert(0, 1, '+'), layout.more.width(), Font::small);
    canvas.text({layout.more.x0, (layout.more.y0 + layout.more.y1) / 2}, more, theme.text_dim, Font::small,
                Align::start, Align::middle);
  }
}

int legend_item_at(const LegendLayout& layout, Point at) {
  for (std::size_t i = 0; i < layout.boxes.size(); ++i) {
    if (layout.boxes[i].contains(at)) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace viz
