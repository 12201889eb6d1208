#include "app/panels/health_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>

#include "app/insight_cache.h"
#include "app/panels/load_bins.h"
#include "app/panels/panel_parts.h"
#include "app/ui/panel_frame.h"
#include "app/ui/widgets.h"
#include "core/insight/stability.h"
#include "viz/canvas_imgui.h"
#include "viz/format.h"

namespace switchyard::app {
namespace {

constexpr float kNames = 58, kLeastColumn = 66;  // widths, at scale 1
constexpr float kHead = 20, kRangeLine = 15;     // heights
constexpr float kLeastRow = 30, kCourseRow = 42, kHighestRow = 104;
constexpr std::size_t kMostLooks = 16, kMostBins = 48;
constexpr double kOpen = std::numeric_limits<double>::quiet_NaN();

std::string plain(double value) { return std::isfinite(value) ? fmt::format("{:.2f}", value) : std::string("–"); }
std::string share(double value) { return std::isfinite(value) ? viz::percent(value) : std::string("–"); }
std::string norm(double value) {
  return std::isfinite(value) ? viz::fixed_significant(value, 2) : std::string("–");
}

// What a figure may be, and what it should be: low and high of each, NaN where there is no end.
struct Range {
  double low = kOpen, high = kOpen;
};

// A figure over the run.
struct Course {
  std::vector<double> x;
  std::vector<float> y;
};

// What courses are made from, worked out once a frame.
struct Run {
  const PanelInput& in;
  InsightCache& insight;
  double low = 0, high = 1;          // of x
  std::size_t most = 8;              // stretches of steps in a course
  std::vector<std::size_t> looks{};  // of the store: those at the shown one's tokens, a few, evenly spread
};

enum class From { step, load, before, now };  // where a course comes from: see course_of

struct Column {
  std::string_view title;
  const MetricNote* note;
  std::string (*text)(double);
  double LayerHealth::*value;
  From from = From::step;
  LayerScalar scalar = LayerScalar::max_violation;
  Range (*possible)(const LayerHealth&) =
      nullptr;  // the scale of the course; null: as its values are, in powers of ten
  Range (*healthy)(const LayerHealth&) = nullptr;
  std::string (*words)(const LayerHealth&) = nullptr;  // of the healthy range
  double LayerHealth::*chance = nullptr;
};

Range unit(const LayerHealth&) { return {0, 1}; }
Range nowhere(const LayerHealth&) { return {}; }

// In the order of what they tell.
const Column kColumns[] = {
    {.title = "violation",
     .note = &notes::max_violation,
     .text = plain,
     .value = &LayerHealth::max_violation,
     .scalar = LayerScalar::max_violation,
     .possible =
         [](const LayerHealth& h) {
           return Range{0, std::isfinite(h.most_violation) ? std::min(2.0, h.most_violation) : 2};
         },
     .healthy =
         [](const LayerHealth&) {
           return Range{0, 1};
         },
     .words = [](const LayerHealth&) { return std::string("below 1"); }},
    {.title = "effective",
     .note = &notes::effective_experts,
     .text = [](double value) { return std::isfinite(value) ? fmt::format("{:.1f}", value) : std::string("–"); },
     .value = &LayerHealth::effective,
     .from = From::load,
     .possible =
         [](const LayerHealth& h) {
           return Range{0, static_cast<double>(h.experts)};
         },
     .healthy =
         [](const LayerHealth& h) {
           return Range{0.8 * static_cast<double>(h.experts), static_cast<double>(h.experts)};
         },
     .words = [](const LayerHealth& h) { return fmt::format("near {}", h.experts); }},
    {.title = "churn",
     .note = &notes::churn,
     .text = share,
     .value = &LayerHealth::churn,
     .from = From::before,
     .possible = unit,
     .healthy = nowhere,
     .words = [](const LayerHealth&) { return std::string("falls to 0"); },
     .chance = &LayerHealth::churn_chance},
    {.title = "decisive",
     .note = &notes::decisiveness,
     .text = plain,
     .value = &LayerHealth::decisiveness,
     .scalar = LayerScalar::decisiveness,
     .possible =
         [](const LayerHealth& h) {
           return Range{0, std::log(std::max(2.0, static_cast<double>(h.experts)))};
         },
     .healthy = nowhere,
     .words =
         [](const LayerHealth& h) {
           return fmt::format("to {:.2f}", std::log(std::max(2.0, static_cast<double>(h.experts))));
         }},
    {.title = "router grad",
     .note = &notes::router_gradient,
     .text = norm,
     .value = &LayerHealth::router_grad,
     .scalar = LayerScalar::router_grad_norm,
     .healthy = nowhere,
     .words = [](const LayerHealth&) { return std::string("above 0"); }},
    {.title = "expert grad",
     .note = &notes::expert_gradient,
     .text = norm,
     .value = &LayerHealth::expert_grad,
     .scalar = LayerScalar::expert_grad_norm,
     .healthy = nowhere,
     .words = [](const LayerHealth&) { return std::string("above 0"); }},
    {.title = "saturation",
     .note = &notes::saturation,
     .text = share,
     .value = &LayerHealth::saturation,
     .from = From::now,
     .possible = unit,
     .healthy = nowhere,
     .words = [](const LayerHealth&) { return std::string("rises to 1"); },
     .chance = &LayerHealth::saturation_chance},
    {.title = "token H",
     .note = &notes::token_entropy,
     .text = plain,
     .value = &LayerHealth::token_entropy,
     .scalar = LayerScalar::token_entropy,
     .possible = unit,
     .healthy = nowhere,
     .words = [](const LayerHealth&) { return std::string("falls"); }},
    {.title = "dropped",
     .note = &notes::drops,
     .text = share,
     .value = &LayerHealth::dropped,
     .scalar = LayerScalar::assignment_drop_rate,
     .possible =
         [](const LayerHealth&) {
           return Range{0, 0.5};
         },
     .healthy =
         [](const LayerHealth&) {
           return Range{0, 0.05};
         },
     .words = [](const LayerHealth&) { return std::string("below 5 %"); }},
    {.title = "load H",
     .note = &notes::load_entropy,
     .text = plain,
     .value = &LayerHealth::load_entropy,
     .scalar = LayerScalar::load_entropy,
     .possible = unit,
     .healthy =
         [](const LayerHealth&) {
           return Range{0.95, 1};
         },
     .words = [](const LayerHealth&) { return std::string("above 0.95"); }},
};

// A few of the kept looks that the newest can be compared with.
std::vector<std::size_t> comparable_looks(const PanelInput& in) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; in.kept && in.snapshot && i < in.kept->size(); ++i) {
    const Snapshot& look = *(*in.kept)[i].snapshot;
    if (look.generation == in.snapshot->generation && look.step <= in.snapshot->step &&
        same_tokens(look, *in.snapshot))
      all.push_back(i);
  }
  if (all.size() <= kMostLooks) return all;
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < kMostLooks; ++i) some.push_back(all[i * (all.size() - 1) / (kMostLooks - 1)]);
  return some;
}

