// Which control has the keyboard. Tab and Shift+Tab go through the controls of the window in the order in which
// they are drawn; Enter or Space presses the one with the ring, the arrow keys turn a slider or a choice or move a
// divider, Escape leaves. Before the first Tab and after a press of the mouse none has it, and every key is a
// shortcut again. Of windows that lie over each other only the controls of the one on top are reached; in a menu
// the screen library's own keys hold.
//
// A control registers itself in each frame, right behind the item that it is:
//
//   const bool clicked = ImGui::InvisibleButton(id, size);
//   const FocusKeys keys = focus_stop(ImGui::GetID(id));
//   if (clicked || keys.pressed) ...
//
// Dear ImGui 1.86 tabs through fields of text alone, and later ones by rules that differ from version to version.
//
// Thread safety: window thread only.
#pragma once

#include <imgui.h>

#include <array>
#include <cstddef>
#include <vector>

#include "app/ui/skin.h"
#include "viz/base/geometry.h"

namespace switchyard::app {

// After so long mouse and keys are at rest: the window draws once more by itself then.
inline constexpr float kRestSeconds = 0.35f;

enum class FocusKind {
  press,  // does something
  turn,   // has a value that the arrow keys change
  move,   // has a place that the arrow keys, Home, End and the page keys change
  text,   // takes the keyboard once it is reached
};

// What the keys of this frame do to a control.
struct FocusKeys {
  bool has = false;      // it has the ring
  bool begins = false;   // a field of text: it is to ask for the keyboard
  bool pressed = false;  // Enter or Space
  int turned = 0;        // steps of the arrow keys, ten each with Shift
  // Of what is moved: steps as the arrows point, ten each with Shift; -1 Home, 1 End; 1 page up, -1 page down.
  int right = 0, down = 0, end = 0, page = 0;
  bool entered = false;  // pressed by Enter
};

class Focus {
 public:
  // Around all widgets of a frame.
  void begin_frame();
  void end_frame(const Skin& skin);

  // Enter, Space and the arrow keys of this frame are for the control with the ring.
  bool has_keys() const { return has_keys_; }
  // Escape took the ring away in this frame: it means nothing else.
  bool took_escape() const { return took_escape_; }
  // Some popup with keys of its own was open in the frame before.
  bool menu_is_open() const { return menu_before_; }
  // Where the ring is, in pixels; null: nowhere.
  const viz::Rect* ring() const { return ring_seen_ ? &ring_ : nullptr; }
  // From the next frame on it is on this control, which has been there before or is drawn by then.
  void stand_on(ImGuiID id);
  // Controls in the frame before that Tab goes through.
  std::size_t size() const;
  // What was turned is let go of in this frame: it rests, or something else is done. Before any control is drawn.
  bool lets_go() const { return let_go_; }

  // The one that is drawn with, between begin_frame() and end_frame(); otherwise null.
  static Focus* current();

  // --- what the functions and scopes below do
  FocusKeys add(ImGuiID id, FocusKind kind, ImVec2 min, ImVec2 max);
  // This field of text has the keyboard.
  void types(ImGuiID id) { typed_ = id; }
  std::size_t controls() const { return stops_.size(); }
  void order(std::size_t first, float header_bottom);
  void open_layer(bool own_keys);
  void close_layer() { layer_ = 0; }
  void open_menu();
  void leave_out(bool out) { left_out_ += out ? 1 : -1; }

 private:
  struct Stop {
    ImGuiID id = 0;
    FocusKind kind = FocusKind::press;
    int layer = 0;
    viz::Rect rect{}, clip{};
    ImDrawList* list = nullptr;
  };

  struct Where {
    ImGuiID id = 0;         // of the control
    std::size_t place = 0;  // among those of its layer
    bool begun = false;     // somebody went there
  };

  Where& where() { return where_[top_ > 0 ? 1 : 0]; }
  static const Stop* find(const std::vector<Stop>& stops, int layer, ImGuiID id);
  void take_mouse();
  void move(int by);
  void take_keys(const Stop& stop);
  void end_turning();
  void draw_ring(const Skin& skin, const Stop& stop);

  std::vector<Stop> stops_, before_;      // of this frame, and of the one before
  std::array<Where, 2> where_{};          // in the window, and in what lies over it
  bool shown_ = false;                    // the control there has the ring
  int arrives_ = 0;                       // frames in which it may still be brought into sight
  ImGuiID typed_ = 0, typed_before_ = 0;  // the field of text that has the keyboard
  ImGuiID turning_ = 0;
  bool let_go_ = false;
  double turned_s_ = 0;
  int layers_ = 0, layer_ = 0, top_ = 0;             // in this frame, the one being drawn, the one on top
  bool own_keys_ = false, own_keys_before_ = false;  // of the one on top
  bool menu_ = false, menu_before_ = false;
  int left_out_ = 0;
  bool has_keys_ = false, took_escape_ = false;
  FocusKeys keys_{};  // of this frame, for the control with the ring
  viz::Rect ring_{};
  bool ring_seen_ = false;
};

// Registers the item Dear ImGui drew last, or a rectangle that is none. Nothing happens where no Focus is at work.
FocusKeys focus_stop(ImGuiID id, FocusKind kind = FocusKind::press);
FocusKeys focus_stop(ImGuiID id, ImVec2 min, ImVec2 max, FocusKind kind = FocusKind::press);

// Controls of a panel: those above `header_bottom` come first, from left to right, however late they were drawn.
std::size_t focus_group_begin();
void focus_group_end(std::size_t first, float header_bottom);

// What lies over the window while this lives: Tab stays within it. own_keys: it has Tab and the arrows for itself.
class FocusLayer {
 public:
  explicit FocusLayer(bool own_keys = false);
  ~FocusLayer();
  FocusLayer(const FocusLayer&) = delete;
  FocusLayer& operator=(const FocusLayer&) = delete;
};
// Controls that do nothing now.
class FocusLeftOut {
 public:
  FocusLeftOut();
  ~FocusLeftOut();
  FocusLeftOut(const FocusLeftOut&) = delete;
  FocusLeftOut& operator=(const FocusLeftOut&) = delete;
};

// A popup below or beside what opens it, through whose entries the arrow keys go. Where it is open
// end_menu_popup() follows.
bool begin_menu_popup(const char* id);
void end_menu_popup();

}  // namespace switchyard::app
