#include "app/shell/bars/run_strip.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/run/compared.h"
#include "app/run/family.h"
#include "app/run/labels.h"
#include "app/run/route_wishes.h"
#include "app/run/transport.h"
#include "app/shell/dialogs/context_menus.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kMostLabel = 190;  // pixels at scale 1

std::string says_beside(RunState state) {
  return state == RunState::playing  ? "It learns beside."
         : state == RunState::failed ? "It has stopped by an error."
                                     : "It is paused, beside.";
}

std::string says_state(RunState state) {
  switch (state) {
    case RunState::playing:
      return "It learns.";
    case RunState::paused:
      return "It is paused.";
    case RunState::failed:
      return "It has stopped by an error.";
    case RunState::followed:
      return "It learns in another process.";
    case RunState::loading:
      return "It is being loaded.";
    case RunState::stopped:
    case RunState::opened:
      return "A record: its model sleeps in its folder.";
  }
  return {};
}

std::string says_recorded(const RunStatus& status) {
  const std::string message = status.message.empty() ? "" : printable(status.message) + ".";
  if (status.recorded->producer.empty()) return message;
  return fmt::format("Recorded by another program: {}.{}{}", printable(status.recorded->producer),
                     status.state == RunState::followed ? " It grows." : "",
                     message.empty() ? "" : "\n" + message);
}

// True when it was pressed. Its width is in `width` afterwards.
bool run_chip(const Skin& skin, const PanelInput& in, UiState& ui, const FamilyMember& member,
              const std::string& label, float x, float middle, float* width) {
  const viz::Theme& t = skin.theme;
  const RunView& run = *member.run;
  const RunStatus& status = status_of(in, run);
  const bool shown = &run == &in.run;
  const std::string step = viz::grouped(static_cast<double>(status.step));
  const float indent = member.depth > 0 ? skin.px(16) : 0, height = skin.px(24);
  const ImVec2 label_size = text_size(t.fonts.body, label), step_size = text_size(t.fonts.small, step);
  const float label_width = std::min(label_size.x, skin.px(kMostLabel));
  *width = indent + label_width + step_size.x + skin.px(40);
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (indent > 0) {
    // From the run before it down and to the right: it began there.
    const float bend = x + skin.px(5);
    list->AddLine({bend, middle - skin.px(8)}, {bend, middle}, t.text_dim, std::max(1.0f, skin.scale));
    list->AddLine({bend, middle}, {x + indent - skin.px(3), middle}, t.text_dim, std::max(1.0f, skin.scale));
  }
  ImGui::SetCursorScreenPos({x + indent, std::round(middle - height / 2)});
  const std::string id = "run " + run.id;
  const bool pressed = press_area(id, {*width - indent, height}).pressed;
  register_item(id, shown ? "shown" : label);
  if (!status.recorded && ImGui::IsItemHovered() && ImGui::IsMouseReleased(ImGuiMouseButton_Right))
    open_run_menu(ui, run.id, status.run_folder, label, ImGui::GetMousePos());
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  list->AddRectFilled(min, max, shown || ImGui::IsItemHovered() ? t.raised : t.panel, height / 2);
  list->AddRect(min, max, shown ? t.accent : t.hairline, height / 2, 0, std::max(1.0f, skin.scale));
  list->AddCircleFilled({min.x + skin.px(12), middle}, skin.px(4),
                        state_colour(t, run.beside.value_or(status.state)), 16);
  draw_clipped_text(list, t.fonts.body, {min.x + skin.px(22), middle - label_size.y / 2}, label_width + 1, t.text, label);
  draw_text(list, t.fonts.small, {max.x - skin.px(10) - step_size.x, middle - step_size.y / 2}, t.text_dim, step);
  if (mouse_rests(id)) {
    std::string about = run.beside        ? says_beside(*run.beside)
                        : status.recorded ? says_recorded(status)
                                          : says_state(status.state);
    if (run.parent) about += fmt::format("\nBegan at step {} of {}.", run.parent->step, printable(run.parent->run));
    if (!status.run_folder.empty()) about += "\n" + printable(status.run_folder);
    tooltip(skin, fmt::format("{}, step {}", label, step), about,
            status.recorded ? (shown ? "" : "Click to stand on it")
            : shown         ? "Right click: move it to the trash"
                            : "Click to stand on it; right click: move it to the trash");
  }
  return pressed;
}

}  // namespace

bool shows_run_strip(const PanelInput& in) { return !in.others.empty() || is_record(in.status); }

void draw_run_strip(const PanelInput& in, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const float middle = at.y + size.y / 2;
  const bool record = is_record(in.status);
  // From the right: what can be done with the one that is shown.
  float right = at.x + size.x;
  const auto offer = [&](std::string_view label, std::string_view says, bool enabled) {
    const ButtonSpec spec{.label = label, .look = ButtonLook::plain, .enabled = enabled};
    right -= button_size(skin, spec).x;
    ImGui::SetCursorScreenPos({right, std::round(middle - button_size(skin, spec).y / 2)});
    const bool pressed = button(skin, spec);
    if (mouse_rests(label)) tooltip(skin, std::string(label), std::string(says));
    right -= skin.px(8);
    return pressed;
  };
  if (in.run.beside) {
    if (offer("Drop", kSaysDrop, true)) ui.comparing.asked.push_back({in.run.id, BesideAsk::drop});
    if (offer("Lead", kSaysLead, true)) ui.comparing.asked.push_back({in.run.id, BesideAsk::lead});
  } else if (record && !in.others.empty() &&
             offer("Close", "Lets go of this run; its folder stays as it is.", true)) {
    ui.wants_closed = in.run.id;
  }
  if (const std::string folder = routes_to_follow(in, ui);
      !folder.empty() &&
      offer("Replay routes",
            "The run that learns here sends every token where it went in this recording, at the "
            "same steps; its gate still weighs them. Refused, with the reason, where they do "
            "not fit it.",
            true))
    follow_routes(ui, out, folder);
  if (!in.status.run_folder.empty() && offer("Fork here", says_fork(in, kForksAtShown), true))
    fork_shown(in, ui, out);
  if (record && !in.run.beside && !in.status.recorded &&
      offer("Go on", "Wakes this run's model: it learns on from its newest checkpoint, in its own folder.",
            in.status.state == RunState::opened && !in.status.run_folder.empty()))
    go_on_with_shown(in, ui, out);

  float x = at.x + skin.px(2);
  std::size_t left_out = 0;
  RunLabels labels = labels_in(in);
  for (const FamilyMember& member : family(in)) {
    const std::string& label = labels[member.run];
    const float needed = std::min(text_size(in.theme.fonts.body, label).x, skin.px(kMostLabel)) + skin.px(90);
    if (x + needed > right) {
      ++left_out;
      continue;
    }
    float width = 0;
    if (run_chip(skin, in, ui, member, label, x, middle, &width) && member.run != &in.run)
      ui.wants_shown = member.run->id;
    x += width + skin.px(8);
  }
  if (left_out > 0 && x + skin.px(60) < right)
    draw_text(ImGui::GetWindowDrawList(), in.theme.fonts.small,
              {x, middle - text_size(in.theme.fonts.small, "0").y / 2}, in.theme.text_dim, fmt::format("and {} more", left_out));
}

}  // namespace switchyard::app
