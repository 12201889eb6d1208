// One expert of the shown layer: its load and how that went, what it is given and where it stands out, its weights beside
// those of the others, and the experts it works with. Each figure beside what chance or the others would give.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/experts/expert_card.h"
#include "app/panels/experts/expert_lists.h"
#include "app/panels/experts/operations_menu.h"
#include "app/panels/experts/panels.h"
#include "app/panels/parts/label_choice.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/time_plots.h"
#include "app/run/derived/insight_cache.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/line_plot.h"

namespace switchyard::app {
namespace {

// Logical pixels.
constexpr float kTiles = 50, kTileGap = 10, kColumnGap = 16;
constexpr const char* kWidestFigure = "0.000521";  // with three digits that count
constexpr float kTwoColumns = 430;  // width from which the lists stand side by side

std::string number(double value, int digits = 3) { return std::isfinite(value) ? viz::fixed_significant(value, digits) : std::string("–"); }
std::string ordinal(int n) {
  const int tens = n % 100;
  if (tens >= 11 && tens <= 13) return fmt::format("{}th", n);
  return fmt::format("{}{}", n, n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th");
}

// --- who it is, and four figures beside their references

struct Tile {
  const char* name;
  std::string value, reference;
  const MetricNote* note;
};

// Returns their height: they stand in one line, or in two where figures could run into one another. Which, the
// width alone decides: nothing below them moves while they change.
float draw_tiles(const PanelInput& in, const ExpertCard& card, ImVec2 at, float width) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const ExpertProfile& p = *card.profile;
  const WeightProfile& w = card.weights;
  const std::string known = in.snapshot->layers[card.layer].card.empty()
                                ? (brings_looks(in) ? "with the next look" : "not watched then")
                                : "";
  const Tile tiles[] = {
      {"load", times_text(card.load), "fair 1.00×", &notes::utilisation},
      {in.snapshot->points ? "points" : "tokens", shown_share(p.share), "chance " + shown_share(p.chance),
       &notes::expert_share},
      {"loss", number(p.loss), "all " + number(p.loss_of_all), &notes::expert_loss},
      {"norm", number(w.norm),
       !known.empty()     ? known
       : card.experts > 1 ? fmt::format("{} · mean {}", ordinal(w.rank), number(w.mean_of_others))
                          : std::string("the only one"),
       &notes::expert_norm}};
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const float side = skin.px(34), own = skin.px(86);
  const viz::Rect swatch{at.x, at.y + skin.px(3), at.x + side, at.y + skin.px(3) + side};
  canvas.rect_fill(swatch, ink_of(in, card.expert), skin.px(6));
  // Past 16 colours come close to each other: the number is in the swatch.
  canvas.text({(swatch.x0 + swatch.x1) / 2, (swatch.y0 + swatch.y1) / 2}, fmt::to_string(card.expert), viz::text_on(ink_of(in, card.expert)),
              viz::Font::bold, viz::Align::middle, viz::Align::middle);
  canvas.text({swatch.x1 + skin.px(8), swatch.y0}, expert_name(card.expert, card.experts), t.text, viz::Font::bold);
  canvas.text({swatch.x1 + skin.px(8), swatch.y0 + skin.px(18)}, fmt::format("of {}", card.experts), t.text_dim, viz::Font::small);
  register_item("card", {swatch.x0, swatch.y0}, {swatch.x1, swatch.y1}, expert_name(card.expert, card.experts));
  const float widest = canvas.text_size(kWidestFigure, viz::Font::mono).x + skin.px(kTileGap);
  const std::size_t all = std::size(tiles);
  const std::size_t in_line = (width - own) / static_cast<float>(all) < widest ? all / 2 : all;
  const float column = (width - own) / static_cast<float>(in_line);
  for (std::size_t i = 0; i < std::size(tiles); ++i) {
    const Tile& tile = tiles[i];
    const float x = at.x + own + column * static_cast<float>(i % in_line);
    const float y = at.y + skin.px(kTiles) * static_cast<float>(i / in_line);
    ImGui::SetCursorScreenPos({x, y});
    ImGui::InvisibleButton(tile.name, {std::max(1.0f, column - skin.px(4)), skin.px(kTiles - 8)});
    register_item(tile.name, {x, y},
                  {x + canvas.text_size(tile.value, viz::Font::mono).x, y + skin.px(kTiles - 8)},
                  tile.value + " | " + tile.reference);
    const bool hovered = ImGui::IsItemHovered();
    if (hovered) note_tooltip(*tile.note, tile.value, t, in.scale, tile.reference);
    canvas.text({x, y}, tile.name, hovered ? t.text : t.text_dim, viz::Font::small);
    canvas.text({x, y + skin.px(13)}, viz::ellipsized(canvas, tile.value, column - skin.px(4), viz::Font::mono),
                t.text, viz::Font::mono);
    canvas.text({x, y + skin.px(30)},
                viz::ellipsized(canvas, tile.reference, column - skin.px(4), viz::Font::small), t.text_dim,
                viz::Font::small);
  }
  return skin.px(kTiles) * static_cast<float>(all / in_line);
}

// --- load over steps

void draw_history(const PanelInput& in, UiState& ui, const ExpertCard& card, ImVec2 size) {
  const History& history = in.run.history;
  const auto x = as_view(history.utilisation_x());
  const auto raw = as_view(history.utilisation(card.layer, static_cast<std::size_t>(card.expert)));
  const viz::PlotState& view = ui.plots["expert load"];
  Bins bins;
  std::vector<float> means;
  if (!x.empty()) {
    const double low = view.fit_x ? x[0] : view.x_min, high = view.fit_x ? x[x.size() - 1] : view.x_max;
    bins = make_bins(x, low, high, static_cast<std::size_t>(std::clamp(size.x / (4 * in.scale), 8.0f, 400.0f)));
    bin_means(bins, raw, means);
  }
  const std::string name = expert_name(card.expert, card.experts);
  std::vector<viz::Curve> curves;
  if (bins.width > 2 * static_cast<double>(history.row_steps()))
    curves.push_back({.label = name, .x = x, .y = raw, .colour = viz::faded(ink_of(in, card.expert), 0.6f), .faint = true, .sparse = true});
  curves.push_back({.label = name, .x = bins.x, .y = means, .colour = ink_of(in, card.expert), .thickness = 2, .sparse = true});
  const viz::ReferenceLine fair{.y = 1, .label = "fair"};
  const EventMarks marks(history, in.theme, false, shown_x(ui.timeline));
  const viz::LinePlotResult result = viz::line_plot({.id = "expert load",
                                                     .size = size,
                                                     .curves = curves,
                                                     .references = std::span(&fair, 1),
                                                     .events = marks.marks(),
                                                     .show_legend = false,
                                                     .empty_text = "fills with the first steps",
                                                     .y_floor = 0,
                                                     .y_include = 1},
                                                    ui.plots["expert load"], &ui.hover, in.theme, in.scale);
  register_item("load history", std::to_string(bins.x.size()));
  if (result.view_changed) share_x_range(ui, "expert load");
  marks.tooltip(in, result.hovered_event);
}

// --- the lists

// How many rows of `rows` the tokens get, and how many the labels.
struct Shares {
  std::size_t tokens, labels;
};
Shares share_out(std::size_t rows, std::size_t tokens, std::size_t labels) {
  const std::size_t for_labels = std::min(labels, std::max<std::size_t>(2, (rows + 1) / 2));
  return {std::min(tokens, std::max<std::size_t>(2, rows - std::min(rows, for_labels))), for_labels};
}

// The lists below the plot, in two columns where they fit; the first of `labels` is the kind that was chosen, the others
// are drawn where there is room. Returns the expert under the mouse.
int draw_lists(const PanelInput& in, UiState& ui, const ExpertCard& card, std::span<const LabelList> labels, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const ExpertProfile& p = *card.profile;
  const bool text = in.snapshot->tokens != nullptr, two = room.x >= skin.px(kTwoColumns);
  const float gap = skin.px(8), width = two ? (room.x - skin.px(kColumnGap)) / 2 : room.x, bottom = at.y + room.y;
  const auto rows_in = [&](float height) { return viz::how_many(height, skin.px(kListRow)); };
  const auto rows_from = [&](float y) { return rows_in(bottom - y - skin.px(kListTitle)); };
  const auto end = [] { return ImGui::GetCursorScreenPos().y; };
  // The cursor goes only where something is drawn: it would make room for itself.
  const auto go = [](float x, float y) { ImGui::SetCursorScreenPos({x, y}); };

  if (text) {
    const std::size_t rows = rows_in(room.y - 2 * skin.px(kListTitle) - gap);
    draw_tokens(in, ui, card, two ? share_out(rows, p.top.size(), p.labels.size()).tokens : 6, width);
    go(at.x, end() + gap);
  }
  draw_labels(in, ui, card, labels.front(), two ? std::max<std::size_t>(2, rows_from(end())) : p.labels.size(), width);
  float left = end();
  for (const LabelList& other : p.labels.empty() ? std::span<const LabelList>() : labels.subspan(1)) {
    const std::size_t rows = other.profile->labels.size();
    if (!two || rows == 0 || rows_from(left + gap) < rows) break;
    if (other.profile->labels.front().name == p.labels.front().name) continue;  // each shape is a class of its own
    go(at.x, left + gap);
    draw_labels(in, ui, card, other, rows, width);
    left = end();
  }

  const float x = two ? at.x + width + skin.px(kColumnGap) : at.x;
  go(x, two ? at.y : left + gap);
  const int lit = draw_company(in, ui, card, width);
  // Points have no list of tokens: the left column may have the room.
  const float right = end();
  const bool to_left = two && !text && left < right;
  const float from = (to_left ? left : right) + gap;
  const std::size_t examples = two ? std::max<std::size_t>(1, rows_from(from)) : 6;
  go(to_left ? at.x : x, from);
  if (text) draw_contexts(in, ui, card, examples, width, out);
  else draw_points(in, card, examples, width);
  return lit;
}

}  // namespace

void draw_expert_panel(const PanelInput& in, UiState& ui, Commands& out) {
  ui.watching.wanted.experts = true;
  open_panel(in, of_look(in), &notes::expert_card);
  const Readiness state = readiness(in, true);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "one expert: its load, what it is given, its company");
    light_expert(ui, HoverSource::expert, -1);
    return panel_end(in);
  }
  const Snapshot& look = *in.snapshot;
  const auto layer = static_cast<std::size_t>(layer_picker(in, ui, look.layers.size(), false));
  const ProbeLayer& seen = look.layers[layer];
  const auto experts = static_cast<std::size_t>(seen.experts);
  int expert = shown_expert(in, ui, layer);
  if (panel_header_combo(in, "expert", &expert, expert_names(experts))) choose_expert(ui, expert);
  const LabelKind kind = label_picker(in, ui, look);
  operations_menu(in, ui, layer, expert, out);
  const int count = seen.experts;
  if (header_arrow(in, "next expert", Arrow::right, count > 1)) choose_expert(ui, expert = (expert + 1) % count);
  if (header_arrow(in, "previous expert", Arrow::left, count > 1)) choose_expert(ui, expert = (expert + count - 1) % count);
  chosen_chips(in, ui, experts);
  header_text(in, among_text(ui, look));

  InsightCache& insight = in.run.insight;
  const ExpertProfile& profile = insight.profile(look, layer, expert, kind, ui.selection.chosen);
  const ExpertCard card = card_of(in, ui, layer, expert, profile);
  if (Table* table = wanted_table(in)) fill_card_table(in, card, *table);

  const Skin skin{in.theme, in.scale};
  panel_scroll_begin(in, "card");
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  int lit = -1;
  if (room.x > skin.px(40) && room.y > skin.px(20)) {
    const float tiles = draw_tiles(in, card, at, room.x);
    const float plot = std::floor(std::clamp(room.y * 0.24f, skin.px(64), skin.px(210)));
    ImGui::SetCursorScreenPos({at.x, at.y + tiles});
    draw_history(in, ui, card, {room.x, plot});
    ImGui::SetCursorScreenPos({at.x, at.y + tiles + plot + skin.px(8)});
    if (seen.choices) {
      std::vector<LabelList> labels{{kind, &profile}};
      for (const LabelKind other : label_kinds(look))
        if (other != kind) labels.push_back({other, &insight.profile(look, layer, expert, other, ui.selection.chosen)});
      lit = draw_lists(in, ui, card, labels, out);
    } else {
      write_words(in, viz::Font::small, in.theme.text_dim, "Soft mixing gives every expert a part of every token: there is no choice to tell of.");
      lit = draw_company(in, ui, card, room.x);
    }
  }
  panel_scroll_end(in);
  light_expert(ui, HoverSource::expert, lit);
  panel_end(in);
}

}  // namespace switchyard::app
