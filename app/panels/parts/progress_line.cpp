#include "app/panels/parts/progress_line.h"

#include <algorithm>
#include <cmath>

#include "app/ui/registry.h"
#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

constexpr float kBarHeight = 6;

}  // namespace

void progress_line(const Skin& skin, double share, const std::string& words, float width) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = skin.px(kProgressLine);
  ImDrawList* const list = ImGui::GetWindowDrawList();
  const float words_width = std::min(text_size(skin.theme.fonts.small, words).x, 0.62f * width);
  const float text_y =
      at.y + (height - viz::font_px(skin.theme.fonts.small ? skin.theme.fonts.small : ImGui::GetFont())) / 2;
  const float bar = width - words_width - skin.px(10);
  if (bar > skin.px(24)) {
    const float y = std::round(at.y + (height - skin.px(kBarHeight)) / 2), round = skin.px(kBarHeight / 2);
    const float filled = std::clamp(static_cast<float>(share), 0.0f, 1.0f);
    list->AddRectFilled({at.x, y}, {at.x + bar, y + skin.px(kBarHeight)}, skin.theme.raised, round);
    if (filled > 0)
      list->AddRectFilled({at.x, y}, {at.x + std::max(skin.px(kBarHeight), filled * bar), y + skin.px(kBarHeight)},
                          skin.theme.accent, round);
  }
  draw_clipped_text(list, skin.theme.fonts.small, {at.x + width - words_width, text_y}, words_width + 1,
                    skin.theme.text_dim, words);
  ImGui::Dummy({width, height});
  register_item("progress", words);
}

}  // namespace switchyard::app
