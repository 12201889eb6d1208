#include "app/panels/timeline/timeline_strip.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "app/panels/parts/panel_parts.h"
#include "app/run/derived/insight_cache.h"
#include "app/run/derived/load_bins.h"
#include "app/run/words/event_words.h"
#include "viz/base/colour_map.h"
#include "viz/base/format.h"
#include "viz/plots/axis.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostColumns = 300, kMostBands = 12;
constexpr float kReach = 5;      // of a mark under the mouse
constexpr float kMarksApart = 7;  // of a kind, so near they are a fence
constexpr float kKeptReach = 7;  // of a kept step's diamond: what can be hit is twice as wide and high
constexpr float kKeptApart = 4;  // those nearer to each other cannot be told apart
constexpr int kMostTicks = 8;

}  // namespace

// From the first step to the newest; a run just begun still has a width.
StepSpan whole_run(const PanelInput& in) {
  const auto x = in.run.history.x();
  StepSpan all{0, 1};
  if (x.size() > 0) all = {x[0], x[x.size() - 1]};
  if (!in.run.kept.empty()) all.low = std::min(all.low, in.run.kept[0].x);
  all.high = std::max(all.high, all.low + 10);
  return all;
}

StepSpan shown_range(const PanelInput& in, const Timeline& timeline) {
  const StepSpan all = whole_run(in);
  if (timeline.fit) return all;
  const double width = timeline.x_max - timeline.x_min;
  return timeline.to_newest ? StepSpan{std::max(all.low, all.high - width), all.high}
                            : StepSpan{timeline.x_min, timeline.x_max};
}

float TimeStrip::at(double x) const {
  return rect.x0 + static_cast<float>((x - range.low) / (range.high - range.low)) * rect.width();
}
double TimeStrip::x(float pixel) const {
  return range.low + static_cast<double>(pixel - rect.x0) / rect.width() * (range.high - range.low);
}

LossRange draw_losses(viz::Canvas& canvas, const PanelInput& in, const TimeStrip& strip, const viz::Rect& area,
                      const Bins& bins) {
  const History& history = in.run.history;
  std::vector<float> means;
  bin_means(bins, as_view(history.scalar(Scalar::loss_smooth)), means);
  const History::Curve validation = history.validation();
  double low = INFINITY, high = -INFINITY;
  const auto take = [&](double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value), high = std::max(high, value);
  };
  for (const float value : means) take(value);
  for (std::size_t i = 0; i < validation.x.size(); ++i)
    if (strip.holds(validation.x[i])) take(validation.y[i]);
  if (!(low < high)) low -= 0.5, high += 0.5;
  const auto y = [&](double value) {
    return area.y1 - static_cast<float>((value - low) / (high - low)) * area.height();
  };
  std::vector<viz::Point> line;
  const auto stroke = [&](viz::Colour colour, float thickness) {
    if (line.size() > 1) canvas.polyline(line, colour, thickness * in.scale, viz::Stroke::smooth);
    line.clear();
  };
  const viz::Colour train = viz::faded(viz::curve_colour(in.theme, 0), 0.8f),
                    held_out = viz::curve_colour(in.theme, 1);
  for (std::size_t i = 0; i < bins.x.size() && i < means.size(); ++i)
    if (std::isfinite(means[i])) line.push_back({strip.at(bins.x[i]), y(means[i])});
  stroke(train, 1);
  // Of many validations as many as there are pixels to tell them apart.
  const std::size_t stride = std::max<std::size_t>(1, validation.x.size() / 1500);
  for (std::size_t i = 0; i < validation.x.size(); i += stride)
    if (strip.holds(validation.x[i]) && std::isfinite(validation.y[i]))
      line.push_back({strip.at(validation.x[i]), y(validation.y[i])});
  stroke(held_out, 1.5f);
  return {low, high};
}

