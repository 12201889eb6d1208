// The health of routing over steps, a small plot a figure, a curve a layer: balance loss, entropies, the
// worst overload, and what capacity drops.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/curves/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/panel_tables.h"
#include "app/panels/parts/time_plots.h"
#include "app/run/derived/insight_cache.h"
#include "app/run/moment.h"
#include "app/run/words/recording_words.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "core/config/gates.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {

namespace {

// Raw figures in sight beyond which they are a band of noise that costs more than it says.
constexpr std::size_t kMostRaw = 8'000;

// One quantity of a figure: a curve for every layer.
struct Quantity {
  LayerScalar scalar;
  std::string_view name;  // told apart in the read-out; empty when the figure has only one
  std::size_t colour;     // curve_colour of the selected layer
  bool dashed = false;
};

struct Figure {
  const char* id;  // of the plot; one of kTimePlots
  std::string_view title;
  std::string_view short_title;  // where the title does not fit
  const MetricNote* note;
  const MetricNote* second_note = nullptr;
  std::span<const Quantity> quantities;
  viz::ReferenceLine reference = {};
  bool has_reference = false;
  double ceiling = viz::LinePlotSpec::kNone;
  double include = viz::LinePlotSpec::kNone;
  std::string live = {};    // of the selected layer, now
  std::string chance = {};  // for the tooltip
  std::string_view empty_text = "no data yet";
  bool percent = false;
};

// How an auxiliary loss is shown, in the order of AuxLoss.
struct LossFigure {
  std::string_view name, title;
  double at_uniform;
  std::string_view uniform_label;
  const MetricNote* note;
};
constexpr LossFigure kLossFigures[] = {
    {"Switch loss", "Switch loss", 1, "uniform 1", &notes::switch_loss},
    {"GShard", "GShard loss", 1, "uniform 1", &notes::gshard_loss},
    {"importance", "importance loss", 0, "even 0", &notes::importance_loss},
    {"load", "load loss", 0, "even 0", &notes::load_loss},
    {"MSE of P", "MSE of P", 0, "even 0", &notes::mse_prob_loss},
    {"MSE of load", "MSE of load", 0, "even 0", &notes::mse_load_loss},
    {"sequence", "sequence loss", 1, "uniform 1", &notes::sequence_loss},
    {"z-loss", "router z-loss", 0, "(ln N)²", &notes::z_loss},
};
static_assert(std::size(kLossFigures) == kAuxLosses.size());

// Layers differ by shade, deeper ones stronger; the selected one wears the full colour.
viz::Colour shade(const viz::Theme& theme, const Quantity& quantity, std::size_t layer, std::size_t layers) {
  const float depth = layers > 1 ? static_cast<float>(layer) / static_cast<float>(layers - 1) : 1;
  return viz::mixed(viz::curve_colour(theme, quantity.colour), theme.panel, 0.72f - 0.3f * depth);
}

float line_height(const PanelInput& in) { return std::round(16 * in.scale); }

// Whether a figure's name and its value stand side by side; else the value goes below the name.
bool fits_in_line(const PanelInput& in, const Figure& figure, float width) {
  const viz::Theme& t = in.theme;
  return text_size(t.fonts.small, figure.short_title).x + text_size(t.fonts.mono_small, figure.live).x + 6 * in.scale <= width;
}

void draw_title(const PanelInput& in, const Figure& figure, float width, bool two_lines) {
  const viz::Theme& theme = in.theme;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float line = line_height(in), height = two_lines ? 2 * line : line;
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), theme);
  const float middle = at.y + line / 2;
  canvas.push_clip({at.x, at.y, at.x + width, at.y + height});
  const float room = two_lines ? width : width - canvas.text_size(figure.live, viz::Font::mono_small).x - 6 * in.scale;
  const bool fits = canvas.text_size(figure.title, viz::Font::small).x <= room;
  const std::string shown = viz::ellipsized(canvas, fits ? figure.title : figure.short_title, room, viz::Font::small);
  canvas.text({at.x, middle}, shown, theme.text_dim, viz::Font::small, viz::Align::start, viz::Align::middle);
  if (two_lines) {
    canvas.text({at.x, middle + line}, viz::ellipsized(canvas, figure.live, width, viz::Font::mono_small), theme.text, viz::Font::mono_small,
                viz::Align::start, viz::Align::middle);
  } else {
    canvas.text({at.x + width, middle}, figure.live, theme.text, viz::Font::mono_small, viz::Align::end, viz::Align::middle);
  }
  canvas.pop_clip();
  const float shown_width = std::max(1.0f, text_size(theme.fonts.small, shown).x);
  ImGui::InvisibleButton(figure.id, {std::min(width, shown_width), height});
  register_item(figure.id, shown);
  if (!ImGui::IsItemHovered()) return;
  ImGui::BeginTooltip();
  draw_note(*figure.note, figure.second_note ? std::string_view() : figure.live, theme, in.scale, figure.chance);
  if (figure.second_note) {
    ImGui::Separator();
    draw_note(*figure.second_note, {}, theme, in.scale);
  }
  ImGui::EndTooltip();
}

