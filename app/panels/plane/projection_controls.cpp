#include "app/panels/plane/projection_controls.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "app/panels/parts/header_menu.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/plane/projection_cloud.h"
#include "app/panels/plane/projection_colours.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

using Names = std::vector<std::string>;

// As panel_header_combo() sizes itself, with the gap behind it.
float combo_width(const Skin& skin, std::string_view shown) {
  return text_size(skin.theme.fonts.small, shown).x + skin.px(30);
}
float widest_combo(const Skin& skin, const Names& names) {
  float widest = 0;
  for (const std::string& name : names) widest = std::max(widest, combo_width(skin, name));
  return widest;
}
float arrows_width(const Skin& skin) { return text_size(skin.theme.fonts.small, "arrows").x + skin.px(34); }

const Names& cloud_names() {
  static const Names names = [] {
    Names out;
    for (const ProjectedCloud of : kClouds) out.emplace_back(name_of(of));
    return out;
  }();
  return names;
}
const Names& method_names() {
  static const Names names{"PCA", "t-SNE"};
  return names;
}

// What a click does to the view, wherever the control stands.
void choose_cloud(UiState& ui, int chosen) { ui.projection.of = kClouds[static_cast<std::size_t>(chosen)]; }
void choose_method(UiState& ui, int chosen) { ui.projection.method = static_cast<ProjectionMethod>(chosen); }

// A small switch at the right end of the title's line: an arrow and its word, bright while on.
void arrows_switch(const PanelInput& in, bool* on) {
  const Skin skin{in.theme, in.scale};
  const float width = arrows_width(skin);
  const viz::Rect free = panel_header_free(in);
  if (free.width() < width) return;
  panel_header_take_right(width);
  const viz::Rect rect{free.x1 - width, free.y0, free.x1 - skin.px(4), free.y1};
  const ImVec2 body = ImGui::GetCursorScreenPos();
  ImGui::SetCursorScreenPos({rect.x0, rect.y0});
  if (press_area("arrows", {rect.width(), rect.height()}).pressed) *on = !*on;
  register_item("arrows", *on ? "true" : "false");
  const bool hovered = ImGui::IsItemHovered();
  if (hovered) note_tooltip(notes::gate_arrows, {}, in.theme, in.scale);
  ImGui::SetCursorScreenPos(body);
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (hovered) list->AddRectFilled({rect.x0, rect.y0}, {rect.x1, rect.y1}, in.theme.raised, skin.px(5));
  const viz::Colour ink = *on ? in.theme.text : in.theme.text_dim;
  const viz::Colour sign = *on ? in.theme.accent : ink;
  const float middle = std::round((rect.y0 + rect.y1) / 2), x = rect.x0 + skin.px(7);
  list->AddLine({x, middle}, {x + skin.px(7), middle}, sign, skin.px(1.5f));
  list->AddTriangleFilled({x + skin.px(11), middle}, {x + skin.px(6), middle - skin.px(3.2f)},
                          {x + skin.px(6), middle + skin.px(3.2f)}, sign);
  draw_text(list, in.theme.fonts.small, {x + skin.px(16), middle - text_size(in.theme.fonts.small, "arrows").y / 2}, ink,
            "arrows");
}

// --- what is folded away

std::optional<int> choice_rows(const PanelInput& in, const char* label, const Names& names, int current) {
  std::optional<int> chosen;
  {
    const WithFont small(in.theme.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, in.theme.text_dim);
    ImGui::TextUnformatted(label);
    ImGui::PopStyleColor();
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (ImGui::MenuItem(names[i].c_str(), nullptr, static_cast<int>(i) == current)) chosen = static_cast<int>(i);
    register_item(std::string(label) + "/" + names[i]);
  }
  ImGui::Spacing();
  return chosen;
}

struct Folded {
  bool colour = false, of = false, method = false, arrows = false;
  bool any() const { return colour || of || method || arrows; }
};

void more_menu(const PanelInput& in, UiState& ui, const ProjectionChoices& choices, const Names& colours, int colour,
               const Folded& folded) {
  if (!begin_header_menu(in, "more", "What is projected, how, and the gate's arrows")) return;
  if (folded.colour)
    if (const auto chosen = choice_rows(in, "colour", colours, colour))
      ui.projection.colour = choices.colours[static_cast<std::size_t>(*chosen)];
  if (folded.of)
    if (const auto chosen = choice_rows(in, "of", cloud_names(), static_cast<int>(ui.projection.of))) choose_cloud(ui, *chosen);
  if (folded.method)
    if (const auto chosen = choice_rows(in, "method", method_names(), static_cast<int>(ui.projection.method)))
      choose_method(ui, *chosen);
  if (folded.arrows) {
    ImGui::MenuItem("Gate arrows", nullptr, &ui.projection.arrows);
    register_item("arrows", ui.projection.arrows ? "true" : "false");
  }
  end_menu_popup();
}

}  // namespace

bool projection_header(const PanelInput& in, UiState& ui, std::size_t layers, const ProjectionChoices& choices) {
  if (in.several && !in.several->has_controls()) return false;
  const Skin skin{in.theme, in.scale};
  ProjectionView& view = ui.projection;
  Names colours;
  int colour = 0;
  for (std::size_t i = 0; i < choices.colours.size(); ++i) {
    colours.push_back(name_of(choices.colours[i], choices.points));
    if (choices.colours[i] == choices.colour) colour = static_cast<int>(i);
  }
  int of = static_cast<int>(view.of), method = static_cast<int>(view.method);

  // The layer keeps its place; what does not fit is folded away, the last first. Counted by the widest choices, so that
  // no choice moves the controls.
  float room = panel_header_free(in).width() -
               combo_width(skin, layer_name(static_cast<std::size_t>(shown_layer(ui, layers))));
  const float wants_colour = widest_combo(skin, colours), wants_of = widest_combo(skin, cloud_names()),
              wants_method = widest_combo(skin, method_names());
  Folded folded;
  if (wants_colour + wants_of + wants_method + arrows_width(skin) > room) {
    room -= header_menu_width(in);
    folded.arrows = choices.arrows;
    folded.of = wants_colour + wants_of + wants_method > room;
    folded.method = folded.of;
    folded.colour = wants_colour > room;
  }

  if (folded.any()) more_menu(in, ui, choices, colours, colour, folded);
  layer_picker(in, ui, layers, false);
  if (!folded.colour && panel_header_combo(in, "colour", &colour, colours))
    view.colour = choices.colours[static_cast<std::size_t>(colour)];
  if (!folded.of && panel_header_combo(in, "of", &of, cloud_names())) choose_cloud(ui, of);
  if (!folded.method && !in.several && panel_header_combo(in, "method", &method, method_names()))
    choose_method(ui, method);
  if (choices.arrows && !folded.arrows) arrows_switch(in, &view.arrows);
  return folded.of;
}


}  // namespace switchyard::app