Run run_of(const PanelInput& in, InsightCache& insight, const UiState& ui, float cell_width) {
  Run run{in, insight, 0, 1, 8, comparable_looks(in)};
  const auto x = as_view(in.history.x());
  const auto view = ui.plots.find("loss");
  const bool whole = view == ui.plots.end() || view->second.fit_x;
  run.low = whole ? x[0] : view->second.x_min;
  run.high = std::max(run.low + 1, whole ? x[x.size() - 1] : view->second.x_max);
  run.most = std::clamp<std::size_t>(static_cast<std::size_t>(cell_width / (2 * in.scale)), 8, kMostBins);
  return run;
}

// exp(H(f)) of the mean loads of every stretch of steps.
Course effective_course(const Run& run, std::size_t layer) {
  const BinnedLoads& loads =
      run.insight.load_bins().of(run.in.history, layer, LoadBins::Picture::health, {run.low, run.high, run.most});
  Course course{loads.bins.x, std::vector<float>(loads.bins.x.size(), NAN)};
  for (std::size_t b = 0; b < course.x.size(); ++b) {
    double sum = 0, weighted = 0;
    for (std::size_t e = 0; e < loads.width; ++e) {
      const float u = loads.means[b * loads.width + e];
      if (!(u > 0)) continue;
      sum += u;
      weighted += u * std::log(static_cast<double>(u));
    }
    if (sum > 0) course.y[b] = static_cast<float>(sum * std::exp(-weighted / sum));
  }
  return course;
}