// A run's figures over the stretches of steps that are shown.
struct Stretched {
  const RunView* run = nullptr;
  CurveBins* kept = nullptr;
  const Bins* bins = nullptr;
  bool shows_raw() const { return bins->width > 2 && bins->samples() <= kMostRaw; }
};

// What the plots of the runs beside this one show, whose scales it shares.
std::vector<viz::Curve> curves_beside(const std::vector<Stretched>& beside, const Figure& figure, int selected) {
  std::vector<viz::Curve> curves;
  for (const Stretched& other : beside) {
    const History& history = other.run->history;
    for (const Quantity& quantity : figure.quantities)
      for (std::size_t layer = 0; layer < history.layers(); ++layer) {
        if (layer == static_cast<std::size_t>(selected) && other.shows_raw())
          curves.push_back(
              {.x = as_view(history.x()), .y = as_view(history.layer_scalar(layer, quantity.scalar))});
        curves.push_back({.x = other.bins->x, .y = other.kept->means(history, layer, quantity.scalar)});
      }
  }
  return curves;
}

void draw_figure(const PanelInput& in, UiState& ui, const Figure& figure, const Stretched& own,
                 const std::vector<Stretched>& beside, const EventMarks& marks, int selected, ImVec2 size,
                 bool x_labels, bool two_lines) {
  const History& history = in.run.history;
  CurveBins& kept = *own.kept;
  const Bins& bins = *own.bins;
  const std::size_t layers = history.layers();
  const float title = (two_lines ? 2 : 1) * line_height(in);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_title(in, figure, size.x, two_lines);

  // Everything the curves point at stands still before they do.
  const std::size_t count = layers * figure.quantities.size();
  std::vector<std::string> labels;
  std::vector<viz::Curve> curves;
  labels.reserve(count);
  curves.reserve(count + figure.quantities.size());
  const auto add = [&](const Quantity& quantity, std::size_t layer) {
    const bool is_selected = layer == static_cast<std::size_t>(selected);
    const auto raw = as_view(history.layer_scalar(layer, quantity.scalar));
    const std::vector<float>& mean = kept.means(history, layer, quantity.scalar);
    labels.push_back(quantity.name.empty() ? layer_name(layer) : fmt::format("{} {}", quantity.name, layer));
    const viz::Colour colour =
        is_selected ? viz::curve_colour(in.theme, quantity.colour) : shade(in.theme, quantity, layer, layers);
    // The selected layer keeps its raw figures behind the means, as the loss does, while they can be told apart.
    if (is_selected && own.shows_raw()) {
      curves.push_back({.label = labels.back(),
                        .x = as_view(history.x()),
                        .y = raw,
                        .colour = viz::faded(colour, 0.6f),
                        .faint = true,
                        .sparse = true});
    }
    // Sparse, as a layer that came with a later model leaves no gap.
    curves.push_back({.label = labels.back(),
                      .x = bins.x,
                      .y = mean,
                      .colour = colour,
                      .thickness = is_selected ? 2.0f : 1.0f,
                      .style = quantity.dashed ? viz::LineStyle::dashed : viz::LineStyle::solid,
                      .sparse = true});
  };
  // The selected layer last, on top of the others.
  for (const Quantity& quantity : figure.quantities) {
    for (std::size_t layer = 0; layer < layers; ++layer) {
      if (layer != static_cast<std::size_t>(selected)) add(quantity, layer);
    }
  }
  for (const Quantity& quantity : figure.quantities) add(quantity, static_cast<std::size_t>(selected));

  const ImVec2 plot{size.x, size.y - title};
  if (plot.x < 1 || plot.y < 1) return;
  ImGui::SetCursorScreenPos({at.x, at.y + title});
  const std::vector<viz::Curve> others = curves_beside(beside, figure, selected);
  const viz::LinePlotSpec spec{
      .id = figure.id,
      .size = plot,
      .curves = curves,
      .beside = others,
      .references = std::span(&figure.reference, figure.has_reference ? 1 : 0),
      .events = marks.marks(),
      .show_legend = false,
      .show_x_labels = x_labels,
      .summary = {},
      .empty_text = figure.empty_text,
      .y_percent = figure.percent,
      .y_floor = 0,
      .y_ceiling = figure.ceiling,
      .y_include = figure.include,
  };
  const viz::LinePlotResult result = viz::line_plot(spec, ui.plots[figure.id], &ui.hover, in.theme, in.scale);
  if (result.view_changed) share_x_range(ui, figure.id);
  marks.tooltip(in, result.hovered_event);
}

