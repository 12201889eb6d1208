// What happened in a run, as a list a person reads: edits, new models, alerts and their ends, steps that are kept.
// The same several times in a row is one row of several.
//
// Thread safety: pure functions; the cache belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/run/derived/kept_steps.h"
#include "app/run/words/event_words.h"
#include "core/base/alert.h"
#include "core/base/records.h"
#include "core/history/history.h"

namespace switchyard::app {

struct Happening {
  double x = 0;  // as in History
  std::int64_t step = 0;
  HappeningKind kind = HappeningKind::other;
  std::string what{};                        // "Top-k 1→2", "Layer 0: collapsed", "Kept, at intervals"
  std::string detail{};                      // a sentence more; empty: none
  std::string file{};                        // of a kept step
  std::optional<HealthAlert> alert{};        // of routing's health, and of its end
  std::optional<RunEvent::Change> change{};  // of an edit of one knob
  std::string alike{};  // what neighbours of one row share, alerts besides what makes them a group; never empty
  std::size_t nth = 0;  // of those of its step that are alike: many edits are of one step while training pauses
};

// Neighbours that are alike: [first, last] of HappeningList::all.
struct HappeningRow {
  std::size_t first = 0, last = 0;
  std::string what;  // of all of them: "Top-k 1→4", "Layers 0, 1 and 2: collapsed"
  std::size_t count() const { return last - first + 1; }
};

struct HappeningList {
  std::vector<Happening> all;  // by step; those of one step in the order they came
  std::vector<HappeningRow> rows;
};

// `kept`: of steps that were kept those count that still are, where it is known (it is not empty).
HappeningList happenings(const History& history, const std::vector<KeptStep>& kept);

// The list of one run, worked out anew only where events, kept steps or the number of experts changed.
class HappeningCache {
 public:
  const HappeningList& of(const History& history, const std::vector<KeptStep>& kept);
  // Lists so far.
  std::size_t worked_out() const { return worked_out_; }
  std::size_t bytes() const;

 private:
  bool is_of(const History& history, const std::vector<KeptStep>& kept) const;

  HappeningList list_;
  // What it was worked out of.
  std::size_t events_ = 0;
  double last_x_ = kMissing;
  std::uint64_t epoch_ = 0;           // of the history: what was forgotten may have been replaced
  std::vector<std::size_t> experts_;  // by layer: their names depend on it
  std::vector<KeptStep> kept_;
  std::size_t worked_out_ = 0;
};

}  // namespace switchyard::app