// Of looks: against the one before, or against the shown one.
Course look_course(const Run& run, std::size_t layer, bool against_shown) {
  Course course;
  for (std::size_t i = 0; i < run.looks.size(); ++i) {
    const std::size_t at = run.looks[i];
    if (!against_shown && at == 0) continue;
    const Snapshot& look = *(*run.in.kept)[at].snapshot;
    const Snapshot& other = against_shown ? *run.in.snapshot : *(*run.in.kept)[at - 1].snapshot;
    if (!against_shown && (other.generation != look.generation || !same_tokens(other, look))) continue;
    const std::vector<Stability>* found = run.insight.stability_in_time(look, other);
    if (!found || layer >= found->size()) continue;
    course.x.push_back((*run.in.kept)[at].x);
    course.y.push_back(static_cast<float>(against_shown ? (*found)[layer].saturation : (*found)[layer].churn));
  }
  return course;
}

Course course_of(const Run& run, const Column& column, std::size_t layer) {
  switch (column.from) {
    case From::load:
      return effective_course(run, layer);
    case From::before:
      return look_course(run, layer, false);
    case From::now:
      return look_course(run, layer, true);
    case From::step:
      break;
  }
  CurveBins& bins = run.insight.health_bins();
  const std::vector<double>& x = bins.stretches(run.in.history, {run.low, run.high, run.most}).x;
  return {x, bins.means(run.in.history, layer, column.scalar)};
}

// Places values between the floor and the ceiling of a cell.
struct Scale {
  double low = 0, high = 1;
  bool log = false;
  float at(double value, const viz::Rect& cell) const {
    if (log) value = std::log10(std::max(value, 1e-30));
    const double share = high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 0.5;
    return cell.y1 - static_cast<float>(share) * cell.height();
  }
};

Scale scale_of(const Column& column, const LayerHealth& health, const Course& course) {
  if (column.possible) {
    const Range range = column.possible(health);
    return {range.low, range.high, false};
  }
  // At least a power of ten, so that noise looks like noise.
  double low = INFINITY, high = -INFINITY;
  for (const float y : course.y)
    if (y > 0 && std::isfinite(y))
      low = std::min(low, std::log10(static_cast<double>(y))),
      high = std::max(high, std::log10(static_cast<double>(y)));
  if (!(low <= high)) return {0, 1, true};
  const double spare = std::max(0.0, 1 - (high - low)) / 2;
  return {low - spare, high + spare, true};
}

bool is_well(const Column& column, const LayerHealth& health) {
  const Range range = column.healthy(health);
  const double value = health.*column.value;
  return !std::isfinite(value) ||
         !((std::isfinite(range.low) && value < range.low) || (std::isfinite(range.high) && value > range.high));
}

