#include "app/shell/workbench.h"

#include <imgui.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <utility>

#include "app/panels/explanations.h"
#include "app/panels/knobs/knob_panel.h"
#include "app/panels/knobs/recording_facts.h"
#include "app/panels/panel_table.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/point_text.h"
#include "app/run/in_front.h"
#include "app/run/lying_over.h"
#include "app/run/tsne_host.h"
#include "app/shell/actions/actions.h"
#include "app/shell/actions/help.h"
#include "app/shell/actions/palette.h"
#include "app/shell/actions/shortcuts.h"
#include "app/shell/bars/route_strip.h"
#include "app/shell/bars/run_strip.h"
#include "app/shell/bars/timeline_bar.h"
#include "app/shell/dialogs/chooser_view.h"
#include "app/shell/dialogs/context_menus.h"
#include "app/shell/dialogs/figure_prompt.h"
#include "app/shell/dialogs/key_prompt.h"
#include "app/shell/dialogs/name_prompt.h"
#include "app/shell/dialogs/studies_prompt.h"
#include "app/shell/dialogs/sweep_prompt.h"
#include "app/shell/dialogs/text_prompt.h"
#include "app/shell/dialogs/toasts.h"
#include "app/shell/guide/explain.h"
#include "app/shell/guide/tour.h"
#include "app/shell/layout/dividers.h"
#include "app/shell/layout/layouts.h"
#include "app/shell/layout/tabs.h"
#include "app/shell/welcome.h"
#include "app/ui/skin.h"
#include "app/ui/widgets.h"
#include "viz/widgets/item.h"

