#include "app/ui/panel_frame.h"

#include <algorithm>

#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

// Where the next control of the title's line goes, kept by ImGui with the child window: x from the left,
// y, and how far the right end is taken.
constexpr const char* kHeaderX = "panel header x";
constexpr const char* kHeaderRight = "panel header right";

float header_height(const Skin& skin) { return skin.px(26); }

ImVec2 header_origin() {
  const ImVec2 at = ImGui::GetWindowPos(), content = ImGui::GetWindowContentRegionMin();
  return {at.x + content.x + ImGui::GetScrollX(), at.y + content.y + ImGui::GetScrollY()};
}

}  // namespace

void panel_begin(const PanelInput& in, std::string_view title, std::string_view subtitle) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  if (Registry* registry = Registry::current()) registry->open_scope(title);
  ImGui::PushID(title.data(), title.data() + title.size());

  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const ImVec2 end(at.x + size.x, at.y + size.y);
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->PushClipRect(at, end);  // the frame reaches into the window's padding
  list->AddRectFilled(at, end, t.panel, skin.px(8));
  list->AddRect(at, end, t.hairline, skin.px(8), 0, std::max(1.0f, skin.px(1)));
  list->PopClipRect();

  const ImVec2 origin = ImGui::GetCursorScreenPos();
  const float height = header_height(skin);
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 title_size = text_size(t.fonts.bold, title), subtitle_size = text_size(t.fonts.small, subtitle);
  const float base = origin.y + (skin.px(20) - title_size.y) / 2;
  draw_clipped_text(list, t.fonts.bold, {origin.x, base}, width, t.text, title);
  float x = origin.x + title_size.x + skin.px(10);
  if (!subtitle.empty()) {
    draw_clipped_text(list, t.fonts.small, {x, base + title_size.y - subtitle_size.y - skin.px(0.5f)},
                      origin.x + width - x, t.text_dim, subtitle);
    x += subtitle_size.x + skin.px(8);
  }
  ImGuiStorage* storage = ImGui::GetStateStorage();
  storage->SetFloat(ImGui::GetID(kHeaderX), x - origin.x);
  storage->SetFloat(ImGui::GetID(kHeaderRight), width);
  ImGui::SetCursorScreenPos({origin.x, origin.y + height});
}

bool panel_header_combo(const PanelInput& in, std::string_view label, int* current,
                        std::span<const std::string> items) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  ImGuiStorage* storage = ImGui::GetStateStorage();
  const ImGuiID x_id = ImGui::GetID(kHeaderX);
  const ImVec2 body = ImGui::GetCursorScreenPos(), origin = header_origin();
  const bool valid = *current >= 0 && static_cast<std::size_t>(*current) < items.size();
  const std::string preview = valid ? items[static_cast<std::size_t>(*current)] : std::string();
  const ImVec2 text = text_size(t.fonts.small, preview);
  const ImVec2 size(text.x + skin.px(26), skin.px(20));
  const float x = storage->GetFloat(x_id);

  ImGui::PushID(label.data(), label.data() + label.size());
  ImGui::SetCursorScreenPos({origin.x + x, origin.y});
  const bool pressed = ImGui::InvisibleButton("##open", size);
  register_item(label, preview);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (hovered) list->AddRectFilled(min, max, t.raised, skin.px(5));
  const viz::Colour ink = hovered ? t.text : t.text_dim;
  draw_text(list, t.fonts.small, {min.x + skin.px(7), (min.y + max.y - text.y) / 2}, ink, preview);
  draw_icon(list, Icon::chevron_down, {max.x - skin.px(10), (min.y + max.y) / 2 + skin.px(0.5f)}, skin.px(7), ink);
  if (pressed) ImGui::OpenPopup("##choices");
  bool changed = false;
  ImGui::SetNextWindowPos({min.x, max.y + skin.px(3)});
  if (ImGui::BeginPopup("##choices")) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool chosen = static_cast<int>(i) == *current;
      if (ImGui::Selectable(items[i].c_str(), chosen)) {
        changed = !chosen;
        *current = static_cast<int>(i);
      }
      register_item(std::string(label) + "/" + items[i]);
    }
    ImGui::EndPopup();
  }
  ImGui::PopID();
  storage->SetFloat(x_id, x + size.x + skin.px(4));
  ImGui::SetCursorScreenPos(body);
  return changed;
}

void panel_header_right(const PanelInput& in, std::string_view text) {
  const Skin skin{in.theme, in.scale};
  ImGuiStorage* storage = ImGui::GetStateStorage();
  const ImGuiID right_id = ImGui::GetID(kHeaderRight);
  const ImVec2 size = text_size(in.theme.fonts.mono_small, text), origin = header_origin();
  const float right = storage->GetFloat(right_id);
  // Left out where it would run into the title.
  if (right - size.x < storage->GetFloat(ImGui::GetID(kHeaderX))) return;
  draw_text(ImGui::GetWindowDrawList(), in.theme.fonts.mono_small,
            {origin.x + right - size.x, origin.y + (skin.px(20) - size.y) / 2}, in.theme.text_dim, text);
  storage->SetFloat(right_id, right - size.x - skin.px(10));
}

viz::Rect panel_header_free(const PanelInput& in) {
  const ImVec2 origin = header_origin();
  ImGuiStorage* storage = ImGui::GetStateStorage();
  return {origin.x + storage->GetFloat(ImGui::GetID(kHeaderX)), origin.y,
          origin.x + storage->GetFloat(ImGui::GetID(kHeaderRight)), origin.y + Skin{in.theme, in.scale}.px(20)};
}

void panel_header_take_right(float width) {
  float* right = ImGui::GetStateStorage()->GetFloatRef(ImGui::GetID(kHeaderRight));
  *right -= width;
}

void panel_end(const PanelInput&) {
  ImGui::PopID();
  if (Registry* registry = Registry::current()) registry->close_scope();
}

}  // namespace switchyard::app