// Utilisation of each expert as a slim band; many experts share bands, each as far from fair as the worst in it.
void draw_load(viz::Canvas& canvas, const PanelInput& in, const UiState& ui, const TimeStrip& strip,
               const viz::Rect& area) {
  const History& history = in.run.history;
  if (history.layers() == 0) return;
  const auto layer = static_cast<std::size_t>(shown_layer(ui, history.layers()));
  const std::size_t width = history.experts_ever(layer),
                    experts = std::max<std::size_t>(1, history.experts(layer));
  if (width < experts) return;
  LoadBins& kept = in.run.insight.load_bins();
  const BinnedLoads& loads =
      kept.of(history, layer, LoadBins::Picture::timeline, {strip.range.low, strip.range.high, kMostColumns},
              std::min(experts, kMostBands));
  const Bins& bins = loads.bins;
  if (bins.x.empty()) return;
  const std::size_t columns = bins.x.size(), bands = loads.bands;
  const auto colours = viz::map_table(viz::ColourMap::viridis);
  std::vector<viz::Colour> cells(bands * columns, 0);
  for (std::size_t c = 0; c < columns; ++c)
    for (std::size_t band = 0; band < bands; ++band)
      if (const float value = loads.worst[c * bands + band]; std::isfinite(value))
        cells[band * columns + c] = colours[static_cast<std::size_t>(
            std::clamp(value / 2, 0.0f, 1.0f) * static_cast<float>(viz::map_steps - 1) + 0.5f)];
  // The cells stand for what lies between the middles of their neighbours.
  const float from = std::max(area.x0, strip.at(bins.x.front() - bins.width / 2));
  const float to = std::min(area.x1, std::max(from + 1, strip.at(bins.x.back() + bins.width / 2)));
  canvas.cell_grid({from, area.y0, to, area.y1}, bands, columns, cells);
  if (ui.hovered_expert < 0 || ui.hovered_expert >= static_cast<int>(experts)) return;
  std::size_t lit = 0;
  while ((lit + 1) * experts / bands <= static_cast<std::size_t>(ui.hovered_expert)) ++lit;
  const float height = area.height() / static_cast<float>(bands), top = area.y0 + height * static_cast<float>(lit);
  canvas.rect_outline({from - in.scale, top - in.scale, to + in.scale, top + height + in.scale}, in.theme.text,
                      std::max(1.0f, in.scale), 0);
}

MarkHit draw_marks(viz::Canvas& canvas, const PanelInput& in, const TimeStrip& strip, const EventMarks& marks,
                   float mouse_x) {
  MarkHit hit;
  float best = kReach * in.scale;
  const auto all = marks.marks();
  std::map<viz::Colour, float> drawn;  // where the last of a colour is
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!strip.holds(all[i].x)) continue;
    const float x = std::round(strip.at(all[i].x));
    const viz::Colour colour = all[i].colour ? all[i].colour : in.theme.accent;
    if (std::abs(mouse_x - x) < best) best = std::abs(mouse_x - x), hit.mark = static_cast<int>(i);
    const auto [last, first] = drawn.try_emplace(colour, x);
    if (!first && std::abs(x - last->second) < kMarksApart * in.scale) continue;
    last->second = x;
    canvas.line({x, strip.rect.y0}, {x, strip.rect.y1}, viz::faded(colour, 0.75f), std::max(1.0f, in.scale));
    const float half = 3 * in.scale, top = strip.rect.y0;
    const viz::Point triangle[] = {{x - half, top}, {x + half, top}, {x, top + 1.6f * half}};
    canvas.polygon_fill(triangle, colour);
  }
  if (hit.mark < 0) return hit;
  const viz::EventMark& found = all[static_cast<std::size_t>(hit.mark)];
  for (const viz::EventMark& mark : all)
    if (mark.colour == found.colour && std::abs(strip.at(mark.x) - strip.at(found.x)) < kMarksApart * in.scale)
      ++hit.there;
  return hit;
}

void draw_looks(viz::Canvas& canvas, const PanelInput& in, const TimeStrip& strip, const viz::Rect& area) {
  float last = -1e9f;
  for (std::size_t i = 0; i < in.run.kept.size(); ++i) {
    const double x = in.run.kept[i].x;
    if (!strip.holds(x)) continue;
    const float at = std::round(strip.at(x));
    if (at - last < 2) continue;  // one to a pixel is enough to see where they are
    last = at;
    canvas.rect_fill({at, area.y0, at + std::max(1.0f, in.scale), area.y1}, viz::faded(in.theme.text_dim, 0.7f));
  }
}

