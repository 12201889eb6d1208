#include "app/panels/knobs/knob_row.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/panels/knobs/knob_names.h"
#include "app/panels/knobs/knob_scale.h"
#include "app/panels/knobs/knob_trials.h"
#include "app/run/notices.h"
#include "app/run/reference.h"
#include "app/ui/focus.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "core/operate/plan_words.h"
#include "viz/base/compat.h"

namespace switchyard::app {
namespace {

std::string_view short_cost(KnobCost cost) {
  switch (cost) {
    case KnobCost::live:
      return "";
    case KnobCost::next_batch:
      return "next batch";
    case KnobCost::rebuild:
      return "rebuilds";
  }
  return "";
}

bool asked_for_menu() {
  const ImGuiIO& io = ImGui::GetIO();
  if (io.KeyCtrl || io.KeyAlt || io.KeySuper || io.WantTextInput) return false;
  return io.KeyShift ? viz::key_pressed(viz::Key::f10) : viz::key_pressed(viz::Key::menu);
}

std::string_view cost_sentence(KnobCost cost) {
  switch (cost) {
    case KnobCost::live:
      return "Live: acts from the next step on.";
    case KnobCost::next_batch:
      return "Acts from the next batch on.";
    case KnobCost::rebuild:
      return "Rebuilds the model: training starts again from the seed.";
  }
  return "";
}

class Row {
 public:
  Row(const PanelInput& in, const Knob& knob, const KnobRemarks& remarks, const Reference& reference, UiState& ui,
      Commands& out)
      : in_(in),
        skin_{in.theme, in.scale},
        knob_(knob),
        remarks_(remarks),
        ui_(ui),
        edits_(ui.knobs),
        out_(out),
        reference_(reference),
        label_(knob.label),
        width_(ImGui::GetContentRegionAvail().x) {}

  void draw() {
    ImGui::PushID(knob_.key.data(), knob_.key.data() + knob_.key.size());
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const std::size_t edits_before = edits_.undo.size();
    wanted_ = edits_.wanted_key == knob_.key;
    if (wanted_) {
      edits_.wanted_key.clear();
      ImGui::SetScrollHereY(0.5f);
      if (knob_.type == KnobType::integer || knob_.type == KnobType::real) start_typing();
    }
    switch (knob_.type) {
      case KnobType::integer:
      case KnobType::real:
        draw_number();
        break;
      case KnobType::choice:
        draw_choice();
        break;
      case KnobType::boolean:
        draw_switch();
        break;
      case KnobType::text:
        draw_text_field();
        break;
    }
    const ImVec2 end(at.x + width_, ImGui::GetCursorScreenPos().y);
    if (mouse_rests_in("row", at, end) && edits_.typing_key != knob_.key) help();
    ask_for_menu(at, end);
    if (!remarks_.problem.empty()) note(with_names(remarks_.problem), in_.theme.bad);
    if (knob_.key == "experts") warn_of_resize(edits_.undo.size() > edits_before);
    if (edits_.beside_key == knob_.key) note("This once it begins a run beside.", in_.theme.text_dim);
    ImGui::PopID();
  }

 private:
  KnobValue value() const { return knob_.get(edits_.draft); }
  bool is_changed() const { return reference_.differs(knob_, edits_.draft); }

  // By the mouse anywhere on the row, by the keys where the ring is on it.
  void ask_for_menu(ImVec2 at, ImVec2 end) {
    const viz::Rect row{at.x, at.y, end.x, end.y};
    const ImVec2 mouse = ImGui::GetMousePos(), pressed = ImGui::GetIO().MouseClickedPos[ImGuiMouseButton_Right];
    if (ImGui::IsMouseReleased(ImGuiMouseButton_Right) && ImGui::IsWindowHovered() &&
        row.contains({mouse.x, mouse.y}) && row.contains({pressed.x, pressed.y}))
      open_menu({mouse.x, mouse.y});
    const viz::Rect* const ring = Focus::current() ? Focus::current()->ring() : nullptr;
    if (!ring || !row.contains({(ring->x0 + ring->x1) / 2, (ring->y0 + ring->y1) / 2})) return;
    edits_.ringed_key = knob_.key;
    if (edits_.typing_key.empty() && asked_for_menu()) open_menu({(ring->x0 + ring->x1) / 2, ring->y1});
  }

