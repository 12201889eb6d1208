#include "app/ui/widgets.h"

#include <algorithm>
#include <numbers>
#include <utility>

namespace switchyard::app {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

std::string_view visible_part(std::string_view label) { return label.substr(0, label.find("##")); }

float line_height(ImFont* font) { return viz::font_px(font ? font : ImGui::GetFont()); }

bool focus_asked = false;  // and not taken yet

struct Typing {
  std::string& text;
  LineEdit* edit;
};

int take_typing(ImGuiInputTextCallbackData* data) {
  const Typing& typing = *static_cast<Typing*>(data->UserData);
  switch (data->EventFlag) {
    case ImGuiInputTextFlags_CallbackResize:
      typing.text.resize(static_cast<std::size_t>(data->BufTextLen));
      data->Buf = typing.text.data();
      break;
    case ImGuiInputTextFlags_CallbackCompletion:
      typing.edit->tab = true;
      break;
    case ImGuiInputTextFlags_CallbackAlways:
      if (!typing.edit->put) break;
      data->DeleteChars(0, data->BufTextLen);
      data->InsertChars(0, typing.edit->put->c_str());
      data->CursorPos = data->SelectionStart = data->SelectionEnd = data->BufTextLen;
      typing.edit->put.reset();
      break;
    default:
      break;
  }
  return 0;
}

}  // namespace

void draw_clipped_text(ImDrawList* list, ImFont* font, ImVec2 at, float width, viz::Colour colour,
                       std::string_view text) {
  if (text_size(font, text).x <= width) return draw_text(list, font, at, colour, text);
  const float dots = text_size(font, "…").x;
  std::size_t kept = text.size();
  while (kept > 0 && text_size(font, text.substr(0, kept)).x > width - dots) {
    do --kept;
    while (kept > 0 && (static_cast<unsigned char>(text[kept]) & 0xc0U) == 0x80U);
  }
  draw_text(list, font, at, colour, std::string(text.substr(0, kept)) + "…");
}

void draw_icon(ImDrawList* list, Icon icon, ImVec2 c, float size, viz::Colour colour) {
  const float h = size / 2;
  switch (icon) {
    case Icon::none:
      return;
    case Icon::play:
      list->AddTriangleFilled({c.x - 0.8f * h, c.y - h}, {c.x - 0.8f * h, c.y + h}, {c.x + h, c.y}, colour);
      return;
    case Icon::pause:
      list->AddRectFilled({c.x - 0.85f * h, c.y - h}, {c.x - 0.2f * h, c.y + h}, colour, size * 0.08f);
      list->AddRectFilled({c.x + 0.2f * h, c.y - h}, {c.x + 0.85f * h, c.y + h}, colour, size * 0.08f);
      return;
    case Icon::step:
      list->AddTriangleFilled({c.x - 0.9f * h, c.y - h}, {c.x - 0.9f * h, c.y + h}, {c.x + 0.5f * h, c.y}, colour);
      list->AddRectFilled({c.x + 0.55f * h, c.y - h}, {c.x + 0.95f * h, c.y + h}, colour);
      return;
    case Icon::reset:
      list->PathArcTo(c, 0.85f * h, -0.35f * kPi, 1.25f * kPi, 20);
      list->PathStroke(colour, 0, std::max(1.2f, size * 0.13f));
      list->AddTriangleFilled({c.x + 0.05f * h, c.y - 0.95f * h}, {c.x + 0.85f * h, c.y - 0.95f * h},
                              {c.x + 0.6f * h, c.y - 0.15f * h}, colour);
      return;
    case Icon::close:
      list->AddLine({c.x - 0.6f * h, c.y - 0.6f * h}, {c.x + 0.6f * h, c.y + 0.6f * h}, colour, size * 0.14f);
      list->AddLine({c.x - 0.6f * h, c.y + 0.6f * h}, {c.x + 0.6f * h, c.y - 0.6f * h}, colour, size * 0.14f);
      return;
    case Icon::chevron_left: {
      const ImVec2 points[] = {{c.x + 0.35f * h, c.y - 0.7f * h}, {c.x - 0.4f * h, c.y}, {c.x + 0.35f * h, c.y + 0.7f * h}};
      list->AddPolyline(points, 3, colour, 0, std::max(1.2f, size * 0.14f));
      return;
    }
    case Icon::picture: {  // a frame with a curve in it
      const float stroke = std::max(1.0f, size * 0.1f);
      list->AddRect({c.x - h, c.y - 0.85f * h}, {c.x + h, c.y + 0.85f * h}, colour, size * 0.16f, 0, stroke);
      const ImVec2 points[] = {{c.x - 0.6f * h, c.y + 0.4f * h},
                               {c.x - 0.15f * h, c.y - 0.1f * h},
                               {c.x + 0.15f * h, c.y + 0.2f * h},
                               {c.x + 0.6f * h, c.y - 0.4f * h}};
      list->AddPolyline(points, 4, colour, 0, stroke);
      return;
    }
    case Icon::table: {  // a frame with a head and rows
      const float stroke = std::max(1.0f, size * 0.1f);
      list->AddRect({c.x - h, c.y - 0.85f * h}, {c.x + h, c.y + 0.85f * h}, colour, size * 0.16f, 0, stroke);
      list->AddLine({c.x - h, c.y - 0.3f * h}, {c.x + h, c.y - 0.3f * h}, colour, stroke);
      list->AddLine({c.x - h, c.y + 0.25f * h}, {c.x + h, c.y + 0.25f * h}, colour, stroke);
      list->AddLine({c.x - 0.2f * h, c.y - 0.3f * h}, {c.x - 0.2f * h, c.y + 0.85f * h}, colour, stroke);
      return;
    }
    case Icon::chevron_down:
    case Icon::chevron_right: {
      const bool down = icon == Icon::chevron_down;
      const ImVec2 a = down ? ImVec2(c.x - 0.7f * h, c.y - 0.35f * h) : ImVec2(c.x - 0.35f * h, c.y - 0.7f * h);
      const ImVec2 b = down ? ImVec2(c.x, c.y + 0.4f * h) : ImVec2(c.x + 0.4f * h, c.y);
      const ImVec2 d = down ? ImVec2(c.x + 0.7f * h, c.y - 0.35f * h) : ImVec2(c.x - 0.35f * h, c.y + 0.7f * h);
      const ImVec2 points[] = {a, b, d};
      list->AddPolyline(points, 3, colour, 0, std::max(1.2f, size * 0.14f));
      return;
    }
  }
}

