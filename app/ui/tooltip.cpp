#include "app/ui/tooltip.h"

#include <string>

#include "app/ui/focus.h"
#include "app/ui/registry.h"

namespace switchyard::app {
namespace {

bool has_rested(std::string_view id, bool hovered) {
  ImGuiStorage* storage = ImGui::GetStateStorage();
  ImGui::PushID("mouse rests");
  const ImGuiID key = ImGui::GetID(id.data(), id.data() + id.size());
  ImGui::PopID();
  const float before = storage->GetFloat(key, -1);
  const float now = !hovered ? -1 : before < 0 ? 0 : before + ImGui::GetIO().DeltaTime;
  if (now != before) storage->SetFloat(key, now);
  return now >= kRestSeconds;
}

}  // namespace

bool mouse_rests(std::string_view id) { return has_rested(id, ImGui::IsItemHovered()); }

bool mouse_rests_in(std::string_view id, ImVec2 min, ImVec2 max) {
  return has_rested(id,
                    !ImGui::IsAnyItemActive() && ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(min, max));
}

void tooltip(const Skin& skin, std::string_view title, std::string_view body, std::string_view footer) {
  const viz::Theme& t = skin.theme;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(12), skin.px(10)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(8));
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(skin.px(340));
  if (!title.empty()) {
    const WithFont font(t.fonts.bold);
    ImGui::TextUnformatted(viz::named_text(title).c_str());
  }
  if (!body.empty()) {
    const WithFont font(t.fonts.body);
    ImGui::TextUnformatted(viz::named_text(body).c_str());
  }
  if (!footer.empty()) {
    const WithFont font(t.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, t.text_dim);
    ImGui::TextUnformatted(viz::named_text(footer).c_str());
    ImGui::PopStyleColor();
  }
  ImGui::PopTextWrapPos();
  if (Registry::current()) {
    const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
    register_item("tooltip", at, {at.x + size.x, at.y + size.y},
                  std::string(title) + "\n" + std::string(body) + "\n" + std::string(footer));
  }
  ImGui::EndTooltip();
  ImGui::PopStyleVar(2);
}

void wrapped_text(ImFont* font, viz::Colour colour, std::string_view text, float wrap_x) {
  const WithFont with(font);
  ImGui::PushStyleColor(ImGuiCol_Text, colour);
  ImGui::PushTextWrapPos(wrap_x);
  ImGui::TextUnformatted(viz::named_text(text).c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
}

}  // namespace switchyard::app
