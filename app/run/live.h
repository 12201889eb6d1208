// What the window knows of the run, and how news from the trainer's thread becomes that: records into
// the history, notices into toasts, refusals into knobs that jump back.
//
// Thread safety: window thread only.
#pragma once

#include <memory>
#include <string>

#include "app/run/ui_state.h"
#include "core/base/records.h"
#include "core/history/history.h"
#include "core/history/snapshot_store.h"
#include "core/session/link.h"

namespace switchyard::app {

struct Live {
  History history;
  std::shared_ptr<const Snapshot> snapshot;  // the newest
  SnapshotStore kept;
  std::shared_ptr<const Inspection> inspection;
  RunStatus status;
};

void take_update(Live& live, UiState& ui, Update update, double now_s);

// A file or folder from the outside: a .json or a run folder becomes the draft of the knobs, anything else
// the corpus. What cannot be used becomes a toast; the running model goes on.
void open_path(UiState& ui, std::vector<Command>& out, const std::string& path, double now_s);

}  // namespace switchyard::app