ImVec2 button_size(const Skin& skin, const ButtonSpec& spec) {
  ImFont* font = spec.look == ButtonLook::quiet ? skin.theme.fonts.body : skin.theme.fonts.bold;
  ImVec2 size = text_size(font, visible_part(spec.label));
  if (spec.icon != Icon::none) size.x += skin.px(size.x > 0 ? 19 : 12);
  size.x += skin.px(spec.look == ButtonLook::quiet ? 16 : 24);
  size.y = skin.px(spec.look == ButtonLook::quiet ? 26 : 28);
  if (spec.size.x > 0) size.x = spec.size.x;
  if (spec.size.y > 0) size.y = spec.size.y;
  return size;
}

namespace {

// In a menu, where ImGui goes through the entries, it draws nothing around what draws itself.
void menu_ring(const Skin& skin) {
  if (!ImGui::GetIO().NavVisible || !ImGui::IsItemFocused()) return;
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const float out = skin.px(2);
  ImDrawList* list = ImGui::GetWindowDrawList();
  // Beside the item, so also where a child window ends at its edge.
  list->PushClipRect({min.x - 2 * out, min.y - 2 * out}, {max.x + 2 * out, max.y + 2 * out});
  list->AddRect({min.x - out, min.y - out}, {max.x + out, max.y + out}, skin.theme.accent, skin.px(6), 0,
                std::max(1.0f, skin.px(1.5f)));
  list->PopClipRect();
}

}  // namespace

