#include "app/workbench.h"

#include <imgui.h>

#include <cmath>

#include "app/layout.h"
#include "app/panels/help.h"
#include "app/panels/knob_panel.h"
#include "app/panels/panels.h"
#include "app/panels/point_text.h"
#include "app/panels/toasts.h"
#include "app/panels/welcome.h"
#include "app/transport.h"
#include "app/ui/skin.h"

namespace switchyard::app {
namespace {

constexpr ImGuiWindowFlags kRoot = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
                                   ImGuiWindowFlags_NoScrollWithMouse;

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

}  // namespace

void draw_workbench(const PanelInput& in, const WindowFigures& figures, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  ui.hover.begin_frame();
  handle_shortcuts(in.status, ui, out);

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

  const std::size_t commands_before = out.size();
  const Layout layout = lay_out(screen.x, screen.y, in.scale, ui.show_welcome,
                                learns_points(in.status) ? in.status.config->cluster_classes : 0);
  const ImVec2 none(0, 0), padding(skin.px(12), skin.px(9));
  place("top bar", layout.top_bar, none, [&] { draw_top_bar(in, figures, ui, out); });
  place("welcome", layout.welcome, none, [&] { draw_welcome(in, ui, out); });
  place("knobs", layout.knobs, {skin.px(14), skin.px(8)}, [&] { draw_knob_panel(in, ui, out); });
  place("loss", layout.loss, padding, [&] { draw_loss_panel(in, ui, out); });
  place("tokens", layout.tokens, padding, [&] { draw_token_panel(in, ui, out); });
  place("generation", layout.generation, padding, [&] { draw_generation_panel(in, ui, out); });
  place("accuracy", layout.accuracy, padding, [&] { draw_accuracy_panel(in, ui, out); });
  place("plane", layout.plane, padding, [&] { draw_plane_panel(in, ui, out); });
  place("confusion", layout.confusion, padding, [&] { draw_confusion_panel(in, ui, out); });
  place("expert load", layout.expert_load, padding, [&] { draw_expert_load_panel(in, ui, out); });
  place("projection", layout.projection, padding, [&] { draw_projection_panel(in, ui, out); });
  place("routing", layout.routing, padding, [&] { draw_routing_panel(in, ui, out); });
  ImGui::End();

  draw_log(in, ui);
  draw_help(in, ui);
  draw_toasts(in, ui);

  // The strip has done its work once somebody has begun; not in the middle of a drag, which would move.
  for (std::size_t i = commands_before; i < out.size(); ++i)
    if (std::holds_alternative<SetConfig>(out[i]) && !ui.knobs.dragging) ui.show_welcome = false;
}

}  // namespace switchyard::app
