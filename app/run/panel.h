// What a panel is: a function of data that returns intent. It reads PanelInput, keeps its view choices in UiState,
// and appends Commands; it owns nothing and has no statics. What is dear to work out is kept with its run, in
// InsightCache and TsneHost. A live run and a finished one look the same to it.
//
// What PanelInput refers to stays as it is while it lives, which is a frame at most: news are taken between
// frames, and what an action may let go of is held here.
//
// Thread safety: window thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/run/edits.h"
#include "app/run/run_view.h"
#include "app/run/ui_state.h"
#include "app/ui/panel_exports.h"
#include "core/base/records.h"
#include "core/session/meeting/link.h"
#include "viz/base/theme.h"

namespace switchyard::app {

// What the table of panels calls the one that is drawn (app/panels/panel_table.h).
struct PanelName {
  std::string_view id, title;
};

// Whether the run that is shown is a record: there is no model behind it here. A recording of another program's
// is one also while it is read, and where it cannot be.
inline bool is_record(const RunStatus& status) {
  return status.state == RunState::opened || status.state == RunState::followed || status.recorded;
}

// One of several alike panels side by side, a run each: the first has the controls of all of them.
struct Several {
  std::size_t which = 0;
  std::vector<std::shared_ptr<const Snapshot>> looks{};  // of the same probe as this one, its own among them
  std::vector<const RunView*> runs{};  // whose figures this one shares its scales with, its own among them
  std::string moment{};  // that this one shows, "step 1,200": told beside its title, for they need not be equally
                         // far; empty: none yet
  float most = 0;  // of what this one shows, in any of them: the end of a scale that they share; 0: there is none
  bool has_controls() const { return which == 0; }
};

struct PanelInput {
  const RunView& run;
  // The look that is shown, newest or kept; null before the first probe. Held: an action of the frame may let go
  // of the look the frame goes on to show.
  std::shared_ptr<const Snapshot> snapshot;
  const RunStatus& status;
  const viz::Theme& theme;
  PanelExports& exports;                 // figures and data of panels
  std::vector<const RunView*> others{};  // the runs before this one, the newest first
  float scale = 1;   // UI scale: sizes in code are for 1
  double now_s = 0;  // monotonic

  PanelName panel{};  // set by draw_panel()
  const Several* several = nullptr;
  bool is_tab = false;  // a tab above the panel has its title
};

// Of a run of the window.
inline const RunStatus& status_of(const PanelInput& in, const RunView& run) {
  return &run == &in.run ? in.status : run.status;
}
// What the one that is shown does; of one that learns beside its status does not say it.
inline RunState doing(const PanelInput& in) { return in.run.beside.value_or(in.status.state); }

}  // namespace switchyard::app