bool button(const Skin& skin, const ButtonSpec& spec) {
  const viz::Theme& t = skin.theme;
  const std::string_view text = visible_part(spec.label);
  const std::string_view name = spec.name.empty() ? text : spec.name;
  const ImVec2 size = button_size(skin, spec);
  ImGui::BeginDisabled(!spec.enabled);
  bool pressed = ImGui::InvisibleButton(std::string(name).c_str(), size);
  ImGui::EndDisabled();
  if (spec.enabled) pressed = focus_stop(ImGui::GetID(std::string(name).c_str())).pressed || pressed;
  register_item(name, text);
  const bool hovered = spec.enabled && ImGui::IsItemHovered(), held = spec.enabled && ImGui::IsItemActive();

  viz::Colour ground = 0, ink = t.text;
  switch (spec.look) {
    case ButtonLook::plain:
      ground = hovered ? t.raised_hover : t.raised;
      break;
    case ButtonLook::primary:
      ground = hovered ? t.accent_hover : t.accent;
      ink = t.accent_text;
      break;
    case ButtonLook::quiet:
      ground = hovered ? t.raised : 0;
      ink = hovered ? t.text : t.text_dim;
      break;
  }
  if (held) ground = viz::mixed(ground ? ground : t.raised, t.ground, 0.2f);
  if (!spec.enabled) ink = viz::faded(ink, 0.4f);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (ground) list->AddRectFilled(min, max, ground, skin.px(6));
  ImFont* font = spec.look == ButtonLook::quiet ? t.fonts.body : t.fonts.bold;
  const ImVec2 ink_size = text_size(font, text);
  const float icon_width = spec.icon == Icon::none ? 0 : skin.px(text.empty() ? 11 : 19);
  float x = (min.x + max.x - ink_size.x - icon_width) / 2;
  const float middle = (min.y + max.y) / 2;
  if (spec.icon != Icon::none) {
    draw_icon(list, spec.icon, {x + skin.px(5.5f), middle}, skin.px(11), ink);
    x += icon_width;
  }
  draw_text(list, font, {x, middle - ink_size.y / 2}, ink, text);
  menu_ring(skin);
  return pressed && spec.enabled;
}

Pressed press_area(std::string_view id, ImVec2 size) {
  const std::string name(id);
  const bool clicked = ImGui::InvisibleButton(name.c_str(), size);
  const FocusKeys keys = focus_stop(ImGui::GetID(name.c_str()));
  return {clicked || keys.pressed, keys.has};
}

ImVec2 badge_size(const Skin& skin, std::string_view text) {
  const ImVec2 size = text_size(skin.theme.fonts.small, text);
  return {size.x + skin.px(14), size.y + skin.px(1)};
}

void draw_badge(const Skin& skin, ImVec2 at, std::string_view text, viz::Colour ground, viz::Colour colour) {
  const ImVec2 size = badge_size(skin, text);
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(at, {at.x + size.x, at.y + size.y}, ground, size.y / 2);
  draw_text(list, skin.theme.fonts.small, {at.x + skin.px(7), at.y + skin.px(0.5f)}, colour, text);
}

SliderEvent slider(const Skin& skin, std::string_view label, float width, float shown, bool lit,
                   std::string_view text) {
  const viz::Theme& t = skin.theme;
  SliderEvent event;
  const float radius = skin.px(6), height = skin.px(14);
  const std::string id(label);
  const bool pressed = ImGui::InvisibleButton(id.c_str(), {width, height});
  const FocusKeys keys = focus_stop(ImGui::GetID(id.c_str()), FocusKind::turn);
  register_item(visible_part(label), text);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool active = ImGui::IsItemActive();
  event.turned = keys.turned;
  event.let_go = keys.let_go;
  event.hovered = ImGui::IsItemHovered();
  const ImGuiIO& io = ImGui::GetIO();
  const bool by_mouse = ImGui::IsMouseDown(ImGuiMouseButton_Left) || ImGui::IsMouseReleased(ImGuiMouseButton_Left);
  if (ImGui::IsItemActivated() && by_mouse) {
    if (io.KeyCtrl) event.wants_typing = true;
    else event.began = true;
  } else if ((pressed && !by_mouse) || keys.pressed) {
    event.wants_typing = true;
  }
  // The grab's centre travels between these, so that it never hangs over the ends.
  const float left = min.x + radius, right = max.x - radius;
  if (active && by_mouse && !io.KeyCtrl) {
    event.position = std::clamp((io.MousePos.x - left) / std::max(1.0f, right - left), 0.0f, 1.0f);
    event.changed = true;
    shown = event.position;
  }
  event.ended = ImGui::IsItemDeactivated();

  if (!ImGui::IsItemVisible()) return event;
  ImDrawList* list = ImGui::GetWindowDrawList();
  const float middle = std::round((min.y + max.y) / 2), half = std::max(1.5f, skin.scale * 2);
  const float x = left + std::clamp(shown, 0.0f, 1.0f) * (right - left);
  const viz::Colour fill = lit ? t.accent : viz::mixed(t.text_dim, t.panel, 0.4f);
  list->AddRectFilled({min.x, middle - half}, {max.x, middle + half}, t.raised_hover, half);
  if (x > left + 0.5f) list->AddRectFilled({min.x, middle - half}, {x, middle + half}, fill, half);
  const viz::Colour grab = t.is_dark ? t.text : viz::rgb(0xffffff);
  if (event.hovered || active || keys.has)
    list->AddCircleFilled({x, middle}, radius * 1.6f, viz::faded(t.accent, 0.22f), 20);
  list->AddCircleFilled({x, middle}, radius, grab, 20);
  if (!t.is_dark) list->AddCircle({x, middle}, radius, viz::mixed(t.text_dim, t.panel, 0.35f), 20, skin.scale);
  return event;
}

