#include "app/shell/actions/actions.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/panels/experts/expert_card.h"
#include "app/panels/panel_table.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "app/run/expert_operations.h"
#include "app/shell/layout/layouts.h"
#include "app/ui/panel_exports.h"

namespace switchyard::app {
namespace {

using Context = ActionContext;

}  // namespace

std::vector<Action> model_actions(const PanelInput& in, const UiState& ui) {
  std::vector<Action> out;
  if (!why_not_remodel(in, ui.knobs).empty()) return out;
  for (const OfferedOperation& offer : operations_on_model(in))
    out.push_back(
        {.id = "operate." + text_of(offer.operation),
         .group = "Operate",
         .title = offer.title,
         .run = [operation = offer.operation](const Context& c) { send_operation(c.ui.knobs, c.out, operation); },
         .detail = offer.detail});
  return out;
}

std::vector<Action> passing_actions(const PanelInput& in, const UiState& ui) {
  std::vector<Action> out = own_preset_actions(ui);
  for (std::size_t layer = 0; layer < in.run.history.layers(); ++layer) {
    const int index = static_cast<int>(layer);
    out.push_back({.id = fmt::format("layer.{}", layer),
                   .group = "Show",
                   .title = layer_name(layer),
                   .run = [index](const Context& c) { c.ui.layer = index; },
                   .chosen = [index](const Context& c) { return c.ui.layer == index; },
                   .detail = "In every panel that shows one layer."});
  }
  if (in.snapshot && !in.snapshot->layers.empty() && why_not_operate(in, ui.knobs).empty()) {
    const std::size_t layer =
        std::min(static_cast<std::size_t>(std::max(0, ui.layer)), in.snapshot->layers.size() - 1);
    const int expert = shown_expert(in, ui, layer);
    const std::string name =
        fmt::format("{} of {}", expert_name(expert, static_cast<std::size_t>(in.snapshot->layers[layer].experts)),
                    layer_name(layer));
    for (const OfferedOperation& offer : operations_on(in, layer, expert)) {
      const bool of_router = offer.operation.experts.empty();
      const std::string title = offer.among.empty() ? offer.title : fmt::format("{} {}", offer.among, offer.title);
      out.push_back({.id = "operate." + text_of(offer.operation),
                     .group = "Operate",
                     .title = of_router ? fmt::format("{} ({})", title, layer_name(layer))
                                        : fmt::format("{}: {}", name, title),
                     .run = [operation = offer.operation](
                                const Context& c) { send_operation(c.ui.knobs, c.out, operation); },
                     .detail = offer.detail});
    }
    out.push_back({.id = "operate.shadow",
                   .group = "Operate",
                   .title = fmt::format("Operations on experts: {}", kAgainstShadow),
                   .run = [](const Context& c) { c.ui.knobs.against_shadow = !c.ui.knobs.against_shadow; },
                   .chosen = [](const Context& c) { return c.ui.knobs.against_shadow; },
                   .detail = kAgainstShadowDetail});
  }
  for (Action& action : model_actions(in, ui)) out.push_back(std::move(action));
  const bool points = learns_points(in.status);
  const Split split = standard_layout(ui.arranging.workspace, {points ? 1 : 0, {}});
  auto on_screen = panels_of(split);
  for (const std::string_view id : on_screen) {
    const PanelSpec* panel = find_panel(id);
    if (panel && suits(*panel, points))
      out.push_back({.id = fmt::format("view.fill.{}", panel->id),
                     .group = "View",
                     .title = fmt::format("Fill the window with {}", panel->title),
                     .run = [id = panel->id](const Context& c) { c.ui.arranging.filled = id; },
                     .detail = "A double click on its title does it too; Escape goes back."});
  }
  if (!in.exports.are_offered()) return out;
  if (ui.show_timeline) on_screen.push_back("timeline");
  for (const std::string_view id : on_screen) {
    const PanelSpec* panel = find_panel(id);
    if (!panel || !suits(*panel, points)) continue;
    for (const bool figure : {true, false})
      out.push_back(
          {.id = fmt::format("export.{}.{}", panel->id, figure ? "figure" : "data"),
           .group = "Export",
           .title = fmt::format("{} of {}", figure ? "Figure" : "Data", panel->title),
           .run = [id = panel->id,
                   figure](const Context& c) { c.in.exports.ask(id, {.figure = figure, .data = !figure}); },
           .detail = figure ? "SVG and PNG into the run folder." : "CSV into the run folder.",
           .also = figure ? "save picture image plot chart svg png" : "save metrics numbers values table csv"});
  }
  for (const std::string_view id : on_screen) {
    const PanelSpec* panel = find_panel(id);
    if (!panel || !suits(*panel, points)) continue;
    out.push_back({.id = fmt::format("export.{}.page", panel->id),
                   .group = "Export",
                   .title = fmt::format("Figure of {} for a page…", panel->title),
                   .run = [id = panel->id](const Context& c) { c.in.exports.ask_page(id); },
                   .detail = "So wide on paper, in letters of a size, as PDF too, with a preview.",
                   .also = "save picture image plot chart pdf paper publication"});
  }
  return out;
}

}  // namespace switchyard::app
