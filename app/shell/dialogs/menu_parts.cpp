#include "app/shell/dialogs/menu_parts.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "app/ui/widgets.h"
#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

constexpr const char* kMenuHeight = "context menu height";  // of the one that was open in the frame before

}  // namespace

bool menu_entry(const Skin& skin, const std::string& label, const std::string& says, const std::string& why_not,
                const std::string& name) {
  const viz::Theme& t = skin.theme;
  const bool enabled = why_not.empty();
  const std::string& below = enabled ? says : why_not;
  ImFont* const small = t.fonts.small ? t.fonts.small : ImGui::GetFont();
  const float pad = skin.px(8), width = skin.px(kMenuWidth), wrap = width - 2 * pad,
              line = text_size(t.fonts.body, label).y;
  const float words =
      below.empty() ? 0 : small->CalcTextSizeA(viz::font_px(small), FLT_MAX, wrap, below.c_str()).y + skin.px(2);
  const float height = line + words + skin.px(10);
  const float left = ImGui::GetCursorScreenPos().x;  // its ground begins before that
  const std::string& called = name.empty() ? label : name;
  const bool taken = ImGui::Selectable(fmt::format("##{}", called).c_str(), false,
                                       enabled ? 0 : ImGuiSelectableFlags_Disabled, {width, height});
  register_item(called, enabled ? says : "disabled: " + why_not);
  ImDrawList* const list = ImGui::GetWindowDrawList();
  const float top = std::round((ImGui::GetItemRectMin().y + ImGui::GetItemRectMax().y - height) / 2) + skin.px(5);
  draw_text(list, t.fonts.body, {left + pad, top}, enabled ? t.text : viz::faded(t.text, 0.45f), label);
  if (!below.empty())
    list->AddText(small, viz::font_px(small), {std::round(left + pad), std::round(top + line + skin.px(1))},
                  t.text_dim, below.c_str(), nullptr, wrap);
  return taken;
}

void menu_title(const Skin& skin, const std::string& title, float width) {
  const viz::Theme& t = skin.theme;
  const float height = skin.px(22);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_clipped_text(ImGui::GetWindowDrawList(), t.fonts.bold, {at.x + skin.px(8), at.y + skin.px(2)},
                    skin.px(width - 16), t.text, title);
  ImGui::InvisibleButton("title", {skin.px(width), height});
  register_item("title", title);
}

bool begin_context_menu(const Skin& skin, const char* popup, bool opens, viz::Point at) {
  if (opens) ImGui::OpenPopup(popup);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float half = skin.px(kMenuWidth) / 2 + skin.px(16), edge = skin.px(8);
  if (std::isnan(at.x)) at = {screen.x / 2, screen.y - skin.px(60)};
  const bool above = at.y > screen.y / 2;
  at.x = screen.x > 2 * half ? std::clamp(at.x, half, screen.x - half) : screen.x / 2;
  const float height = ImGui::GetStateStorage()->GetFloat(ImGui::GetID(kMenuHeight));
  // One that is as high as the window has as much of it above as below.
  const float rim = std::max(0.0f, std::min(edge, (screen.y - height) / 2));
  const float y = above ? std::max(at.y - skin.px(12), rim + height)
                        : std::max(rim, std::min(at.y + skin.px(12), screen.y - rim - height));
  ImGui::SetNextWindowPos({std::round(at.x), std::round(y)}, ImGuiCond_Always, {0.5f, above ? 1.0f : 0.0f});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(8), skin.px(8)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {skin.px(8), skin.px(3)});
  const bool open = begin_menu_popup(popup);
  if (!open) ImGui::PopStyleVar(2);
  if (Registry* registry = open ? Registry::current() : nullptr) registry->open_scope("Menu");
  return open;
}

void end_context_menu() {
  if (viz::key_pressed(viz::Key::escape)) ImGui::CloseCurrentPopup();
  if (Registry* registry = Registry::current()) registry->close_scope();
  const float height = ImGui::GetWindowHeight();
  end_menu_popup();
  ImGui::GetStateStorage()->SetFloat(ImGui::GetID(kMenuHeight), height);
  ImGui::PopStyleVar(2);
}

}  // namespace switchyard::app
