// Which share of tokens goes to other experts than in another model: another step, another run, another precision;
// by layer, and by domain or class.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/panels/causes/cause_frame.h"
#include "app/panels/causes/panels.h"
#include "app/panels/causes/route_diff_sides.h"
#include "app/panels/causes/route_diff_view.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/registry.h"
#include "app/ui/widgets.h"
#include "viz/base/format.h"
#include "viz/plots/matrix.h"

namespace switchyard::app {
namespace {

constexpr CauseTexts kRouteDiffTexts{"Whom do the same tokens go to in another model?",
                                     "Another step, run or precision; against itself 0.", "Compare routes"};
constexpr float kMostRouteRow = 72, kSideWidth = 190, kWideMatrix = 520;

void route_diff_options(const PanelInput& in, UiState& ui, CauseLine& line) {
  const Skin& skin = line.skin();
  CauseRequest& asked = ui.causes[Cause::route_diff].asked;
  const std::vector<RouteSide> sides = route_sides(in);
  int shown = static_cast<int>(route_side(in, sides, asked));
  std::vector<std::string> names;
  for (const RouteSide& side : sides) names.push_back("against " + side.label);
  const std::vector<std::string_view> items(names.begin(), names.end());
  const float width = std::min(skin.px(kSideWidth), ImGui::GetContentRegionAvail().x);
  line.next(width);
  combo(skin, "against", &shown, items, width);
  if (mouse_rests("against"))
    tooltip(
        skin, "What the model is held against",
        "Kept steps of this run (the diamonds on the timeline), the other runs of the window at their newest kept "
        "step, or the model itself, as it is or in another precision.");
  const RouteSide& side = sides[static_cast<std::size_t>(shown)];
  asked.other = side.other;
  asked.other_precision = side.precision;
}

void draw_route_diff(const PanelInput& in, const RouteDiff& diff) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x <= 1 || room.y <= 1) return;
  // What finds no room is in the words and in the table.
  const RouteDiffView view = route_diff_view(diff, room.x < kWideMatrix * in.scale);
  const std::vector<std::string_view> rows(view.rows.begin(), view.rows.end()),
      columns(view.columns.begin(), view.columns.end());
  std::vector<viz::Colour> colours(view.measures, in.theme.text_dim);
  for (const std::size_t g : view.groups) {
    const auto& labels = diff.groups.labels;
    const auto known = std::find(labels.begin(), labels.end(), diff.groups.groups[g].name);
    colours.push_back(domain_colour(in.theme, static_cast<std::size_t>(known - labels.begin())));
  }
  const float most = (kMostRouteRow * static_cast<float>(view.rows.size()) + 60) * in.scale;
  const viz::MatrixResult result = viz::matrix({.id = "route diff",
                                                .size = {room.x, std::min(room.y, most)},
                                                .rows = rows.size(),
                                                .columns = columns.size(),
                                                .values = view.shares,
                                                .shares = view.shares,
                                                .format = viz::percent,
                                                .zero_is_empty = false,
                                                .row_labels = rows,
                                                .column_labels = columns,
                                                .column_colours = colours,
                                                .show_legend = true,
                                                .min_label = "0 %",
                                                .max_label = "100 %",
                                                .caption = "of the tokens go to others"},
                                               in.theme, in.scale);
  register_item("route diff matrix", fmt::format("{} layers", rows.size()));
  if (result.row < 0 || result.column < 0) return;
  const auto row = static_cast<std::size_t>(result.row), column = static_cast<std::size_t>(result.column);
  tooltip({in.theme, in.scale}, fmt::format("{}, {}", view.rows[row], view.columns[column]),
          route_diff_cell(diff, view, row, column));
}

}  // namespace

void draw_route_diff_panel(const PanelInput& in, UiState& ui, Commands&) {
  const CauseReport* const found = begin_cause(in, ui, Cause::route_diff, kRouteDiffTexts, notes::route_diff,
                                               [&](CauseLine& line) { route_diff_options(in, ui, line); });
  if (!found) return panel_end(in);
  const RouteDiff& diff = std::get<RouteDiff>(found->found);
  if (Table* table = wanted_table(in)) fill_route_diff_table(diff, *table);
  const std::string against =
      fmt::format("Against {}, whose loss is {} nats; here {}.", other_name(in, *found),
                  viz::fixed_significant(diff.loss_b, 4), viz::fixed_significant(diff.loss_a, 4));
  write_words(in, viz::Font::small, in.theme.text_dim, against);
  register_item("against what", against);
  const Skin skin{in.theme, in.scale};
  const std::string words = route_diff_words(diff);
  if (ImGui::GetContentRegionAvail().y > skin.px(110)) {
    write_words(in, viz::Font::small, in.theme.text, words);
    register_item("route diff words", words);
    ImGui::Dummy({0, skin.px(4)});
  }
  draw_route_diff(in, diff);
  panel_end(in);
}

}  // namespace switchyard::app