void draw_kept_steps(viz::Canvas& canvas, const PanelInput& in, const TimeStrip& strip, float y,
                     const std::string& lit_file) {
  const viz::Theme& t = in.theme;
  const auto draw = [&](const KeptStep& kept, float half) {
    const float at = std::round(strip.at(static_cast<double>(kept.step)));
    const viz::Point diamond[] = {{at, y - half}, {at + half, y}, {at, y + half}, {at - half, y}};
    canvas.polygon_fill(diamond, kept.name.empty() ? t.panel : t.accent);
    const viz::Point outline[] = {diamond[0], diamond[1], diamond[2], diamond[3], diamond[0]};
    canvas.polyline(outline, t.accent, std::max(1.0f, in.scale), viz::Stroke::smooth);
    return at;
  };
  float last = -1e9f;
  const KeptStep* lit = nullptr;
  for (const KeptStep& kept : in.run.kept_steps) {
    const auto x = static_cast<double>(kept.step);
    if (!strip.holds(x)) continue;
    if (!lit_file.empty() && kept.file == lit_file) lit = &kept;
    const float half = (kept.name.empty() ? 3.0f : 4.0f) * in.scale;
    // Of those that lie over each other the first is seen, and each that has a name.
    if (kept.name.empty() && std::round(strip.at(x)) - last < 2 * half) continue;
    last = draw(kept, half);
  }
  if (!lit) return;
  const float at = draw(*lit, 5 * in.scale), half = 7 * in.scale;
  const viz::Point around[] = {{at, y - half}, {at + half, y}, {at, y + half}, {at - half, y}, {at, y - half}};
  canvas.polyline(around, t.text, std::max(1.0f, in.scale), viz::Stroke::smooth);
}

KeptHit kept_under(const PanelInput& in, const TimeStrip& strip, float y, viz::Point point) {
  KeptHit hit;
  if (!(std::abs(point.y - y) <= kKeptReach * in.scale)) return hit;
  float best = kKeptReach * in.scale;
  for (const KeptStep& kept : in.run.kept_steps) {
    if (!strip.holds(static_cast<double>(kept.step))) continue;
    const float far = std::abs(point.x - strip.at(static_cast<double>(kept.step)));
    const bool same = hit.step && far == best && hit.step->name.empty();
    if (far < best || (far <= best && (!hit.step || same))) best = far, hit.step = &kept;
  }
  if (!hit.step) return hit;
  for (const KeptStep& kept : in.run.kept_steps)
    if (std::abs(strip.at(static_cast<double>(kept.step)) - strip.at(static_cast<double>(hit.step->step))) <
        kKeptApart * in.scale)
      ++hit.there;
  return hit;
}

void draw_playhead(viz::Canvas& canvas, const PanelInput& in, const Timeline& timeline, const TimeStrip& strip) {
  const auto steps = in.run.history.x();
  const double x = timeline.following() ? steps[steps.size() - 1] : shown_x(timeline);
  if (!std::isfinite(x) || !strip.holds(x)) return;
  const viz::Colour colour = timeline.following() ? in.theme.bad : in.theme.text;
  const float at = std::round(strip.at(x)), half = 4 * in.scale;
  canvas.rect_fill({at - in.scale, strip.rect.y0, at + in.scale, strip.rect.y1}, colour);
  canvas.circle_fill({at, strip.rect.y1}, half, colour);
}

void draw_axes(viz::Canvas& canvas, const PanelInput& in, const TimeStrip& strip, const viz::Rect& losses,
               const LossRange& range) {
  const viz::Theme& t = in.theme;
  const float gap = 5 * in.scale;
  for (const viz::Tick& tick : viz::linear_ticks(range.low, range.high, 3)) {
    const float y =
        losses.y1 - static_cast<float>((tick.value - range.low) / (range.high - range.low)) * losses.height();
    canvas.line({strip.rect.x0, y}, {strip.rect.x1, y}, t.grid, 1);
    canvas.text({strip.rect.x0 - gap, y}, tick.label, t.text_dim, viz::Font::mono_small, viz::Align::end,
                viz::Align::middle);
  }
  const float below = strip.rect.y1 + gap;
  canvas.text({strip.rect.x0 - gap, below}, "step", t.text_dim, viz::Font::small, viz::Align::end);
  for (const viz::Tick& tick :
       viz::linear_ticks(strip.range.low, strip.range.high, kMostTicks, viz::TickLabels::compact)) {
    const float x = strip.at(tick.value), width = canvas.text_size(tick.label, viz::Font::mono_small).x;
    canvas.line({x, strip.rect.y1}, {x, strip.rect.y1 + 3 * in.scale}, t.text_dim, 1);
    canvas.text({std::min(x - width / 2, strip.rect.x1 - width), below}, tick.label, t.text_dim,
                viz::Font::mono_small);
  }
}