// Every step of what the plots show in means.
void fill_table(const PanelInput& in, const UiState& ui, std::span<const Figure> figures, Table& table) {
  std::vector<TableCurve> columns;
  for (const Figure& figure : figures)
    for (const Quantity& quantity : figure.quantities)
      for (std::size_t layer = 0; layer < in.run.history.layers(); ++layer) {
        const std::string name = quantity.name.empty() ? std::string(figure.title) : fmt::format("{} entropy", quantity.name);
        const char* unit = quantity.name.empty() ? (figure.percent ? " [share]" : "") : " [0 to 1]";
        columns.push_back({fmt::format("{}, layer {}{}", name, layer, unit),
                           as_view(in.run.history.x()),
                           as_view(in.run.history.layer_scalar(layer, quantity.scalar)),
                           {}});
      }
  const auto state = ui.plots.find("balance");
  fill_curves(table, "step", columns, state == ui.plots.end() ? viz::PlotState() : state->second);
}

}  // namespace

void draw_routing_panel(const PanelInput& in, UiState& ui, Commands&) {
  const Moment moment = moment_of(in, ui);
  open_panel(in, for_figure(in)    ? "the layer named in bold, the others faint"
                 : moment.is_now ? std::string()
                                 : "figures of " + step_name({moment.record, false, 1}));
  const Readiness state = readiness(in, false);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "balance, entropy and drops of every layer");
    return panel_end(in);
  }
  const StepRecord& last = *moment.record;
  const int selected = layer_picker(in, ui, last.layers.size(), true);
  std::vector<std::string> losses;
  for (const LossFigure& figure : kLossFigures) losses.emplace_back(figure.name);
  int which = static_cast<int>(ui.shown_loss);
  if (panel_header_combo(in, "balance figure", &which, losses)) {
    ui.shown_loss = kAuxLosses[static_cast<std::size_t>(which)];
    ui.plots["balance"].fit_y = true;
  }
  const LossFigure& loss = kLossFigures[static_cast<std::size_t>(ui.shown_loss)];

  const LayerRecord& now = last.layers[static_cast<std::size_t>(selected)];
  const double experts = static_cast<double>(now.counts.size());
  double assignments = 0;
  for (const float count : now.counts) assignments += count;
  const double uniform_z = std::log(experts) * std::log(experts);
  const double chance = assignments > 0 ? std::sqrt(2 * std::log(experts) * experts / assignments) : 0;

  const Quantity shown_loss[] = {{scalar_of(ui.shown_loss), "", 0}};
  static constexpr Quantity kEntropies[] = {{LayerScalar::token_entropy, "token", 1},
                                            {LayerScalar::load_entropy, "load", 2, true}};
  static constexpr Quantity kViolation[] = {{LayerScalar::max_violation, "", 3}};
  static constexpr Quantity kDrops[] = {{LayerScalar::assignment_drop_rate, "", 4}};

  std::array<Figure, 4> figures;
  const bool is_z = ui.shown_loss == AuxLoss::z;
  const std::string why_none = in.status.config ? why_no_loss(ui.shown_loss, *in.status.config) : std::string();
  const float loss_now = now.aux[ui.shown_loss];
  figures[0] = {
      .id = "balance",
      .title = loss.title,
      .short_title = loss.name,
      .note = loss.note,
      .quantities = shown_loss,
      .reference = {.y = is_z ? uniform_z : loss.at_uniform, .label = is_z ? "(ln N)²" : loss.uniform_label},
      .has_reference = !is_z || experts > 1,
      .include = is_z ? viz::LinePlotSpec::kNone : loss.at_uniform,
      .live = std::isfinite(loss_now) ? viz::fixed_significant(loss_now, 3) : std::string("–"),
      .chance = why_none,
      .empty_text = in.status.recorded ? "not recorded"
                    : why_none.empty() ? "its coefficient is 0"
                                       : "no meaning here"};
  const auto share = [](float value) {
    return std::isfinite(value) ? fmt::format("{:.2f}", value) : std::string("–");
  };
  figures[1] = {.id = "entropy",
                .title = "token, load (dashed) entropy",
                .short_title = "entropy",
                .note = &notes::token_entropy,
                .second_note = &notes::load_entropy,
                .quantities = kEntropies,
                .ceiling = 1.02,
                .include = 1,
                .live = fmt::format("{}, {}", share(now.token_entropy), share(now.load_entropy))};
  figures[2] = {.id = "violation",
                .title = "max violation",
                .short_title = "violation",
                .note = &notes::max_violation,
                .quantities = kViolation,
                .reference = {.y = chance, .label = "chance"},
                .has_reference = chance > 0,
                .include = chance,
                .live = share(now.max_violation),
                .chance = fmt::format("{:.3f} here, √(2 ln N · N / (kT))", chance)};
  figures[3] = {
      .id = "drops",
      .title = "dropped assignments",
      .short_title = "dropped",
      .note = &notes::drops,
      .quantities = kDrops,
      .ceiling = viz::LinePlotSpec::kNone,
      .include = 0.01,
      .live = std::isfinite(now.assignment_drop_rate) ? viz::percent(now.assignment_drop_rate) : std::string("–"),
      .percent = true};
  if (in.status.recorded) figures[3].empty_text = "not recorded";

  if (Table* table = wanted_table(in)) fill_table(in, ui, figures, *table);

  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const float gap = 12 * in.scale;
  const bool one_row = room.y < 200 * in.scale || room.x > 3.4f * room.y;
  const std::size_t columns = one_row ? 4 : 2, rows = 4 / columns;
  const float plural = static_cast<float>(columns), lines = static_cast<float>(rows);
  const ImVec2 size{(room.x - gap * (plural - 1)) / plural, (room.y - 4 * in.scale * (lines - 1)) / lines};
  const EventMarks marks(in.run.history, in.theme, false, shown_x(ui.timeline));
  const viz::PlotState& view = ui.plots["balance"];
  const auto [first_step, last_step] = all_steps(in);
  const double low = view.fit_x ? first_step : view.x_min, high = view.fit_x ? last_step : view.x_max;
  const auto most = static_cast<std::size_t>(std::clamp(size.x / (2.5f * in.scale), 8.0f, 400.0f));
  const auto stretched = [&](const RunView& run) {
    CurveBins& kept = run.insight.curve_bins();
    return Stretched{&run, &kept, &kept.stretches(run.history, {low, high, most})};
  };
  const Stretched own = stretched(in.run);
  std::vector<Stretched> beside;
  if (in.several)
    for (const RunView* const run : in.several->runs)
      if (run != &in.run && !run->history.empty()) beside.push_back(stretched(*run));
  // All alike, so that the plots stay on one line.
  const bool two_lines = std::any_of(figures.begin(), figures.end(), [&](const Figure& f) { return !fits_in_line(in, f, size.x); });
  for (std::size_t i = 0; i < figures.size() && size.x > 8 && size.y > 8; ++i) {
    const float column = static_cast<float>(i % columns), row = static_cast<float>(i / columns);
    ImGui::SetCursorScreenPos({at.x + column * (size.x + gap), at.y + row * (size.y + 4 * in.scale)});
    draw_figure(in, ui, figures[i], own, beside, marks, selected, size, i / columns + 1 == rows, two_lines);
  }
  panel_end(in);
}

}  // namespace switchyard::app