void draw_course(viz::Canvas& canvas, const Run& run, const Column& column, const LayerHealth& health,
                 std::size_t layer, const viz::Rect& cell, float hover_x) {
  const PanelInput& in = run.in;
  const viz::Theme& t = in.theme;
  const Course course = course_of(run, column, layer);
  const Scale scale = scale_of(column, health, course);
  canvas.rect_fill(cell, viz::faded(t.raised, 0.45f));
  if (const Range healthy = column.healthy(health); std::isfinite(healthy.low))
    canvas.rect_fill({cell.x0, scale.at(healthy.high, cell), cell.x1, scale.at(healthy.low, cell)},
                     viz::faded(t.good, 0.16f));
  if (column.chance && std::isfinite(health.*column.chance)) {
    const float y = scale.at(health.*column.chance, cell);
    viz::dashed_line(canvas, {cell.x0, y}, {cell.x1, y}, viz::faded(t.text_dim, 0.7f), 1, 3 * in.scale,
                     3 * in.scale);
  }
  const auto at = [&](double x) {
    return cell.x0 + static_cast<float>((x - run.low) / (run.high - run.low)) * cell.width();
  };
  std::vector<viz::Point> line;
  const auto stroke = [&] {
    if (line.size() == 1) canvas.circle_fill(line.front(), 1.5f * in.scale, t.accent);
    if (line.size() > 1) canvas.polyline(line, t.accent, 1.3f * in.scale, viz::Stroke::smooth);
    line.clear();
  };
  const std::vector<double>& breaks = in.history.breaks();
  std::size_t cut = 0;
  for (std::size_t i = 0; i < course.x.size() && i < course.y.size(); ++i) {
    for (; cut < breaks.size() && course.x[i] >= breaks[cut]; ++cut) stroke();  // a new model begins a new line
    if (course.x[i] < run.low || course.x[i] > run.high || !std::isfinite(course.y[i])) continue;
    line.push_back({at(course.x[i]), scale.at(course.y[i], cell)});
  }
  stroke();
  if (std::isfinite(hover_x) && hover_x >= cell.x0 && hover_x <= cell.x1)
    canvas.line({hover_x, cell.y0}, {hover_x, cell.y1}, viz::faded(t.text, 0.4f), 1);
}

// The value as a share of what it may be, where there is no room for its course.
void draw_bar(viz::Canvas& canvas, const Skin& skin, const Column& column, const LayerHealth& health,
              const viz::Rect& cell) {
  const double value = health.*column.value;
  if (!column.possible || !std::isfinite(value)) return;
  const Range range = column.possible(health);
  const float thick = std::max(2.0f, skin.px(3)),
              filled = cell.width() *
                       static_cast<float>(std::clamp((value - range.low) / (range.high - range.low), 0.0, 1.0));
  canvas.rect_fill({cell.x0, cell.y0, cell.x1, cell.y0 + thick}, skin.theme.raised_hover, thick / 2);
  if (filled > 0.5f)
    canvas.rect_fill({cell.x0, cell.y0, cell.x0 + std::max(thick, filled), cell.y0 + thick}, skin.theme.accent,
                     thick / 2);
}

std::string chance_of(const Column& column, const LayerHealth& health) {
  if (column.note != &notes::churn || !std::isfinite(health.churn_chance)) return {};
  return fmt::format("{} here, of two looks that know nothing of each other; these are {} steps apart",
                     viz::percent(health.churn_chance), viz::grouped(static_cast<double>(health.churn_steps)));
}

}  // namespace

