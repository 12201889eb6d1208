#include "app/panels/parts/panel_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/ui/panel_exports.h"
#include "app/ui/widgets.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

// Where the next control of the title's line goes, kept by ImGui with the child window: x from the left,
// y, and how far the right end is taken.
constexpr const char* kHeaderX = "panel header x";
constexpr const char* kHeaderRight = "panel header right";
// What the controls of the line want in all, with their gaps: counted while the panel draws, and as it was in the frame
// before, by which the words are cut and the controls share the room before they are placed.
constexpr const char* kHeaderCounted = "panel header counted";
constexpr const char* kHeaderWanted = "panel header wanted";
// What else the subtitle makes room for.
constexpr const char* kHeaderBeside = "panel header beside";
// Whether the corner has room for its icons.
constexpr const char* kHeaderCorner = "panel header corner";
// Whether the subtitle found no room at all.
constexpr const char* kHeaderSilent = "panel header silent";
// How wide the title is, or what stands in its place.
constexpr const char* kHeaderTitle = "panel header title";
// The first of its controls among all.
constexpr const char* kFocusGroup = "panel focus group";
// The least of a subtitle that says anything, at scale 1.
constexpr float kLeastSubtitle = 44;
// Of a title that is on a tab alone, with nothing in its place.
constexpr float kBareTitle = 6;

// Side of an icon's button in the corner, and how far the corner reaches into the window's padding.
constexpr float kCornerButton = 19, kCornerReach = 5;

float header_height(const Skin& skin) { return skin.px(26); }

bool title_pressed = false;  // by the keys, of the panel drawn last

ImVec2 header_origin() {
  const ImVec2 at = ImGui::GetWindowPos(), content = ImGui::GetWindowContentRegionMin();
  return {at.x + content.x + ImGui::GetScrollX(), at.y + content.y + ImGui::GetScrollY()};
}

}  // namespace

