#include "app/ui/text_field.h"

#include <utility>

#include "app/ui/focus.h"
#include "app/ui/registry.h"

namespace switchyard::app {
namespace {

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

bool line_of_text(const Skin& skin, std::string_view label, std::string* value, float width, std::string_view hint,
                  bool take_focus, LineEdit* edit) {
  const viz::Theme& t = skin.theme;
  const WithFont font(t.fonts.mono);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {skin.px(8), skin.px(4)});
  ImGui::PushStyleVar(ImGuiStyleVar_FrameRounding, skin.px(5));
  ImGui::PushStyleColor(ImGuiCol_FrameBg, t.raised);
  ImGui::SetNextItemWidth(width);
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
  // Asked for before the item, Dear ImGui 1.90 gives the keyboard to nobody where another child window had it.
  if (focus_stop(own, FocusKind::text).begins || take_focus) {
    ImGui::SetKeyboardFocusHere(-1);
    focus_asked = true;
  }
  if (Focus* focus = Focus::current(); focus && ImGui::IsItemActive()) focus->types(own);
  if (const std::string_view name = visible_part(label); !name.empty()) register_item(name, *value);
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

}  // namespace switchyard::app