void draw_health_grid(const PanelInput& in, UiState& ui, const std::vector<LayerHealth>& layers, float height) {
  if (layers.empty() || in.history.empty()) return;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, names = skin.px(kNames);
  const auto fits = static_cast<std::size_t>(std::max(3.0f, (width - names) / skin.px(kLeastColumn)));
  const std::size_t columns = std::min(fits, std::size(kColumns));
  const float column_width = (width - names) / static_cast<float>(columns),
              cell_width = column_width - skin.px(10);
  const float head = skin.px(kHead);
  const float wanted = (height - head - skin.px(kRangeLine)) / static_cast<float>(layers.size());
  const bool courses = wanted >= skin.px(kCourseRow);
  const float top = head + (courses ? skin.px(kRangeLine) : 0);
  const float row = std::floor(std::clamp(wanted, skin.px(kLeastRow), skin.px(kHighestRow)));

  for (std::size_t c = 0; c < columns; ++c) {
    const float x = at.x + names + column_width * static_cast<float>(c);
    const std::string title(kColumns[c].title);
    ImGui::SetCursorScreenPos({x, at.y});
    ImGui::InvisibleButton(title.c_str(), {column_width, head});
    register_item(title);
    canvas.text({x, at.y + skin.px(2)},
                viz::ellipsized(canvas, title, column_width - skin.px(4), viz::Font::small),
                ImGui::IsItemHovered() ? t.text : t.text_dim, viz::Font::small);
    if (mouse_rests(title)) note_tooltip(*kColumns[c].note, {}, t, in.scale);
    if (courses)
      canvas.text({x, at.y + skin.px(2 + kRangeLine)},
                  viz::ellipsized(canvas, kColumns[c].words(layers.front()), column_width - skin.px(4),
                                  viz::Font::mono_small),
                  viz::faded(t.text_dim, 0.8f), viz::Font::mono_small);
  }
  if (courses)
    canvas.text({at.x + skin.px(6), at.y + skin.px(2 + kRangeLine)}, "healthy", viz::faded(t.text_dim, 0.8f),
                viz::Font::mono_small);

  InsightCache own;
  const Run run = run_of(in, in.insight ? *in.insight : own, ui, cell_width);
  const float hover_share = ui.hover.active ? static_cast<float>((ui.hover.x - run.low) / (run.high - run.low))
                                            : std::numeric_limits<float>::quiet_NaN();
  const int shown = shown_layer(ui, layers.size());
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const float y = at.y + top + row * static_cast<float>(l);
    const std::string label = layer_name(l);
    ImGui::SetCursorScreenPos({at.x, y});
    if (ImGui::InvisibleButton(label.c_str(), {names, row})) ui.layer = static_cast<int>(l);
    register_item(label, static_cast<int>(l) == shown ? "chosen" : "");
    const bool chosen = static_cast<int>(l) == shown && !for_figure(in);
    const viz::Colour ink = chosen || ImGui::IsItemHovered() ? t.text : t.text_dim;
    if (chosen)
      canvas.rect_fill({at.x, y, at.x + width, y + row - skin.px(3)}, viz::faded(t.raised, 0.7f), skin.px(4));
    canvas.text({at.x + skin.px(6), y + skin.px(4)}, label, ink, viz::Font::small);
    for (std::size_t c = 0; c < columns; ++c) {
      const Column& column = kColumns[c];
      const LayerHealth& health = layers[l];
      const float x = at.x + names + column_width * static_cast<float>(c);
      const std::string text = column.text(health.*column.value);
      const std::string cell = fmt::format("{}/{}", label, column.title);
      ImGui::SetCursorScreenPos({x, y});
      ImGui::InvisibleButton(cell.c_str(), {column_width, row});
      register_item(cell, text);
      const viz::Rect plot{x, y + skin.px(20), x + cell_width, y + row - skin.px(6)};
      if (courses && ImGui::IsItemHovered()) {
        ui.hover.next_active = true;
        ui.hover.next_x =
            run.low +
            (run.high - run.low) *
                std::clamp(static_cast<double>((ImGui::GetMousePos().x - plot.x0) / plot.width()), 0.0, 1.0);
      }
      if (mouse_rests(cell)) note_tooltip(*column.note, text, t, in.scale, chance_of(column, health));
      canvas.text({x, y + skin.px(4)}, text, is_well(column, health) ? t.text : t.warn, viz::Font::mono_small);
      if (courses) draw_course(canvas, run, column, health, l, plot, plot.x0 + hover_share * plot.width());
      else draw_bar(canvas, skin, column, health, plot);
    }
  }
  ImGui::SetCursorScreenPos({at.x, at.y + top + row * static_cast<float>(layers.size())});
  ImGui::Dummy({width, 1});
}

void fill_health_table(const std::vector<LayerHealth>& layers, Table& table) {
  table.set_header({"layer", "experts", "max violation", "load entropy [of ln N]", "token entropy [of ln N]",
                    "effective experts", "decisiveness [nats]", "churn [share]", "churn by chance [share]",
                    "saturation [share]", "saturation by chance [share]", "dropped [share]",
                    "router gradient norm", "expert gradient norm"});
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const LayerHealth& h = layers[l];
    table.add_row({static_cast<std::int64_t>(l), static_cast<std::int64_t>(h.experts), h.max_violation,
                   h.load_entropy, h.token_entropy, h.effective, h.decisiveness, h.churn, h.churn_chance,
                   h.saturation, h.saturation_chance, h.dropped, h.router_grad, h.expert_grad});
  }
}

}  // namespace switchyard::app