void panel_begin(const PanelInput& in, std::string_view subtitle) {
  const std::string_view title = in.panel.title;
  std::string with_step;
  if (in.several && !in.several->moment.empty()) {
    with_step = fmt::format("{}{}{}", in.several->moment, subtitle.empty() ? "" : " · ", subtitle);
    subtitle = with_step;
  }
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  if (Registry* registry = Registry::current()) registry->open_scope(title);
  ImGui::PushID(in.panel.id.data(), in.panel.id.data() + in.panel.id.size());

  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const viz::Rect area{at.x, at.y, at.x + size.x, at.y + size.y};
  in.exports.begin(in.panel.id, title, area);
  ImDrawList* list = ImGui::GetWindowDrawList();
  viz::CanvasImGui screen(list, t);
  viz::Canvas& canvas = screen;
  list->PushClipRect(at, {area.x1, area.y1});  // the frame reaches into the window's padding
  canvas.rect_fill(area, t.panel, skin.px(8));
  canvas.rect_outline(area, t.hairline, std::max(1.0f, skin.px(1)), skin.px(8));
  list->PopClipRect();

  const ImVec2 origin = ImGui::GetCursorScreenPos();
  const float height = header_height(skin);
  float width = ImGui::GetContentRegionAvail().x;
  ImGuiStorage* storage = ImGui::GetStateStorage();
  const float wanted = storage->GetFloat(ImGui::GetID(kHeaderCounted));
  // In a panel too narrow for its controls the corner makes way: the palette exports as well.
  const float corner = skin.px(2 * kCornerButton - kCornerReach + 4);
  const float least = in.is_tab && wanted > 0 ? skin.px(kBareTitle) : canvas.text_size(title, viz::Font::bold).x + skin.px(10);
  const bool with_corner = in.exports.are_offered() && least + wanted + corner <= width;
  storage->SetBool(ImGui::GetID(kHeaderCorner), with_corner);
  if (with_corner) width -= corner;
  storage->SetFloat(ImGui::GetID(kHeaderWanted), wanted);
  storage->SetFloat(ImGui::GetID(kHeaderCounted), 0);
  float* beside = storage->GetFloatRef(ImGui::GetID(kHeaderBeside));
  const float others = wanted + *beside;
  *beside = 0;
  // The title first, then the controls, then the subtitle: what is cut says itself under the mouse. Below its tab
  // what else the line has stands in the title's place.
  const float beside_controls = width - (others > 0 ? others + skin.px(8) : 0);
  const auto has_room = [&](float room) {
    return room >= std::min(skin.px(kLeastSubtitle), canvas.text_size(subtitle, viz::Font::small).x);
  };
  const bool on_tab = in.is_tab && (wanted > 0 || (!subtitle.empty() && has_room(beside_controls)));
  const std::string shown_title = on_tab ? std::string() : viz::ellipsized(canvas, title, width, viz::Font::bold);
  const viz::Point title_size{canvas.text_size(shown_title, viz::Font::bold).x,
                              canvas.text_size("X", viz::Font::bold).y};
  const float base = std::round(origin.y + (skin.px(20) - title_size.y) / 2);
  canvas.text({origin.x, base}, shown_title, t.text, viz::Font::bold);
  storage->SetInt(ImGui::GetID(kFocusGroup), static_cast<int>(focus_group_begin()));
  float x = on_tab ? origin.x : origin.x + title_size.x + skin.px(10);
  std::string shown_subtitle;
  if (!subtitle.empty()) {
    const float room = origin.x + beside_controls - x;
    if (has_room(room)) shown_subtitle = viz::ellipsized(canvas, subtitle, room, viz::Font::small);
    if (!shown_subtitle.empty()) {
      const viz::Point size_of = canvas.text_size(shown_subtitle, viz::Font::small);
      const ImVec2 place(x, std::round(base + title_size.y - size_of.y - skin.px(0.5f)));
      canvas.text(place, shown_subtitle, t.text_dim, viz::Font::small);
      if (!on_tab) register_item("subtitle", place, {place.x + size_of.x, place.y + size_of.y}, shown_subtitle);
      if (shown_subtitle != subtitle && ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(place, {place.x + size_of.x, place.y + size_of.y}))
        ImGui::SetTooltip("%.*s", static_cast<int>(subtitle.size()), subtitle.data());
      x += size_of.x + skin.px(8);
    }
  }
  float title_width = title_size.x;
  if (on_tab) title_width = canvas.text_size(shown_subtitle, viz::Font::small).x;
  if (on_tab && shown_subtitle.empty()) {
    // Controls alone: a narrow place before them is what the keys press, and what tells of the panel under the mouse.
    title_width = skin.px(kBareTitle);
    x += title_width;
  }
  storage->SetFloat(ImGui::GetID(kHeaderTitle), title_width);
  const ImVec2 title_end(origin.x + title_width, origin.y + skin.px(20));
  if (!in.several) title_pressed = focus_stop(ImGui::GetID("title"), origin, title_end).pressed;
  register_item("title", origin, title_end,
                !on_tab                  ? std::string_view(shown_title)
                : shown_subtitle.empty() ? title
                                         : std::string_view(shown_subtitle));
  storage->SetBool(ImGui::GetID(kHeaderSilent), !subtitle.empty() && shown_subtitle.empty());
  storage->SetFloat(ImGui::GetID(kHeaderX), x - origin.x);
  storage->SetFloat(ImGui::GetID(kHeaderRight), width);
  if (!on_tab && shown_title != title && panel_title_hovered(in))
    ImGui::SetTooltip("%.*s", static_cast<int>(title.size()), title.data());
  ImGui::SetCursorScreenPos({origin.x, origin.y + height});
}

bool panel_title_pressed() { return std::exchange(title_pressed, false); }

bool panel_title_hovered(const PanelInput& in) {
  const ImVec2 origin = header_origin();
  const float end = ImGui::GetStateStorage()->GetFloat(ImGui::GetID(kHeaderTitle));
  return ImGui::IsWindowHovered() && ImGui::IsMouseHoveringRect(origin, {origin.x + end, origin.y + Skin{in.theme, in.scale}.px(20)});
}

bool panel_subtitle_left_out() { return ImGui::GetStateStorage()->GetBool(ImGui::GetID(kHeaderSilent)); }

namespace {

// Of "layer 0" the number says more than "l…".
std::string shortened(viz::Canvas& canvas, const std::string& text, float room) {
  const std::size_t blank = text.rfind(' ');
  const std::string last = blank == std::string::npos ? text : text.substr(blank + 1);
  if (last != text && canvas.text_size(last, viz::Font::small).x <= room) return last;
  return viz::ellipsized(canvas, text, room, viz::Font::small);
}

}  // namespace

