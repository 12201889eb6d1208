#include "app/panels/parts/named_slider.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "app/ui/widgets.h"
#include "viz/base/compat.h"

namespace switchyard::app {

NamedSlider named_slider(const PanelInput& in, UiState& ui, const char* label, const std::string& value, float position,
                         float width) {
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float value_width = text_size(in.theme.fonts.mono_small, value).x;
  const float label_width = std::max(0.0f, width - value_width - skin.px(6));
  draw_clipped_text(list, in.theme.fonts.small, at, label_width, in.theme.text_dim, label);
  if (text_size(in.theme.fonts.small, label).x > label_width && ImGui::IsWindowHovered() &&
      ImGui::IsMouseHoveringRect(at, {at.x + width, at.y + skin.px(16)}))
    ImGui::SetTooltip("%s", label);
  draw_text(list, in.theme.fonts.mono_small, {at.x + width - value_width, at.y}, in.theme.text, value);
  ImGui::SetCursorScreenPos({at.x, at.y + skin.px(16)});
  NamedSlider sampled;
  if (ui.typed_label == label) {
    const bool begins = std::exchange(ui.typing_begins, false);
    const bool done = text_input(skin, fmt::format("{}/typed", label), &ui.typed_text, width, {}, begins);
    if (done) {
      double number = 0;
      const char* end = ui.typed_text.data() + ui.typed_text.size();
      const auto read = std::from_chars(ui.typed_text.data(), end, number);
      if (read.ec == std::errc() && read.ptr == end && std::isfinite(number)) sampled.typed = number;
    }
    if (done || viz::key_pressed(viz::Key::escape) || (!begins && ImGui::IsItemDeactivated())) ui.typed_label.clear();
    return sampled;
  }
  const SliderEvent event = slider(skin, label, width, position, true, value);
  if (event.wants_typing) {
    ui.typed_label = label;
    ui.typed_text = value;
    ui.typing_begins = true;
  }
  if (event.changed) sampled.position = event.position;
  if (event.turned != 0)
    sampled.position = std::clamp(position + 0.025f * static_cast<float>(event.turned), 0.0f, 1.0f);
  return sampled;
}

}  // namespace switchyard::app
