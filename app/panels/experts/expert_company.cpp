#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "app/panels/experts/expert_lists.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/widgets.h"
#include "viz/base/compat.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

struct Relative {
  int expert;
  std::string figure, hint;
};

// Experts in one line; a click shows that one's card. Returns the one under the mouse, -1: none.
int draw_relatives(const PanelInput& in, UiState& ui, const ExpertCard& card, const char* id, std::span<const Relative> all, float width) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float row = skin.px(kListRow + 2), middle = at.y + row / 2;
  float x = at.x;
  int lit = -1;
  for (const Relative& one : all) {
    const std::string name = expert_name(one.expert, card.experts);
    const float words = canvas.text_size(name, viz::Font::small).x, figure = canvas.text_size(one.figure, viz::Font::mono_small).x;
    const float wide = skin.px(12) + words + skin.px(5) + figure;
    if (x + wide > at.x + width) break;
    ImGui::SetCursorScreenPos({x - skin.px(3), at.y});
    const std::string label = fmt::format("{} {}", id, name);
    if (press_area(label, {wide + skin.px(6), row}).pressed) choose_expert(ui, one.expert);
    register_item(label, one.figure);
    if (ImGui::IsItemHovered()) {
      lit = one.expert;
      canvas.rect_fill({x - skin.px(4), at.y, x + wide + skin.px(4), at.y + row}, t.raised, skin.px(4));
      ImGui::SetTooltip("%s", one.hint.c_str());
    }
    canvas.rect_fill({x, middle - skin.px(4), x + skin.px(8), middle + skin.px(4)}, ink_of(in, one.expert), skin.px(2));
    canvas.text({x + skin.px(12), middle}, name, t.text, viz::Font::small, viz::Align::start, viz::Align::middle);
    canvas.text({x + skin.px(17) + words, middle}, one.figure, t.text_dim, viz::Font::mono_small, viz::Align::start, viz::Align::middle);
    x += wide + skin.px(16);
  }
  ImGui::SetCursorScreenPos({at.x, at.y + row});
  return lit;
}

}  // namespace

int draw_company(const PanelInput& in, UiState& ui, const ExpertCard& card, float width) {
  const ExpertProfile& p = *card.profile;
  const Skin skin{in.theme, in.scale};
  const std::string own = expert_name(card.expert, card.experts);
  std::vector<Relative> partners, alike;
  for (const ExpertProfile::Partner& one : p.partners)
    partners.push_back({one.expert, times_text(one.lift),
                        fmt::format("{} of {}'s tokens go to {} too: {} as often as their loads give; chance {}",
                                    shown_share(one.share), own, expert_name(one.expert, card.experts),
                                    times_text(one.lift), shown_share(p.partner_chance))});
  for (const WeightProfile::Alike& one : card.weights.alike)
    alike.push_back({one.expert, fmt::format("{:.3f}", one.cosine),
                     fmt::format("cosine {:.4f} of the weights of {} and {}", one.cosine, own, expert_name(one.expert, card.experts))});
  const float x = ImGui::GetCursorScreenPos().x;
  list_title(in, "chosen together", "lift, by loads 1.00×", notes::expert_partners, width);
  int lit = -1;
  if (partners.empty())
    write_words(in, viz::Font::small, in.theme.text_dim,
                std::isfinite(p.partner_chance) ? fmt::format("with nobody on 3 {} or more", what_of(in))
                                                : fmt::format("one expert for each of the {}: with nobody", what_of(in)),
                width);
  else
    lit = draw_relatives(in, ui, card, "partner", partners, width);
  ImGui::SetCursorScreenPos({x, ImGui::GetCursorScreenPos().y + skin.px(5)});
  list_title(in, "alike in weights", std::isfinite(card.weights.mean_cosine) ? fmt::format("cosine, mean {:.3f}", card.weights.mean_cosine) : "",
             notes::expert_alike, width);
  if (alike.empty())
    write_words(in, viz::Font::small, in.theme.text_dim, card.experts > 1 ? brought_by_next_look(in) : "there is no other", width);
  else
    lit = std::max(lit, draw_relatives(in, ui, card, "alike", alike, width));
  return lit;
}

}  // namespace switchyard::app