bool panel_header_combo(const PanelInput& in, std::string_view label, int* current,
                        std::span<const std::string> items) {
  if (in.several && !in.several->has_controls()) return false;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  ImGuiStorage* storage = ImGui::GetStateStorage();
  const ImGuiID x_id = ImGui::GetID(kHeaderX);
  const ImVec2 body = ImGui::GetCursorScreenPos(), origin = header_origin();
  const bool valid = *current >= 0 && static_cast<std::size_t>(*current) < items.size();
  const std::string preview = valid ? items[static_cast<std::size_t>(*current)] : std::string();
  const ImVec2 text = text_size(t.fonts.small, preview);
  const float x = storage->GetFloat(x_id);
  // Where the line is too short for all controls, each gives up the same share of its words.
  float* counted = storage->GetFloatRef(ImGui::GetID(kHeaderCounted));
  const float natural = text.x + skin.px(26), gap = skin.px(4);
  const float room = storage->GetFloat(ImGui::GetID(kHeaderRight)) - x;
  const float pending = std::max(natural + gap, storage->GetFloat(ImGui::GetID(kHeaderWanted)) - *counted);
  *counted += natural + gap;
  const ImVec2 size(pending - gap <= room ? natural : std::floor(natural * std::max(room, 0.0f) / pending), skin.px(20));
  if (size.x < skin.px(16)) return false;

  ImGui::PushID(label.data(), label.data() + label.size());
  ImGui::SetCursorScreenPos({origin.x + x, origin.y});
  const bool clicked = ImGui::InvisibleButton("##open", size);
  const FocusKeys keys = focus_stop(ImGui::GetID("##open"), FocusKind::turn);
  register_item(label, preview);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (hovered) list->AddRectFilled(min, max, t.raised, skin.px(5));
  const viz::Colour ink = hovered ? t.text : t.text_dim;
  // What is chosen belongs to a figure.
  viz::CanvasImGui screen(list, t);
  const std::string shown = size.x < natural - 0.5f ? shortened(screen, preview, size.x - skin.px(24)) : preview;
  screen.text({min.x + skin.px(7), std::round((min.y + max.y - text.y) / 2)}, shown, ink, viz::Font::small, viz::Align::start,
              viz::Align::start);
  if (hovered && shown != preview) ImGui::SetTooltip("%.*s: %s", static_cast<int>(label.size()), label.data(), preview.c_str());
  draw_icon(list, Icon::chevron_down, {max.x - skin.px(10), (min.y + max.y) / 2 + skin.px(0.5f)}, skin.px(7), ink);
  if (clicked || keys.pressed) ImGui::OpenPopup("##choices");
  bool changed = turned_choice(keys, current, items.size());
  ImGui::SetNextWindowPos({min.x, max.y + skin.px(3)});
  if (begin_menu_popup("##choices")) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool chosen = static_cast<int>(i) == *current;
      if (ImGui::Selectable(items[i].c_str(), chosen)) {
        changed = !chosen;
        *current = static_cast<int>(i);
      }
      if (chosen) ImGui::SetItemDefaultFocus();
      register_item(std::string(label) + "/" + items[i]);
    }
    end_menu_popup();
  }
  ImGui::PopID();
  storage->SetFloat(x_id, x + size.x + gap);
  ImGui::SetCursorScreenPos(body);
  return changed;
}

void panel_header_right(const PanelInput& in, std::string_view text) {
  const Skin skin{in.theme, in.scale};
  ImGuiStorage* storage = ImGui::GetStateStorage();
  const ImGuiID right_id = ImGui::GetID(kHeaderRight);
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  const viz::Point size = canvas.text_size(text, viz::Font::mono_small);
  const ImVec2 origin = header_origin();
  const float right = storage->GetFloat(right_id);
  // Left out where it would run into the title.
  if (right - size.x < storage->GetFloat(ImGui::GetID(kHeaderX)) + panel_header_pending()) return;
  canvas.text({std::round(origin.x + right - size.x), std::round(origin.y + (skin.px(20) - size.y) / 2)}, text,
              in.theme.text_dim, viz::Font::mono_small);
  storage->SetFloat(right_id, right - size.x - skin.px(10));
}