bool turned_choice(const FocusKeys& keys, int* current, std::size_t count) {
  if (keys.turned == 0 || count == 0) return false;
  const int before = std::exchange(*current, std::clamp(*current + keys.turned, 0, static_cast<int>(count) - 1));
  return *current != before;
}

bool combo(const Skin& skin, std::string_view label, int* current, std::span<const std::string_view> items,
           float width) {
  const viz::Theme& t = skin.theme;
  const WithFont font(t.fonts.body);
  if (width <= 0) {
    for (const std::string_view item : items) width = std::max(width, text_size(t.fonts.body, item).x);
    width += skin.px(36);
  }
  const std::string id(label), preview(*current >= 0 && static_cast<std::size_t>(*current) < items.size()
                                           ? items[static_cast<std::size_t>(*current)]
                                           : std::string_view());
  const float height = skin.px(24);
  ImGui::PushID(id.c_str());
  const bool clicked = ImGui::InvisibleButton("##open", {width, height});
  const FocusKeys keys = focus_stop(ImGui::GetID("##open"), FocusKind::turn);
  register_item(visible_part(label), preview);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(min, max, hovered ? t.raised_hover : t.raised, skin.px(5));
  draw_clipped_text(list, t.fonts.body, {min.x + skin.px(9), (min.y + max.y - line_height(t.fonts.body)) / 2},
                    width - skin.px(32), t.text, preview);
  draw_icon(list, Icon::chevron_down, {max.x - skin.px(12), (min.y + max.y) / 2}, skin.px(8), t.text_dim);
  if (clicked || keys.pressed) ImGui::OpenPopup("##choices");

  bool changed = turned_choice(keys, current, items.size());
  ImGui::SetNextWindowPos({min.x, max.y + skin.px(3)});
  ImGui::SetNextWindowSizeConstraints({width, 0}, {FLT_MAX, skin.px(420)});
  if (begin_menu_popup("##choices")) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool chosen = static_cast<int>(i) == *current;
      if (ImGui::Selectable(std::string(items[i]).c_str(), chosen)) {
        changed = !chosen;
        *current = static_cast<int>(i);
      }
      if (chosen) ImGui::SetItemDefaultFocus();
      register_item(std::string(visible_part(label)) + "/" + std::string(items[i]));
    }
    end_menu_popup();
  }
  ImGui::PopID();
  return changed;
}

namespace {

float segment_width(const Skin& skin, std::string_view item) {
  return std::ceil(text_size(skin.theme.fonts.body, item).x + skin.px(18));
}

}  // namespace

float segmented_width(const Skin& skin, std::span<const std::string_view> items) {
  float width = 0;
  for (const std::string_view item : items) width += segment_width(skin, item);
  return width;
}

bool segmented(const Skin& skin, std::string_view label, int* current, std::span<const std::string_view> items) {
  const viz::Theme& t = skin.theme;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = skin.px(24), round = skin.px(5);
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(at, {at.x + segmented_width(skin, items), at.y + height}, t.raised, round);
  bool changed = false;
  float x = at.x;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string name = std::string(visible_part(label)) + "/" + std::string(items[i]);
    const float width = segment_width(skin, items[i]);
    const bool chosen = static_cast<int>(i) == *current;
    ImGui::SetCursorScreenPos({x, at.y});
    if (ImGui::InvisibleButton(name.c_str(), {width, height}) && !chosen) {
      *current = static_cast<int>(i);
      changed = true;
    }
    register_item(name, chosen ? "chosen" : "");
    const bool hovered = ImGui::IsItemHovered();
    if (chosen || hovered)
      list->AddRectFilled({x + skin.px(2), at.y + skin.px(2)}, {x + width - skin.px(2), at.y + height - skin.px(2)},
                          chosen ? t.accent : t.raised_hover, skin.px(4));
    const ImVec2 ink = text_size(t.fonts.body, items[i]);
    draw_text(list, t.fonts.body, {x + (width - ink.x) / 2, at.y + (height - ink.y) / 2},
              chosen ? t.accent_text : hovered ? t.text : t.text_dim, items[i]);
    x += width;
  }
  const std::string id(label);
  const ImVec2 end(at.x + segmented_width(skin, items), at.y + height);
  const FocusKeys keys = focus_stop(ImGui::GetID(id.c_str()), at, end, FocusKind::turn);
  register_item(visible_part(label), at, end);
  if (keys.pressed) *current = items.empty() ? 0 : (*current + 1) % static_cast<int>(items.size());
  return turned_choice(keys, current, items.size()) || keys.pressed || changed;
}

