// What happened in a run, as a list a person reads: edits, new models, alerts and their ends, steps that are kept.
// The same several times in a row is one row of several.
//
// Pure functions of a run, but for go_to(), which belongs to the window thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/panels/parts/time_plots.h"
#include "app/run/panel.h"
#include "app/ui/table.h"

namespace switchyard::app {

enum class HappeningKind { edit, model, alert, alert_end, kept, other };

struct Happening {
  double x = 0;  // as in History
  std::int64_t step = 0;
  HappeningKind kind = HappeningKind::other;
  std::string what{};    // "Top-k 1→2", "Layer 0: collapsed", "Kept, at intervals"
  std::string detail{};  // a sentence more; empty: none
  std::string file{};    // of a kept step
  int layer = -1;        // of an alert
  // Of an edit of one knob: its name and its values.
  std::string knob{}, before{}, after{};
  std::string alike{};  // neighbours with the same are one row
};

// By step; those of one step in the order they came.
std::vector<Happening> happenings(const PanelInput& in);
std::size_t count_happenings(const PanelInput& in);

// Neighbours that are alike, [first, last] of happenings().
struct HappeningRow {
  std::size_t first = 0, last = 0;
  std::string what;  // of all of them: "Top-k 1→4"
  std::size_t count() const { return last - first + 1; }
};
std::vector<HappeningRow> folded(const std::vector<Happening>& all);

viz::Colour colour_of(const viz::Theme& theme, HappeningKind kind);

// Its moment in every view, its layer where it has one, within what the timeline shows.
void go_to(const PanelInput& in, UiState& ui, const Happening& one);

// A row each: step, kind, what, detail.
void fill_events_table(const std::vector<Happening>& all, Table& table);

}  // namespace switchyard::app