  void open_menu(viz::Point at) {
    ui_.context_menu = {.of = ContextMenu::Of::knob, .opens = true, .at = at, .knob = std::string(knob_.key)};
  }

  // More or fewer experts change what a model that has learned makes at once: said while the number is dragged,
  // and once it is chosen with the way back.
  void warn_of_resize(bool chosen) {
    if (is_record(in_.status) || in_.status.step == 0 || (!edits_.dragging && !chosen)) return;
    const std::string says =
        resize_note(edits_.dragging ? edits_.before : edits_.undo.back().config, edits_.draft.experts);
    if (says.empty()) return;
    if (edits_.dragging) note(says, in_.theme.warn);
    // Where the trainer refuses them it never was.
    else
      put_toast(ui_, Notice::Level::warning, says + " Ctrl+Z goes back.", in_.now_s)->announces =
          edits_.sent_revision;
  }

  void commit(const KnobValue& next) {
    Config config = edits_.draft;
    knob_.set(config, next);
    commit_edit(edits_, out_, config);
  }

  void choose(const std::string& next) { commit_edit(edits_, out_, with_value(edits_.draft, knob_, next)); }

  void note(const std::string& text, viz::Colour colour) {
    wrapped_text(in_.theme.fonts.small, colour, text);
    ImGui::Dummy({0, skin_.px(4)});
  }

  // The name, a dot where the value is not what the run began from has, and what a change costs. `room` is the
  // width left of the value.
  void draw_label(ImVec2 at, float height, float room) {
    const viz::Theme& t = in_.theme;
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float line = text_size(t.fonts.body, "X").y;
    const float y = at.y + (height - line) / 2;
    const ImVec2 extent = text_size(t.fonts.body, label_);
    draw_text(list, t.fonts.body, {at.x, y}, remarks_.idle.empty() ? t.text : viz::faded(t.text_dim, 0.65f), label_);
    float x = at.x + extent.x;
    if (is_changed()) {
      x += skin_.px(7);
      list->AddCircleFilled({x, at.y + height / 2}, skin_.px(2.5f), t.accent, 12);
    }
    const std::string_view cost = short_cost(knob_.cost);
    if (!cost.empty()) {
      const ImVec2 size = badge_size(skin_, cost);
      const float left = at.x + room - size.x - skin_.px(8);
      if (left > x + skin_.px(6))
        draw_badge(skin_, {left, std::round(at.y + (height - size.y) / 2)}, cost, t.raised_hover, t.text_dim);
    }
  }

  void label_area(float width, float height) {
    ImGui::Dummy({std::max(1.0f, width), height});
    register_item(label_ + "/label");
  }

  void help() {
    std::string footer = allowed_range(knob_);
    if (!knob_.unit.empty()) footer += fmt::format(" {}", knob_.unit);
    const KnobValue by_itself = knob_.get(Config{}), meant = reference_.value(knob_);
    const std::string default_text = value_text(knob_, by_itself);
    footer += meant == by_itself ? "\nDefault " + default_text
                                 : fmt::format("\n{} in {}, default {}", value_text(knob_, meant),
                                               printable(reference_.preset), default_text);
    footer += knob_.type == KnobType::integer || knob_.type == KnobType::real ? ". A click on the value types one."
                                                                              : ".";
    footer += fmt::format("\nRight click: {}, another value beside, a sweep.", back_to(reference_, knob_, false));
    footer += "\n" + std::string(cost_sentence(knob_.cost));
    if (knob_.key == "experts" && !is_record(in_.status) && in_.status.step > 0)
      if (const std::string says = resize_note(edits_.sent, 2 * edits_.sent.experts); !says.empty())
        footer += "\nTwice as many now: " + says;
    if (!remarks_.idle.empty()) footer += fmt::format("\nDoes nothing now: {}.", with_names(remarks_.idle));
    footer += fmt::format("\n\n--set {}={}", knob_.key, to_text(value()));
    tooltip(skin_, label_, with_names(knob_.help), footer);
  }

  viz::Colour value_colour() const {
    if (!remarks_.problem.empty()) return in_.theme.bad;
    if (!remarks_.idle.empty()) return viz::faded(in_.theme.text_dim, 0.65f);
    if (is_pending(edits_, in_.status, knob_)) return in_.theme.warn;
    return in_.theme.text;
  }