bool toggle(const Skin& skin, std::string_view label, bool* value) {
  const viz::Theme& t = skin.theme;
  const ImVec2 size(skin.px(34), skin.px(18));
  const bool pressed = press_area(label, size).pressed;
  register_item(visible_part(label), *value ? "true" : "false");
  if (pressed) *value = !*value;
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const float radius = (max.y - min.y) / 2;
  ImDrawList* list = ImGui::GetWindowDrawList();
  const bool hovered = ImGui::IsItemHovered();
  const viz::Colour ground =
      *value ? (hovered ? t.accent_hover : t.accent) : (hovered ? t.raised_hover : t.raised);
  list->AddRectFilled(min, max, ground, radius);
  if (!*value) list->AddRect(min, max, t.hairline, radius);
  const float x = *value ? max.x - radius : min.x + radius;
  list->AddCircleFilled({x, min.y + radius}, radius - skin.px(3), *value ? t.accent_text : t.text_dim, 20);
  return pressed;
}

namespace {

bool line_of_text(const Skin& skin, std::string_view label, std::string* value, float width, std::string_view hint,
                  bool take_focus, LineEdit* edit) {
  const viz::Theme& t = skin.theme;
  const WithFont font(t.fonts.mono);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {skin.px(8), skin.px(4)});
  ImGui::PushStyleVar(ImGuiStyleVar_FrameRounding, skin.px(5));
  ImGui::PushStyleColor(ImGuiCol_FrameBg, t.raised);
  ImGui::SetNextItemWidth(width);
  if (take_focus) {
    ImGui::SetKeyboardFocusHere();
    focus_asked = true;
  }
  const std::string id(label), shown_hint(hint);
  Typing typing{*value, edit};
  const int flags = edit ? ImGuiInputTextFlags_CallbackCompletion | ImGuiInputTextFlags_CallbackAlways
                         : ImGuiInputTextFlags_AutoSelectAll;
  const bool entered = ImGui::InputTextWithHint(
      id.c_str(), shown_hint.c_str(), value->data(), value->capacity() + 1,
      flags | ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_CallbackResize, take_typing, &typing);
  // Enter may leave the field without telling that it was edited; both ways count once.
  const bool done = entered || ImGui::IsItemDeactivatedAfterEdit();
  const ImGuiID own = ImGui::GetID(id.c_str());
  if (focus_stop(own, FocusKind::text).begins) {
    ImGui::SetKeyboardFocusHere(-1);
    focus_asked = true;
  }
  if (Focus* focus = Focus::current(); focus && ImGui::IsItemActive()) focus->types(own);
  register_item(visible_part(label), *value);
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
  return done;
}

}  // namespace

bool text_field_asks() { return focus_asked; }
bool take_text_field_asks() { return std::exchange(focus_asked, false); }

bool text_input(const Skin& skin, std::string_view label, std::string* value, float width, std::string_view hint,
                bool take_focus) {
  return line_of_text(skin, label, value, width, hint, take_focus, nullptr);
}

bool text_input(const Skin& skin, std::string_view label, std::string* value, float width, std::string_view hint,
                bool take_focus, LineEdit& edit) {
  const bool done = line_of_text(skin, label, value, width, hint, take_focus, &edit);
  // Nobody types: it is not asked what to put there.
  if (edit.put && !ImGui::IsItemActive()) *value = *std::exchange(edit.put, {});
  return done;
}

namespace {

bool has_rested(std::string_view id, bool hovered) {
  ImGuiStorage* storage = ImGui::GetStateStorage();
  const ImGuiID key = ImGui::GetID(("mouse rests on " + std::string(id)).c_str());
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

bool begin_menu_popup(const char* id) {
  if (!ImGui::BeginPopup(id)) return false;
  if (Focus* focus = Focus::current()) focus->open_menu();
  return true;
}

void end_menu_popup() {
  if (Focus* focus = Focus::current()) focus->leave_out(false);
  ImGui::EndPopup();
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
