// What the timeline shows of a run, apart from its controls: losses, the load of every expert, marks of events,
// the kept looks, where the shown one is; the axis and the key that a figure of it needs; and the table behind it.
//
// Thread safety: window thread only. Reads, never writes.
#pragma once

#include <string>

#include "app/panels/parts/time_plots.h"
#include "app/run/derived/binned.h"
#include "app/run/panel.h"
#include "app/run/timeline.h"
#include "app/ui/table.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

// Of x, as in History.
struct StepSpan {
  double low = 0, high = 1;
};
// From the first step to the newest; a run just begun still has a width.
StepSpan whole_run(const PanelInput& in);
StepSpan shown_range(const PanelInput& in, const Timeline& timeline);

// The map between steps and pixels.
struct TimeStrip {
  viz::Rect rect;
  StepSpan range;
  float at(double x) const;
  double x(float pixel) const;
  bool holds(double x) const { return x >= range.low && x <= range.high; }
};

// Of a curve of losses, in nats.
struct LossRange {
  double low = 0, high = 1;
};

// Each into a part of the strip's height.
LossRange draw_losses(viz::Canvas& canvas, const PanelInput& in, const TimeStrip& strip, const viz::Rect& area,
                      const Bins& bins);
void draw_load(viz::Canvas& canvas, const PanelInput& in, const UiState& ui, const TimeStrip& strip,
               const viz::Rect& area);
void draw_looks(viz::Canvas& canvas, const PanelInput& in, const TimeStrip& strip, const viz::Rect& area);
// Alike and nearer to each other than can be told apart, they are one. The mark within reach of the pixel
// `mouse_x`; NaN: no mouse.
struct MarkHit {
  int mark = -1;  // -1: none
  int there = 0;  // so many alike are there, itself among them
};
MarkHit draw_marks(viz::Canvas& canvas, const PanelInput& in, const TimeStrip& strip, const EventMarks& marks,
                   float mouse_x);
// Diamonds where the run is kept whole, on the line `y`; filled where somebody gave it a name, larger the one of
// this file.
void draw_kept_steps(viz::Canvas& canvas, const PanelInput& in, const TimeStrip& strip, float y,
                     const std::string& lit_file);
// The diamond under a point: the nearest within reach, of several at one place the one with a name.
struct KeptHit {
  const KeptStep* step = nullptr;  // null: none
  int there = 0;                   // so many lie over it, itself among them
};
KeptHit kept_under(const PanelInput& in, const TimeStrip& strip, float y, viz::Point point);
void draw_playhead(viz::Canvas& canvas, const PanelInput& in, const Timeline& timeline, const TimeStrip& strip);

// Steps below `strip`, losses left of `losses`.
void draw_axes(viz::Canvas& canvas, const PanelInput& in, const TimeStrip& strip, const viz::Rect& losses,
               const LossRange& range);
// What curves, colours and marks mean, in lines from the top of `area`.
void draw_key(viz::Canvas& canvas, const PanelInput& in, const UiState& ui, const viz::Rect& area);

// A row for every step and every event of the stretch shown.
void fill_timeline_table(const PanelInput& in, const StepSpan& range, Table& table);

}  // namespace switchyard::app