  void draw_number() {
    const viz::Theme& t = in_.theme;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float line = skin_.px(18);
    const bool typing = edits_.typing_key == knob_.key;
    const std::string shown = value_text(knob_, value());
    const ImVec2 extent = text_size(t.fonts.mono, shown);
    const float value_width = typing ? skin_.px(96) : std::max(skin_.px(36), extent.x + skin_.px(8));

    draw_label(at, line, width_ - value_width);
    label_area(width_ - value_width, line);
    if (typing) draw_typing({at.x + width_ - value_width, at.y - skin_.px(2)}, value_width);
    else draw_value({at.x + width_ - value_width, at.y}, {value_width, line}, shown, extent);

    ImGui::SetCursorScreenPos({at.x, at.y + line});
    drag(slider(skin_, label_, width_, slider_position(knob_, number_of(value())), remarks_.problem.empty(), shown));
    ImGui::SetCursorScreenPos({at.x, at.y + line + skin_.px(16)});
    ImGui::Dummy({width_, 0});
  }

  void draw_value(ImVec2 at, ImVec2 size, const std::string& shown, ImVec2 extent) {
    const viz::Theme& t = in_.theme;
    ImGui::SetCursorScreenPos(at);
    if (press_area("##value", size).pressed) start_typing();
    register_item(label_ + "/value", shown);
    ImDrawList* list = ImGui::GetWindowDrawList();
    if (ImGui::IsItemHovered()) {
      ImGui::SetMouseCursor(ImGuiMouseCursor_TextInput);
      list->AddRectFilled(at, {at.x + size.x, at.y + size.y}, t.raised, skin_.px(4));
    }
    const ImVec2 ink(at.x + size.x - extent.x - skin_.px(1), at.y + (size.y - extent.y) / 2);
    draw_text(list, t.fonts.mono, ink, value_colour(), shown);
    if (is_pending(edits_, in_.status, knob_))
      list->AddCircleFilled({ink.x - skin_.px(7), at.y + size.y / 2}, skin_.px(2.5f), t.warn, 12);
  }

  void start_typing() {
    if (edits_.beside_key != knob_.key) edits_.beside_key.clear();
    edits_.typing_key = knob_.key;
    edits_.typing_text = to_text(value());
    edits_.typing_problem.clear();
    edits_.typing_begins = true;
  }

  void draw_typing(ImVec2 at, float width) {
    ImGui::SetCursorScreenPos(at);
    const bool begins = edits_.typing_begins;
    const bool done = text_input(skin_, label_ + "/typed", &edits_.typing_text, width, {}, begins);
    const bool left = !begins && ImGui::IsItemDeactivated();
    edits_.typing_begins = false;
    if (!edits_.typing_problem.empty()) {
      ImGui::SetCursorScreenPos({at.x, at.y + skin_.px(26)});
      tooltip(skin_, {}, edits_.typing_problem);
    }
    if (viz::key_pressed(viz::Key::escape)) return end_typing();
    if (done) {
      const std::string problem = take_typed();
      if (problem.empty() ||
          ImGui::IsMouseDown(ImGuiMouseButton_Left)) {  // a click elsewhere gives up a bad value
        end_typing();
      } else {
        edits_.typing_problem = problem;
        edits_.typing_begins = true;  // stay in the field: the sentence says what is allowed
      }
    } else if (left) {
      end_typing();
    }
  }

  void end_typing() {
    edits_.typing_key.clear();
    edits_.beside_key.clear();
  }

  // What is wrong with it; empty: it is done.
  std::string take_typed() {
    const bool beside = edits_.beside_key == knob_.key;
    Config config = beside ? edits_.sent : edits_.draft;
    const auto set = set_from_text(config, knob_.key, edits_.typing_text);
    if (!set) return with_names(set.error().message);
    if (!beside) {
      commit_edit(edits_, out_, config);
    } else if (const auto problems = validate(config); !problems.empty()) {
      return with_names(problems.front().message);
    } else if (config != edits_.sent) {
      try_beside(edits_, config);
    }
    return {};
  }

