#include "app/panels/parts/share_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/ui/widgets.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {

ShareRowsResult share_rows(const PanelInput& in, const ShareRows& list, float width) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  float names = 0, figures = 0;
  bool swatches = false, bars = false;
  for (const ShareRow& row : list.rows) {
    names = std::max(names, canvas.text_size(row.name, viz::Font::small).x);
    figures = std::max(figures, canvas.text_size(row.figure, viz::Font::mono_small).x);
    swatches |= row.swatch != 0;
    bars |= std::isfinite(row.share);
  }
  const float swatch = swatches ? skin.px(12) : 0;
  names = std::min(names, bars ? width * 0.34f : std::max(1.0f, width - swatch - figures - skin.px(8)));
  const float from = at.x + swatch + names + skin.px(8), to = at.x + width - figures - skin.px(8);
  const float thick = std::max(3.0f, std::round(list.row_height * 0.4f));
  ShareRowsResult result;
  for (std::size_t i = 0; i < list.rows.size(); ++i) {
    const ShareRow& row = list.rows[i];
    const float top = at.y + static_cast<float>(i) * list.row_height, middle = top + list.row_height / 2;
    ImGui::SetCursorScreenPos({at.x, top});
    const std::string name = fmt::format("{} {}", list.id, i);
    const ImVec2 size(std::max(1.0f, width), list.row_height);
    if (!list.chooses) ImGui::InvisibleButton(name.c_str(), size);
    else if (press_area(name, size).pressed) result.clicked = static_cast<int>(i);
    register_item(name, row.name);
    const bool hovered = ImGui::IsItemHovered();
    if (hovered) result.hovered = static_cast<int>(i);
    if (hovered) canvas.rect_fill({at.x - skin.px(3), top, at.x + width + skin.px(3), top + list.row_height}, t.raised, skin.px(3));
    if (row.swatch)
      canvas.rect_fill({at.x, middle - skin.px(4), at.x + skin.px(8), middle + skin.px(4)}, row.swatch, skin.px(2));
    canvas.text({at.x + swatch, middle}, viz::ellipsized(canvas, row.name, names + 1, viz::Font::small), t.text, viz::Font::small,
                viz::Align::start, viz::Align::middle);
    canvas.text({at.x + width, middle}, row.figure, t.text_dim, viz::Font::mono_small, viz::Align::end, viz::Align::middle);
    const float room = to - from;
    if (room < skin.px(24) || !std::isfinite(row.share) || !(list.full > 0)) continue;
    const auto reach = [&](double share) { return from + room * static_cast<float>(std::clamp(share / list.full, 0.0, 1.0)); };
    canvas.rect_fill({from, middle - thick / 2, to, middle + thick / 2}, t.raised_hover, thick / 2);
    if (reach(row.share) - from > 0.5f)
      canvas.rect_fill({from, middle - thick / 2, std::max(from + thick, reach(row.share)), middle + thick / 2}, list.colour, thick / 2);
    if (!std::isfinite(row.reference)) continue;
    const float mark = std::round(reach(row.reference)), half = std::max(0.5f, skin.scale * 0.75f);
    canvas.rect_fill({mark - half, middle - thick, mark + half, middle + thick}, t.text);
  }
  ImGui::SetCursorScreenPos({at.x, at.y + static_cast<float>(list.rows.size()) * list.row_height});
  return result;
}

}  // namespace switchyard::app
