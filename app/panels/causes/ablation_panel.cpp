// What each expert of a layer is for: its effect on loss, over all tokens and over the groups it tells on most,
// against the control's draws.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/causes/ablation_view.h"
#include "app/panels/causes/cause_frame.h"
#include "app/panels/causes/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/registry.h"
#include "app/ui/widgets.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/base/named_text.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/matrix.h"
#include "viz/widgets/colour_bar.h"

namespace switchyard::app {
namespace {

constexpr CauseTexts kAblationTexts{"What is each expert for?",
                                    "The loss without it, by group, held against chance.", "Ablate"};

constexpr std::string_view kModes[] = {"silenced", "next best", "stand-in"};
constexpr float kLeastRow = 18, kMostRow = 28, kColumn = 58;

void ablation_options(const PanelInput& in, UiState& ui, CauseLine& line) {
  const Skin& skin = line.skin();
  AblationRequest& asked = ui.causes[Cause::ablate].asked.ablation;
  int mode = asked.modes.empty() ? 0 : static_cast<int>(asked.modes.front());
  // The three controls stand in one line of a third of a window.
  const float mode_width = skin.px(96), width = skin.px(104);
  line.next(mode_width);
  if (combo(skin, "mode", &mode, kModes, mode_width)) asked.modes = {static_cast<AblationMode>(mode)};
  if (mouse_rests("mode"))
    tooltip(skin, "How an expert is taken out",
            "Silenced: it is chosen, and adds nothing. Next best: it cannot be chosen, the next best is. "
            "Stand-in: the "
            "busiest other expert computes in its place.");
  // With one that is lit: it alone, or with one of the others.
  const int lit = ui.pinned_expert, experts = in.status.config ? static_cast<int>(in.status.config->experts) : 0;
  if (lit < 0 || lit >= experts) asked.experts.clear();
  std::vector<std::string> names{"each alone"};
  std::vector<std::vector<std::int32_t>> choices{{}};
  for (int other = lit >= 0 && lit < experts ? -1 : experts; other < experts; ++other) {
    if (other == lit) continue;
    const std::string name = expert_name(lit, static_cast<std::size_t>(experts));
    names.push_back(other < 0
                        ? name + " alone"
                        : fmt::format("{} + {}", name, expert_name(other, static_cast<std::size_t>(experts))));
    choices.push_back(other < 0 ? std::vector<std::int32_t>{lit}
                                : std::vector<std::int32_t>{std::min(lit, other), std::max(lit, other)});
  }
  // Where another is lit by now, that one.
  if (asked.experts.size() == 1) asked.experts = {lit};
  const auto chosen = std::find(choices.begin(), choices.end(), asked.experts);
  int who = chosen == choices.end() ? 0 : static_cast<int>(chosen - choices.begin());
  const std::vector<std::string_view> items(names.begin(), names.end());
  line.next(width);
  combo(skin, "experts", &who, items, width);
  asked.experts = choices[static_cast<std::size_t>(who)];
  if (mouse_rests("experts"))
    tooltip(skin, "Who is taken out",
            "Every expert by itself; or, with one that is lit by a click, that one or it and another together. In "
            "each "
            "layer.");
}

void fill_ablation_table(const AblationReport& report, Table& table) {
  table.set_header({"layer", "experts", "mode", "choices", "group kind", "group", "tokens", "effect [nats]",
                    "effect of half 1 [nats]", "effect of half 2 [nats]", "control [nats]",
                    "highest control [nats]", "control spread [nats]", "replicates"});
  for (const Ablated& row : report.rows) {
    const std::string who =
        row.experts.empty() ? std::string("all") : fmt::format("{}", fmt::join(row.experts, "+"));
    for (std::size_t g = 0; g < row.effects.size(); ++g) {
      const GroupEffect& e = row.effects[g];
      const TokenGroup& group = report.groups.groups[g];
      table.add_row({std::int64_t{row.layer}, who, std::string(name_of(row.mode)), row.contributions,
                     std::string(name_of(group.kind)), group.name, static_cast<std::int64_t>(group.tokens.size()),
                     e.effect.all, e.effect.half[0], e.effect.half[1], e.control.all, e.highest.all, e.spread.all,
                     std::int64_t{e.labelled}});
    }
  }
}

// here: in the layer that is shown.
std::string labels_counted(const AblationReport& report, std::int64_t here) {
  std::int64_t all = 0;
  for (const Ablated& row : report.rows)
    all += std::count_if(row.effects.begin(), row.effects.end(), [](const GroupEffect& e) { return e.labelled; });
  if (all == 0) return report.compared > 0 ? "nothing beyond chance" : "";
  return fmt::format("{} of {} replicate, {} in this layer", all,
                     viz::grouped(static_cast<double>(report.compared)), here);
}

std::string_view verdict_on(const GroupEffect& effect, bool of_all) {
  if (of_all) return "How much it matters; what it serves is asked group by group.";
  if (effect.labelled) return "It serves them: both halves say so.";
  if (effect.tested) return "Nothing beyond chance.";
  return "Not tested: too few tokens, no control as large, or they choose it no more often than others do.";
}

void effect_tooltip(const PanelInput& in, const AblationView& view, std::size_t row, std::size_t group) {
  const Ablated& ablated = *view.rows[row];
  const GroupEffect& effect = ablated.effects[group];
  const TokenGroup& tokens = view.report->groups.groups[group];
  const Skin skin{in.theme, in.scale};
  const std::string title =
      fmt::format("{} and {}", ablated.experts.empty() ? std::string("The whole layer") : view.names[row],
                  tokens.kind == GroupKind::all ? std::string("all tokens")
                  : view.group_names.empty()    ? group_name(tokens)
                                                : group_name(tokens));
  std::string body = fmt::format(
      "{:+.4f} nats a token without it ({:+.4f} and {:+.4f} in the halves), over {} tokens", effect.effect.all,
      effect.effect.half[0], effect.effect.half[1], viz::grouped(static_cast<double>(tokens.tokens.size())));
  if (ablated.contributions == 0) body = "no token of the look chooses it: exactly 0";
  std::string footer;
  if (std::isfinite(effect.control.all))
    footer = fmt::format("control: {:+.4f} on average, {:+.4f} at most. {}", effect.control.all,
                         effect.highest.all, verdict_on(effect, tokens.kind == GroupKind::all));
  else if (ablated.experts.empty()) footer = "a whole layer has no control";
  tooltip(skin, title, body, footer);
}

// What rounds to nothing has no sign.
std::string nats(double value) { return std::abs(value) < 0.005 ? "0.00" : fmt::format("{:+.2f}", value); }

// The expert under the mouse, -1: none.
int draw_ablation(const PanelInput& in, UiState& ui, const AblationView& view, viz::Rect rect, float row_height) {
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme);
  const float line = canvas.text_size("0", viz::Font::small).y, head = line + 8 * in.scale;
  const std::size_t rows = view.rows.size(), columns = view.groups.size();
  const float bars_width = std::floor(columns > 0 ? std::max(0.36f * rect.width(), 150 * in.scale) : rect.width());
  const viz::Rect bars{rect.x0, rect.y0 + head, rect.x0 + bars_width - 12 * in.scale,
                       rect.y0 + head + row_height * static_cast<float>(rows)};
  int lit_row = -1;
  for (std::size_t r = 0; r < rows; ++r)
    if (const int expert = expert_of(*view.rows[r]); expert >= 0 && expert == ui.hovered_expert)
      lit_row = static_cast<int>(r);