void draw_key(viz::Canvas& canvas, const PanelInput& in, const UiState& ui, const viz::Rect& area) {
  const viz::Theme& t = in.theme;
  const float s = in.scale, line = canvas.text_size("X", viz::Font::small).y + 3 * s, swatch = 14 * s;
  float y = area.y0;
  const auto row = [&](std::string_view words, auto sample) {
    if (y + line > area.y1) return;
    sample(viz::Rect{area.x0, y, area.x0 + swatch, y + line - 3 * s});
    canvas.text({area.x0 + swatch + 6 * s, y},
                viz::ellipsized(canvas, words, area.width() - swatch - 6 * s, viz::Font::small), t.text_dim,
                viz::Font::small);
    y += line;
  };
  const auto stroke = [&](viz::Colour colour) {
    return [&canvas, colour, s](const viz::Rect& at) {
      canvas.line({at.x0, (at.y0 + at.y1) / 2}, {at.x1, (at.y0 + at.y1) / 2}, colour, 2 * s);
    };
  };
  row("training loss [nats]", stroke(viz::curve_colour(t, 0)));
  row("validation loss [nats]", stroke(viz::curve_colour(t, 1)));
  if (in.run.history.layers() > 0)
    row(fmt::format("load in {}, 0× to 2×",
                    layer_name(static_cast<std::size_t>(shown_layer(ui, in.run.history.layers())))),
        [&](const viz::Rect& at) {
          constexpr std::size_t kColours = 7;
          viz::Colour colours[kColours];
          for (std::size_t i = 0; i < kColours; ++i)
            colours[i] = viz::map_colour(viz::ColourMap::viridis, static_cast<float>(i) / (kColours - 1));
          canvas.cell_grid(at.shrunk(2 * s), 1, kColours, colours);
        });
  const auto mark = [&](viz::Colour colour) {
    return [&canvas, colour, s](const viz::Rect& at) {
      const float x = (at.x0 + at.x1) / 2, top = at.y0 + 2 * s;
      const viz::Point triangle[] = {{x - 3 * s, top}, {x + 3 * s, top}, {x, top + 5 * s}};
      canvas.line({x, top}, {x, at.y1}, colour, 1);
      canvas.polygon_fill(triangle, colour);
    };
  };
  std::set<HappeningKind> marked;
  for (const History::Event& event : in.run.history.events()) marked.insert(kind_of(event.event.kind));
  // What is kept whole has a line of its own.
  if (!in.run.kept_steps.empty()) marked.erase(HappeningKind::kept);
  for (const HappeningKind kind : marked) row(word_of(kind), mark(colour_of(t, kind)));
  if (!in.run.kept_steps.empty())
    row("kept whole: go on or fork from here", [&](const viz::Rect& at) {
      const float x = (at.x0 + at.x1) / 2, middle = (at.y0 + at.y1) / 2, half = 3 * s;
      const viz::Point diamond[] = {
          {x, middle - half}, {x + half, middle}, {x, middle + half}, {x - half, middle}, {x, middle - half}};
      canvas.polyline(diamond, t.accent, std::max(1.0f, s), viz::Stroke::smooth);
    });
  if (!in.run.kept.empty())
    row("look that is kept", [&](const viz::Rect& at) {
      for (const float x : {at.x0 + 2 * s, at.x0 + 7 * s, at.x0 + 12 * s})
        canvas.rect_fill({x, at.y1 - 5 * s, x + std::max(1.0f, s), at.y1 - s}, viz::faded(t.text_dim, 0.7f));
    });
}

void fill_timeline_table(const PanelInput& in, const StepSpan& range, Table& table) {
  table.set_header({"step", "training loss, smoothed [nats]", "validation loss [nats]", "event", "what"});
  const History& history = in.run.history;
  const auto x = history.x();
  const auto loss = history.scalar(Scalar::loss_smooth);
  const History::Curve validation = history.validation();
  std::vector<const History::Event*> events;
  for (const History::Event& event : history.events()) events.push_back(&event);
  std::stable_sort(events.begin(), events.end(), [](const auto* a, const auto* b) { return a->x < b->x; });
  const auto shown = [&](double at) { return at >= range.low && at <= range.high; };
  std::size_t v = 0, e = 0;
  const auto add_event = [&](const History::Event& event, Cell train, Cell held_out) {
    table.add_row({event.x, std::move(train), std::move(held_out), std::string(key_of(event.event.kind)),
                   event_label(history, event.event)});
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (; e < events.size() && events[e]->x < x[i]; ++e)
      if (shown(events[e]->x)) add_event(*events[e], {}, {});
    while (v < validation.x.size() && validation.x[v] < x[i]) ++v;
    if (!shown(x[i])) continue;
    const Cell train(loss[i]),
        held_out = v < validation.x.size() && validation.x[v] == x[i] ? Cell(validation.y[v]) : Cell();
    if (e >= events.size() || events[e]->x > x[i]) table.add_row({x[i], train, held_out, Cell(), Cell()});
    for (; e < events.size() && events[e]->x == x[i]; ++e) add_event(*events[e], train, held_out);
  }
  for (; e < events.size(); ++e)
    if (shown(events[e]->x)) add_event(*events[e], {}, {});
}

}  // namespace switchyard::app