namespace switchyard::app {
namespace {

constexpr ImGuiWindowFlags kRoot = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
                                   ImGuiWindowFlags_NoScrollWithMouse;
constexpr ImGuiWindowFlags kEvents = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                     ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoFocusOnAppearing |
                                     ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoScrollWithMouse;
constexpr float kEventsWidth = 420, kEventsHeight = 380;  // at scale 1
constexpr int kMostAwaitedFrames = 5;  // until a knob's group is open, it is scrolled to and its field has the keys

// Calls `draw` inside a child window over `rect`.
template <class Draw>
void place(const char* id, const viz::Rect& rect, ImVec2 padding, Draw draw) {
  if (rect.width() < 8 || rect.height() < 8) return;
  ImGui::SetCursorScreenPos({rect.x0, rect.y0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, padding);
  viz::begin_child(id, {rect.width(), rect.height()}, false,
                   ImGuiWindowFlags_AlwaysUseWindowPadding | ImGuiWindowFlags_NoScrollbar |
                       ImGuiWindowFlags_NoScrollWithMouse | ImGuiWindowFlags_NoBackground);
  ImGui::PopStyleVar();
  draw();
  ImGui::EndChild();
}

// The panel that fills the window; null: none, or one that the task has not.
const PanelSpec* filled_panel(const PanelInput& in, const Arranging& arranging) {
  const PanelSpec* panel = arranging.filled.empty() ? nullptr : find_panel(arranging.filled);
  return panel && suits(*panel, learns_points(in.status)) ? panel : nullptr;
}

// In the title's line, beside its controls. Inside the panel's window.
bool title_double_clicked(const viz::Rect& panel, const Skin& skin) {
  return ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left) && ImGui::IsWindowHovered() && !ImGui::IsAnyItemHovered() &&
         ImGui::IsMouseHoveringRect({panel.x0, panel.y0}, {panel.x1, panel.y0 + skin.px(32)});
}

bool is_in_front_of_tabs(const Arrangement& arrangement, const PanelSpec& panel) {
  return std::any_of(arrangement.tabs.begin(), arrangement.tabs.end(),
                     [&](const Tabs& tabs) { return tabs.panels[tabs.front] == panel.id; });
}

// The panels of the workspace, and the dividers between them. What is not placed is not drawn and costs nothing.
// `behind`: those that a tab would bring to the front, and where they would be.
void draw_panels(const PanelInput& in, const Shell& shell, Places& places, Places& behind, UiState& ui,
                 Commands& out) {
  const Skin skin{in.theme, in.scale};
  const bool points = learns_points(in.status);
  const viz::Rect& area = shell.panels;
  const std::int64_t classes = !points                               ? 0
                               : learns_from_file(*in.status.config) ? in.status.vocabulary
                                                                     : in.status.config->cluster_classes;
  const LayoutShape shape{
      classes, {area.width() / in.scale, area.height() / in.scale}, !in.run.history.ranks().empty()};
  Arranging& arranging = ui.arranging;
  const ImVec2 padding(skin.px(12), skin.px(9));
  const auto draw_one = [&](const PanelSpec& panel, const viz::Rect& rect, bool is_tab = false) {
    places[panel.id] = rect;
    PanelInput of_panel = in;
    of_panel.is_tab = is_tab;
    place(panel.id.data(), rect, padding, [&] {
      draw_panel(panel, of_panel, ui, out);
      ui.plot_keys.let_go();
      const bool by_keys = panel_title_pressed();
      if (by_keys || title_double_clicked(rect, skin))
        arranging.filled = arranging.filled == panel.id ? std::string() : std::string(panel.id);
    });
  };
  if (const PanelSpec* panel = filled_panel(in, arranging)) {
    arranging.to_dividers = false;
    return draw_one(*panel, area);
  }
  const Split standard = standard_layout(arranging.workspace, shape);
  const std::string key = layout_key(arranging.workspace, shape, standard);
  Split split = standard;
  if (const auto moved = arranging.shares.find(key); moved != arranging.shares.end()) set_shares(split, moved->second);
  const Ground ground = ground_of(shell, in.scale);
  if (handle_dividers(in, split, standard, ground, arranging)) arranging.shares[key] = shares_of(split);

  bring_to_front(split, asked_to_front(ui));
  const Arrangement arrangement = arrange(split, ground);
  for (const Tabs& tabs : arrangement.tabs) {
    draw_tabs(in, tabs, ui);
    const auto front = std::find_if(arrangement.panels.begin(), arrangement.panels.end(),
                                    [&](const Placed& one) { return one.panel == tabs.panels[tabs.front]; });
    for (const std::string_view id : tabs.panels)
      if (id != front->panel) behind[id] = front->rect;
  }
  for (const auto& [id, rect] : arrangement.panels) {
    const PanelSpec* panel = find_panel(id);
    if (panel && suits(*panel, points)) draw_one(*panel, rect, is_in_front_of_tabs(arrangement, *panel));
  }
}

// A field that is not on the screen after all is not waited for.
void await_text(UiState& ui) {
  ui.text_asked = take_text_field_asks();
  ui.awaited_frames = text_is_awaited(ui) ? ui.awaited_frames + 1 : 0;
  if (ui.awaited_frames <= kMostAwaitedFrames) return;
  ui.knobs.wanted_key.clear();
  if (ui.knobs.typing_key.empty()) ui.knobs.beside_key.clear();
  ui.knobs.typing_begins = ui.typing_begins = false;
}

// Of a record they tell what it learned with, and change nothing.
void draw_knobs(const PanelInput& in, UiState& ui, Commands& out) {
  if (in.status.recorded) return draw_recording_facts(in);
  if (!is_record(in.status) || !in.status.config) return draw_knob_panel(in, ui, out);
  KnobEdits edits;
  edits.draft = edits.sent = *in.status.config;
  edits.is_set = true;
  std::swap(ui.knobs, edits);
  ImGui::BeginDisabled();
  const FocusLeftOut disabled;
  Commands nothing;
  draw_knob_panel(in, ui, nothing);
  ImGui::EndDisabled();
  std::swap(ui.knobs, edits);
}

// Which of the places with an explanation the ring of the keyboard is in, or else the mouse is on; empty: none, or
// something lies over it.
std::string under_mouse(const Places& places, const viz::Rect* ring) {
  const ImVec2 mouse = ring ? ImVec2((ring->x0 + ring->x1) / 2, (ring->y0 + ring->y1) / 2) : ImGui::GetMousePos();
  if (ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel)) return {};
  for (const auto& [name, rect] : places)
    if (explanation_of(name) && mouse.x >= rect.x0 && mouse.x < rect.x1 && mouse.y >= rect.y0 && mouse.y < rect.y1)
      return std::string(name);
  return {};
}

// The list of events over the left end of the timeline; without a timeline at the lower left.
void draw_events(const PanelInput& in, const Shell& shell, Places& places, UiState& ui, Commands& out) {
  if (!ui.events.open) return;
  const Skin skin{in.theme, in.scale};
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float gap = skin.px(8), left = shell.panels.x0 > 0 ? std::min(shell.timeline.x0, shell.panels.x0) : gap;
  const float bottom = shell.timeline.height() > 0 ? shell.timeline.y0 - gap / 2 : screen.y - gap;
  const ImVec2 size(std::min(skin.px(kEventsWidth), screen.x - 2 * gap),
                    std::min(skin.px(kEventsHeight), bottom - shell.top_bar.y1 - gap));
  if (size.x < 8 || size.y < skin.px(60)) return;
  const PanelSpec& panel = *find_panel("events");
  const ImVec2 at(std::max(gap, left), bottom - size.y);
  ImGui::SetNextWindowPos(at);
  ImGui::SetNextWindowSize(size);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(12), skin.px(9)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(8));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, in.theme.panel);
  ImGui::Begin("##events", nullptr, kEvents);
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(3);
  draw_panel(panel, in, ui, out);
  ui.plot_keys.let_go();
  ImGui::End();
  places[panel.id] = {at.x, at.y, at.x + size.x, at.y + size.y};
}

