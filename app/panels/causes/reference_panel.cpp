// The learned router beside routes that need no learning: by domain or class, the best sets, hash, chance.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "app/panels/causes/cause_frame.h"
#include "app/panels/causes/panels.h"
#include "app/panels/causes/reference_plot.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/registry.h"
#include "app/ui/widgets.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr CauseTexts kReferenceTexts{"What is the learned router worth?",
                                     "Beside routes by domain or class, best sets, hash, chance.",
                                     "Try reference routes"};
constexpr std::string_view kBestNames[] = {"with best sets", "without best sets"};

void reference_options(UiState& ui, CauseLine& line) {
  const Skin& skin = line.skin();
  bool& best = ui.causes[Cause::routes].asked.regret;
  int which = best ? 0 : 1;
  const float width = skin.px(140);
  line.next(width);
  if (combo(skin, "best sets", &which, kBestNames, width)) best = which == 0;
  if (mouse_rests("best sets"))
    tooltip(skin, "Best sets",
            "Of each token in each layer the set with the least loss, all else as it is; then all of them "
            "together. It takes a "
            "pass a token and layer: some minutes; without it some seconds.");
}

void reference_tooltip(const PanelInput& in, const ReferenceRoutes& routes, std::size_t row) {
  const TokenGroup& group = routes.groups.groups[row];
  std::string body;
  for (const ReferenceRoute& route : routes.routes) {
    if (!route.missing.empty() || row >= route.loss_by_group.size() || !std::isfinite(route.loss_by_group[row]))
      continue;
    body += fmt::format("{}{} {}", body.empty() ? "" : ", ", reference_name(route.reference, routes.groups),
                        viz::fixed_significant(route.loss_by_group[row], 4));
  }
  tooltip({in.theme, in.scale}, group.kind == GroupKind::all ? std::string("All tokens") : group.name,
          body + " nats", fmt::format("{} tokens", viz::grouped(static_cast<double>(group.tokens.size()))));
}

void draw_references(const PanelInput& in, const ReferenceRoutes& routes) {
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  if (room.x < 1) return;
  const float height = std::max(room.y, reference_plot_height(routes) * in.scale);
  ImGui::InvisibleButton("references", {room.x, std::max(1.0f, height)});
  register_item("references", fmt::format("{} rows", routes.groups.groups.size()));
  const viz::Rect rect{at.x, at.y, at.x + room.x, at.y + height};
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme);
  const int row = ImGui::IsItemHovered() ? reference_row(rect, routes, ImGui::GetMousePos(), in.scale) : -1;
  draw_reference_plot(canvas, rect, routes, row, in.theme, in.scale);
  if (row >= 0) reference_tooltip(in, routes, static_cast<std::size_t>(row));
}

}  // namespace

void draw_reference_panel(const PanelInput& in, UiState& ui, Commands&) {
  const CauseReport* const found = begin_cause(in, ui, Cause::routes, kReferenceTexts, notes::reference_routes,
                                               [&](CauseLine& line) { reference_options(ui, line); });
  if (!found) return panel_end(in);
  const ReferenceRoutes& routes = std::get<ReferenceRoutes>(found->found);
  if (Table* table = wanted_table(in)) fill_reference_table(routes, *table);
  const bool outside =
      routes.place == RouterPlace::worse_than_chance || routes.place == RouterPlace::better_than_best;
  panel_scroll_begin(in, "references");
  const std::string words = reference_words(routes), missing = reference_missing(routes);
  write_words(in, outside ? viz::Font::bold : viz::Font::small, outside ? in.theme.warn : in.theme.text, words);
  register_item("place", words);
  if (!missing.empty()) {
    write_words(in, viz::Font::small, in.theme.text_dim, missing);
    register_item("missing", missing);
  }
  draw_references(in, routes);
  panel_scroll_end(in);
  panel_end(in);
}

}  // namespace switchyard::app
