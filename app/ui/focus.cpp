#include "app/ui/focus.h"

#include <algorithm>
#include <utility>

#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

using viz::Key;

constexpr int kFramesToSight = 4;  // until what was scrolled away is there

Focus* at_work = nullptr;

int arrows() {
  const bool back = viz::key_pressed(Key::left, true) || viz::key_pressed(Key::down, true);
  const bool on = viz::key_pressed(Key::right, true) || viz::key_pressed(Key::up, true);
  return (on ? 1 : 0) - (back ? 1 : 0);
}

bool arrow_is_down() {
  return viz::key_down(Key::left) || viz::key_down(Key::right) || viz::key_down(Key::up) ||
         viz::key_down(Key::down);
}

}  // namespace

Focus* Focus::current() { return at_work; }

const Focus::Stop* Focus::find(const std::vector<Stop>& stops, int layer, ImGuiID id) {
  for (const Stop& stop : stops)
    if (stop.layer == layer && stop.id == id) return &stop;
  return nullptr;
}

std::size_t Focus::size() const {
  return static_cast<std::size_t>(
      std::count_if(before_.begin(), before_.end(), [this](const Stop& stop) { return stop.layer == top_; }));
}

void Focus::begin_frame() {
  at_work = this;
  typed_before_ = std::exchange(typed_, 0);
  layers_ = layer_ = left_out_ = 0;
  own_keys_before_ = std::exchange(own_keys_, false);
  has_keys_ = took_escape_ = false;
  keys_ = {};
  let_go_ = false;
  if (arrives_ > 0) --arrives_;
  take_mouse();
  const ImGuiIO& io = ImGui::GetIO();
  if (!menu_before_ && !own_keys_before_) {
    const Stop* const stop = shown_ ? find(before_, top_, where().id) : nullptr;
    if (viz::key_pressed(Key::tab, true) && !io.KeyCtrl && !io.KeyAlt && !io.KeySuper) move(io.KeyShift ? -1 : 1);
    else if (stop && typed_before_ == 0 && !io.WantTextInput) take_keys(*stop);
  }
  const bool rests = !arrow_is_down() && ImGui::GetTime() - turned_s_ > kRestSeconds;
  if (turning_ != 0 && (rests || !shown_ || turning_ != where().id || keys_.pressed)) end_turning();
}

// What was clicked is where Tab goes on from.
void Focus::take_mouse() {
  bool pressed = false;
  for (const int button : {0, 1, 2}) pressed = pressed || ImGui::IsMouseClicked(button);
  if (!pressed) return;
  shown_ = false;
  std::size_t place = 0;
  for (const Stop& stop : before_) {
    if (stop.layer != top_) continue;
    if (stop.rect.contains(ImGui::GetMousePos()) && stop.clip.contains(ImGui::GetMousePos())) {
      where() = {stop.id, place, true};
    }
    ++place;
  }
}

void Focus::move(int by) {
  std::vector<const Stop*> all;
  for (const Stop& stop : before_)
    if (stop.layer == top_) all.push_back(&stop);
  if (all.empty()) return;
  const auto count = static_cast<int>(all.size());
  const ImGuiID from = typed_before_ != 0 ? typed_before_ : where().id;
  const auto at = std::find_if(all.begin(), all.end(), [from](const Stop* stop) { return stop->id == from; });
  int to = by > 0 ? 0 : count - 1;
  if (at != all.end()) to = static_cast<int>(at - all.begin()) + by;
  // Where it was another has come.
  else if (where().begun) to = static_cast<int>(where().place) - (by > 0 ? 0 : 1);
  to = (to % count + count) % count;
  if (typed_before_ != 0) ImGui::ClearActiveID();  // what was typed there stands
  where() = {all[static_cast<std::size_t>(to)]->id, static_cast<std::size_t>(to), true};
  shown_ = true;
  arrives_ = kFramesToSight;
}

void Focus::take_keys(const Stop& stop) {
  const ImGuiIO& io = ImGui::GetIO();
  if (io.KeyCtrl || io.KeyAlt || io.KeySuper) return;
  has_keys_ = true;
  keys_.entered = !io.KeyShift && viz::key_pressed(Key::enter);
  keys_.pressed = keys_.entered || (!io.KeyShift && viz::key_pressed(Key::space));
  if (top_ == 0 && viz::key_pressed(Key::escape)) {
    shown_ = false;
    took_escape_ = true;
  }
  const int step = io.KeyShift ? 10 : 1;
  if (stop.kind == FocusKind::move) {
    const auto way = [](Key back, Key on) {
      return (viz::key_pressed(on, true) ? 1 : 0) - (viz::key_pressed(back, true) ? 1 : 0);
    };
    keys_.right = way(Key::left, Key::right) * step;
    keys_.down = way(Key::up, Key::down) * step;
    keys_.end = way(Key::home, Key::end);
    keys_.page = way(Key::page_down, Key::page_up);
  }
  if (stop.kind != FocusKind::turn) return;
  keys_.turned = arrows() * step;
  if (keys_.turned == 0) return;
  turning_ = stop.id;
  turned_s_ = ImGui::GetTime();
}