// What lies over the panels, and has the keys of its controls for itself.
template <class Draw>
void lay_over(const UiState& ui, Over what, Draw draw) {
  if (!lies_over(ui, what)) return draw();
  // Those with a list under a field move in it by the arrow keys.
  const FocusLayer layer(what == Over::palette || what == Over::chooser);
  draw();
}

}  // namespace

void draw_workbench(const PanelInput& in, const WindowFigures& figures, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  ui.hover.begin_frame();
  drop_stale(ui.selection, in.snapshot.get());
  advance(ui.timeline, in.run.kept, in.now_s, learns_points(in.status));
  await_text(ui);
  const viz::WithoutTabStops no_tab_stops;
  ui.focus.begin_frame();
  viz::key_pointer() = &ui.plot_keys;
  // Turned by the keys until now: what comes next is an edit of its own.
  if (ui.focus.lets_go()) end_edit(ui.knobs, out);
  handle_shortcuts({in, ui, out});
  ui.knobs.ringed_key.clear();

  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(screen);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, in.theme.ground);
  ImGui::Begin("##workbench", nullptr, kRoot);
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(3);

  const bool filled = filled_panel(in, ui.arranging) != nullptr;
  // Of the runs, not of a checkpoint: its maps have the room.
  const bool of_runs = ui.arranging.workspace != Workspace::checkpoint;
  const bool has_runs = of_runs && shows_run_strip(in), has_routes = of_runs && shows_route_strip(in);
  // A tight window offers the presets where one begins, and gives the room to the panels everywhere else.
  const bool may_begin = screen.y >= kTightWindow * in.scale || ui.arranging.workspace == Workspace::train;
  const Shell shell = lay_out_shell(
      screen.x, screen.y, in.scale, ui.show_welcome && !filled && !in.status.recorded && of_runs && may_begin,
      ui.arranging.shows_knobs() && !filled, ui.show_timeline && of_runs, !ui.recent.empty(),
      (has_runs ? kRunStripHeight : 0) + (has_routes ? kRouteStripHeight : 0));
  const ImVec2 none(0, 0);
  // Under a page nothing is pointed at: no tooltip may lie over it, and a click beside it closes it alone.
  ImVec2& mouse = ImGui::GetIO().MousePos;
  const ImVec2 pointed = mouse;
  // Nor under what else lies over the panels, but a click is meant for what it falls on.
  const bool idle = !ImGui::IsAnyMouseDown() && !ImGui::IsMouseReleased(ImGuiMouseButton_Left);
  const bool under_page = page_is_open(ui) || (something_lies_over(ui) && idle && ImGui::GetIO().MouseWheel == 0);
  if (under_page) mouse = {-FLT_MAX, -FLT_MAX};
  place("top bar", shell.top_bar, none, [&] { draw_top_bar(in, figures, ui, out); });
  place("welcome", shell.welcome, none, [&] { draw_welcome(in, ui, out); });
  place("knobs", shell.knobs, {skin.px(14), skin.px(8)}, [&] { draw_knobs(in, ui, out); });
  ui.watching.wanted = {};
  Places places{{"top bar", shell.top_bar}, {"knobs", shell.knobs}, {"timeline", shell.timeline}};
  Places behind;
  draw_panels(in, shell, places, behind, ui, out);
  ui.reading.under_mouse = under_mouse(places, ui.focus.ring());
  in.run.tsne.end_frame();
  if (const auto wanted = std::exchange(ui.wants_workspace, std::nullopt)) show_workspace(ui, *wanted);
  if (ui.watching.wanted != ui.watching.sent) out.emplace_back(ui.watching.sent = ui.watching.wanted);
  viz::Rect runs = shell.runs, routes = shell.runs;
  if (has_routes) runs.y0 = routes.y1 = std::round(shell.runs.y0 + kRouteStripHeight * in.scale);
  if (has_routes) place("routes", routes, none, [&] { draw_route_strip(in, out); });
  if (has_runs) place("runs", runs, none, [&] { draw_run_strip(in, ui, out); });
  place("timeline", shell.timeline, none, [&] { draw_timeline_bar({in, ui, out}); });
  draw_context_menus(in, ui, out);
  ImGui::End();
  if (under_page) mouse = pointed;

  draw_events(in, shell, places, ui, out);
  draw_log(in, ui);
  lay_over(ui, Over::page, [&] {
    draw_help(in, ui);
    draw_explanation(in, ui);
  });
  lay_over(ui, Over::tour, [&] { draw_tour(in, places, behind, ui); });
  tell_of_alerts(in, ui);
  draw_toasts(in, ui, out, shell.panels.y1);
  lay_over(ui, Over::palette, [&] { draw_palette({in, ui, out}); });
  lay_over(ui, Over::name, [&] { draw_name_prompt(in, ui, out); });
  lay_over(ui, Over::sweep, [&] { draw_sweep_prompt(in, ui); });
  lay_over(ui, Over::studies, [&] { draw_studies_prompt(in, ui); });
  lay_over(ui, Over::keys, [&] { draw_key_prompt(in, ui); });
  if (const std::string page = in.exports.take_page(); !page.empty()) ask_for_figure(ui, page);
  lay_over(ui, Over::figure, [&] { draw_figure_prompt(in, ui); });
  lay_over(ui, Over::chooser, [&] { draw_chooser(in, ui, out); });
  lay_over(ui, Over::text, [&] { draw_text_prompt(in, ui); });
  if (const Chooses what = std::exchange(ui.wants_chooser, Chooses::nothing); what != Chooses::nothing)
    open_chooser(in, ui, what);
  viz::key_pointer() = nullptr;
  ui.focus.end_frame(skin);
  viz::set_keyboard_navigation(ui.focus.menu_is_open());
  if (!ui.to_copy.empty()) ImGui::SetClipboardText(std::exchange(ui.to_copy, {}).c_str());
}

}  // namespace switchyard::app