viz::Rect panel_header_free(const PanelInput& in) {
  const ImVec2 origin = header_origin();
  ImGuiStorage* storage = ImGui::GetStateStorage();
  return {origin.x + storage->GetFloat(ImGui::GetID(kHeaderX)), origin.y,
          origin.x + storage->GetFloat(ImGui::GetID(kHeaderRight)), origin.y + Skin{in.theme, in.scale}.px(20)};
}

void panel_header_wants(float width) { *ImGui::GetStateStorage()->GetFloatRef(ImGui::GetID(kHeaderBeside)) += width; }

float panel_header_pending() {
  ImGuiStorage* storage = ImGui::GetStateStorage();
  return std::max(0.0f, storage->GetFloat(ImGui::GetID(kHeaderWanted)) - storage->GetFloat(ImGui::GetID(kHeaderCounted)));
}

void panel_header_take_right(float width) {
  float* right = ImGui::GetStateStorage()->GetFloatRef(ImGui::GetID(kHeaderRight));
  *right -= width;
}

// There for the mouse on the panel and for the keyboard, out of sight otherwise.
void draw_export_corner(const PanelInput& in, float right, float top) {
  if (!in.exports.are_offered()) return;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  struct Choice {
    const char* label;
    const char* hint;
    Icon icon;
    PanelExports::Wish wish;
  };
  static constexpr Choice kChoices[] = {
      {"export figure",
       "Export figure (SVG, PNG); right click: for a page",
       Icon::picture,
       {.figure = true, .data = false}},
      {"export data", "Export data (CSV)", Icon::table, {.figure = false, .data = true}}};
  const ImVec2 body = ImGui::GetCursorScreenPos();
  const bool on_panel = ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows);
  const float side = skin.px(kCornerButton);
  float x = right - 2 * side;
  ImDrawList* list = ImGui::GetWindowDrawList();
  for (const Choice& choice : kChoices) {
    ImGui::SetCursorScreenPos({x, top});
    const Pressed corner = press_area(choice.label, {side, skin.px(20)});
    if (corner.pressed) in.exports.ask(in.exports.panel(), choice.wish);
    register_item(choice.label);
    const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
    const bool hovered = ImGui::IsItemHovered(), focused = corner.focused;
    if (hovered) list->AddRectFilled(min, max, t.raised_hover, skin.px(4));
    if (hovered) ImGui::SetTooltip("%s", choice.hint);
    if (choice.wish.figure && ImGui::IsItemClicked(ImGuiMouseButton_Right))
      in.exports.ask_page(in.exports.panel());
    if (on_panel || hovered || focused)
      draw_icon(list, choice.icon, {(min.x + max.x) / 2, (min.y + max.y) / 2}, skin.px(11),
                hovered || focused ? t.text : t.text_dim);
    x += side;
  }
  ImGui::SetCursorScreenPos(body);
}

void panel_end(const PanelInput& in) {
  const ImVec2 origin = header_origin();
  const float width = ImGui::GetContentRegionMax().x - ImGui::GetWindowContentRegionMin().x;
  if (ImGui::GetStateStorage()->GetBool(ImGui::GetID(kHeaderCorner)))
    draw_export_corner(in, origin.x + width + Skin{in.theme, in.scale}.px(kCornerReach), origin.y);
  focus_group_end(static_cast<std::size_t>(ImGui::GetStateStorage()->GetInt(ImGui::GetID(kFocusGroup))),
                  origin.y + header_height(Skin{in.theme, in.scale}));
  in.exports.end();
  ImGui::PopID();
  if (Registry* registry = Registry::current()) registry->close_scope();
}

void panel_scroll_begin(const PanelInput& in, const char* id, ImVec2 size) {
  const ImGuiWindowFlags no_bar = for_figure(in) ? ImGuiWindowFlags_NoScrollbar : 0;
  viz::begin_child(id, size, false, ImGuiWindowFlags_NoBackground | no_bar);
}

void panel_scroll_end(const PanelInput& in) {
  panel_hides(in, ImGui::GetScrollMaxY());
  ImGui::EndChild();
}

void panel_hides(const PanelInput& in, float height) { in.exports.hides(height); }

bool for_figure(const PanelInput& in) { return in.exports.off_screen(); }

Table* wanted_table(const PanelInput& in) { return in.exports.table(); }

}  // namespace switchyard::app
