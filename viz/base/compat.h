// Every difference between the versions of Dear ImGui we build with (1.86 in Debian 12, 1.90 and 1.92 after) is in
// this file; no other file may test IMGUI_VERSION_NUM.
#pragma once

#include <imgui.h>

#include <cfloat>

// Public in later versions only, or in none; declared here so that nobody needs imgui_internal.h.
namespace ImGui {
IMGUI_API void ClearActiveID();  // whatever has the mouse's button or the keyboard loses it
}
#if IMGUI_VERSION_NUM < 18950
namespace ImGui {
IMGUI_API void SetItemUsingMouseWheel();
}
#elif IMGUI_VERSION_NUM < 19120
namespace ImGui {
IMGUI_API void SetItemKeyOwner(ImGuiKey key, int flags);
}
#endif

namespace viz {

// The size in pixels a font was loaded for.
inline float font_px(const ImFont* font) {
#if IMGUI_VERSION_NUM >= 19200
  return font->LegacySize;
#else
  return font->FontSize;
#endif
}

inline float text_width(ImFont* font, float px, const char* begin, const char* end) {
  // An empty view may have no address, which ImGui would take for a C string.
  return begin == end ? 0.0f : font->CalcTextSizeA(px, FLT_MAX, 0.0f, begin, end).x;
}

// Whether the loaded fonts hold a glyph for this code point.
inline bool has_glyph(ImFont* font, unsigned code_point) {
#if IMGUI_VERSION_NUM >= 19200
  return font->IsGlyphInFont(static_cast<ImWchar>(code_point));
#else
  return font->FindGlyphNoFallback(static_cast<ImWchar>(code_point)) != nullptr;
#endif
}

// BeginChild with or without a border; from 1.90 on the flag replaced a bool. Always call EndChild.
inline bool begin_child(const char* id, ImVec2 size, bool border = false, ImGuiWindowFlags flags = 0) {
#if IMGUI_VERSION_NUM >= 19000
  return ImGui::BeginChild(id, size, static_cast<ImGuiChildFlags>(border ? 1 : 0), flags);
#else
  return ImGui::BeginChild(id, size, border, flags);
#endif
}

inline void push_font(ImFont* font) {
#if IMGUI_VERSION_NUM >= 19200
  ImGui::PushFont(font, font ? font->LegacySize : 0.0f);
#else
  ImGui::PushFont(font);
#endif
}

// Hover test for tooltips.
inline bool item_hovered_for_tooltip() {
#if IMGUI_VERSION_NUM >= 18970
  return ImGui::IsItemHovered(ImGuiHoveredFlags_ForTooltip);
#else
  return ImGui::IsItemHovered();
#endif
}

// Keeps the wheel over the last item from scrolling the window behind it.
inline void own_mouse_wheel() {
#if IMGUI_VERSION_NUM < 18950
  ImGui::SetItemUsingMouseWheel();
#elif IMGUI_VERSION_NUM < 19120
  ImGui::SetItemKeyOwner(ImGuiKey_MouseWheelY, 0);
#else
  ImGui::SetItemKeyOwner(ImGuiKey_MouseWheelY);
#endif
}

// --- windows without a back end (tests)

// What a renderer would tell ImGui at its start; builds the font atlas where that is the program's task.
inline void prepare_without_renderer() {
  ImGuiIO& io = ImGui::GetIO();
  io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
#if IMGUI_VERSION_NUM >= 19200
  io.BackendFlags |= ImGuiBackendFlags_RendererHasTextures;
#else
  unsigned char* pixels = nullptr;
  int width = 0, height = 0;
  io.Fonts->GetTexDataAsAlpha8(&pixels, &width, &height);
#endif
}

// A frame of these lists; they and the array must outlive its use.
inline void set_draw_lists(ImDrawData& frame, ImDrawList** lists, int count) {
#if IMGUI_VERSION_NUM >= 18980
  frame.CmdLists.resize(count);
  for (int i = 0; i < count; ++i) frame.CmdLists[i] = lists[i];
#else
  frame.CmdLists = lists;
#endif
  frame.CmdListsCount = count;
}

inline void feed_mouse_position(float x, float y) {
#if IMGUI_VERSION_NUM >= 18700
  ImGui::GetIO().AddMousePosEvent(x, y);
#else
  ImGui::GetIO().MousePos = ImVec2(x, y);
#endif
}

inline void feed_mouse_button(int button, bool down) {
#if IMGUI_VERSION_NUM >= 18700
  ImGui::GetIO().AddMouseButtonEvent(button, down);
#else
  ImGui::GetIO().MouseDown[button] = down;
#endif
}

inline void feed_mouse_wheel(float y, float x = 0) {
#if IMGUI_VERSION_NUM >= 18700
  ImGui::GetIO().AddMouseWheelEvent(x, y);
#else
  ImGui::GetIO().MouseWheel += y;
  ImGui::GetIO().MouseWheelH += x;
#endif
}

// Keys the program gives a meaning to. Before 1.87 ImGui passes on the platform's own codes, which for GLFW are
// these numbers; later it has names of its own.
enum class Key {
  space = 32,
  period = 46,
  digit_0 = 48,
  digit_1 = 49,
  digit_2 = 50,
  digit_3 = 51,
  digit_4 = 52,
  digit_5 = 53,
  digit_6 = 54,
  digit_7 = 55,
  digit_8 = 56,
  digit_9 = 57,
  a = 65,
  c = 67,
  d = 68,
  f = 70,
  h = 72,
  k = 75,
  l = 76,
  o = 79,
  p = 80,
  q = 81,
  r = 82,
  s = 83,
  t = 84,
  v = 86,
  w = 87,
  z = 90,
  escape = 256,
  enter = 257,
  tab = 258,
  backspace = 259,
  delete_next = 261,
  right = 262,
  left = 263,
  down = 264,
  up = 265,
  page_up = 266,
  page_down = 267,
  home = 268,
  end = 269,
  f1 = 290,
  f2 = 291,
  f5 = 294,
  f8 = 297,
  f10 = 299,
  f11 = 300,
  f12 = 301,
  menu = 348
};

#if IMGUI_VERSION_NUM >= 18700
inline ImGuiKey imgui_key(Key key) {
  switch (key) {
    case Key::space:
      return ImGuiKey_Space;
    case Key::period:
      return ImGuiKey_Period;
    case Key::digit_0:
      return ImGuiKey_0;
    case Key::digit_1:
      return ImGuiKey_1;
    case Key::digit_2:
      return ImGuiKey_2;
    case Key::digit_3:
      return ImGuiKey_3;
    case Key::digit_4:
      return ImGuiKey_4;
    case Key::digit_5:
      return ImGuiKey_5;
    case Key::digit_6:
      return ImGuiKey_6;
    case Key::digit_7:
      return ImGuiKey_7;
    case Key::digit_8:
      return ImGuiKey_8;
    case Key::digit_9:
      return ImGuiKey_9;
    case Key::a:
      return ImGuiKey_A;
    case Key::c:
      return ImGuiKey_C;
    case Key::d:
      return ImGuiKey_D;
    case Key::f:
      return ImGuiKey_F;
    case Key::h:
      return ImGuiKey_H;
    case Key::k:
      return ImGuiKey_K;
    case Key::l:
      return ImGuiKey_L;
    case Key::o:
      return ImGuiKey_O;
    case Key::p:
      return ImGuiKey_P;
    case Key::q:
      return ImGuiKey_Q;
    case Key::r:
      return ImGuiKey_R;
    case Key::s:
      return ImGuiKey_S;
    case Key::t:
      return ImGuiKey_T;
    case Key::v:
      return ImGuiKey_V;
    case Key::w:
      return ImGuiKey_W;
    case Key::z:
      return ImGuiKey_Z;
    case Key::escape:
      return ImGuiKey_Escape;
    case Key::enter:
      return ImGuiKey_Enter;
    case Key::tab:
      return ImGuiKey_Tab;
    case Key::backspace:
      return ImGuiKey_Backspace;
    case Key::delete_next:
      return ImGuiKey_Delete;
    case Key::right:
      return ImGuiKey_RightArrow;
    case Key::left:
      return ImGuiKey_LeftArrow;
    case Key::down:
      return ImGuiKey_DownArrow;
    case Key::up:
      return ImGuiKey_UpArrow;
    case Key::page_up:
      return ImGuiKey_PageUp;
    case Key::page_down:
      return ImGuiKey_PageDown;
    case Key::home:
      return ImGuiKey_Home;
    case Key::end:
      return ImGuiKey_End;
    case Key::f1:
      return ImGuiKey_F1;
    case Key::f2:
      return ImGuiKey_F2;
    case Key::f5:
      return ImGuiKey_F5;
    case Key::f8:
      return ImGuiKey_F8;
    case Key::f10:
      return ImGuiKey_F10;
    case Key::f11:
      return ImGuiKey_F11;
    case Key::f12:
      return ImGuiKey_F12;
    case Key::menu:
      return ImGuiKey_Menu;
  }
  return ImGuiKey_None;
}
inline bool key_pressed(Key key, bool repeat = false) { return ImGui::IsKeyPressed(imgui_key(key), repeat); }
inline bool key_down(Key key) { return ImGui::IsKeyDown(imgui_key(key)); }
inline void feed_key(Key key, bool down) { ImGui::GetIO().AddKeyEvent(imgui_key(key), down); }
#else
inline bool key_pressed(Key key, bool repeat = false) {
  return ImGui::IsKeyPressed(static_cast<int>(key), repeat);
}
inline bool key_down(Key key) { return ImGui::IsKeyDown(static_cast<int>(key)); }
inline void feed_key(Key key, bool down) { ImGui::GetIO().KeysDown[static_cast<int>(key)] = down; }
#endif

inline void feed_modifiers(bool ctrl, bool shift, bool alt = false) {
#if IMGUI_VERSION_NUM >= 18900
  ImGui::GetIO().AddKeyEvent(ImGuiMod_Ctrl, ctrl);
  ImGui::GetIO().AddKeyEvent(ImGuiMod_Shift, shift);
  ImGui::GetIO().AddKeyEvent(ImGuiMod_Alt, alt);
#else
  ImGui::GetIO().KeyCtrl = ctrl;
  ImGui::GetIO().KeyShift = shift;
  ImGui::GetIO().KeyAlt = alt;
#endif
}

// Whether Enter, Escape and the arrow keys go through ImGui's own controls.
inline void set_keyboard_navigation(bool on) {
  ImGuiConfigFlags& flags = ImGui::GetIO().ConfigFlags;
  if (on) flags |= ImGuiConfigFlags_NavEnableKeyboard;
  else flags &= ~ImGuiConfigFlags_NavEnableKeyboard;
}

// While one lives Tab does not go through ImGui's own fields.
class WithoutTabStops {
 public:
#if IMGUI_VERSION_NUM >= 19100
  WithoutTabStops() { ImGui::PushItemFlag(ImGuiItemFlags_NoTabStop, true); }
  ~WithoutTabStops() { ImGui::PopItemFlag(); }
#elif IMGUI_VERSION_NUM >= 18940
  WithoutTabStops() { ImGui::PushTabStop(false); }
  ~WithoutTabStops() { ImGui::PopTabStop(); }
#else
  WithoutTabStops() { ImGui::PushAllowKeyboardFocus(false); }
  ~WithoutTabStops() { ImGui::PopAllowKeyboardFocus(); }
#endif
  WithoutTabStops(const WithoutTabStops&) = delete;
  WithoutTabStops& operator=(const WithoutTabStops&) = delete;
};

// The keys that ImGui's own controls use, where no back end maps them (tests). Enter, not Space, activates the
// focused control: Space plays and pauses.
inline void map_keys_without_backend() {
#if IMGUI_VERSION_NUM < 18700
  ImGuiIO& io = ImGui::GetIO();
  io.KeyMap[ImGuiKey_Enter] = io.KeyMap[ImGuiKey_Space] = static_cast<int>(Key::enter);
  io.KeyMap[ImGuiKey_Escape] = static_cast<int>(Key::escape);
  io.KeyMap[ImGuiKey_Tab] = static_cast<int>(Key::tab);
  io.KeyMap[ImGuiKey_Backspace] = static_cast<int>(Key::backspace);
  io.KeyMap[ImGuiKey_Delete] = static_cast<int>(Key::delete_next);
  io.KeyMap[ImGuiKey_LeftArrow] = static_cast<int>(Key::left);
  io.KeyMap[ImGuiKey_RightArrow] = static_cast<int>(Key::right);
  io.KeyMap[ImGuiKey_UpArrow] = static_cast<int>(Key::up);
  io.KeyMap[ImGuiKey_DownArrow] = static_cast<int>(Key::down);
  io.KeyMap[ImGuiKey_Home] = static_cast<int>(Key::home);
  io.KeyMap[ImGuiKey_End] = static_cast<int>(Key::end);
  io.KeyMap[ImGuiKey_A] = static_cast<int>(Key::a);
  io.KeyMap[ImGuiKey_C] = static_cast<int>(Key::c);
  io.KeyMap[ImGuiKey_Z] = static_cast<int>(Key::z);
#endif
}

// The same choice of Enter over Space where a back end maps the keys; call after it is set up.
inline void activate_with_enter() {
#if IMGUI_VERSION_NUM < 18700
  ImGui::GetIO().KeyMap[ImGuiKey_Space] = static_cast<int>(Key::enter);
#endif
}

}  // namespace viz