  void drag(const SliderEvent& event) {
    if (event.wants_typing) return start_typing();
    if (event.turned != 0) {
      begin_edit(edits_);
      knob_.set(edits_.draft, turned_value(knob_, value(), event.turned));
      if (knob_.cost != KnobCost::rebuild && !knob_.on_release) send_draft(edits_, out_);
    }
    if (event.began) begin_edit(edits_);
    if (event.changed && edits_.dragging) {
      const KnobValue next = as_value(knob_, slider_value(knob_, event.position));
      // A grab parked at the end for a value beyond the slider's stretch is not moved by a mere touch.
      const bool beyond = slider_position(knob_, number_of(value())) == event.position;
      if (next != value() && !beyond) {
        knob_.set(edits_.draft, next);
        if (knob_.cost != KnobCost::rebuild && !knob_.on_release) send_draft(edits_, out_);
      }
    }
    if (event.ended) end_edit(edits_, out_);
  }

  void draw_choice() {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float height = skin_.px(24);
    float widest = 0;
    for (const std::string_view choice : knob_.choices)
      widest = std::max(widest, text_size(in_.theme.fonts.body, choice).x);
    const float label_width = text_size(in_.theme.fonts.body, label_).x + skin_.px(20);
    const float box = std::min(widest + skin_.px(36), width_ - label_width);
    draw_label(at, height, width_ - box);
    label_area(width_ - box - skin_.px(2), height);
    ImGui::SetCursorScreenPos({at.x + width_ - box, at.y});
    const std::string now = to_text(value());
    int current =
        static_cast<int>(std::find(knob_.choices.begin(), knob_.choices.end(), now) - knob_.choices.begin());
    if (combo(skin_, label_, &current, knob_.choices, box))
      choose(std::string(knob_.choices[static_cast<std::size_t>(current)]));
    take_focus();
    mark_pending({at.x + width_ - box - skin_.px(7), at.y + height / 2});
    finish_line(at, height);
  }

  void draw_switch() {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float height = skin_.px(22), box = skin_.px(34);
    draw_label(at, height, width_ - box);
    label_area(width_ - box - skin_.px(4), height);
    ImGui::SetCursorScreenPos({at.x + width_ - box, at.y + skin_.px(2)});
    bool on = std::get<bool>(value());
    if (toggle(skin_, label_, &on)) commit(on);
    take_focus();
    mark_pending({at.x + width_ - box - skin_.px(7), at.y + height / 2});
    finish_line(at, height);
  }

  void draw_text_field() {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float line = skin_.px(20);
    draw_label(at, line, width_);
    label_area(width_, line);
    // A fresh copy each frame, except while it is being typed: then ImGui keeps the text.
    std::string text = edits_.typing_key == knob_.key ? edits_.typing_text : to_text(value());
    ImGui::SetCursorScreenPos({at.x, at.y + line});
    // Its name stands above it, not behind.
    const bool done = text_input(skin_, "##" + label_, &text, width_, allowed_range(knob_), wanted_);
    register_item(label_, text);
    if (ImGui::IsItemActive()) {
      edits_.typing_key = knob_.key;
      edits_.typing_text = text;
    }
    if (done && !text.empty() && KnobValue(text) != value()) {
      if (edits_.beside_key == knob_.key) try_beside(edits_, with_value(edits_.sent, knob_, text));
      else commit(text);
    }
    if (!ImGui::IsItemActive() && edits_.typing_key == knob_.key) end_typing();
    mark_pending({at.x + width_ - skin_.px(7), at.y + line / 2});
    finish_line(at, line + skin_.px(26));
  }

  // The control just drawn gets the keyboard, where somebody asked for this knob.
  void take_focus() {
    if (wanted_) ImGui::SetKeyboardFocusHere(-1);
  }

  void mark_pending(ImVec2 centre) {
    if (is_pending(edits_, in_.status, knob_))
      ImGui::GetWindowDrawList()->AddCircleFilled(centre, skin_.px(3), in_.theme.warn, 12);
  }

  void finish_line(ImVec2 at, float height) {
    ImGui::SetCursorScreenPos({at.x, at.y + height + skin_.px(3)});
    ImGui::Dummy({width_, 0});
  }

  const PanelInput& in_;
  Skin skin_;
  const Knob& knob_;
  const KnobRemarks& remarks_;
  UiState& ui_;
  KnobEdits& edits_;
  Commands& out_;
  Reference reference_;
  std::string label_;
  float width_;
  bool wanted_ = false;
};

}  // namespace

void draw_knob_row(const PanelInput& in, const Knob& knob, const KnobRemarks& remarks, const Reference& reference,
                   UiState& ui, Commands& out) {
  Row(in, knob, remarks, reference, ui, out).draw();
}

}  // namespace switchyard::app
