// What the plots over steps share: the marks of the user's edits, and one x range for all of them.
//
// Thread safety: window thread only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/run/panel.h"
#include "viz/plots/line_plot.h"

namespace switchyard::app {

// The newest events of the history as marks for a plot. Holds the labels the marks point at.
class EventMarks {
 public:
  // `shown`: where the snapshot shown is in the run, for a mark of its own; NaN: none. Ends of alerts have marks
  // on the timeline alone, where all that happened is: in a plot they would double the fence of a router that
  // flickers.
  EventMarks(const History& history, const viz::Theme& theme, bool with_labels, double shown = kMissing,
             bool with_ends = false);
  EventMarks(const EventMarks&) = delete;
  EventMarks& operator=(const EventMarks&) = delete;

  std::span<const viz::EventMark> marks() const { return marks_; }
  // Shows what the event behind a mark changed; index -1 shows nothing.
  void tooltip(const PanelInput& in, int index) const;

 private:
  const History& history_;
  std::vector<std::size_t> events_;  // the one behind each mark
  std::vector<std::string> labels_;
  std::vector<viz::EventMark> marks_;
};

// The first and the last step of a run, of several side by side those of all of them: what plots over steps show
// while nobody zooms. of_loads: of the rows of its loads, which may be means.
std::pair<double, double> all_steps(const PanelInput& in, bool of_loads = false);

// "steps 1 to 1,200": what the plots over steps show of the run.
std::string steps_shown(const PanelInput& in, const UiState& ui);

// The plots over steps, by their id in UiState::plots.
inline constexpr const char* kTimePlots[] = {"loss",          "accuracy",   "balance",      "entropy",
                                             "violation",     "drops",      "agreement",    "expert load",
                                             "compared loss", "difference", "rank waiting", "rank speed"};
// Gives every plot over steps the x range that the user just chose in `id`.
void share_x_range(UiState& ui, const char* id);

}  // namespace switchyard::app