  int lights = -1;
  ImGui::SetCursorScreenPos({bars.x0, bars.y0});
  ImGui::InvisibleButton("overall effect", {std::max(1.0f, bars.width()), std::max(1.0f, bars.height())});
  register_item("overall effect", fmt::format("{} rows", rows));
  if (ImGui::IsItemHovered()) {
    const auto row = static_cast<std::size_t>(
        std::clamp((ImGui::GetMousePos().y - bars.y0) / row_height, 0.0f, static_cast<float>(rows - 1)));
    lights = expert_of(*view.rows[row]);
    lit_row = static_cast<int>(row);
    effect_tooltip(in, view, row, 0);
    if (ImGui::IsItemClicked() && lights >= 0) pin_expert(ui, lights);
  }
  canvas.text({bars.x1, bars.y0 - 4 * in.scale}, "all tokens, nats", in.theme.text_dim, viz::Font::small,
              viz::Align::end, viz::Align::end);
  draw_ablation_bars(canvas, bars, view, lit_row, in.theme, in.scale);
  if (columns == 0) return lights;

  std::vector<float> values, shares;
  std::vector<std::size_t> outlined;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      const GroupEffect& effect = view.rows[r]->effects[view.groups[c]];
      const double control = std::isfinite(effect.control.all) ? effect.control.all : 0;
      if (effect.labelled) outlined.push_back(r * columns + c);
      values.push_back(static_cast<float>(effect.effect.all));
      shares.push_back(static_cast<float>(effect.effect.all - control));
    }
  const std::vector<std::string_view> names(view.group_names.begin(), view.group_names.end());
  const std::string low = fmt::format("{:+.2f}", -view.scale_nats),
                    high = fmt::format("{:+.2f} nats", view.scale_nats);
  const viz::Rect cells{rect.x0 + bars_width, rect.y0, rect.x1, rect.y1};
  ImGui::SetCursorScreenPos({cells.x0, cells.y0});
  const viz::MatrixSpec spec{.id = "effects",
                             .size = {cells.width(), cells.height()},
                             .rows = rows,
                             .columns = columns,
                             .values = values,
                             .shares = shares,
                             .share_min = -view.scale_nats,
                             .share_max = view.scale_nats,
                             .format = nats,
                             .zero_is_empty = false,
                             .column_labels = names,
                             .map = viz::ColourMap::diverging,
                             .outlined = outlined,
                             .highlighted_row = lit_row,
                             .show_legend = true,
                             .min_label = low,
                             .max_label = high,
                             .caption = "effect less the control's"};
  const viz::MatrixResult result = viz::matrix(spec, in.theme, in.scale);
  register_item("effects", fmt::format("{} x {}", rows, columns));
  if (result.row >= 0) {
    const auto row = static_cast<std::size_t>(result.row);
    lights = expert_of(*view.rows[row]);
    if (result.column >= 0) effect_tooltip(in, view, row, view.groups[static_cast<std::size_t>(result.column)]);
    if (result.clicked && lights >= 0) pin_expert(ui, lights);
  }
  return lights;
}

}  // namespace

