// What the window knows of its runs, and how news from the trainer's thread becomes that: records into
// the history, notices into toasts, refusals into knobs that jump back.
//
// Thread safety: window thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/run/run_view.h"
#include "app/run/ui_state.h"
#include "core/base/records.h"
#include "core/session/meeting/link.h"

namespace switchyard::app {

struct Live {
  Runs runs{};
  RunStatus status{};  // of the run that learns

  RunView& run() { return runs.shown(); }
  const RunView& run() const { return runs.shown(); }
  // Of the run that is shown.
  const RunStatus& shown_status() const { return runs.shows_live() ? status : runs.shown().status; }
};

// News of the run that learns here.
void take_update(Live& live, UiState& ui, Update update, double now_s);
// News of one that is read from its folder (core/session/viewing/viewer.h); it is shown once it begins. was: its
// id as of the news before; one that begins in the place of another is shown where that one is.
void take_viewed(Live& live, UiState& ui, Update update, double now_s, const std::string& was = {});
// News of one that learns here beside it; nothing leaves the screen for it. was: its id as of the news before,
// empty: none yet; where another run begins in its place that one is a record from here on. called: what it was
// begun for, empty: nobody said.
void take_beside(Live& live, UiState& ui, Update update, const std::string& was, const std::string& called,
                 double now_s);
// Of those that learn here this one has the knobs from here on: its settings become the draft, and undo begins
// anew.
void lead_with(Live& live, UiState& ui, const std::string& run);
// Another run of the window is shown.
void stand_on(Live& live, UiState& ui, const std::string& run);

// A recorded run is looked at, whatever else lies in its folder.
void open_run(UiState& ui, const std::string& folder);
// A file or folder from the outside: a run folder, or a recording of another program's, is opened to be looked at,
// a checkpoint of another program's too (ui.wants_checkpoint), one of ours or weights go on, a .json becomes the
// draft of the knobs (ui.wants_settings), anything else is a text or points (ui.wants_text); both are read first,
// on threads of their own. What cannot be used becomes a toast; the running model goes on. What is opened is noted
// in ui.used.
void open_path(UiState& ui, std::vector<Command>& out, const std::string& path, double now_s);
// A text in UTF-8 becomes the corpus, whatever its name ends in.
void open_text(UiState& ui, std::vector<Command>& out, const std::string& path, double now_s);
// A file of points that can be read.
struct PointsShape {
  std::int64_t dims = 2, classes = 2;
};
void open_points(UiState& ui, std::vector<Command>& out, const std::string& path, PointsShape shape, double now_s);

}  // namespace switchyard::app