void Focus::stand_on(ImGuiID id) {
  where() = {id, 0, true};
  shown_ = true;
  arrives_ = kFramesToSight;
}

void Focus::end_turning() {
  turning_ = 0;
  let_go_ = true;
}

FocusKeys Focus::add(ImGuiID id, FocusKind kind, ImVec2 min, ImVec2 max) {
  if (left_out_ > 0) return {};
  ImDrawList* const list = ImGui::GetWindowDrawList();
  const ImVec2 clip_min = list->GetClipRectMin(), clip_max = list->GetClipRectMax();
  const viz::Rect rect{min.x, min.y, max.x, max.y}, clip{clip_min.x, clip_min.y, clip_max.x, clip_max.y};
  const bool is_beside = rect.x1 <= clip.x0 || rect.x0 >= clip.x1;
  const bool is_away = rect.y1 <= clip.y0 || rect.y0 >= clip.y1;
  // What nothing can bring into sight is not reached.
  if (is_beside || (is_away && ImGui::GetScrollMaxY() <= 0)) return {};
  stops_.push_back({id, kind, layer_, rect, clip, list});

  FocusKeys keys;
  if (!shown_ || layer_ != top_ || id != where().id) return keys;
  keys = keys_;
  keys.has = true;
  keys.pressed = keys_.pressed && kind != FocusKind::text;
  keys.begins = keys_.pressed && kind == FocusKind::text;
  if (arrives_ == 0) return keys;
  const bool in_sight = rect.y0 >= clip.y0 && rect.y1 <= clip.y1;
  if (!in_sight) ImGui::SetScrollFromPosY((min.y + max.y) / 2 - ImGui::GetWindowPos().y, 0.5f);
  if (!in_sight && arrives_ > 1) return keys;
  arrives_ = 0;
  keys.begins = keys.begins || kind == FocusKind::text;
  return keys;
}

void Focus::order(std::size_t first, float header_bottom) {
  const auto begin = stops_.begin() + static_cast<std::ptrdiff_t>(std::min(first, stops_.size()));
  const auto body = std::stable_partition(begin, stops_.end(), [header_bottom](const Stop& stop) {
    return (stop.rect.y0 + stop.rect.y1) / 2 < header_bottom;
  });
  std::stable_sort(begin, body, [](const Stop& a, const Stop& b) { return a.rect.x0 < b.rect.x0; });
}

void Focus::open_layer(bool own_keys) {
  layer_ = ++layers_;
  own_keys_ = own_keys;
}

void Focus::open_menu() {
  menu_ = true;
  ++left_out_;
}

void Focus::end_frame(const Skin& skin) {
  at_work = nullptr;
  const int top = std::exchange(top_, layers_);
  if (top_ > 0 && top == 0) where_[1] = {};
  menu_before_ = std::exchange(menu_, false);
  std::swap(stops_, before_);
  stops_.clear();
  const Stop* const stop = shown_ ? find(before_, top_, where().id) : nullptr;
  ring_seen_ = stop != nullptr;
  if (!stop) return;
  std::size_t place = 0;
  for (const Stop& other : before_) {
    if (&other == stop) where().place = place;
    if (other.layer == top_) ++place;
  }
  draw_ring(skin, *stop);
}

// Over all that its window holds, and a little beyond the edge of a child window.
void Focus::draw_ring(const Skin& skin, const Stop& stop) {
  const float out = skin.px(2);
  // Of what is larger than its window, what is in sight.
  const viz::Rect& in = stop.clip;
  ring_ = {std::max(stop.rect.x0, in.x0), std::max(stop.rect.y0, in.y0), std::min(stop.rect.x1, in.x1),
           std::min(stop.rect.y1, in.y1)};
  stop.list->PushClipRect({stop.clip.x0 - 2 * out, stop.clip.y0 - 2 * out},
                          {stop.clip.x1 + 2 * out, stop.clip.y1 + 2 * out});
  stop.list->AddRect({ring_.x0 - out, ring_.y0 - out}, {ring_.x1 + out, ring_.y1 + out}, skin.theme.accent,
                     skin.px(6), 0, std::max(1.0f, skin.px(1.5f)));
  stop.list->PopClipRect();
}

FocusKeys focus_stop(ImGuiID id, FocusKind kind) {
  return focus_stop(id, ImGui::GetItemRectMin(), ImGui::GetItemRectMax(), kind);
}

FocusKeys focus_stop(ImGuiID id, ImVec2 min, ImVec2 max, FocusKind kind) {
  return at_work ? at_work->add(id, kind, min, max) : FocusKeys{};
}

std::size_t focus_group_begin() { return at_work ? at_work->controls() : 0; }
void focus_group_end(std::size_t first, float header_bottom) {
  if (at_work) at_work->order(first, header_bottom);
}

FocusLayer::FocusLayer(bool own_keys) {
  if (at_work) at_work->open_layer(own_keys);
}
FocusLayer::~FocusLayer() {
  if (at_work) at_work->close_layer();
}

FocusLeftOut::FocusLeftOut() {
  if (at_work) at_work->leave_out(true);
}
FocusLeftOut::~FocusLeftOut() {
  if (at_work) at_work->leave_out(false);
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

}  // namespace switchyard::app
