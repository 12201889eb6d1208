#include "app/shell/guide/tour.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "app/run/in_front.h"
#include "app/run/lying_over.h"
#include "app/shell/guide/explain.h"
#include "app/shell/layout/layouts.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

struct Stop {
  std::string_view place, instead;  // which part is lit; the other where it is not on the screen
  const char* title;
  const char* sentence;
};
constexpr Stop kOfTraining[kTourStops] = {
    {"loss", "loss", "It learns",
     "The curves fall as the model learns. Below the bigram line it knows more than which letter follows which."},
    {"expert-load", "expert-load", "Who works",
     "A bar is an expert's share of the tokens; 1× is fair. The strip shows the same over time."},
    {"tokens", "plane", "What for",
     "Colour is the expert that decided. Rest the mouse on one for its choices and their weights."},
    {"knobs", "knobs", "Turn a knob",
     "The model takes it up within a step; Ctrl+Z takes it back. Try Top-k = 1 with Switch loss = 0."},
    {"timeline", "top bar", "Walk in time",
     "Drag to see any earlier moment in every view. Ten workspaces are in the tabs above; F1 explains any "
     "panel."},
};
// Nothing learns in it, no knob can be turned.
constexpr Stop kOfARecording[] = {
    {"expert-load", "expert-load", "Who worked",
     "A bar is an expert's share of what was routed at the step shown; 1× is fair. The strip shows the same over "
     "time."},
    {"knobs", "knobs", "What was recorded",
     "Who wrote this, which layers and experts, and what it does not tell. A view says so where it lacks "
     "something."},
    {"timeline", "top bar", "Walk in time",
     "Drag to see any moment in every view. Health names what went wrong since when; F1 explains any panel."},
};

std::span<const Stop> stops_of(const PanelInput& in) {
  return in.status.recorded ? std::span<const Stop>(kOfARecording) : std::span<const Stop>(kOfTraining);
}

constexpr float kBubble = 300;

const viz::Rect* place_of(const Stop& stop, const Places& places) {
  for (const std::string_view name : {stop.place, stop.instead})
    if (const auto at = places.find(name); at != places.end() && at->second.width() > 8 && at->second.height() > 8)
      return &at->second;
  return nullptr;
}

// Beside the lit part, where there is most room; inside the window.
ImVec2 beside(const viz::Rect& lit, ImVec2 size, ImVec2 screen, float gap) {
  const float right = screen.x - lit.x1, left = lit.x0, below = screen.y - lit.y1, above = lit.y0;
  ImVec2 at(lit.x0, lit.y0);
  if (std::max(right, left) >= size.x + 2 * gap) at.x = right >= left ? lit.x1 + gap : lit.x0 - gap - size.x;
  else if (std::max(below, above) >= size.y + 2 * gap)
    at.y = below >= above ? lit.y1 + gap : lit.y0 - gap - size.y;
  else at = {lit.x1 - size.x - gap, lit.y0 + gap};
  at.x = std::clamp(at.x, gap, std::max(gap, screen.x - size.x - gap));
  at.y = std::clamp(at.y, gap, std::max(gap, screen.y - size.y - gap));
  return at;
}

void darken_around(const viz::Theme& t, const viz::Rect& lit, ImVec2 screen, float scale) {
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(screen);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});  // to the very edge
  ImGui::Begin("##tour dark", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoInputs | ImGuiWindowFlags_NoBackground |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoFocusOnAppearing);
  ImGui::PopStyleVar(2);
  ImDrawList* list = ImGui::GetWindowDrawList();
  const viz::Colour dark = viz::faded(t.is_dark ? viz::rgb(0x000000) : viz::rgb(0x30343a), 0.55f);
  list->AddRectFilled({0, 0}, {screen.x, lit.y0}, dark);
  list->AddRectFilled({0, lit.y1}, {screen.x, screen.y}, dark);
  list->AddRectFilled({0, lit.y0}, {lit.x0, lit.y1}, dark);
  list->AddRectFilled({lit.x1, lit.y0}, {screen.x, lit.y1}, dark);
  list->AddRect({lit.x0, lit.y0}, {lit.x1, lit.y1}, t.accent, 8 * scale, 0, std::max(1.0f, 2 * scale));
  ImGui::End();
}

}  // namespace