void draw_ablation_panel(const PanelInput& in, UiState& ui, Commands&) {
  const CauseReport* const found = begin_cause(in, ui, Cause::ablate, kAblationTexts, notes::ablation,
                                               [&](CauseLine& line) { ablation_options(in, ui, line); });
  if (!found) {
    light_expert(ui, HoverSource::ablation, -1);
    return panel_end(in);
  }
  const AblationReport& report = std::get<AblationReport>(found->found);
  std::int32_t layers = 0;
  for (const Ablated& row : report.rows) layers = std::max(layers, row.layer + 1);
  if (layers == 0) {
    draw_empty(in, "nobody was taken out");
    return panel_end(in);
  }
  const auto layer = layer_picker(in, ui, static_cast<std::size_t>(layers), true);
  CauseState& state = ui.causes[Cause::ablate];
  panel_header_combo(in, "groups", &state.figure,
                     std::vector<std::string>{"most affected", "domains or classes", "characters"});
  if (Table* table = wanted_table(in)) fill_ablation_table(report, *table);

  const auto experts = static_cast<std::size_t>(found->config.experts);
  const float width = ImGui::GetContentRegionAvail().x;
  const auto most = static_cast<std::size_t>(std::max(1.0f, 0.64f * width / (kColumn * in.scale)));
  const AblationView view =
      ablation_view(report, layer, experts, static_cast<AblationGroups>(std::clamp(state.figure, 0, 2)), most);
  header_text(in, labels_counted(report, view.labelled));

  // What is known for sure stands in words, above all figures.
  const std::vector<std::string> labels = replicated_labels(report, layer, experts);
  const float room = ImGui::GetContentRegionAvail().y;
  const std::size_t said = std::min<std::size_t>(labels.size(), room > 260 * in.scale ? 3 : 1);
  for (std::size_t i = 0; i < said; ++i) {
    write_words(in, viz::Font::small, in.theme.text, labels[i]);
    register_item(fmt::format("label {}", i), labels[i]);
  }
  if (labels.empty()) {
    const std::string none = no_labels(report);
    write_words(in, viz::Font::small, in.theme.text_dim, none);
    register_item("no label", none);
  }
  ImGui::Dummy({0, 2 * in.scale});

  panel_scroll_begin(in, "ablation");
  {
    viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme);
    const float head = canvas.text_size("0", viz::Font::small).y + 8 * in.scale;
    const float legend = viz::colour_bar_height(canvas, in.scale) + 4 * in.scale;
    const ImVec2 at = ImGui::GetCursorScreenPos(), size = ImGui::GetContentRegionAvail();
    const auto rows = static_cast<float>(view.rows.size());
    const float row =
        std::clamp(std::floor((size.y - head - legend) / rows), kLeastRow * in.scale, kMostRow * in.scale);
    const viz::Rect rect{at.x, at.y, at.x + size.x, at.y + head + row * rows + legend};
    light_expert(ui, HoverSource::ablation, draw_ablation(in, ui, view, rect, row));
    ImGui::SetCursorScreenPos({at.x, rect.y1});
    ImGui::Dummy({1, 1});
  }
  panel_scroll_end(in);
  panel_end(in);
}

}  // namespace switchyard::app