void start_tour(UiState& ui) {
  forget_tour(ui);
  ui.reading = {};
  ui.reading.tour = 0;
  show_workspace(ui, Workspace::train);
}

bool is_time_for_tour(const PanelInput& in, const UiState& ui) {
  return in.status.state == RunState::playing && !in.status.recorded && !in.run.beside &&
         ui.arranging.workspace == Workspace::train && ui.arranging.filled.empty() && !ui.events.open &&
         !page_is_open(ui) && !something_lies_over(ui) && !ImGui::IsAnyItemActive() &&
         !ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup);
}

namespace {

// Nobody stands on something else with the keyboard, or types.
bool enter_is_free(const UiState& ui) {
  return viz::key_pressed(viz::Key::enter) && !ui.focus.has_keys() && !ui.library.has_keys &&
         !dialog_is_open(ui) && !page_is_open(ui) && !ImGui::GetIO().WantTextInput &&
         !ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup);
}

}  // namespace

void draw_tour(const PanelInput& in, const Places& places, const Places& behind, UiState& ui) {
  int& stop = ui.reading.tour;
  if (stop < 0) return forget_tour(ui);
  const std::span<const Stop> stops = stops_of(in);
  const int count_of_stops = static_cast<int>(stops.size());
  const auto at_stop = [&](int which) -> const Stop& { return stops[static_cast<std::size_t>(which)]; };
  const viz::Rect* lit = nullptr;
  for (; stop < count_of_stops; ++stop) {
    const bool arrives = tour_asks_to_front(ui, {at_stop(stop).instead, at_stop(stop).place});
    if ((lit = place_of(at_stop(stop), places))) break;
    if (!(lit = place_of(at_stop(stop), behind))) continue;
    if (arrives) return;  // it is there with the next frame
    break;                // somebody looks at another panel there
  }
  if (!lit) {
    stop = -1;
    return;
  }
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;

  darken_around(t, *lit, screen, in.scale);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(16), skin.px(14)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(8));
  ImGui::PushStyleColor(ImGuiCol_WindowBg, t.panel);
  ImGui::PushStyleColor(ImGuiCol_Border, t.accent);
  // Its height is that of the frame before; the first one lies where the second will.
  float& height = ui.reading.tour_height;
  const ImVec2 size(skin.px(kBubble), height > 0 ? height : skin.px(130));
  ImGui::SetNextWindowPos(beside(*lit, size, screen, skin.px(12)));
  ImGui::SetNextWindowSize({size.x, 0});
  ImGui::Begin("##tour", nullptr,
               ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_AlwaysAutoResize |
                   ImGuiWindowFlags_NoFocusOnAppearing);
  {
    const WithFont bold(t.fonts.bold);
    ImGui::TextUnformatted(at_stop(stop).title);
  }
  wrapped_text(t.fonts.body, t.text, at_stop(stop).sentence);
  ImGui::Dummy({0, skin.px(6)});
  const bool last = stop == count_of_stops - 1;
  const int before = stop;
  const bool pressed =
      button(skin, {.label = last ? "Done" : "Next", .look = ButtonLook::primary, .name = "tour/Next"});
  if (pressed || enter_is_free(ui)) stop = last ? -1 : stop + 1;
  if (!last) {
    ImGui::SameLine(0, skin.px(8));
    if (button(skin, {.label = "Skip", .look = ButtonLook::quiet, .name = "tour/Skip"})) stop = -1;
  }
  const std::string count = fmt::format("{} of {}", before + 1, count_of_stops);
  const ImVec2 at = ImGui::GetWindowPos(), whole = ImGui::GetWindowSize(), ink = text_size(t.fonts.small, count);
  draw_text(ImGui::GetWindowDrawList(), t.fonts.small, {at.x + whole.x - skin.px(16) - ink.x, at.y + skin.px(15)},
            t.text_dim, count);
  register_item("tour", at, {at.x + whole.x, at.y + whole.y}, at_stop(before).place);
  ImGui::End();
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(2);
  height = whole.y;
}

}  // namespace switchyard::app
